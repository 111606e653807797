"""``make test``: every check and every test, the quick ones first, so that a mistake shows early.

python -m scripts.quality lint    style and types
python -m scripts.quality all     style, types, tests
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

from scripts import browser

PYTHON = [sys.executable, "-m"]
LINT = (
    [*PYTHON, "ruff", "check", "."],
    [*PYTHON, "ruff", "format", "--check", "."],
    [*PYTHON, "mypy"],
)
PURE = ("tests/engine", "tests/documents", "tests/forms", "tests/design")
NEEDS_MORE = "browser or crash or fuzz"


def main(what: str) -> int:
    """Run the checks that ``what`` names; stops at the first that fails and returns its exit status."""
    environment = os.environ.copy()
    steps = list(LINT)
    if what == "all":
        if chromium := browser.find_or_install():
            environment["CHROMIUM"] = chromium
        steps += tests(os.cpu_count() or 1)
    return run(steps, environment)


def tests(processors: int) -> list[list[str]]:
    """The test runs: what needs no database, the rest side by side, and last what wants the machine for itself."""
    side_by_side = ["-n", str(min(processors, 4)), "--dist", "loadfile"]
    pytest = [*PYTHON, "pytest", "-q"]
    return [
        [*pytest, "-x", *PURE, "-m", f"not ({NEEDS_MORE})"],
        [*pytest, *side_by_side, *[f"--ignore={folder}" for folder in PURE], "-m", f"not ({NEEDS_MORE})"],
        [*pytest, "-m", NEEDS_MORE],
    ]


def run(steps: list[list[str]], environment: dict[str, str]) -> int:
    """Run one step after the other, each told by its command and its time."""
    for step in steps:
        shown = " ".join(step[2:])
        print(f"\n== {shown}", flush=True)  # noqa: T201 (a command's words)
        begun = time.monotonic()
        status = subprocess.call(step, env=environment)
        print(f"== {time.monotonic() - begun:.0f} s: {shown}", flush=True)  # noqa: T201
        if status != 0:
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
