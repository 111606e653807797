"""``make lock``: renew requirements.txt and requirements-dev.txt.

Resolves what pyproject.toml asks for in fresh environments and writes down every version that came out, so that each
installation gets the same. What another system needs instead or besides is written with its marker: the resolution
follows each package's own requirements for Linux, macOS and Windows, and for each Python from 3.11 on.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
HEADER = "# Made by `make lock` from pyproject.toml. Every version that is installed, and no other.\n"
#: Packages that no Linux installation brings; asked for by name, so that their versions are known.
NOT_ON_LINUX = ("colorama",)


@dataclass
class Package:
    """One installed package: its version, what it needs, and which extras of it are asked for."""

    name: str
    version: str
    requires: list[Requirement]
    extras: set[str] = field(default_factory=set)


def main() -> None:
    """Write both files."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    runtime = [Requirement(line) for line in project["dependencies"]]
    dev = [Requirement(line) for line in project["optional-dependencies"]["dev"]]
    installed = resolve([*runtime, *dev])
    needed = closure(runtime, installed)
    write("requirements.txt", pins(needed, installed))
    others = {name: marker for name, marker in closure(dev, installed).items() if name not in needed}
    write("requirements-dev.txt", ["-r requirements.txt", *pins(others, installed)])


def resolve(requirements: Iterable[Requirement]) -> dict[str, Package]:
    """Let pip choose the newest versions that go together, without installing them."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"]
        wanted = [*map(str, requirements), *NOT_ON_LINUX]
        subprocess.run([*pip, "--report", str(report), *wanted], check=True)
        return {canonicalize_name(p.name): p for p in map(read_package, json.loads(report.read_text())["install"])}


def read_package(entry: dict[str, Any]) -> Package:
    """One entry of pip's report."""
    metadata = entry["metadata"]
    return Package(
        metadata["name"], metadata["version"], [Requirement(line) for line in metadata.get("requires_dist", [])]
    )


def closure(roots: Iterable[Requirement], installed: dict[str, Package]) -> dict[str, str]:
    """Each package that is needed, with the marker under which it is; "" is always.

    A package that is needed on two ways is needed when either marker holds; so the widest is kept.
    """
    found: dict[str, str] = {}
    visited: set[tuple[str, str, str]] = set()
    waiting = [(requirement, "", frozenset[str]()) for requirement in roots]
    while waiting:
        requirement, outer, extras = waiting.pop()
        marker = platform_marker(requirement.marker, extras, outer)
        name = canonicalize_name(requirement.name)
        if marker is None or name not in installed:
            continue
        key = (name, marker, ",".join(sorted(requirement.extras)))
        if key in visited:
            continue
        visited.add(key)
        known = found.get(name)
        if known is None:
            found[name] = marker
        elif known != marker:
            found[name] = "" if "" in (known, marker) else f"{known} or {marker}"
        waiting += [(r, marker, frozenset(requirement.extras)) for r in installed[name].requires]
    return found


def platform_marker(marker: Marker | None, extras: frozenset[str], outer: str) -> str | None:
    """The part of a requirement's marker that is about system and Python, joined with the one it came under.

    None when the requirement belongs to an extra that nobody asked for, or to a Python older than ours.
    """
    if marker is None:
        return outer
    environments = [
        {"extra": extra, "sys_platform": system, "platform_system": name, "os_name": os_name, "python_version": python,
         "python_full_version": f"{python}.0", "platform_python_implementation": "CPython",
         "implementation_name": "cpython", "platform_machine": machine}
        for extra in extras | {""}
        for system, name, os_name in (
            ("linux", "Linux", "posix"), ("darwin", "Darwin", "posix"), ("win32", "Windows", "nt"))
        for python in ("3.11", "3.12", "3.13", "3.14")
        for machine in ("x86_64", "arm64")
    ]  # fmt: skip
    holds = [e for e in environments if marker.evaluate({k: str(v) for k, v in e.items()})]
    systems = {e["sys_platform"] for e in holds}
    if not holds:
        return None
    if systems == {"linux", "darwin", "win32"}:
        return outer
    own = " or ".join(f"sys_platform == '{system}'" for system in sorted(systems))
    own = "sys_platform != 'win32'" if systems == {"linux", "darwin"} else own
    return own if outer in ("", own) else f"({outer}) and ({own})"


def pins(needed: dict[str, str], installed: dict[str, Package]) -> list[str]:
    """One line for each package, sorted."""
    return [
        f"{canonicalize_name(installed[name].name)}=={installed[name].version}" + (f"; {marker}" if marker else "")
        for name, marker in sorted(needed.items())
    ]


def write(name: str, lines: Iterable[str]) -> None:
    """Write one file."""
    (ROOT / name).write_text(HEADER + "\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
