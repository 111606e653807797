"""The embedded PostgreSQL server: one folder, any number of users, nothing lost, nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ticketflower import embedded
from ticketflower.embedded.keeper import Lock, wait_until
from ticketflower.embedded.place import APP, OWNER, Place

USE_UNTIL_TOLD = """
import sys
from pathlib import Path
from ticketflower import embedded
server = embedded.start(Path(sys.argv[1]), durable=sys.argv[2] == "durable")
print(server.postmaster_pid, flush=True)
sys.stdin.readline()
server.stop()
"""


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def gone(pid: int) -> bool:
    return wait_until(lambda: not alive(pid), 30)


class OtherProcess:
    """Another process that uses the server of ``folder`` until it is told to stop or killed."""

    def __init__(self, folder: Path, durable: str = "") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USE_UNTIL_TOLD, str(folder), durable],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.postmaster_pid = int(self.process.stdout.readline())

    def leave(self) -> None:
        self.process.communicate("\n", timeout=60)

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)
        self.process.wait(60)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "instance"
    with embedded.start(tmp_path / "instance", durable=False) as server:
        pid = server.postmaster_pid
    assert gone(pid), "a server was left behind"


def keeper_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


def test_a_folder_with_space_quotes_percent_and_a_long_name_holds_a_server(tmp_path: Path) -> None:
    folder = tmp_path / "with space" / "quote ' and \" and %40 and $HOME" / ("long" * 30) / "instance"
    with embedded.throwaway(folder) as server, psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT current_user").fetchone() == (APP,)


def test_the_language_does_not_depend_on_the_machine(postgres: embedded.Server) -> None:
    with psycopg.connect(postgres.url) as connection:
        row = connection.execute(
            "SELECT pg_encoding_to_char(encoding), datlocprovider, datlocale FROM pg_database "
            "WHERE datname = current_database()"
        ).fetchone()
        assert row == ("UTF8", "b", "C.UTF-8")
        assert connection.execute("SELECT upper('ä'), current_setting('TimeZone')").fetchone() == ("Ä", "UTC")


def test_neither_role_is_a_superuser_and_the_app_role_owns_nothing(postgres: embedded.Server) -> None:
    with psycopg.connect(postgres.superuser_url) as connection:
        rows = connection.execute(
            "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication FROM pg_roles "
            "WHERE rolname = ANY(%s) ORDER BY 1",
            [[APP, OWNER]],
        ).fetchall()
        assert rows == [(APP, *[False] * 5), (OWNER, *[False] * 5)]
        owner = connection.execute(
            "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'ticketflower'"
        ).fetchone()
        assert owner == (OWNER,)


def test_the_app_role_may_do_nothing_until_the_owner_grants_it(postgres: embedded.Server) -> None:
    url, admin_url = postgres.create_database("roles_apart")
    with psycopg.connect(admin_url) as connection:
        connection.execute("CREATE TABLE things (name text)")
    for statement in (
        "SELECT * FROM things",
        "DROP TABLE things",
        "CREATE TABLE more (id int)",
        "CREATE TEMP TABLE t ()",
    ):
        with psycopg.connect(url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)


def test_nobody_gets_in_without_the_password(postgres: embedded.Server) -> None:
    for role in (APP, OWNER, "ticketflower_superuser"):
        wrong = psycopg.conninfo.make_conninfo(postgres.url, user=role, password="wrong")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(wrong)


def test_passwords_and_socket_are_for_their_owner_only(tmp_path: Path) -> None:
    with embedded.throwaway(tmp_path / "instance"):
        place = Place(tmp_path / "instance")
        socket_folder = place.read_access().socket.parent
        assert place.access.stat().st_mode & 0o777 == 0o600
        assert socket_folder.stat().st_mode & 0o777 == 0o700
        assert place.data.stat().st_mode & 0o777 == 0o700
    assert not socket_folder.exists()


def test_parent_folders_keep_their_permissions(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with embedded.throwaway(closed / "instance"):
        assert closed.stat().st_mode & 0o777 == 0o700
        assert (closed / "instance").stat().st_mode & 0o777 == 0o700


def test_durable_settings_stay_on_unless_a_test_gives_them_up(tmp_path: Path) -> None:
    with embedded.start(tmp_path / "instance") as server, psycopg.connect(server.url) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            assert connection.execute(f"SHOW {setting}").fetchone() == ("on",)


def test_two_processes_share_one_server_and_the_last_one_stops_it(folder: Path) -> None:
    first = OtherProcess(folder)
    second = OtherProcess(folder)
    assert first.postmaster_pid == second.postmaster_pid
    first.leave()
    assert alive(second.postmaster_pid)
    with embedded.start(folder, durable=False) as server:
        assert server.postmaster_pid == second.postmaster_pid
        second.leave()
        with psycopg.connect(server.url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    assert not alive(first.postmaster_pid)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_server_stops_when_its_only_user_is_ended_by_a_signal(folder: Path, number: signal.Signals) -> None:
    user = OtherProcess(folder)
    user.signal(number)
    assert gone(user.postmaster_pid)


@pytest.mark.crash
def test_after_kill_9_of_everything_it_starts_again_and_has_lost_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "instance"
    user = OtherProcess(folder, "durable")
    with embedded.start(folder) as server:
        with psycopg.connect(server.admin_url) as connection:
            connection.execute("CREATE TABLE kept (id int)")
        with psycopg.connect(server.admin_url, autocommit=True) as connection:
            for number in range(20):
                connection.execute("INSERT INTO kept VALUES (%s)", [number])
            keeper = keeper_of(user.postmaster_pid)
            for pid in (keeper, user.postmaster_pid, user.process.pid):
                os.kill(pid, signal.SIGKILL)
    user.process.wait(10)
    with embedded.start(folder) as server, psycopg.connect(server.admin_url) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (20,)


@pytest.mark.crash
def test_a_killed_server_is_started_again_for_its_users(folder: Path) -> None:
    with embedded.start(folder) as server:
        before = server.postmaster_pid
        os.kill(before, signal.SIGKILL)
        assert gone(before)
        server.wait_until_ready()
        assert server.postmaster_pid != before
        with psycopg.connect(server.url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.crash
def test_a_killed_keeper_takes_its_server_along(folder: Path) -> None:
    with embedded.start(folder) as server:
        pid = server.postmaster_pid
        os.kill(keeper_of(pid), signal.SIGKILL)
        assert gone(pid)


@pytest.mark.crash
def test_after_its_keeper_was_killed_a_server_is_taken_over_by_the_next_start(folder: Path) -> None:
    with embedded.start(folder) as server:
        pid = server.postmaster_pid
        os.kill(keeper_of(pid), signal.SIGKILL)
        with embedded.start(folder) as again:
            assert again.postmaster_pid != pid
            with psycopg.connect(again.url) as connection:
                assert connection.execute("SELECT 1").fetchone() == (1,)
    assert gone(pid)


@pytest.mark.parametrize("content", ["", "12", f"{os.getppid()}\n", None])
def test_a_stale_or_cut_off_pid_file_does_not_stop_a_start(folder: Path, content: str | None) -> None:
    with embedded.start(folder, durable=False) as server:
        whole = (Place(folder).data / "postmaster.pid").read_text()
        pid = server.postmaster_pid
    # None: a whole file whose number was given to another program (this one) after a crash
    stale = whole.replace(str(pid), str(os.getpid()), 1) if content is None else content
    (Place(folder).data / "postmaster.pid").write_text(stale)
    with embedded.start(folder, durable=False) as server, psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_lock_file_that_a_killed_start_left_behind_does_not_matter(folder: Path) -> None:
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; from pathlib import Path; from ticketflower.embedded.place import Place\n"
            "from ticketflower.embedded.keeper import Lock\n"
            "place = Place(Path(sys.argv[1])); place.make(); Lock(place.locks / 'gate').alone()\n"
            "print('held', flush=True); sys.stdin.readline()",
            str(folder),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    holder.stdout.readline()
    waiting = Lock(Place(folder).locks / "gate")
    assert not waiting.alone(wait=False)
    waiting.close()
    holder.kill()
    holder.wait(10)
    embedded.start(folder, durable=False).stop()


def test_a_start_that_was_cut_off_half_way_is_completed_by_the_next(folder: Path) -> None:
    place = Place(folder)
    place.make()
    (folder / "database.new").mkdir()
    (folder / "database.new" / "PG_VERSION").write_text("18\n")
    with embedded.start(folder, durable=False):
        pass
    place.write_access(type(place.read_access())(**{**json.loads(place.access.read_text()), "prepared": False}))
    with embedded.start(folder, durable=False) as server, psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT current_user").fetchone() == (APP,)


def test_many_starts_at_once_make_one_server(folder: Path) -> None:
    servers: list[embedded.Server] = []
    threads = [threading.Thread(target=lambda: servers.append(embedded.start(folder, durable=False))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len({server.postmaster_pid for server in servers}) == 1
    assert len(servers) == 6
    for server in servers:
        server.stop()


def test_several_servers_run_side_by_side(tmp_path: Path) -> None:
    with embedded.throwaway(tmp_path / "one") as one, embedded.throwaway(tmp_path / "two") as two:
        assert one.postmaster_pid != two.postmaster_pid


def test_a_forked_child_that_ends_does_not_stop_its_parents_server(folder: Path) -> None:
    with embedded.start(folder, durable=False) as server:
        child = os.fork()
        if child == 0:
            server.stop()
            os._exit(0)
        os.waitpid(child, 0)
        with psycopg.connect(server.url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_lost_passwords_are_named_with_the_way_to_mend_it(folder: Path) -> None:
    embedded.start(folder, durable=False).stop()
    kept = Place(folder).access.read_text()
    Place(folder).access.unlink()
    with pytest.raises(embedded.EmbeddedServerError, match=r"database\.json is missing.*backup"):
        embedded.start(folder, durable=False)
    Place(folder).access.write_text(kept)


def test_a_database_of_another_major_version_is_refused(folder: Path) -> None:
    embedded.start(folder, durable=False).stop()
    (Place(folder).data / "PG_VERSION").write_text("17\n")
    with pytest.raises(embedded.EmbeddedServerError, match="version 17"):
        embedded.start(folder, durable=False)
    (Place(folder).data / "PG_VERSION").write_text("18\n")


def test_a_server_that_will_not_start_says_why(folder: Path) -> None:
    embedded.start(folder, durable=False).stop()
    control = Place(folder).data / "global" / "pg_control"
    control.rename(control.with_name("away"))
    with pytest.raises(embedded.EmbeddedServerError, match="pg_control"):
        embedded.start(folder, durable=False)
    control.with_name("away").rename(control)
