"""The ticket admin's desk: what went wrong, with the answers to it, and all tickets."""

from ticketflower.blueprints.desk import answers, errors, tickets
from ticketflower.blueprints.desk.blueprint import desk

__all__ = ["answers", "desk", "errors", "tickets"]
