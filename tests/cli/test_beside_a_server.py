"""Commands in processes of their own, on the embedded server that another process uses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from ticketflower import embedded
from ticketflower.db import make_engine, make_sessions
from ticketflower.services import accounts

PROJECT = Path(__file__).resolve().parents[2]
SETTINGS = ("DATABASE_URL", "DATABASE_ADMIN_URL", "BASE_URL", "SECRET_KEY")


def run(instance_dir: Path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Runs a command as a person does."""
    inherited = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "app", *words, "--json"],
        cwd=PROJECT,
        env={**inherited, "INSTANCE_DIR": str(instance_dir), **environ},
        capture_output=True,
        text=True,
        timeout=120,
    )


def answer(done: subprocess.CompletedProcess[str]) -> Any:
    """What the last line says."""
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_commands_share_the_embedded_server_with_whoever_uses_it(tmp_path: Path) -> None:
    instance = tmp_path / "instance"
    with embedded.start(instance) as server:
        made = answer(
            run(instance, "company", "create", "Acme", "--admin-email", "a@a.example", "--admin-password", "longenough")
        )
        postmaster = server.postmaster_pid
        token = answer(run(instance, "token", "create", "a@a.example"))["token"]
        assert server.postmaster_pid == postmaster, "a command stopped the server that others use"
        engine = make_engine(server.url)
        with make_sessions(engine)() as session:
            found = accounts.find_token(session, accounts.hash_of(token))
        engine.dispose()
        assert found is not None
        assert (found.company_id, found.user_id) == (made["company_id"], made["user_id"])
    refused = run(instance, "token", "create", "nobody@a.example")
    assert refused.returncode == 1
    assert "nobody@a.example" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_database_that_can_t_be_reached_is_a_sentence(tmp_path: Path) -> None:
    nowhere = f"postgresql://app:secret@/tickets?host={tmp_path}"
    done = run(tmp_path, "sweep", DATABASE_URL=nowhere)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stderr
