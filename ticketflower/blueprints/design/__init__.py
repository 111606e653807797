"""Workflow definitions: the list, uploading and editing a document, activating and archiving a version."""

from ticketflower.blueprints.design.routes import design

__all__ = ["design"]
