"""Every setting of TicketFlower: read once from the environment and ``.env``, checked, and frozen.

The environment wins over ``.env``; an empty value counts as not set. ``.env.example`` documents each setting, and a
test compares the two.
"""

from __future__ import annotations

import ipaddress
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from dotenv import dotenv_values

PROJECT = Path(__file__).resolve().parent
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
SHORTEST_SECRET_KEY = 32
FEWEST_DIFFERENT_CHARACTERS = 10
PLACEHOLDERS = ("change-me", "changeme", "change_me", "secret-key", "your-secret", "password", "example")


class SettingsError(Exception):
    """Settings that TicketFlower can't start with; ``problems`` holds one sentence or two for each."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        count = "A setting stops" if len(problems) == 1 else f"{len(problems)} settings stop"
        super().__init__(f"{count} TicketFlower from starting:\n" + "\n".join(f"- {problem}" for problem in problems))


@dataclass(frozen=True, slots=True)
class Config:
    """The settings; ``.env.example`` says what each one means.

    ``DATABASE_URL`` None means the embedded server in ``INSTANCE_DIR``.
    """

    DATABASE_URL: str | None
    DATABASE_ADMIN_URL: str | None
    BASE_URL: str
    HOST: str
    PORT: int
    INSTANCE_DIR: Path
    SECRET_KEY: str
    ALLOW_HTTP: bool
    TRUSTED_HOSTS: tuple[str, ...]
    TRUSTED_PROXIES: int
    MAX_CONTENT_LENGTH: int
    WORKERS: int
    THREADS: int
    MAX_SOCKETS: int
    MAX_SOCKETS_PER_USER: int
    API_RATE_LIMIT: int
    SESSION_HOURS: int
    LOG_LEVEL: str
    DEMO: bool

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], dotenv_path: Path | None = None) -> Config:
        """The settings of ``environ``, completed by the file ``dotenv_path``, completed by the defaults.

        A missing SECRET_KEY is made and kept in ``INSTANCE_DIR``.

        Errors: SettingsError with every problem at once, each with the way to mend it.
        """
        settings = _Settings(environ, dotenv_path)
        values = _read(settings)
        settings.problems += [problem for rule in RULES if (problem := rule(values))]
        if settings.problems:
            raise SettingsError(settings.problems)
        values["SECRET_KEY"] = values["SECRET_KEY"] or kept_secret_key(values["INSTANCE_DIR"])
        return cls(**values)

    @classmethod
    def load(cls) -> Config:
        """The settings of this process: its environment and the project's ``.env``."""
        return cls.from_environment(os.environ, PROJECT / ".env")

    @property
    def is_embedded(self) -> bool:
        """Whether the data is in the embedded server."""
        return self.DATABASE_URL is None

    @property
    def is_https(self) -> bool:
        """Whether people reach TicketFlower over https, so cookies must be Secure."""
        return self.BASE_URL.startswith("https://")

    @property
    def fills_demo(self) -> bool:
        """Whether an empty database gets the demo: only an embedded one that nobody else can reach."""
        return self.DEMO and self.is_embedded and is_loopback(self.HOST)

    def flask_settings(self, database_url: str, admin_url: str | None) -> dict[str, Any]:
        """What goes into ``app.config``.

        Args:
            database_url: the app role's address (``DATABASE_URL`` or the embedded server's).
            admin_url: the owner's, where there is one.
        """
        return {
            "SQLALCHEMY_DATABASE_URI": database_url,
            "DATABASE_ADMIN_URL": admin_url,
            "SECRET_KEY": self.SECRET_KEY,
            "BASE_URL": self.BASE_URL,
            "TRUSTED_HOSTS": list(self.TRUSTED_HOSTS),
            "MAX_CONTENT_LENGTH": self.MAX_CONTENT_LENGTH,
            "MAX_FORM_MEMORY_SIZE": self.MAX_CONTENT_LENGTH,
            "MAX_FORM_PARTS": 1000,
            "SESSION_COOKIE_SECURE": self.is_https,
            "SESSION_COOKIE_HTTPONLY": True,
            "SESSION_COOKIE_SAMESITE": "Lax",
            "SETTINGS": self,
        }


