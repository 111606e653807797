"""Sign-up, sign-in, sign-out (checklist C1 to C8)."""

from ticketflower.blueprints.auth.routes import auth

__all__ = ["auth"]
