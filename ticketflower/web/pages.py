"""What a browser gets when a request fails: a page, words for the flash region, or the way to the sign-in page."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import current_app, g, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from ticketflower.blueprints import htmx
from ticketflower.services.wording import writable
from ticketflower.web.failures import Failure

#: Statuses that have a page of their own under templates/errors/; any other 4xx is shown as 400.
PAGES = frozenset({400, 403, 404, 409, 413, 429})
#: Never shown again, not even to who typed it.
SECRET_NAMES = ("csrf_token", "password")


def answer_browser(failure: Failure) -> Response:
    """The answer to a browser (architecture.md, The flow; ux.md, Swaps, history, sessions)."""
    response = _answer(failure)
    response.headers.extend(failure.headers)
    return response


def safe_path(address: str | None) -> str | None:
    """The path of one of our own pages, from an address that somebody sent; None if it leads anywhere else.

    A browser takes ``//elsewhere`` and ``/\\elsewhere`` for another host, and drops tabs and newlines before it looks.
    """
    if not address or not address.startswith("/") or address.startswith(("//", "/\\")):
        return None
    if not address.isprintable() or "\\" in address:
        return None
    return address


def _answer(failure: Failure) -> Response:
    if failure.kind == "unknown-host":
        return make_response(failure.detail, 400, {"Content-Type": "text/plain; charset=utf-8"})
    if failure.status == 401:
        return _to_sign_in()
    if htmx.wants_fragment():
        return htmx.say(failure.detail, failure.status)
    if failure.status >= 500:
        return _plain_page(failure)
    if failure.kind == "not-from-our-page":
        return make_response(render_template("auth/out_of_date.html", failure=failure, typed=_typed()), failure.status)
    template = f"errors/{failure.status if failure.status in PAGES else 400}.html"
    page = render_template(template, refusal=failure, retry_after=failure.retry_after)
    return make_response(page, failure.status)


def _to_sign_in() -> Response:
    if request.headers.get("Upgrade", "").lower() == "websocket":
        return make_response("Sign in first.", 401, {"Content-Type": "text/plain; charset=utf-8"})
    if request.method in ("GET", "HEAD") and not htmx.wants_fragment():
        here = request.full_path.rstrip("?")
    else:
        here = _page_that_asked()
    return htmx.sign_in_again(url_for("auth.sign_in", next=safe_path(here)))


def _page_that_asked() -> str:
    """The page that a form or a fragment belongs to: what a GET of the form's own address shows may be nothing."""
    page = urlsplit(request.headers.get("HX-Current-URL") or request.referrer or "")
    if page.netloc != request.host:
        return ""
    return page.path + (f"?{page.query}" if page.query else "")


def _plain_page(failure: Failure) -> Response:
    # Not render_template: what a page shows of its viewer comes from the database, which may be what failed.
    template = current_app.jinja_env.get_template(f"errors/{503 if failure.status == 503 else 500}.html")
    return make_response(template.render(reference=g.get("request_id")), failure.status)


def _typed() -> list[tuple[str, str]]:
    """What somebody typed, so that they can copy it; only if it came from a page of ours."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        return []
    return [
        (writable(name.replace("_", " ").replace("-", " ")), writable(value))
        for name, value in request.form.items(multi=True)
        if value and not any(secret in name for secret in SECRET_NAMES)
    ]
