"""What lies where in the instance folder, and how the server is reached.

database/        PostgreSQL's data folder
database.json    the passwords of the three roles and the server's address (mode 0600)
database.log     what PostgreSQL reports
locks/           see ``keeper``
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import stat
import sys
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from urllib.parse import quote

from ticketflower.embedded.account import Account
from ticketflower.embedded.errors import EmbeddedServerError

DATABASE = "ticketflower"
SUPERUSER = "ticketflower_superuser"
OWNER = "ticketflower_owner"
APP = "ticketflower_app"


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach the server and as whom: the content of ``database.json``.

    Attributes:
        passwords: one for each role.
        folder: where the server's Unix socket is; "" on Windows.
        port: of the socket's name, or the TCP port on Windows.
        prepared: whether roles and database are complete.
    """

    passwords: dict[str, str]
    folder: str = ""
    port: int = 5432
    prepared: bool = False

    @property
    def socket(self) -> Path:
        """The Unix socket, as PostgreSQL names it."""
        return Path(self.folder, f".s.PGSQL.{self.port}")

    def url(self, role: str, database: str = DATABASE) -> str:
        """The address for libpq, psycopg and SQLAlchemy."""
        start = f"postgresql://{role}:{self.passwords[role]}@"
        if self.folder:
            return f"{start}/{database}?host={quote(self.folder, safe='')}&port={self.port}"
        return f"{start}127.0.0.1:{self.port}/{database}"


@dataclass(frozen=True, slots=True)
class Place:
    """The folders and files of one embedded server."""

    instance: Path

    @property
    def data(self) -> Path:
        return self.instance / "database"

    @property
    def access(self) -> Path:
        return self.instance / "database.json"

    @property
    def log(self) -> Path:
        return self.instance / "database.log"

    @property
    def locks(self) -> Path:
        return self.instance / "locks"

    def make(self) -> None:
        """Make the folders; only their owner may enter them."""
        self.instance.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.locks.mkdir(mode=0o700, exist_ok=True)

    def read_access(self) -> Access:
        """The stored access, or a new one with random passwords when there is no data folder yet.

        Errors: EmbeddedServerError when there is data but its passwords are gone.
        """
        try:
            return Access(**json.loads(self.access.read_text("utf-8")))
        except FileNotFoundError:
            if self.data.exists():
                raise EmbeddedServerError(
                    f"{self.access} is missing, so nobody knows the passwords of the database in {self.data}. "
                    "Restore that file from the backup that holds the rest of the folder."
                ) from None
        except (ValueError, TypeError):
            raise EmbeddedServerError(
                f"{self.access} can't be read as the passwords of the database. Restore it from your backup."
            ) from None
        return Access({role: secrets.token_urlsafe(32) for role in (SUPERUSER, OWNER, APP)})

    def write_access(self, access: Access) -> None:
        """Store the access durably, and so that a reader never sees half of it."""
        scratch = self.access.with_suffix(".json.new")
        descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(access), file)
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(self.access)
        sync_folder(self.instance)


def sync_folder(folder: Path) -> None:
    """Make names in ``folder`` durable (Windows does that by itself)."""
    if sys.platform != "win32":
        descriptor = os.open(folder, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)


def with_address(access: Access, account: Account | None) -> Access:
    """The access with an address that a server can be started at.

    A Unix socket's path holds about 100 bytes and the instance folder may be deep, so the socket is in a short folder
    that only the server's account may enter; it has a random name, so nobody can sit there before us. Windows: a free
    TCP port on loopback.
    """
    if sys.platform == "win32":
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return replace(access, port=probe.getsockname()[1])
    if access.folder and _is_ours_alone(Path(access.folder), account):
        return access
    short = "/tmp" if os.path.isdir("/tmp") else tempfile.gettempdir()  # noqa: S108 (mkdtemp picks the name, mode 0700)
    folder = tempfile.mkdtemp(prefix="ticketflower-", dir=short)
    if account is not None:
        os.chown(folder, account.user, account.group)
    return replace(access, folder=folder)


def _is_ours_alone(folder: Path, account: Account | None) -> bool:
    try:
        found = folder.lstat()
    except OSError:
        return False
    owner = account.user if account else os.geteuid()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == owner and stat.S_IMODE(found.st_mode) == 0o700
