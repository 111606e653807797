"""Starting, sharing and stopping the embedded PostgreSQL server (datapath.md, The embedded server)."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import TracebackType

import psycopg

from ticketflower.embedded import binaries, cluster, keeper
from ticketflower.embedded.account import Account, database_account, hand_over
from ticketflower.embedded.errors import EmbeddedServerError
from ticketflower.embedded.keeper import Lock, wait_until
from ticketflower.embedded.place import APP, DATABASE, OWNER, SUPERUSER, Access, Place, with_address

OTHERS_MAY_TAKE_SECONDS = 180.0
RECOVERY_MAY_TAKE_SECONDS = 120.0
ORPHAN_MAY_TAKE_SECONDS = 30.0
LOG_LIMIT_BYTES = 5_000_000


class Server:
    """A running server that this process uses. It runs until the last process that uses it has gone, however.

    As a context manager it is stopped at the end of the block.
    """

    def __init__(self, place: Place, access: Access, users: Lock, started: subprocess.Popen[str] | None) -> None:
        self._place = place
        self._access = access
        self._users = users
        self._keeper = started
        self._process = os.getpid()
        self._stopped = False

    @property
    def url(self) -> str:
        """The address for the application: a role that is neither owner nor superuser."""
        return self.url_of(DATABASE)

    @property
    def admin_url(self) -> str:
        """The address for migrations: the role that owns the database and its tables, not a superuser."""
        return self.admin_url_of(DATABASE)

    @property
    def superuser_url(self) -> str:
        """The address of the role that initdb made; for tests and repairs, never for the application."""
        return self._access.url(SUPERUSER, "postgres")

    def url_of(self, database: str) -> str:
        """As ``url``, for another database of the server."""
        return self._access.url(APP, database)

    def admin_url_of(self, database: str) -> str:
        """As ``admin_url``, for another database of the server."""
        return self._access.url(OWNER, database)

    @property
    def postmaster_pid(self) -> int:
        """The process id of the server's first process, as the server itself has written it down."""
        return int((self._place.data / "postmaster.pid").read_text("utf-8").splitlines()[0])

    def create_database(self, name: str) -> tuple[str, str]:
        """Make another empty database with the same roles. Returns its ``url`` and its ``admin_url`` (for tests)."""
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            connection.execute(
                psycopg.sql.SQL("CREATE DATABASE {} OWNER {}").format(
                    psycopg.sql.Identifier(name), psycopg.sql.Identifier(OWNER)
                )
            )
        with psycopg.connect(self._access.url(SUPERUSER, name)) as connection:
            cluster.grant(connection, name)
        return self.url_of(name), self.admin_url_of(name)

    def wait_until_ready(self, seconds: float = RECOVERY_MAY_TAKE_SECONDS) -> None:
        """Wait until the server answers, for example after it was killed and its keeper starts it again.

        Errors: EmbeddedServerError when it doesn't within ``seconds``.
        """
        deadline = time.monotonic() + seconds
        while not _answers(self._access):
            _pause(self._place, self._access, self._keeper, deadline)

    def stop(self) -> None:
        """Stop using the server. The last user waits until it is down; a forked child of the user only forgets it."""
        if self._stopped:
            return
        self._stopped = True
        if os.getpid() != self._process:
            self._users.close()
            return
        gate = _pass_gate(self._place)
        try:
            if self._is_last_user():
                self._users.release()
                self._wait_for_keeper()
        finally:
            self._users.close()
            gate.close()

    def _is_last_user(self) -> bool:
        # Asking for it alone gives up the shared hold, so the keeper may be faster than the answer.
        return self._users.alone(wait=False) or not self._users.shared(wait=False)

    def _wait_for_keeper(self) -> None:
        if self._keeper is not None:
            self._keeper.wait()
            return
        lock = Lock(self._place.locks / "keeper")
        lock.alone_within(OTHERS_MAY_TAKE_SECONDS)
        lock.close()

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start(instance_dir: Path, *, durable: bool = True) -> Server:
    """Use the embedded server of ``instance_dir``; start it when it doesn't run, make it when it doesn't exist.

    Any number of processes may use one server at once. It stops with the last of them: at ``stop``, when the process
    ends, and also when it is killed.

    Args:
        instance_dir: where the data and the passwords are kept; made when missing.
        durable: False gives up the promise that a commit survives a crash; for throw-away servers only.

    Errors: EmbeddedServerError, with the server's own last words where it has any.
    """
    place = Place(instance_dir.absolute())
    place.make()
    gate = _pass_gate(place)
    users = Lock(place.locks / "users")
    try:
        users.shared()  # waits while a keeper stops the server
        access, started = _bring_up(place, durable=durable)
        if not access.prepared:
            cluster.prepare(access)
            access = replace(access, prepared=True)
            place.write_access(access)
        return Server(place, access, users, started)
    except BaseException:
        users.close()
        raise
    finally:
        gate.close()


