"""The small process that runs PostgreSQL and stops it when nobody uses it any more; also the locks that it shares.

Run as a script by the launcher, with its orders as JSON on standard input. It imports the standard library only, so
that it starts in a few milliseconds.

Everything rests on locks that the operating system itself releases when a process ends, however it ends:

- ``users``: each process that uses the server holds it shared. The keeper waits to get it alone; that moment is
  "the last one has gone", also after kill -9, and nobody has to poll, to write process ids down or to catch signals.
- ``keeper``: held while a keeper lives.
- ``server``: held by the postmaster and, by inheritance, by each of its children. When it is free, no PostgreSQL
  process uses the data folder, so a ``postmaster.pid`` that lies there is stale and may be removed.
- ``gate``: held while the server is being started or stopped.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

RESTARTS_ALLOWED = 5
#: How subprocess tells of SIGKILL: somebody's doing, not the server's.
KILLED = -9
RESTART_WINDOW_SECONDS = 60.0
OLD_PROCESSES_MAY_TAKE_SECONDS = 60.0
FAST_SHUTDOWN_MAY_TAKE_SECONDS = 60.0

if sys.platform == "win32":
    import ctypes
    import msvcrt
    from ctypes import wintypes

    class _Overlapped(ctypes.Structure):
        _fields_ = [
            ("Internal", ctypes.c_void_p),
            ("InternalHigh", ctypes.c_void_p),
            ("Offset", wintypes.DWORD),
            ("OffsetHigh", wintypes.DWORD),
            ("hEvent", wintypes.HANDLE),
        ]

    def _lock(descriptor: int, *, exclusive: bool, wait: bool) -> bool:
        _unlock(descriptor)
        flags = (2 if exclusive else 0) | (0 if wait else 1)
        handle = wintypes.HANDLE(msvcrt.get_osfhandle(descriptor))
        place = _Overlapped()
        return bool(ctypes.windll.kernel32.LockFileEx(handle, flags, 0, 1, 0, ctypes.byref(place)))

    def _unlock(descriptor: int) -> None:
        handle = wintypes.HANDLE(msvcrt.get_osfhandle(descriptor))
        ctypes.windll.kernel32.UnlockFileEx(handle, 0, 1, 0, ctypes.byref(_Overlapped()))

else:
    import fcntl

    def _lock(descriptor: int, *, exclusive: bool, wait: bool) -> bool:
        operation = (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | (0 if wait else fcntl.LOCK_NB)
        try:
            fcntl.flock(descriptor, operation)
        except BlockingIOError:
            return False
        return True

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


class Lock:
    """A lock on a file, of one process or of it and the children that inherited it; gone when the last of them is.

    Args:
        path: the lock file; made when missing, never removed (removing it would make two locks of one).
    """

    def __init__(self, path: Path) -> None:
        self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    def shared(self, *, wait: bool = True) -> bool:
        """Hold it together with others; False when somebody holds it alone and ``wait`` is False."""
        return _lock(self.descriptor, exclusive=False, wait=wait)

    def alone(self, *, wait: bool = True) -> bool:
        """Hold it alone; False when somebody else holds it and ``wait`` is False (a shared hold is lost then)."""
        return _lock(self.descriptor, exclusive=True, wait=wait)

    def alone_within(self, seconds: float) -> bool:
        """Hold it alone as soon as it is free; False when it isn't after ``seconds``."""
        return wait_until(lambda: self.alone(wait=False), seconds)

    def release(self) -> None:
        """Let it go, for every process that shares this descriptor."""
        _unlock(self.descriptor)

    def close(self) -> None:
        """Forget it in this process; children that inherited it still hold it."""
        os.close(self.descriptor)


