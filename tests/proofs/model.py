"""What a workflow means, said again as simply as possible: everything is worked out anew from the whole history.

Slow, without a database, and written from engine.md alone: the real engine has to agree with it step by step.
"""

from __future__ import annotations

from types import SimpleNamespace as Task
from typing import Any

ACTIVE = {"OPEN", "ERROR"}


class Model:
    """One ticket. ``history`` has an entry (written values, cleared names) for each iteration."""

    def __init__(self, document: dict[str, Any], limit: int = 1000) -> None:
        self.doc, self.limit, self.status, self.history = document, limit, "IN_PROGRESS", []
        self.tasks, self.queued, self.held, self.ended_by, self.errors = [], set(), None, None, set()

    def workspace(self) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        for written, cleared in self.history:
            fields = {name: value for name, value in {**fields, **written}.items() if name not in cleared}
        return fields

    def last(self, field: str, also_cleared: bool) -> int:
        hits = [k for k, (w, c) in enumerate(self.history) if field in w or field in c]
        gone = bool(hits) and field in self.history[hits[-1]][1]
        return -1 if not hits or (gone and not also_cleared) else hits[-1]

    def busy(self, key: str | None = None) -> list[Task]:
        waits = [t for t in self.tasks if t.status in ACTIVE or (t.status == "COMPLETED" and t.end is None)]
        return [t for t in waits if key in (None, t.key)]

    def holds(self, condition: Any, seen: dict[str, Any]) -> bool:
        if condition is None:
            return True
        ((operator, (left, right)),) = condition.items()
        return seen.get(left["var"]) == right if operator == "==" else (seen.get(left["var"]) or 0) < right

    def seen(self) -> dict[str, Any]:
        seen = self.workspace()
        for key in self.doc["tasks"]:
            mine = [t for t in self.tasks if t.key == key]
            seen[f"_.tasks.{key}.started"], seen[f"_.tasks.{key}.active"] = len(mine), len(self.busy(key))
            seen[f"_.tasks.{key}.completed"] = sum(t.end is not None for t in mine)
        return seen

    def iterate(self, written: dict[str, Any], cleared: list[str], task: Task | None = None) -> None:
        self.history.append((written, cleared))
        self.errors.discard("stalled")
        if task:
            task.end = len(self.history) - 1
        seen = self.seen()
        for key, rule in self.doc["completions"].items():
            reads = not rule.get("when_idle") and set(rule["fields"]) & set(written)
            if reads and self.holds(rule.get("condition"), seen):
                return self.conclude(key, rule, ("steps", set(written)))
        if len(self.history) - 1 >= self.limit:
            self.status, self.held = "ON_HOLD", ("steps", set(written))
            self.errors.add("loop")
            return None
        return self.steps_2_to_5(set(written), seen)

    def conclude(self, key: str, rule: dict[str, Any], held: Any) -> None:
        self.status = rule["completion_status"]
        if self.status == "ON_HOLD":
            self.held = held
        else:
            self.end(key)

    def end(self, key: str | None) -> None:
        self.status, self.ended_by = ("CANCELLED" if key is None else self.status), key
        self.errors, self.held = set(), None
        for task in self.busy():
            task.status = "CANCELLED"

    def steps_2_to_5(self, written: set[str], seen: dict[str, Any]) -> None:
        for task in self.tasks:
            when = self.doc["tasks"][task.key].get("cancel_when")
            if task.status in ACTIVE and when and self.holds(when, seen):
                task.status = "CANCELLED"
        for key in self.doc["tasks"]:
            self.consider(key, written, seen)
        self.idle(None)

    def consider(self, key: str, written: set[str], seen: dict[str, Any]) -> None:
        rule, last = self.doc["tasks"][key], max((t.made for t in self.tasks if t.key == key), default=-1)
        triggered = bool(set(rule["input_fields"]) & written) and (
            rule.get("wait_for") != "all" or all(self.last(f, False) > last for f in rule["input_fields"])
        )
        holds, busy, again = (
            self.holds(rule.get("condition"), seen),
            self.busy(key),
            rule.get("on_retrigger", "parallel"),
        )
        if not busy and (triggered or key in self.queued):
            self.queued.discard(key)
            if holds:
                self.start(key)
        elif triggered and holds and again == "queue":
            self.queued.add(key)
        elif triggered and holds and again != "ignore":
            for task in busy:
                task.status = "CANCELLED" if again == "restart" and task.status in ACTIVE else task.status
            self.start(key)

    def start(self, key: str) -> None:
        now = len(self.history) - 1
        self.queued.discard(key)
        self.tasks.append(Task(key=key, status="OPEN", made=now, start=now, end=None, output=None, applied=False))

    def idle(self, after: str | None) -> None:
        if self.busy():
            return None
        rules = [(key, rule) for key, rule in self.doc["completions"].items() if rule.get("when_idle")]
        rules = rules[1 + [key for key, _ in rules].index(after) :] if after else rules
        for key, rule in rules:
            if self.holds(rule.get("condition"), self.seen()):
                return self.conclude(key, rule, ("idle", key))
        self.errors.add("stalled")
        return None

    def fold(self, task: Task) -> None:
        if not task.applied and any(self.last(f, True) > task.start for f in task.output):
            task.status = "ERROR"
        else:
            self.iterate(task.output, self.doc["tasks"][task.key].get("clears", []), task)

    def advance(self, waiting: list[Any]) -> None:
        """Folds tasks and corrections (plain dictionaries) in their order; on hold they stay in the list."""
        if self.status == "IN_PROGRESS" and self.held:
            (kind, what), self.held = self.held, None
            if "loop" in self.errors:
                self.errors.discard("loop")
                self.limit = len(self.history) - 1 + 1000
            if kind == "steps":
                self.steps_2_to_5(what, self.seen())
            else:
                for key in [key for key in self.doc["tasks"] if key in self.queued]:
                    self.consider(key, set(), self.seen())
                self.idle(what)
        while waiting and self.status == "IN_PROGRESS":
            nxt = waiting.pop(0)
            self.iterate(nxt, []) if isinstance(nxt, dict) else self.fold(nxt)
