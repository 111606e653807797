"""What was typed into a form of ours, and what is wrong with it, as its template shows both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ticketflower.problems import Problem
from ticketflower.services.wording import writable


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the error summary: a sentence, and the control that it leads to."""

    detail: str
    control_id: str


@dataclass(frozen=True, slots=True)
class Answers:
    """A form's answers and problems; a form that wasn't sent yet has none.

    Attributes:
        given: what was typed, by the control's name; shown again after a 422, passwords excepted.
        problems: what is wrong; a pointer ``/email`` is the control ``email``, "" is the whole form.
    """

    given: Mapping[str, str] = field(default_factory=dict)
    problems: Sequence[Problem] = ()

    def __getitem__(self, name: str) -> str:
        return writable(self.given.get(name, ""))

    def problem(self, name: str) -> str | None:
        """What is wrong with one control, in a sentence; None if nothing is."""
        return next((problem.detail for problem in self.problems if problem.pointer == f"/{name}"), None)

    def summary(self, *names: str) -> list[Line]:
        """The lines of the error summary, in the order of the form; what is wrong with the whole comes last."""
        lines = [Line(sentence, name) for name in names if (sentence := self.problem(name))]
        return lines + [Line(problem.detail, names[0]) for problem in self.problems if not problem.pointer]
