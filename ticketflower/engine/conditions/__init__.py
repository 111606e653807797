"""Conditions: JSON Logic over a workflow's workspace, data-only and bounded (engine.md, Definitions).

`check_condition` says what is wrong with one before it is stored, `compile_condition` makes it ready to run,
`explain` puts it in plain words, `values_read` names the values that made it so, and `can_both_hold` and
`always_false` reason about conditions without data. Nothing here asks a clock, a database or the web.
"""

from ticketflower.engine.conditions.analysis import always_false, can_both_hold, names
from ticketflower.engine.conditions.check import check_condition
from ticketflower.engine.conditions.compiled import Condition, compile_condition
from ticketflower.engine.conditions.values import ConditionTooCostly
from ticketflower.engine.conditions.words import explain, values_read

__all__ = [
    "Condition",
    "ConditionTooCostly",
    "always_false",
    "can_both_hold",
    "check_condition",
    "compile_condition",
    "explain",
    "names",
    "values_read",
]
