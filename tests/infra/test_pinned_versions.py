"""The pinned versions: exact, complete, for every system, and from whatever index the machine uses."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import requires

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from config import PROJECT
from scripts.lock import Package, closure, pins

RUNTIME = (PROJECT / "requirements.txt").read_text("utf-8")
DEV = (PROJECT / "requirements-dev.txt").read_text("utf-8")
PROJECT_TABLE = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]


def pinned(text: str) -> dict[str, Requirement]:
    lines = [line for line in text.splitlines() if line and not line.startswith(("#", "-r "))]
    return {canonicalize_name(Requirement(line).name): Requirement(line) for line in lines}


@pytest.mark.parametrize("text", [RUNTIME, DEV], ids=["runtime", "dev"])
def test_every_line_is_one_exact_version_without_hash_or_index(text: str) -> None:
    assert "--" not in text
    assert "://" not in text
    for requirement in pinned(text).values():
        assert re.fullmatch(r"==[^,*]+", str(requirement.specifier)), requirement


@pytest.mark.parametrize(
    ("asked_for", "text"),
    [(PROJECT_TABLE["dependencies"], RUNTIME), (PROJECT_TABLE["optional-dependencies"]["dev"], RUNTIME + DEV)],
    ids=["runtime", "dev"],
)
def test_what_pyproject_asks_for_is_pinned_at_a_version_that_it_allows(asked_for: list[str], text: str) -> None:
    found = pinned(text)
    for requirement in map(Requirement, asked_for):
        (version,) = found[canonicalize_name(requirement.name)].specifier
        assert requirement.specifier.contains(version.version, prereleases=True), requirement


def test_what_the_pinned_packages_need_here_is_pinned_too() -> None:
    found = pinned(RUNTIME)
    for name in found:
        for requirement in map(Requirement, requires(name) or []):
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                assert canonicalize_name(requirement.name) in found, f"{name} needs {requirement}"


def test_gunicorn_is_not_asked_for_on_windows() -> None:
    assert str(pinned(RUNTIME)["gunicorn"].marker) == 'sys_platform != "win32"'


def package(name: str, *needs: str) -> Package:
    return Package(name, "1", [Requirement(line) for line in needs])


@pytest.mark.parametrize(
    ("needs", "line"),
    [
        (["b"], "b==1"),
        (["b; sys_platform == 'win32'"], "b==1; sys_platform == 'win32'"),
        (["b; platform_system == 'Windows'"], "b==1; sys_platform == 'win32'"),
        (["b; os_name == 'posix'"], "b==1; sys_platform != 'win32'"),
        (["b; python_version < '3.11'"], None),
        (["b; python_version < '3.12'"], "b==1"),
        (["b; extra == 'more'"], None),
        (["c[more]"], "b==1"),
        (["b; sys_platform == 'win32'", "d"], "b==1"),
        (["e; sys_platform == 'win32'"], "b==1; sys_platform == 'win32'"),
    ],
)
def test_a_package_is_pinned_for_the_systems_that_need_it(needs: list[str], line: str | None) -> None:
    installed = {
        "a": package("a", *needs),
        "b": package("b"),
        "c": package("c", "b; extra == 'more'"),
        "d": package("d", "b"),
        "e": package("e", "b"),
    }
    found = {name: marker for name, marker in closure([Requirement("a")], installed).items() if name == "b"}
    assert pins(found, installed) == ([line] if line else [])
