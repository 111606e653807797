"""Commands that fill, sweep and check the database."""

from __future__ import annotations

from ticketflower.cli.commands import Outcome, answers, command_line, sessions
from ticketflower.clock import utc_now
from ticketflower.services.check import check
from ticketflower.services.demo import fill_demo
from ticketflower.services.sweep import sweep


@command_line.cli.command("demo")
@answers
def make_demo() -> Outcome:
    """Make the demo company: people in each role, active workflows, tickets in every state."""
    demo = fill_demo(sessions(), utc_now())
    return Outcome(demo.as_json(), demo.lines())


@command_line.cli.command("sweep")
@answers
def sweep_inbox() -> Outcome:
    """Run the engine for whatever a killed process left behind."""
    swept = sweep(sessions(), utc_now())
    result = {"advanced": swept.advanced, "failed": swept.failed}
    return Outcome(result, [f"{swept.advanced} tickets advanced, {swept.failed} failed."])


@command_line.cli.command("check")
@answers
def check_database() -> Outcome:
    """Prove the database sound; exits with 1 if it isn't."""
    problems = check(sessions())
    return Outcome({"problems": problems}, problems or ["The database is sound."], failed=bool(problems))
