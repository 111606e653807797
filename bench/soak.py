"""``make soak``: the proofs at full size: 10,000 completions under kills, races, random workflows."""

from __future__ import annotations

import os
import subprocess
import sys

#: Ten times the rounds of ``make test`` make more than 10,000 acknowledged completions.
ENVIRON = {"CRASH_ROUNDS": "10", "RACE_PAIRS": "1000", "MODEL_EXAMPLES": "2000"}


def main() -> int:
    """Runs the proofs at their full size; gives pytest's exit status."""
    command = [sys.executable, "-m", "pytest", "tests/proofs", "-q", "--durations=0", "-rA", *sys.argv[1:]]
    environ = {name: value for name, value in os.environ.items() if name != "CI"}
    return subprocess.run(command, env={**environ, **ENVIRON}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