class _Settings:
    """Reads single settings and collects what is wrong with them."""

    def __init__(self, environ: Mapping[str, str], dotenv_path: Path | None) -> None:
        stored = dotenv_values(dotenv_path, interpolate=False) if dotenv_path and dotenv_path.is_file() else {}
        self.found = {name: value for name, value in stored.items() if value} | {
            name: value for name, value in environ.items() if value
        }
        self.problems: list[str] = []

    def text(self, name: str, default: str = "") -> str:
        return self.found.get(name, default).strip()

    def number(self, name: str, default: int, least: int, most: int) -> int:
        given = self.text(name, str(default))
        if given.isascii() and given.isdigit() and least <= int(given) <= most:
            return int(given)
        self.problems.append(f"{name} must be a whole number from {least} to {most}, but it is {given!r}.")
        return default

    def switch(self, name: str, default: bool) -> bool:
        given = self.text(name, "1" if default else "0").lower()
        if given not in ("0", "1", "false", "true", "no", "yes", "off", "on"):
            self.problems.append(f"{name} must be 1 (on) or 0 (off), but it is {given!r}.")
        return given in ("1", "true", "yes", "on")

    def choice(self, name: str, default: str, choices: Sequence[str]) -> str:
        given = self.text(name, default).upper()
        if given in choices:
            return given
        self.problems.append(f"{name} must be one of {', '.join(choices)}, but it is {given!r}.")
        return default


def _read(settings: _Settings) -> dict[str, Any]:
    host = settings.text("HOST", "127.0.0.1")
    port = settings.number("PORT", 8000, 1, 65535)
    base_url = settings.text("BASE_URL", f"http://{_in_brackets(host)}:{port}").rstrip("/")
    return {
        "DATABASE_URL": settings.text("DATABASE_URL") or None,
        "DATABASE_ADMIN_URL": settings.text("DATABASE_ADMIN_URL") or None,
        "BASE_URL": base_url,
        "HOST": host,
        "PORT": port,
        "INSTANCE_DIR": PROJECT / Path(settings.text("INSTANCE_DIR", "instance")).expanduser(),
        "SECRET_KEY": settings.text("SECRET_KEY"),
        "ALLOW_HTTP": settings.switch("ALLOW_HTTP", False),
        "TRUSTED_HOSTS": _trusted_hosts(settings.text("TRUSTED_HOSTS"), base_url),
        "TRUSTED_PROXIES": settings.number("TRUSTED_PROXIES", 0, 0, 10),
        "MAX_CONTENT_LENGTH": settings.number("MAX_CONTENT_LENGTH", 16 * 1024 * 1024, 1024 * 1024, 1024**3),
        "WORKERS": settings.number("WORKERS", 2, 1, 64),
        "THREADS": settings.number("THREADS", 32, 4, 512),
        "MAX_SOCKETS": settings.number("MAX_SOCKETS", 1000, 0, 20000),
        "MAX_SOCKETS_PER_USER": settings.number("MAX_SOCKETS_PER_USER", 20, 1, 1000),
        "API_RATE_LIMIT": settings.number("API_RATE_LIMIT", 0, 0, 1_000_000),
        "SESSION_HOURS": settings.number("SESSION_HOURS", 24 * 14, 1, 24 * 365),
        "LOG_LEVEL": settings.choice("LOG_LEVEL", "INFO", LOG_LEVELS),
        "DEMO": settings.switch("DEMO", True),
    }