def wait_until(ready: Callable[[], bool], seconds: float, every: float = 0.01) -> bool:
    """Ask ``ready`` again and again until it is true; False when it isn't after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True


class Keeper:
    """Runs one PostgreSQL server until nobody uses it, and starts it again when it is killed.

    Args:
        orders: ``command`` (argument list), ``data`` (data folder), ``locks`` (folder of the locks), ``log`` (file),
            ``stale`` (files that an earlier server may have left), ``socket_folder`` (removed at the end),
            ``environment``, and ``user`` and ``group`` to run as (None: as this process).
    """

    def __init__(self, orders: dict[str, Any]) -> None:
        self.orders = orders
        self.locks = Path(orders["locks"])
        self.stopping = threading.Event()
        self.server: subprocess.Popen[bytes] | None = None

    def keep(self) -> int:
        """Keep the server until the last user has gone. Returns the exit status of this process."""
        if not Lock(self.locks / "keeper").alone(wait=False):
            return 0
        threading.Thread(target=self.stop_after_the_last_user, daemon=True).start()
        try:
            return self.keep_running()
        finally:
            with contextlib.suppress(OSError):
                os.rmdir(self.orders["socket_folder"])

    def keep_running(self) -> int:
        """Start the server, again whenever it was killed, but not when it refuses to start or dies by itself."""
        starts: deque[float] = deque(maxlen=RESTARTS_ALLOWED)
        while not self.stopping.is_set():
            if len(starts) == RESTARTS_ALLOWED and time.monotonic() - starts[0] < RESTART_WINDOW_SECONDS:
                return 1
            starts.append(time.monotonic())
            self.server = self.spawn()
            if self.stopping.is_set():  # the last user went during the start
                self.stop_server()
            status = self.server.wait()
            if status == 1 and not self.stopping.is_set():
                return 1  # it refused to start; the reason is in its log
            if status == KILLED:
                starts.clear()
        return 0

    def stop_after_the_last_user(self) -> None:
        """Wait for the last user to go, then stop the server; new users wait meanwhile, the lock stays held."""
        Lock(self.locks / "users").alone()
        self.stopping.set()
        self.stop_server()

    def stop_server(self) -> None:
        """A fast shutdown; an immediate one (recovery at the next start, nothing lost) when that takes too long."""
        server = self.server
        if server is None:
            return
        with contextlib.suppress(ProcessLookupError):
            server.send_signal(signal.SIGINT)
        if not wait_until(lambda: server.poll() is not None, FAST_SHUTDOWN_MAY_TAKE_SECONDS):
            with contextlib.suppress(ProcessLookupError):
                server.send_signal(signal.SIGQUIT if sys.platform != "win32" else signal.SIGTERM)

    def spawn(self) -> subprocess.Popen[bytes]:
        """Start the postmaster once no process of an earlier one uses the data folder."""
        lock = Lock(self.locks / "server")
        if not lock.alone_within(OLD_PROCESSES_MAY_TAKE_SECONDS):
            raise SystemExit("processes of an earlier PostgreSQL server still use the data folder")
        for stale in self.orders["stale"]:
            Path(stale).unlink(missing_ok=True)
        with open(self.orders["log"], "ab") as log:
            server = subprocess.Popen(
                self.orders["command"],
                cwd=self.orders["data"],
                env=self.orders["environment"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[lock.descriptor],
                preexec_fn=die_with_parent if sys.platform == "linux" else None,
                **run_as(self.orders["user"], self.orders["group"]),
            )
        lock.close()
        return server


def run_as(user: int | None, group: int | None) -> dict[str, Any]:
    """The arguments that make ``subprocess`` run a program as another account, without the groups of this one."""
    return {} if user is None else {"user": user, "group": group, "extra_groups": []}


def die_with_parent() -> None:
    """Linux: ask for a fast shutdown (SIGINT) when the keeper ends. Forgotten at setuid, so called after it."""
    LIBC.prctl(1, signal.SIGINT)


if sys.platform == "linux":
    import ctypes

    LIBC = ctypes.CDLL(None)


def keep_with_pg_ctl(orders: dict[str, Any]) -> int:
    """Windows: pg_ctl starts the server without an administrator's rights, and stops it after the last user."""
    locks = Path(orders["locks"])
    if not Lock(locks / "keeper").alone(wait=False):
        return 0
    status = subprocess.call(orders["command"], env=orders["environment"], stdin=subprocess.DEVNULL)
    if status == 0:
        Lock(locks / "users").alone()
        subprocess.call(orders["stop_command"], env=orders["environment"], stdin=subprocess.DEVNULL)
    return status


def main() -> int:
    """Read the orders and follow them."""
    orders = json.loads(sys.stdin.readline())
    return keep_with_pg_ctl(orders) if sys.platform == "win32" else Keeper(orders).keep()


if __name__ == "__main__":
    sys.exit(main())
