"""What the Markdown says is there: files, commands, make targets, routes, settings; its links lead somewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest
from flask import Flask

from scripts.quality import NEEDS_MORE
from ticketflower import documents
from ticketflower.engine.conditions import check_condition, names

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
EXAMPLES = {path: path.read_text("utf-8") for path in sorted((ROOT / "examples").glob("*.yaml"))}

CODE_BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"^    \S.*$", re.MULTILINE)
BACKTICKED = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")
#: A path of the project: a folder or a file with an ending that the project has.
PATH = re.compile(r"\.?[\w-]+(/[\w.-]+)*(/|\.(py|md|html|css|js|yaml|toml|txt|example|json|svg|ini))|[\w-]+(/[\w.-]+)+")
SETTING = re.compile(r"^\| `([A-Z_]+)` \| (.*?) \|", re.MULTILINE)
DOCUMENTED = re.compile(r"^#([A-Z_]+)=(.*)$", re.MULTILINE)

#: The contract, which the maintainers keep; code and tests cite it by these names.
CONTRACT = {"engine.md", "document.md", "api.md", "architecture.md", "style.md", "datapath.md", "security.md", "ux.md"}
#: Made when the product runs (README, "Where the data is"), or by the person who reads.
MADE = re.compile(r"\.env|\.venv.*|instance.*|database/|database\.(json|log)|secret\.key|static/|locks/")
#: What looks like a path and is none: a name that the reader fills in.
NO_PATH = re.compile(r".*\bAREA/.*")


@dataclass(frozen=True)
class Text:
    """A page, taken apart."""

    path: Path

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    @property
    def whole(self) -> str:
        return self.path.read_text("utf-8")

    @property
    def words(self) -> Iterator[str]:
        """What stands in backticks, in running text and tables."""
        yield from BACKTICKED.findall(CODE_BLOCK.sub("", self.whole))

    def blocks(self, language: str) -> list[str]:
        """The fenced blocks of a language."""
        return [text for word, text in CODE_BLOCK.findall(self.whole) if word == language]

    @property
    def commands(self) -> Iterator[str]:
        """Indented lines of code, without what is said about them, and what stands in backticks."""
        yield from (line.split("  #")[0].strip() for line in INDENTED.findall(CODE_BLOCK.sub("", self.whole)))
        yield from self.words


pages = pytest.mark.parametrize("page", [Text(path) for path in PAGES], ids=lambda page: page.name)


FOLDERS = ("ticketflower", "templates", "static", "migrations", "tests", "bench", "scripts")
NAMES = {path.name for folder in FOLDERS for path in (ROOT / folder).rglob("*.*")}


def is_there(word: str, page: Text) -> bool:
    """Whether a path is there: from the root, from the page, in the package; a bare name may be anywhere."""
    bare = word.rstrip("/")
    return bare in NAMES or any((place / bare).exists() for place in (ROOT, page.path.parent, ROOT / "ticketflower"))


@pages
def test_every_path_that_a_page_names_is_there(page: Text) -> None:
    missing = [
        word
        for word in page.words
        if PATH.fullmatch(word)
        and not MADE.fullmatch(word)
        and not NO_PATH.fullmatch(word)
        and word not in CONTRACT
        and not is_there(word, page)
    ]
    assert missing == []


@pages
def test_every_link_of_a_page_leads_somewhere(page: Text) -> None:
    links = [link for link in LINK.findall(page.whole) if not link.startswith("https://")]
    assert [link for link in links if not (page.path.parent / link.split("#")[0]).exists()] == []


@pages
def test_every_module_that_a_page_names_can_be_imported_from_there(page: Text) -> None:
    """``from ticketflower.live.fragments import fragment``, and dotted names in backticks."""
    code = "\n".join(page.blocks("python"))
    imported = re.findall(r"^\s*from (ticketflower[\w.]*) import", code, re.MULTILINE)
    named = [word for word in page.words if re.fullmatch(r"ticketflower(\.\w+)+", word)]
    assert [name for name in (*imported, *named) if not _is_in_the_code(name)] == []


def _is_in_the_code(dotted: str) -> bool:
    """Whether a dotted name is a module, or something that a module defines."""
    place = ROOT / Path(*dotted.split("."))
    if place.is_dir() or place.with_suffix(".py").is_file():
        return True
    module, _, name = dotted.rpartition(".")
    source = ROOT / Path(*module.split("."))
    file = source / "__init__.py" if source.is_dir() else source.with_suffix(".py")
    return file.is_file() and re.search(rf"^(class |def )?{name}\b", file.read_text("utf-8"), re.MULTILINE) is not None


@pages
def test_every_make_target_that_a_page_names_is_there(page: Text) -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    called = [match for command in page.commands for match in re.findall(r"^(?:\w+=\S+ )?make (\w+)$", command)]
    assert [target for target in called if target not in targets] == []


@pages
def test_every_flask_command_that_a_page_names_is_there(page: Text, shared_app: Flask) -> None:
    called = [
        found for command in page.commands for found in re.findall(r"flask --app app ([a-z]+(?: [a-z]+)?)", command)
    ]
    assert [words for words in called if not _is_command(shared_app, words.split())] == []


def _is_command(app: Flask, words: list[str]) -> bool:
    command: click.Command | None = app.cli
    for word in words:
        assert command is not None
        if not isinstance(command, click.Group):
            return True  # what follows is an argument
        command = command.commands.get(word) or command.get_command(click.Context(command), word)
        if command is None:
            return False
    return True


def test_the_commands_in_the_readme_are_those_of_the_product(shared_app: Flask) -> None:
    text = (ROOT / "README.md").read_text("utf-8").split("## The command line")[1].split("\n## ")[0]
    listed = set(re.findall(r"^\| `([a-z ]+)` \|", text, re.MULTILINE)) - {"db upgrade"}
    groups = {name: command for name, command in shared_app.cli.commands.items() if name != "db"}
    made = {
        f"{name} {inner}".strip()
        for name, command in groups.items()
        if command.callback is None or command.callback.__module__.startswith("ticketflower")
        for inner in (command.commands if isinstance(command, click.Group) else [""])
    }
    assert listed == made


def test_the_settings_in_the_readme_are_those_of_env_example() -> None:
    """Names, and the defaults that are plain values."""
    shown = dict(SETTING.findall((ROOT / "README.md").read_text("utf-8")))
    documented = dict(DOCUMENTED.findall((ROOT / ".env.example").read_text("utf-8")))
    assert set(shown) == set(documented)
    plain = {name: value for name, value in documented.items() if re.fullmatch(r"`[\w.]+`", shown[name])}
    assert {name: shown[name].strip("`") for name in plain} == plain
    assert len(plain) > 10, "the table doesn't show defaults any more"


@pages
def test_every_setting_that_a_page_names_is_there(page: Text) -> None:
    known = {name for name, _ in DOCUMENTED.findall((ROOT / ".env.example").read_text("utf-8"))}
    words = [match for word in page.commands for match in re.findall(r"^([A-Z][A-Z_]+)=", word)]
    assert [word for word in words if word not in known] == []


@pages
def test_every_address_of_the_api_that_a_page_names_is_there(page: Text, shared_app: Flask) -> None:
    addresses = {re.sub(r"<[^>]+>", "{}", str(rule)) for rule in shared_app.url_map.iter_rules()}
    named = [word for word in page.words if word.startswith("/api/v1/") and " " not in word]
    assert [word for word in named if re.sub(r"\{\w+\}", "{}", word) not in addresses] == []


def test_the_marks_that_contributing_names_are_those_of_the_last_step() -> None:
    assert f'-m "not ({NEEDS_MORE})"' in (ROOT / "CONTRIBUTING.md").read_text("utf-8")


def test_contributing_names_every_folder_of_tests() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    folders = [path.parent.name for path in sorted((ROOT / "tests").glob("*/__init__.py"))]
    assert [name for name in folders if f"`tests/{name}`" not in text] == []


def test_architecture_names_every_part_of_the_package() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    tree = text.split("## The tree")[1].split("\n## ")[0]
    parts = [path for path in sorted((ROOT / "ticketflower").iterdir()) if not path.name.startswith("_")]
    assert [part.stem for part in parts if not re.search(rf"\b{part.stem}\b", tree)] == []


def test_the_index_of_decisions_names_each() -> None:
    index = (ROOT / "docs/decisions/README.md").read_text("utf-8")
    files = [path.name for path in sorted((ROOT / "docs/decisions").glob("0*.md"))]
    assert [name for name in files if f"({name})" not in index] == []


# --- the guide to workflows

GUIDE = Text(ROOT / "docs/writing-workflows.md")


def first_column(heading: str) -> list[str]:
    """What stands in the first column of the tables under a heading of the guide, without the tables' heads."""
    section = GUIDE.whole.split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = [row.split("|")[1].strip() for row in section.splitlines() if row.startswith("|")]
    return [first for n, first in enumerate(rows) if "---" not in (first, *rows[n + 1 : n + 2])]