def is_loopback(host: str) -> bool:
    """Whether ``host`` (a name or an address, IPv6 with or without brackets) is this machine and nobody else."""
    host = host.strip("[]").lower()
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def kept_secret_key(instance_dir: Path) -> str:
    """The key that was made for this instance; made at the first call, readable by its owner only."""
    instance_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = instance_dir / "secret.key"
    made = secrets.token_urlsafe(48)
    scratch = instance_dir / f"secret.key.{os.getpid()}"
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(made)
    try:
        os.link(scratch, path)  # refuses when another process was first; a half-written key is never seen
    except FileExistsError:
        made = path.read_text("ascii").strip()
    finally:
        scratch.unlink()
    return made


def _in_brackets(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def _trusted_hosts(given: str, base_url: str) -> tuple[str, ...]:
    if given:
        return tuple(name.strip() for name in given.split(",") if name.strip())
    host = _split(base_url).hostname or ""
    return ("127.0.0.1", "localhost", "[::1]") if is_loopback(host) else (host,)


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return SplitResult("", "", "", "", "")
    return parts


def _database_urls(values: Mapping[str, Any]) -> str | None:
    for name in ("DATABASE_URL", "DATABASE_ADMIN_URL"):
        given = values[name]
        parts = _split(given or "")
        if given and (
            parts.scheme.partition("+")[0] not in ("postgresql", "postgres")
            or parts.path in ("", "/")
            or not parts.username
        ):
            return (
                f"{name} must be the address of a PostgreSQL database with its role, for example "
                "postgresql://ticketflower_app:PASSWORD@db.example.org/ticketflower."
            )
    return None


def _two_roles(values: Mapping[str, Any]) -> str | None:
    app, admin = values["DATABASE_URL"], values["DATABASE_ADMIN_URL"]
    if admin and not app:
        return "DATABASE_ADMIN_URL is set without DATABASE_URL. Set both, or neither to use the embedded server."
    if app and admin and _split(app).username and _split(app).username == _split(admin).username:
        return (
            "DATABASE_URL and DATABASE_ADMIN_URL name the same role. The role in DATABASE_URL must own nothing; "
            "the role in DATABASE_ADMIN_URL owns the tables. README, section 'Your own PostgreSQL', makes the two."
        )
    return None


def _base_url(values: Mapping[str, Any]) -> str | None:
    parts = _split(values["BASE_URL"])
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query or parts.username:
        return "BASE_URL must be the address that people type, without a path, for example https://tickets.example.org."
    if parts.hostname in ("0.0.0.0", "::"):  # noqa: S104 (refused here)
        return (
            f"HOST is {values['HOST']}, so TicketFlower can't know its own address. Set BASE_URL to what people type."
        )
    return None


def _plain_http(values: Mapping[str, Any]) -> str | None:
    parts = _split(values["BASE_URL"])
    if values["ALLOW_HTTP"] or parts.scheme == "https":
        return None
    if is_loopback(values["HOST"]) and is_loopback(parts.hostname or ""):
        return None
    return (
        f"{values['BASE_URL']} on HOST {values['HOST']} would send passwords over the network in the clear. "
        "Put a server that speaks https in front and set BASE_URL to its https address, or set ALLOW_HTTP=1 where the "
        "network is yours alone."
    )


def _secret_key(values: Mapping[str, Any]) -> str | None:
    key: str = values["SECRET_KEY"]
    if not key or not values["DATABASE_URL"] or not is_weak(key):
        return None
    return (
        f"SECRET_KEY can be guessed: it must have at least {SHORTEST_SECRET_KEY} characters, "
        f"{FEWEST_DIFFERENT_CHARACTERS} different ones, and none of the well-known placeholders. "
        "Leave it out to have one made and kept in INSTANCE_DIR, or make one: "
        'python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
    )


def is_weak(key: str) -> bool:
    """Whether a secret key is short, repeats itself or is a known placeholder."""
    return (
        len(key) < SHORTEST_SECRET_KEY
        or len(set(key)) < FEWEST_DIFFERENT_CHARACTERS
        or any(word in key.lower() for word in PLACEHOLDERS)
    )


RULES: tuple[Callable[[Mapping[str, Any]], str | None], ...] = (
    _database_urls,
    _two_roles,
    _base_url,
    _plain_http,
    _secret_key,
)
