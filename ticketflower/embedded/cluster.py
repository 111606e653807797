"""Making the data folder, its roles and its database, and the settings that the server runs with."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
from psycopg import sql

from ticketflower.embedded import binaries
from ticketflower.embedded.account import Account, hand_over
from ticketflower.embedded.errors import EmbeddedServerError
from ticketflower.embedded.keeper import run_as
from ticketflower.embedded.place import APP, DATABASE, OWNER, SUPERUSER, Access, Place, sync_folder

SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "max_logical_replication_workers": "0",
    "default_text_search_config": "pg_catalog.simple",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def create(place: Place, access: Access, account: Account | None, *, durable: bool) -> None:
    """Make the data folder when there is none. A start that was cut off half-way leaves nothing that counts.

    Errors: EmbeddedServerError when initdb fails, or when the data folder is of another major version.
    """
    if place.data.exists():
        _check_version(place.data)
        return
    scratch = place.instance / "database.new"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(mode=0o700)
    password_file = _password_file(place, access, account)
    if account is not None:
        hand_over(scratch, account)
    try:
        _initdb(scratch, password_file, account, durable=durable)
    finally:
        password_file.unlink()
    scratch.rename(place.data)
    sync_folder(place.instance)


def _check_version(data: Path) -> None:
    found = (data / "PG_VERSION").read_text("ascii").strip() if (data / "PG_VERSION").exists() else "no"
    if found != binaries.MAJOR_VERSION:
        raise EmbeddedServerError(
            f"{data} holds a database of PostgreSQL version {found}; this TicketFlower brings "
            f"{binaries.MAJOR_VERSION}. Start it once more with the TicketFlower that made it, save it with pg_dump, "
            "and load it into a new one."
        )


def _password_file(place: Place, access: Access, account: Account | None) -> Path:
    """A short-lived file that the server's account can reach, also when it can't enter the instance folder."""
    folder = Path(access.folder) if access.folder else place.instance
    path = folder / "password"
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(access.passwords[SUPERUSER] + "\n")
    if account is not None:
        os.chown(path, account.user, account.group)
    return path


def _initdb(data: Path, password_file: Path, account: Account | None, *, durable: bool) -> None:
    command = [
        binaries.program(binaries.programs(account), "initdb"),
        f"--pgdata={visible_path(data, account)}",
        f"--username={SUPERUSER}",
        f"--pwfile={password_file}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--set=password_encryption=scram-sha-256",
    ]
    if not durable:
        command.append("--no-sync")
    identity = run_as(account.user, account.group) if account else {}
    made = subprocess.run(
        command, cwd=data, env=environment(), capture_output=True, text=True, errors="replace", check=False, **identity
    )
    if made.returncode != 0:
        raise EmbeddedServerError(
            f"PostgreSQL's data folder can't be made in {data.parent}: {made.stderr.strip()[-1500:]} "
            "Is the disk full, or is the folder not yours? Mend that and start again."
        )


def visible_path(data: Path, account: Account | None) -> str:
    """How the server is told where its data is.

    As another account than ours it may not be able to walk down to the data folder, so it is started inside of it and
    told "where you are": no parent folder has to be opened. (macOS has no /proc; there nobody works as root.)
    """
    if account is not None and sys.platform == "linux":
        return "/proc/self/cwd"
    return str(data)


def environment() -> dict[str, str]:
    """The few variables that the server needs: no secrets of ours, no ``PG...``, no language."""
    wanted = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT", "SYSTEMDRIVE", "TEMP", "TMP", "COMSPEC")
    return {name: os.environ[name] for name in wanted if name in os.environ} | {"LC_ALL": "C"}


def server_settings(access: Access, *, durable: bool) -> dict[str, str]:
    """The settings for a start; they come with each start, so a newer TicketFlower changes them."""
    settings = SETTINGS | ({} if durable else NOT_DURABLE) | {"port": str(access.port)}
    if access.folder:
        return settings | {"unix_socket_directories": f'"{access.folder}"', "unix_socket_permissions": "0700"}
    return settings | {"listen_addresses": "127.0.0.1", "unix_socket_directories": ""}


def prepare(access: Access) -> None:
    """Make the roles and the database, or complete what an earlier start did not finish.

    ``ticketflower_owner`` owns the database and its tables and runs the migrations; ``ticketflower_app`` is what the
    application connects as: neither owner nor superuser, so row-level security holds for it (architecture.md, Data).
    """
    with psycopg.connect(access.url(SUPERUSER, "postgres"), autocommit=True) as connection:
        for role in (OWNER, APP):
            _make_role(connection, role, access.passwords[role])
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(OWNER))
            )
    with psycopg.connect(access.url(SUPERUSER)) as connection:
        grant(connection, DATABASE)


def grant(connection: psycopg.Connection[tuple[object, ...]], database: str) -> None:
    """Let the app role enter ``database`` and nobody else; what it may do there the migrations grant.

    Args:
        connection: to that database, as superuser or as the owner role.
        database: its name.
    """
    for statement in ("REVOKE ALL ON DATABASE {} FROM PUBLIC", "GRANT CONNECT ON DATABASE {} TO {}"):
        connection.execute(sql.SQL(statement).format(sql.Identifier(database), sql.Identifier(APP)))


def _make_role(connection: psycopg.Connection[tuple[object, ...]], role: str, password: str) -> None:
    known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    connection.execute(
        sql.SQL(
            "{} ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB NOREPLICATION INHERIT PASSWORD {}"
        ).format(sql.SQL("ALTER" if known else "CREATE"), sql.Identifier(role), sql.Literal(password))
    )
