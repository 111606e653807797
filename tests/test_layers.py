"""Who may import whom, how big a module gets, and who commits (architecture.md, The tree)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "ticketflower"

#: From the ground up: what a layer is made of. A layer imports itself and what stands before it, nothing behind.
LAYERS: dict[str, tuple[str, ...]] = {
    "core": (
        "problems",
        "errors",
        "actor",
        "engine.words",
        "engine.conditions",
        "engine.definition",
        "engine.state",
        "engine.events",
        "engine.failures",
        "engine.assign",
        "engine.ledger",
        "engine.steps",
        "engine.decide",
        "engine.values",
        "engine.values_formats",
        "engine.values_schema",
        "engine.values_wording",
        "documents",
        "forms",
    ),
    "models": ("models",),
    "database": ("db", "schema", "database_roles", "embedded"),
    "engine": (
        "engine.advance",
        "engine.announce",
        "engine.by_hand",
        "engine.catalog",
        "engine.failpoints",
        "engine.reading",
        "engine.sql",
        "engine.writing",
    ),
    "access": ("access",),
    "services and queries": ("services", "queries", "clock"),
    "web": ("web", "live", "serving", "cli", "blueprints", "run", ""),
}
#: The pure core knows no framework, no database, no network, no clock and no dice.
NOT_IN_THE_CORE = (
    "flask",
    "sqlalchemy",
    "psycopg",
    "werkzeug",
    "jinja2",
    "markupsafe",
    "requests",
    "socket",
    "subprocess",
    "threading",
    "random",
    "secrets",
    "uuid",
    "os",
    "time",
)
#: A stopwatch (``time.monotonic``) says how long, not when: only the core does without it, by importing no ``time``.
CLOCKS = re.compile(r"\b(datetime\.now|datetime\.utcnow|datetime\.today|date\.today|time\.time)\b")
#: Who ends transactions: the verbs, the engine's shell, and whoever ends a reading (a rollback makes psycopg forget its
#: prepared statements; datapath.md, Traps).
COMMITS = ("services", "engine.advance", "engine.by_hand", "engine.announce")
ENDS_A_READING = {"db", "web.gate", "live.rendering", "blueprints.api.operations", "serving.sweeper"}

LONGEST_MODULE = 400
LONGEST_FUNCTION = 60
#: Of all functions, this part stays under this many lines (style.md).
MOST_FUNCTIONS, SHORT = 0.9, 36

MODULES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix("__init__").rstrip("."): path
    for path in sorted(PACKAGE.rglob("*.py"))
}


def within(module: str, names: tuple[str, ...] | set[str]) -> bool:
    """Whether a module is one of these or in one of these packages; "" is the package itself."""
    return any(module == name or (name and module.startswith(f"{name}.")) for name in names)


def layer_of(module: str) -> int:
    """The place of a module's layer, from the ground up."""
    inside = "engine.words" if module == "engine" else module  # the engine's own __init__ is empty
    places = [place for place, names in enumerate(LAYERS.values()) if within(inside, names)]
    assert len(places) == 1, f"{module} belongs to no layer, or to two: name it in LAYERS"
    return places[0]


