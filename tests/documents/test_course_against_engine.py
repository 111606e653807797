"""What the analysis says can't happen never happens: random workflows, played through the engine's core at random."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.engine.play import Play
from ticketflower.documents import check, write_yaml
from ticketflower.engine import events

from .building import flow, is_false, is_true

NAMES = ["start", "x", "y", "z"]
FIELDS = st.sampled_from(NAMES)
TESTS = st.builds(lambda make, name: make(name), st.sampled_from([is_true, is_false]), FIELDS)
MISSING = st.builds(lambda name: {"!": [{"missing": [name]}]}, FIELDS)
CONDITIONS = st.one_of(
    st.none(),
    TESTS,
    MISSING,
    st.builds(lambda word, one, other: {word: [one, other]}, st.sampled_from(["and", "or"]), TESTS, TESTS),
)
LISTS = st.lists(FIELDS, min_size=1, max_size=2, unique=True)


@st.composite
def tasks(draw: st.DrawFn) -> dict[str, Any]:
    outputs = draw(LISTS)
    return {
        "in": draw(LISTS),
        "out": outputs,
        "optional_fields": [name for name in outputs if draw(st.booleans()) and draw(st.booleans())],
        "condition": draw(CONDITIONS),
        "cancel_when": draw(st.one_of(st.none(), st.none(), CONDITIONS)),
        "clears": draw(st.one_of(st.just([]), st.just([]), LISTS)),
        "wait_for": draw(st.sampled_from(["any", "any", "all"])),
        "on_retrigger": draw(st.sampled_from(["parallel", "parallel", "restart", "ignore", "queue"])),
        "on_demand": draw(st.sampled_from([False] * 7 + [True])),
    }


ENDINGS = st.fixed_dictionaries(
    {"fields": LISTS, "condition": CONDITIONS, "when_idle": st.sampled_from([False, False, True])}
)
WORKFLOWS = st.builds(
    lambda drawn, ending: flow(
        {f"t{number}": task for number, task in enumerate(drawn)},
        {"end": ending},
        fields={name: {"type": "boolean"} for name in NAMES},
    ),
    st.lists(tasks(), min_size=1, max_size=4),
    ENDINGS,
)


class Watched(Play):
    """A run that is compared with what the check said of its workflow."""

    def __init__(self, document: dict[str, Any], warnings: set[tuple[str, str]]) -> None:
        super().__init__(write_yaml(document))
        self.document = document
        self.warnings = warnings

    def look(self, happened: list[events.Event]) -> bool:
        """Compares what has happened; False when a conflict ends the run, for nobody is there to answer it."""
        for event in happened:
            if isinstance(event, events.TaskStarted):
                assert not self.warned("never_starts", str(event.key)), event
            if isinstance(event, events.TaskWithdrawn):
                continue
            if isinstance(event, events.ConflictFound):
                self.conflict(event)
                return False
        return True

    def conflict(self, event: events.ConflictFound) -> None:
        mine = str(event.key)
        for name, found in event.fields.items():
            theirs = self.tasks[found["task_id"]].key
            if mine == theirs:
                on_demand = self.document["tasks"][mine]["on_demand"]
                assert on_demand or self.warned("conflict_with_itself", mine), (name, event)
            else:
                both = self.warned("overlapping_writes", mine) or self.warned("overlapping_writes", theirs)
                assert both, (name, mine, theirs)

    def warned(self, code: str, key: str) -> bool:
        return any(code == found and at.startswith(f"/tasks/{key}") for at, found in self.warnings)


@given(WORKFLOWS, st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
def test_no_conflict_and_no_start_comes_unannounced(document: dict[str, Any], data: st.DataObject) -> None:
    report = check(document)
    assume(not report.errors)
    warnings = {(warning.pointer, warning.code) for warning in report.warnings}
    run = Watched(document, warnings)
    run.submit(start=data.draw(st.booleans()))
    seen = 0
    for _ in range(12):
        if not run.look(run.events[seen:]) or run.status != "IN_PROGRESS":
            return
        seen = len(run.events)
        if run.offers and data.draw(st.booleans()):
            run.take(data.draw(st.sampled_from(run.offers)), 1)
            continue
        active = [number for number, task in run.state.tasks.items() if task.active]
        if not active:
            return
        number = data.draw(st.sampled_from(active))
        task = document["tasks"][run.tasks[number].key]
        given_now = [
            name for name in task["output_fields"] if name not in task["optional_fields"] or data.draw(st.booleans())
        ]
        run.complete(number, **{name: data.draw(st.booleans()) for name in given_now})
