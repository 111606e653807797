"""Named places at which a test stops the process or cuts its connection; nothing in production (security.md).

A test arms one with the environment variable ``TICKETFLOWER_FAILPOINT=name`` (with ``name:3`` the third pass), which is
read once, when the process starts.
"""

from __future__ import annotations

import os
import signal

_name, _, _pass = os.environ.get("TICKETFLOWER_FAILPOINT", "").partition(":")
_left = int(_pass or 1)

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
