"""``make soak``: the proofs at full size: 10,000 completions under kills, races, random workflows."""

from __future__ import annotations

import os
import subprocess
import sys

#: Three times the rounds of ``make test`` make more than 10,000 acknowledged completions; the log counts them.
ENVIRON = {"CRASH_ROUNDS": "3", "RACE_PAIRS": "1000", "MODEL_EXAMPLES": "2000"}

LOG = ("-o", "log_cli=true", "--log-cli-level=INFO")


def main() -> int:
    """Runs the proofs at their full size; gives pytest's exit status."""
    command = [sys.executable, "-m", "pytest", "tests/proofs", "-q", "--durations=0", *LOG, *sys.argv[1:]]
    environ = {name: value for name, value in os.environ.items() if name != "CI"}
    return subprocess.run(command, env={**environ, **ENVIRON}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
