"""Which account of the operating system runs PostgreSQL: it refuses to run as root."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from ticketflower.embedded.errors import EmbeddedServerError

NAME = "ticketflower-db"


@dataclass(frozen=True, slots=True)
class Account:
    """A user and a group id to run as."""

    user: int
    group: int


def database_account(data: Path) -> Account | None:
    """The account to run PostgreSQL as; None means the account of this process, which is right unless it is root.

    As root it is the owner of the data folder, when that isn't root; else the system user ``ticketflower-db``, which
    is made when missing.

    Errors: EmbeddedServerError when root's database user can't be made.
    """
    if sys.platform == "win32" or os.geteuid() != 0:
        return None
    if data.exists() and (owner := data.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    return _system_user()


def hand_over(folder: Path, account: Account | None) -> None:
    """Give ``folder`` and all that is in it to ``account`` (a backup restored by root belongs to root)."""
    if account is None or sys.platform == "win32":
        return
    os.chown(folder, account.user, account.group)
    for parent, folders, files in os.walk(folder):
        for name in folders + files:
            os.chown(os.path.join(parent, name), account.user, account.group, follow_symlinks=False)


def _system_user() -> Account:
    import pwd

    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        _make_system_user()
        entry = pwd.getpwnam(NAME)
    return Account(entry.pw_uid, entry.pw_gid)


def _make_system_user() -> None:
    if useradd := shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin"):
        command = [useradd, "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME]
    elif adduser := shutil.which("adduser", path="/usr/sbin:/sbin:/usr/bin:/bin"):
        command = [adduser, "-S", "-D", "-H", "-s", "/sbin/nologin", NAME]
    else:
        raise EmbeddedServerError(_how_to_go_on("there is neither useradd nor adduser here"))
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    # Two starts at once: the second one finds the user that the first has made (useradd: exit status 9).
    if made.returncode not in (0, 9):
        raise EmbeddedServerError(_how_to_go_on(made.stderr.strip() or f"{command[0]} ended with {made.returncode}"))


def _how_to_go_on(reason: str) -> str:
    return (
        f"PostgreSQL does not run as root, and the system user {NAME} for it can't be made: {reason}. "
        "Start TicketFlower as an ordinary user, make that system user, or name a server of your own in DATABASE_URL."
    )
