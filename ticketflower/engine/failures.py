"""Why an advance could not be done. Its transaction is rolled back whole and an admin gets the error."""

from __future__ import annotations

from ticketflower.engine.words import ErrorType


class EngineFailure(Exception):
    """An advance failed for a reason that the engine can name. ``str(failure)`` is the message for the admin.

    Args:
        code: a short stable word (engine.md, Errors).
        message: the part of the definition at fault, the values, and what to do.
        error_type: on which part of the way it arose.
        key: the task definition at fault, if it was one.
    """

    def __init__(
        self,
        code: str,
        message: str,
        error_type: ErrorType = ErrorType.WORKFLOW_TRANSITION,
        key: str | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.error_type = error_type
        self.key = key
