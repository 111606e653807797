"""Every htmx header in one place: page or fragment, where an answer lands, what it sets off, where it leads.

The routes name what they mean (``page_or_fragment``, ``go``, ``say``); what htmx 4 needs for it stands here and
nowhere else. ``request.htmx`` comes from htmx-flask; its ``make_response`` isn't used, because it refuses swaps that
htmx 4 has. The facts about htmx 4.0.1 that this rests on are in docs/decisions/0003-front-end.md and held by tests.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import make_response, redirect, render_template
from htmx_flask import request
from werkzeug.wrappers import Response

FLASH = "#flash"


def wants_fragment() -> bool:
    """Whether the answer lands inside a page that stands already.

    False for a plain request, for one whose target is the whole body or which selects a part out of a page (htmx sends
    ``HX-Request-Type: full``), and for what the history asks for: Back must not show a fragment (ux.md, Swaps).
    """
    htmx = request.htmx
    return bool(htmx) and not htmx.history_restore_request and request.headers.get("HX-Request-Type") != "full"


def page_or_fragment(page: str, fragment: str, /, status: int = 200, **context: Any) -> Response:
    """Render the page, or the one fragment of it that htmx asked for, from the same context.

    Args:
        page: the template of the page, which includes the fragment.
        fragment: the underscore template that page, route and socket share.
        status: 200, or 422 and 409, which htmx swaps in as well.
    """
    template = fragment if wants_fragment() else page
    return vary(make_response(render_template(template, **context), status))


def changed(fragment: str, url: str, **context: Any) -> Response:
    """Answer a change: htmx gets the fragment that shows it, a plain form is led to ``url`` (POST, then 303)."""
    if wants_fragment():
        return vary(make_response(render_template(fragment, **context)))
    return go(url)


def go(url: str) -> Response:
    """Lead the browser to another page of ours after a change.

    A 303 would be followed by ``fetch`` and its page swapped into the button's target, so htmx gets ``HX-Redirect``.

    Raises:
        ValueError: if ``url`` isn't a path on this server.
    """
    if not request.htmx:
        return vary(redirect(_own(url), 303))
    response = make_response("", 204)
    response.headers["HX-Redirect"] = _own(url)
    return vary(response)


def sign_in_again(url: str) -> Response:
    """Answer somebody who is signed out: to the sign-in page, never a sign-in page inside a table cell."""
    if not request.htmx:
        return vary(redirect(_own(url), 303))
    response = make_response("", 401)
    response.headers["HX-Redirect"] = _own(url)
    return vary(response)


def say(text: str, status: int, category: str = "error") -> Response:
    """Answer htmx with words for the page's flash region, whatever the target of the request was.

    The browser guards the rest: an error page without ``HX-Retarget`` is a proxy's and is not swapped (app.js).

    Args:
        text: what is wrong, where, and what to do next.
        status: the status that says the same.
        category: ``error``, ``warning``, ``success`` or ``info``.
    """
    response = make_response(render_template("_flash.html", messages=[(category, text)]), status)
    return vary(retarget(response, FLASH))


def retarget(response: Response, selector: str, swap: str = "outerMorph") -> Response:
    """Put the answer somewhere else than the request said."""
    response.headers["HX-Retarget"] = selector
    response.headers["HX-Reswap"] = swap
    return response


def trigger(response: Response, event: str, detail: Mapping[str, Any] | None = None) -> Response:
    """Set off an event on the element that asked, after the swap."""
    response.headers["HX-Trigger"] = json.dumps({event: dict(detail or {})})
    return response


def push_url(response: Response, url: str) -> Response:
    """Put ``url`` into the address bar: what is shown can be reloaded, shared and gone back to."""
    response.headers["HX-Push-Url"] = _own(url)
    return response


def vary(response: Response) -> Response:
    """Tell caches that one address answers a page and a fragment."""
    response.vary.update(["HX-Request", "HX-Request-Type"])
    return response


def _own(url: str) -> str:
    if not url.startswith("/") or url.startswith(("//", "/\\")) or any(sign in url for sign in "\r\n\t"):
        raise ValueError(f"{url!r} is not a path on this server: give one that starts with a single slash")
    return url
