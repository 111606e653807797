"""What make does on a machine that lacks something: it says which command mends it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from config import PROJECT, Config
from scripts import browser

INSTALL = PROJECT / "scripts" / "install"


def fake_python(folder: Path, body: str) -> Path:
    path = folder / "python3"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def install(folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    for name in ("requirements.txt", "requirements-dev.txt"):
        shutil.copy(PROJECT / name, folder)
    return subprocess.run(
        ["/bin/sh", str(INSTALL), "requirements.txt"],
        cwd=folder, env={"PATH": "/usr/bin:/bin"} | environ, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def test_without_venv_somebody_who_is_not_root_is_told_the_one_command(tmp_path: Path) -> None:
    python = fake_python(tmp_path, 'case "$2" in *ensurepip*) exit 1;; *print*) echo 3.11;; esac')
    for name, answer in (("id", "1000"), ("apt-get", "")):
        tool = tmp_path / name
        tool.write_text(f"#!/bin/sh\necho {answer}\ntouch {tmp_path}/{name}.called\n")
        tool.chmod(0o755)
    done = install(tmp_path, PYTHON=str(python), PATH=f"{tmp_path}:/usr/bin:/bin")
    assert done.returncode == 1
    assert "sudo apt-get install python3-venv" in done.stderr
    assert not (tmp_path / "apt-get.called").exists()


def test_without_venv_root_gets_it_installed(tmp_path: Path) -> None:
    python = fake_python(
        tmp_path,
        f'case "$2" in *ensurepip*) exit 1;; *print*) echo 3.11;; '
        f"venv) mkdir -p .venv/bin; printf '#!/bin/sh\\n' >.venv/bin/python; chmod +x .venv/bin/python; "
        f"touch {tmp_path}/made;; esac",
    )
    for name, body in (("id", "echo 0"), ("apt-get", f'echo "$@" >>{tmp_path}/apt.log')):
        tool = tmp_path / name
        tool.write_text(f"#!/bin/sh\n{body}\n")
        tool.chmod(0o755)
    done = install(tmp_path, PYTHON=str(python), PATH=f"{tmp_path}:/usr/bin:/bin")
    assert done.returncode == 0, done.stderr
    assert "python3.11-venv" in (tmp_path / "apt.log").read_text()
    assert (tmp_path / "made").exists()


def test_an_installation_that_is_up_to_date_is_left_alone(tmp_path: Path) -> None:
    python = fake_python(
        tmp_path,
        f'case "$2" in venv) mkdir -p .venv/bin; cp {tmp_path}/pip .venv/bin/python;; esac',
    )
    pip = tmp_path / "pip"
    pip.write_text(f'#!/bin/sh\ncase "$2" in pip) echo "$@" >>{tmp_path}/pip.log;; esac\n')
    pip.chmod(0o755)
    for _ in range(2):
        assert install(tmp_path, PYTHON=str(python)).returncode == 0
    assert (tmp_path / "pip.log").read_text().count("requirements.txt") == 1
    (tmp_path / ".venv" / "installed-requirements").write_text("of another version")
    install(tmp_path, PYTHON=str(python))
    assert (tmp_path / "pip.log").read_text().count("requirements.txt") == 2


def test_make_sets_no_setting_so_that_the_environment_wins() -> None:
    makefile = (PROJECT / "Makefile").read_text()
    assert "include" not in makefile
    for setting in Config.__dataclass_fields__:
        assert f"\n{setting} " not in makefile
        assert f"{setting}=" not in makefile


def test_the_browser_is_the_one_that_chromium_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", sys.executable)
    assert browser.chromium() == sys.executable


def test_a_browser_that_is_not_there_is_told_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", "/nowhere/chromium")
    with pytest.raises(browser.NoBrowser, match=r"CHROMIUM is /nowhere/chromium.*apt-get install chromium"):
        browser.chromium()


def test_the_browser_is_found_on_the_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CHROMIUM", raising=False)
    found = tmp_path / "chromium-browser"
    found.write_text("#!/bin/sh\n")
    found.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert browser.chromium() == str(found)


def test_with_no_browser_at_all_the_refusal_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(browser, "playwrights_own", lambda: None)
    with pytest.raises(browser.NoBrowser, match="apt-get install chromium"):
        browser.chromium()


def test_ci_runs_make_test() -> None:
    script = PROJECT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text().rstrip().endswith("exec make test")