def tree_of(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


def imports_of(module: str) -> Iterator[str]:
    """The full names of the modules that a module imports, wherever in it."""
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: imports name the whole path"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own_imports_of(module: str) -> Iterator[str]:
    """The product's modules that a module imports."""
    for name in imports_of(module):
        if name.split(".")[0] != "ticketflower":
            continue
        inner = name.removeprefix("ticketflower").lstrip(".")
        while inner not in MODULES:
            inner = inner.rpartition(".")[0]
        yield inner


def test_every_module_belongs_to_one_layer() -> None:
    for module in MODULES:
        layer_of(module)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_its_own_layer_and_those_below(module: str) -> None:
    above = {other for other in own_imports_of(module) if layer_of(other) > layer_of(module)}
    assert above == set(), f"{module} imports {sorted(above)}, which stand above it"


CORE = [module for module in MODULES if layer_of(module) == 0]


@pytest.mark.parametrize("module", CORE)
def test_the_core_is_pure(module: str) -> None:
    impure = {name for name in imports_of(module) if name.split(".")[0].lower() in NOT_IN_THE_CORE}
    assert impure == set(), f"{module} imports {sorted(impure)}"
    clocks = CLOCKS.findall(MODULES[module].read_text(encoding="utf-8"))
    assert clocks == [], f"{module} asks the clock; the moment comes in as a value"


@pytest.mark.parametrize("module", [module for module in MODULES if within(module, ("services", "queries", "engine"))])
def test_services_queries_and_engine_know_no_flask(module: str) -> None:
    flask = {name for name in imports_of(module) if name.lower().startswith(("flask", "werkzeug", "jinja2"))}
    assert flask == set(), f"{module} imports {sorted(flask)}"


@pytest.mark.parametrize("module", [module for module in MODULES if within(module, ("services", "queries", "engine"))])
def test_the_moment_comes_in_as_a_value(module: str) -> None:
    assert CLOCKS.findall(MODULES[module].read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("module", MODULES)
def test_only_services_and_the_engines_shell_commit(module: str) -> None:
    commits = any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
        for node in ast.walk(tree_of(module))
    )
    if commits:
        assert within(module, COMMITS) or module in ENDS_A_READING, f"{module} commits"


def test_who_is_excused_from_the_rule_of_commits_still_needs_it() -> None:
    assert {m for m in ENDS_A_READING if m in MODULES and ".commit(" in MODULES[m].read_text("utf-8")} == ENDS_A_READING


@pytest.mark.parametrize("module", [module for module in MODULES if within(module, ("queries",))])
def test_queries_only_read(module: str) -> None:
    writes = {"add", "add_all", "delete", "flush", "merge", "commit", "rollback"}
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in writes:
            assert ast.unparse(node.func.value) not in ("session", "db.session"), f"{module}: {ast.unparse(node)}"
    named = {name.rpartition(".")[2] for name in imports_of(module) if name.startswith("sqlalchemy")}
    assert not named & {"insert", "update", "delete"}, module


def test_models_are_columns_and_facts_about_one_row() -> None:
    """They know the words of the engine and nothing else of it."""
    for module in MODULES:
        if within(module, ("models",)):
            others = {other for other in own_imports_of(module) if not within(other, ("models", "engine.words"))}
            assert others == set(), module


# --- names and sizes


@pytest.mark.parametrize("word", ["util", "utils", "helper", "helpers", "common", "misc", "manager", "managers"])
def test_no_module_is_named_for_nothing(word: str) -> None:
    assert [module for module in MODULES if word in re.split(r"[._]", module)] == []


def test_no_module_is_longer_than_a_reader_can_keep_in_mind() -> None:
    lengths = {module: len(path.read_text(encoding="utf-8").splitlines()) for module, path in MODULES.items()}
    assert {module: lines for module, lines in lengths.items() if lines > LONGEST_MODULE} == {}


def functions() -> Iterator[tuple[str, int]]:
    """Every function with its number of lines, its docstring not counted."""
    for module in MODULES:
        for node in ast.walk(tree_of(module)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{module}.{node.name}", (node.end_lineno or 0) - node.lineno + 1 - _docstring(node)


def _docstring(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = node.body[0]
    told = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    return (first.end_lineno or 0) - first.lineno + 1 if told else 0


def test_no_function_is_longer_than_a_screen() -> None:
    assert {name: lines for name, lines in functions() if lines > LONGEST_FUNCTION} == {}


def test_nine_of_ten_functions_are_short() -> None:
    lengths = sorted(lines for _, lines in functions())
    assert lengths[int(len(lengths) * MOST_FUNCTIONS)] < SHORT