def throwaway(folder: Path, *, durable: bool = False) -> Server:
    """A server for a test run: as ``start``, but a commit needn't survive a crash of the machine.

    Args:
        folder: an empty folder that the caller deletes afterwards.
        durable: True for tests that kill the server.
    """
    return start(folder, durable=durable)


def _pass_gate(place: Place) -> Lock:
    gate = Lock(place.locks / "gate")
    if not gate.alone_within(OTHERS_MAY_TAKE_SECONDS):
        gate.close()
        raise EmbeddedServerError(
            f"Another process has been starting or stopping the database in {place.instance} for "
            f"{OTHERS_MAY_TAKE_SECONDS:.0f} seconds. End that process, then start again."
        )
    return gate


def _keeper_lives(place: Place) -> bool:
    lock = Lock(place.locks / "keeper")
    free = lock.alone(wait=False)
    lock.close()
    return not free


def _bring_up(place: Place, *, durable: bool) -> tuple[Access, subprocess.Popen[str] | None]:
    """Make sure that a server answers and that a keeper looks after it; with the keeper if it was started here.

    A keeper that is just ending, or was just killed, still holds its lock for a moment: so both are asked again and
    again, not once.
    """
    access, started = place.read_access(), None
    deadline = time.monotonic() + RECOVERY_MAY_TAKE_SECONDS
    while True:
        if started is None and not _keeper_lives(place):
            access, started = _start_server(place, access, durable=durable)
        if _answers(access) and (started is not None or _keeper_lives(place)):
            return access, started
        _pause(place, access, started, deadline)


def _start_server(place: Place, access: Access, *, durable: bool) -> tuple[Access, subprocess.Popen[str]]:
    account = database_account(place.data)
    _end_orphan(place, access)
    access = with_address(access, account)
    place.write_access(access)
    cluster.create(place, access, account, durable=durable)
    if place.data.stat().st_uid == 0:
        hand_over(place.data, account)
    if place.log.exists() and place.log.stat().st_size > LOG_LIMIT_BYTES:
        place.log.replace(place.log.with_suffix(".old.log"))
    return access, _spawn_keeper(_orders(place, access, account, durable=durable))


def _end_orphan(place: Place, access: Access) -> None:
    """Stop a server whose keeper was killed; when it is already on its way down, wait for it.

    ``postmaster.pid`` may name anybody: its number was given to another program after a crash. It is believed only
    when the server answers to our password.
    """
    if sys.platform == "win32":
        if _answers(access):
            subprocess.call(_pg_ctl(place, "stop"), env=cluster.environment())
        return
    lock = Lock(place.locks / "server")
    try:
        if lock.alone_within(1.0):
            return
        if _answers(access):
            first_line = (place.data / "postmaster.pid").read_text("utf-8").splitlines()[0]
            os.kill(int(first_line), signal.SIGINT)
        if not lock.alone_within(ORPHAN_MAY_TAKE_SECONDS):
            raise EmbeddedServerError(
                f"A PostgreSQL server that nobody looks after still uses {place.data} and does not stop. "
                "End its processes (ps shows them as postgres), then start again. Nothing that was saved is lost."
            )
    finally:
        lock.close()


