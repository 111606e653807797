"""The front door, and each person's dashboard behind it (checklist C9)."""

from ticketflower.blueprints.home.routes import home

__all__ = ["home"]
