"""What went wrong with a request, as a plain value: each door makes its own answer of it (a page, problem+json)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from werkzeug.exceptions import HTTPException

from ticketflower.errors import Refusal, Throttled
from ticketflower.problems import Problem


class SignedOut(Refusal):
    """Nobody is signed in, or the sign-in has ended."""

    status = 401
    title = "Not signed in"
    kind = "signed-out"


class Foreign(Refusal):
    """The request came from another site, or isn't provably from one of our own pages."""

    status = 400
    title = "This page is out of date"
    kind = "not-from-our-page"


class UnknownHost(Refusal):
    """The request was for another host: of a name that leads here by mistake, or to poison what we link to."""

    status = 400
    title = "Unknown host"
    kind = "unknown-host"


class InTheClear(Refusal):
    """The request came over the network without encryption."""

    status = 403
    title = "Only over https"
    kind = "in-the-clear"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a request wasn't answered as it wished.

    Attributes:
        status: the HTTP status.
        title: the short name of the kind of failure.
        kind: the stable word for programs.
        detail: what is wrong and what to do next.
        problems: places in what was sent.
        headers: that the answer must carry.
    """

    status: int
    title: str
    kind: str
    detail: str
    problems: tuple[Problem, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def retry_after(self) -> str | None:
        """Seconds to wait, where the failure says so."""
        return self.headers.get("Retry-After")


#: Words for what the framework refuses, in place of its own.
WORDS = {
    400: "This could not be read. Go back, load the page again and send it once more.",
    404: "There is nothing here that you may see. Check the number or the address.",
    405: "This address does not answer that kind of call.",
    413: "What was sent is larger than is accepted. Send less, or a smaller file.",
    415: "What was sent is of a kind that is not read here.",
    500: "TicketFlower met a fault of its own. Look whether your change is there before you send it again.",
    503: "The server is just starting, or has more to do than it can. Try again in a minute.",
}


def failure_of(error: Exception) -> Failure:
    """The failure that an error means. An error that nobody foresaw is a 500 and tells nothing of itself."""
    if isinstance(error, Refusal):
        headers = {"Retry-After": str(error.retry_after)} if isinstance(error, Throttled) else {}
        return Failure(error.status, error.title, error.kind, error.detail, error.problems, headers)
    if isinstance(error, HTTPException) and error.code is not None:
        headers = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
        title = error.name
        return Failure(
            error.code, title, title.lower().replace(" ", "-"), WORDS.get(error.code, f"{title}."), (), headers
        )
    return Failure(500, "Internal server error", "internal-server-error", WORDS[500])