def _pg_ctl(place: Place, action: str, *options: str) -> list[str]:
    program = binaries.program(binaries.programs(None), "pg_ctl")
    return [program, action, "-w", "-D", str(place.data), "-m", "fast", *options]


def _orders(place: Place, access: Access, account: Account | None, *, durable: bool) -> dict[str, object]:
    settings = cluster.server_settings(access, durable=durable)
    orders: dict[str, object] = {
        "data": str(place.data),
        "locks": str(place.locks),
        "log": str(place.log),
        # Their numbers may belong to other programs by now; PostgreSQL would not start then.
        "stale": [str(place.data / "postmaster.pid"), str(access.socket), f"{access.socket}.lock"],
        "socket_folder": access.folder,
        "environment": cluster.environment(),
        "user": account.user if account else None,
        "group": account.group if account else None,
    }
    if sys.platform == "win32":
        options = " ".join(f'-c "{name}={value}"' for name, value in settings.items())
        start_command = _pg_ctl(place, "start", "-l", str(place.log), "-o", options)
        start_command = [part for part in start_command if part not in ("-m", "fast")]
        return orders | {"command": start_command, "stop_command": _pg_ctl(place, "stop")}
    command = [
        binaries.program(binaries.programs(account), "postgres"),
        "-D",
        cluster.visible_path(place.data, account),
        *(f"--{name}={value}" for name, value in settings.items()),
    ]
    return orders | {"command": command}


def _spawn_keeper(orders: dict[str, object]) -> subprocess.Popen[str]:
    """Start the keeper in a session of its own, so that Ctrl-C reaches us and not the database under us."""
    started = subprocess.Popen(
        [sys.executable, "-I", "-S", keeper.__file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=open(str(orders["log"]), "ab"),  # noqa: SIM115 (handed to the child, closed below)
        text=True,
        start_new_session=sys.platform != "win32",
        creationflags=0x08000200 if sys.platform == "win32" else 0,  # no window, a process group of its own
    )
    assert started.stdin is not None
    started.stdin.write(json.dumps(orders) + "\n")
    started.stdin.close()
    return started


def _pause(place: Place, access: Access, started: subprocess.Popen[str] | None, deadline: float) -> None:
    """Wait a moment before the server is asked again.

    Errors: EmbeddedServerError when its keeper has given up or the deadline has passed.
    """
    if started is not None and started.poll() is not None:
        raise EmbeddedServerError(f"PostgreSQL doesn't start. Its last words, from {place.log}:\n{_tail(place)}")
    if time.monotonic() > deadline:
        raise EmbeddedServerError(
            f"PostgreSQL in {place.data} has not answered for a long time. "
            f"Its last words, from {place.log}:\n{_tail(place)}"
        )
    wait_until(lambda: _socket_exists(access), 0.1, every=0.003)
    time.sleep(0.003)


def _socket_exists(access: Access) -> bool:
    return not access.folder or access.socket.exists()


def _answers(access: Access) -> bool:
    """Whether a server answers there that knows our password.

    Errors: EmbeddedServerError when a server answers that doesn't.
    """
    if not access.folder and sys.platform != "win32":
        return False
    try:
        psycopg.connect(access.url(SUPERUSER, "postgres"), connect_timeout=5).close()
    except psycopg.OperationalError as error:
        if "password authentication failed" in str(error):
            raise EmbeddedServerError(
                "The database does not accept the passwords in database.json. Both belong together: "
                "restore the file from the same backup as the folder database."
            ) from error
        return False
    return True


def _tail(place: Place) -> str:
    if not place.log.exists():
        return "(nothing)"
    return "\n".join(place.log.read_text("utf-8", errors="replace").splitlines()[-15:])