@pytest.mark.parametrize("block", GUIDE.blocks("yaml"))
def test_what_the_guide_shows_of_a_document_is_what_the_example_says(block: str) -> None:
    assert block in EXAMPLES[ROOT / "examples/purchase-approval.yaml"]


@pytest.mark.parametrize("block", GUIDE.blocks("json"))
def test_the_conditions_of_the_guide_are_accepted(block: str) -> None:
    condition = json.loads(block)
    fields = {name for name in names(condition) if not name.startswith("_.")}
    assert check_condition(condition, fields) == []


@pytest.mark.parametrize(("part", "path"), re.findall(r"`(\w+)` in `(examples/[\w-]+\.yaml)`", GUIDE.whole))
def test_the_parts_of_examples_that_the_guide_names_are_there(part: str, path: str) -> None:
    document: Mapping[str, Any] = documents.read(EXAMPLES[ROOT / path]).document
    assert part in {**document["tasks"], **document["completions"]}


@pytest.mark.parametrize("title", first_column("What may go wrong on the way"))
def test_the_errors_of_the_guide_are_called_as_on_the_desk(title: str) -> None:
    assert f'"{title}"' in (ROOT / "ticketflower/blueprints/wording/of_errors.py").read_text("utf-8")


@pytest.mark.parametrize("phrase", first_column("What the check says"))
def test_the_check_says_what_the_guide_says_that_it_says(phrase: str) -> None:
    """Word for word; a name in backticks is one that the check may fill in."""
    said = "".join(path.read_text("utf-8") for path in sorted((ROOT / "ticketflower/documents").glob("*.py")))
    pattern = re.sub(r"`(\w+)`", r"`(\1|{[^}]+})`", re.escape(phrase))
    assert re.search(pattern, said), f"the check doesn't say: {phrase}"
