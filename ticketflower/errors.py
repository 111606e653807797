"""The one family of refusals. A service raises them; a page and the API each turn them into an answer.

Every refusal says what is wrong, where, and what to do next, in the words that the screen shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ticketflower.problems import Problem


class Refusal(Exception):
    """Something that the product will not do, and why. ``str(refusal)`` is the sentence to show.

    Attributes:
        status: the HTTP status that says the same (api.md).
        title: the short name of the kind of refusal (RFC 9457 ``title``).
        kind: the stable word for programs, the end of RFC 9457 ``type``.
        problems: places in what was sent, where the refusal has any.
    """

    status: ClassVar[int] = 400
    title: ClassVar[str] = "This can't be done"
    kind: ClassVar[str] = "refused"

    def __init__(self, detail: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.problems = tuple(problems)


class NotFound(Refusal):
    """There is no such thing for this person: never made, another company's, or not theirs to see (one answer)."""

    status = 404
    title = "Not found"
    kind = "not-found"

    def __init__(self) -> None:
        super().__init__("There is nothing here that you may see. Check the number or the address.")


class Forbidden(Refusal):
    """None of the person's roles may make this call."""

    status = 403
    title = "Not allowed"
    kind = "forbidden"


class Conflict(Refusal):
    """The state does not allow it (any more)."""

    status = 409
    title = "Not possible now"
    kind = "conflict"


class Unacceptable(Refusal):
    """What was sent breaks a rule; ``problems`` names each place. Nothing was changed."""

    status = 422
    title = "What was sent breaks a rule"
    kind = "unacceptable"

    def __init__(self, problems: Sequence[Problem], detail: str | None = None) -> None:
        super().__init__(detail or (problems[0].detail if problems else self.title), problems)


class Throttled(Refusal):
    """Too many tries; ``retry_after`` is the wait in seconds."""

    status = 429
    title = "Too many tries"
    kind = "throttled"

    def __init__(self, detail: str, retry_after: int) -> None:
        super().__init__(detail)
        self.retry_after = retry_after
