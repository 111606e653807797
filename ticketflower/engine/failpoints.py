"""Named places at which a test stops the process; nothing in production (security.md).

A test arms one with ``arm("advance.before_commit:3")`` (its third pass) or, for a process that it starts, with the
environment variable ``TICKETFLOWER_FAILPOINT``, which is read once.
"""

from __future__ import annotations

import os
import signal

#: Every place that can be armed, in the order in which a completion passes them.
FAILPOINTS = (
    "submit.before_commit",
    "submit.after_commit",
    "complete.before_commit",
    "complete.after_commit",
    "advance.after_lock",
    "advance.before_commit",
    "advance.after_commit",
)

_name = ""
_left = 0


def arm(spec: str) -> None:
    """Arms one place: ``name`` or ``name:pass``; the empty text disarms.

    Raises:
        ValueError: there is no such place.
    """
    global _name, _left
    name, _, passes = spec.partition(":")
    if name and name not in FAILPOINTS:
        raise ValueError(f"there is no failpoint {name}; there are: {', '.join(FAILPOINTS)}")
    _name, _left = name, int(passes or 1)


def armed(name: str) -> bool:
    """Whether a test wants to stop the process here; a flight of statements is then split at this place."""
    return name == _name


def failpoint(name: str) -> None:
    """Kills the process here, as if the power had failed, if a test armed this place."""
    global _left
    if name != _name:
        return
    _left -= 1
    if _left == 0:
        os.kill(os.getpid(), signal.SIGKILL)


arm(os.environ.get("TICKETFLOWER_FAILPOINT", ""))
