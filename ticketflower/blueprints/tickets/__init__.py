"""Tickets: the types that a person may submit, their own tickets, and one ticket's page with what may be done there."""

from ticketflower.blueprints.tickets import correct, lists, manage, show, submit
from ticketflower.blueprints.tickets.blueprint import tickets

__all__ = ["correct", "lists", "manage", "show", "submit", "tickets"]
