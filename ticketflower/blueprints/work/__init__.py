"""A worker's tasks: the queue, one task's page with its form, and handing a task to somebody else."""

from ticketflower.blueprints.work import assign, complete, lists, show
from ticketflower.blueprints.work.blueprint import work

__all__ = ["assign", "complete", "lists", "show", "work"]
