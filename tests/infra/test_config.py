"""The settings: the environment wins, every problem at once, each with the way to mend it."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
from pathlib import Path

import pytest

from config import PROJECT, Config, SettingsError, is_loopback, is_weak

STRONG = "k7Qm2xV9bT4nR8wZ1cL6yP3dF5hJ0sGa-EuXo"
SERVER = {"DATABASE_URL": "postgresql://ticketflower_app:pw@db.example.org/tickets", "SECRET_KEY": STRONG}
DOCUMENTED = re.compile(r"^#([A-Z_]+)=(.*)$", re.MULTILINE)


def settings(tmp_path: Path, dotenv: str = "", **environ: str) -> Config:
    (tmp_path / ".env").write_text(dotenv)
    return Config.from_environment({"INSTANCE_DIR": str(tmp_path / "instance"), **environ}, tmp_path / ".env")


def problems(tmp_path: Path, **environ: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as refusal:
        settings(tmp_path, **environ)
    return refusal.value.problems


def test_env_example_documents_every_setting_and_no_other() -> None:
    documented = {name for name, _ in DOCUMENTED.findall((PROJECT / ".env.example").read_text())}
    assert documented == {field.name for field in dataclasses.fields(Config)}


def test_the_numbers_in_env_example_are_the_defaults(tmp_path: Path) -> None:
    default = settings(tmp_path)
    for name, value in DOCUMENTED.findall((PROJECT / ".env.example").read_text()):
        if value.isdigit() or value in ("INFO", "127.0.0.1"):
            assert str(value) == str(getattr(default, name) * 1 if value.isdigit() else getattr(default, name)), name


def test_the_environment_wins_over_dotenv_and_dotenv_over_the_default(tmp_path: Path) -> None:
    assert settings(tmp_path).PORT == 8000
    assert settings(tmp_path, "PORT=8001\n").PORT == 8001
    assert settings(tmp_path, "PORT=8001\n", PORT="8002").PORT == 8002


def test_an_empty_value_counts_as_not_set(tmp_path: Path) -> None:
    assert settings(tmp_path, "PORT=8001\n", PORT="").PORT == 8001
    assert settings(tmp_path, DATABASE_URL="").is_embedded


def test_a_dollar_sign_in_dotenv_is_a_dollar_sign(tmp_path: Path) -> None:
    url = "postgresql://ticketflower_app:a${HOME}b@db.example.org/tickets"
    assert settings(tmp_path, f"DATABASE_URL={url}\nSECRET_KEY={STRONG}\n").DATABASE_URL == url


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    found = problems(tmp_path, PORT="eighty", LOG_LEVEL="loud", ALLOW_HTTP="perhaps", DATABASE_URL="mysql://a@b/c")
    assert len(found) == 4
    assert found[0] == "PORT must be a whole number from 1 to 65535, but it is 'eighty'."
    assert any("DATABASE_URL must be the address of a PostgreSQL database" in problem for problem in found)


@pytest.mark.parametrize("port", ["0", "65536", "-1", "8000.5", "８０００", "1e3"])
def test_a_port_is_a_port(tmp_path: Path, port: str) -> None:
    assert "PORT must be" in problems(tmp_path, PORT=port)[0]


@pytest.mark.parametrize(
    ("environ", "allowed"),
    [
        ({}, True),
        ({"HOST": "::1"}, True),
        ({"HOST": "localhost"}, True),
        ({"HOST": "0.0.0.0", "BASE_URL": "http://tickets.example.org"}, False),
        ({"HOST": "0.0.0.0", "BASE_URL": "http://127.0.0.1:8000"}, False),
        ({"HOST": "127.0.0.1", "BASE_URL": "http://tickets.example.org"}, False),
        ({"HOST": "192.168.1.5"}, False),
        ({"HOST": "192.168.1.5", "ALLOW_HTTP": "1"}, True),
        ({"HOST": "0.0.0.0", "BASE_URL": "https://tickets.example.org"}, True),
    ],
)
def test_plain_http_is_for_this_machine_only(tmp_path: Path, environ: dict[str, str], allowed: bool) -> None:
    if allowed:
        settings(tmp_path, **environ)
    else:
        (problem,) = problems(tmp_path, **environ)
        assert "ALLOW_HTTP=1" in problem


def test_listening_everywhere_needs_the_address_that_people_type(tmp_path: Path) -> None:
    assert any("Set BASE_URL" in problem for problem in problems(tmp_path, HOST="0.0.0.0", ALLOW_HTTP="1"))


@pytest.mark.parametrize("url", ["tickets.example.org", "https://tickets.example.org/app", "ftp://x.org", "http://[x"])
def test_a_base_url_is_an_address_without_a_path(tmp_path: Path, url: str) -> None:
    assert any("BASE_URL must be" in problem for problem in problems(tmp_path, BASE_URL=url))


def test_the_base_url_is_made_from_host_and_port(tmp_path: Path) -> None:
    assert settings(tmp_path, PORT="8123").BASE_URL == "http://127.0.0.1:8123"
    assert settings(tmp_path, HOST="::1").BASE_URL == "http://[::1]:8000"


def test_trusted_hosts_are_the_base_urls_unless_named(tmp_path: Path) -> None:
    assert settings(tmp_path).TRUSTED_HOSTS == ("127.0.0.1", "localhost", "[::1]")
    assert settings(tmp_path, BASE_URL="https://t.example.org").TRUSTED_HOSTS == ("t.example.org",)
    assert settings(tmp_path, TRUSTED_HOSTS="a.org, b.org").TRUSTED_HOSTS == ("a.org", "b.org")


def test_a_missing_secret_key_is_made_once_and_kept_for_its_owner_only(tmp_path: Path) -> None:
    first = settings(tmp_path).SECRET_KEY
    assert settings(tmp_path).SECRET_KEY == first
    assert not is_weak(first)
    assert (tmp_path / "instance" / "secret.key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "instance").iterdir()] == ["secret.key"]


@pytest.mark.parametrize("key", ["short", "a" * 64, "change-me-" + STRONG, "abcabcabc" * 10])
def test_a_weak_secret_key_is_refused_with_a_real_database(tmp_path: Path, key: str) -> None:
    (problem,) = problems(tmp_path, **SERVER | {"SECRET_KEY": key})
    assert "SECRET_KEY can be guessed" in problem
    assert key not in problem
    assert settings(tmp_path, SECRET_KEY=key).SECRET_KEY == key


def test_the_admin_role_is_another_role(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, **SERVER, DATABASE_ADMIN_URL=SERVER["DATABASE_URL"])
    assert "name the same role" in problem
    (problem,) = problems(tmp_path, DATABASE_ADMIN_URL=SERVER["DATABASE_URL"])
    assert "without DATABASE_URL" in problem


def test_the_demo_is_for_an_embedded_database_that_only_this_machine_reaches(tmp_path: Path) -> None:
    assert settings(tmp_path).fills_demo
    assert not settings(tmp_path, DEMO="0").fills_demo
    assert not settings(tmp_path, **SERVER).fills_demo
    assert not settings(tmp_path, HOST="192.168.1.5", ALLOW_HTTP="1").fills_demo


def test_cookies_are_secure_whenever_the_address_is_https(tmp_path: Path) -> None:
    def secure(base_url: str) -> object:
        return settings(tmp_path, BASE_URL=base_url).flask_settings("postgresql:///x", None)["SESSION_COOKIE_SECURE"]

    assert secure("https://t.example.org") is True
    assert secure("http://127.0.0.1:8000") is False


@pytest.mark.parametrize(
    ("host", "answer"),
    [("127.0.0.1", True), ("127.8.8.8", True), ("[::1]", True), ("LOCALHOST", True), ("0.0.0.0", False),
     ("10.0.0.1", False), ("localhost.example.org", False), ("", False)],
)  # fmt: skip
def test_loopback_is_this_machine(host: str, answer: bool) -> None:
    assert is_loopback(host) is answer


def test_reading_the_settings_does_not_load_the_application() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import config, sys; print('flask' in sys.modules)"],
        capture_output=True, text=True, check=True, cwd=PROJECT,
    )  # fmt: skip
    assert loaded.stdout.strip() == "False"
