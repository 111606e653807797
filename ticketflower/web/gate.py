"""What every request passes on its way in, in this order, and every answer on its way out (security.md, Web)."""

from __future__ import annotations

import ipaddress
import re
import secrets
from urllib.parse import urlsplit

from flask import current_app, g, request
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from config import Config
from ticketflower.blueprints import htmx
from ticketflower.db import READ_ONLY, db
from ticketflower.errors import Forbidden, NotFound
from ticketflower.web.application import Door, TicketFlower, this_app
from ticketflower.web.failures import Foreign, InTheClear, SignedOut, UnknownHost
from ticketflower.web.identity import actor_or_none

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

#: Where a probe asks from inside the network, without encryption.
PROBES = ("/healthz", "/readyz")

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

#: On every answer, static files included. The referrer stays on our own pages: after a sign-in it leads back.
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
HSTS = {"Strict-Transport-Security": "max-age=31536000"}

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")

csrf = CSRFProtect()


def set_up(app: TicketFlower) -> None:
    """Puts the gate before every route of the application."""
    csrf.init_app(app)
    app.before_request(let_in)
    app.after_request(let_out)


def let_in() -> None:
    """Refuses what may not reach its route.

    Raises:
        Refusal: with the reason; the door makes the answer.
        BadRequest: the address can't be read.
    """
    g.request_id = _request_id()
    _refuse_unknown_hosts()
    _refuse_unreadable_addresses()
    safe = request.method in SAFE_METHODS
    db.session.info[READ_ONLY] = safe
    if request.routing_exception is not None:
        return  # there is no route to reach
    _refuse_the_clear()
    door = this_app().door_of(request.path)
    if door.has_cookies and not safe:
        _refuse_foreign_sites()
    _refuse_without_permission(door, safe)


def _refuse_without_permission(door: Door, safe: bool) -> None:
    permission = this_app().permissions[request.endpoint or ""]
    if permission.signed_in:
        actor = actor_or_none()
        if actor is None:
            raise SignedOut("You are not signed in, or your sign-in has ended. Sign in, then try again.")
        if not permission.lets_in(actor):
            raise Forbidden(
                f"This needs the role {permission.in_words()}. Ask an administrator of your company for it."
            )
    if door.has_cookies and not safe:
        _refuse_forgeries()


def _refuse_unknown_hosts() -> None:
    """Flask's own TRUSTED_HOSTS isn't used: Werkzeug 3.1 takes no IPv6 address in it."""
    config: Config = current_app.config["SETTINGS"]
    host = urlsplit(f"//{request.host}").hostname or ""
    if not any(_is_host(host, trusted.strip("[]").lower()) for trusted in config.TRUSTED_HOSTS):
        raise UnknownHost("This server is not known by that name. If it should be, set TRUSTED_HOSTS.")


def _refuse_unreadable_addresses() -> None:
    """Werkzeug fails at a query that is no UTF-8 when a route first looks; PostgreSQL takes no text with a NUL."""
    if "\0" in request.path:
        raise NotFound
    try:
        request.query_string.decode()
    except UnicodeDecodeError as error:
        raise BadRequest from error


def _is_host(host: str, trusted: str) -> bool:
    """Whether a host is the trusted one; a trusted name that begins with a dot covers the names under it."""
    return host.endswith(trusted) if trusted.startswith(".") else host == trusted


def _refuse_the_clear() -> None:
    """Plain http is for this machine only, unless ALLOW_HTTP says otherwise; for probes it is enough."""
    config: Config = current_app.config["SETTINGS"]
    if request.is_secure or config.ALLOW_HTTP or request.path in PROBES or _is_from_here(request.remote_addr):
        return
    raise InTheClear(
        f"TicketFlower answers over https only, at {config.BASE_URL}. If a proxy of yours speaks https in front of it, "
        "tell its administrator to set TRUSTED_PROXIES."
    )


def _is_from_here(address: str | None) -> bool:
    try:
        return not address or ipaddress.ip_address(address.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _refuse_foreign_sites() -> None:
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise Foreign("This came from another site. Open the page here and send it from there.")


def _refuse_forgeries() -> None:
    try:
        csrf.protect()
    except CSRFError as error:
        raise Foreign(
            "You signed in or out since this page was opened, so it can't be sent any more. "
            "Copy what you typed, load the page again and send it from there."
        ) from error


def let_out(response: Response) -> Response:
    """Ends what was read and puts on the headers that every answer carries."""
    if request.method in SAFE_METHODS and db.session().in_transaction():
        db.session.commit()
    for name, value in security_headers(current_app.config["SETTINGS"]).items():
        response.headers.setdefault(name, value)
    if response.mimetype == "text/html":
        htmx.vary(response)
    response.headers.setdefault("Cache-Control", "private, no-cache")
    response.headers["X-Request-Id"] = g.get("request_id", "")
    return response


def security_headers(config: Config) -> dict[str, str]:
    """The headers of every answer of this installation."""
    return SECURITY_HEADERS | (HSTS if config.is_https else {})


def _request_id() -> str:
    """What this request is called in the log; a proxy of ours may have named it already."""
    given = request.headers.get("X-Request-Id", "")
    config: Config = current_app.config["SETTINGS"]
    return given if config.TRUSTED_PROXIES and REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
