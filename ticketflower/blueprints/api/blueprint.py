"""The API's blueprint, and the list of its calls that the modules beside this one add to."""

from __future__ import annotations

from flask import Blueprint
from flask.blueprints import BlueprintSetupState
from werkzeug.routing import BaseConverter

from ticketflower.blueprints.api.door import DOOR
from ticketflower.blueprints.api.door import PREFIX as DOORS_PREFIX
from ticketflower.blueprints.api.operations import PREFIX, Operations
from ticketflower.web.application import TicketFlower

api = Blueprint("api", __name__, url_prefix=PREFIX)
operations = Operations(api)


class Number(BaseConverter):
    """The number of a thing in an address: as many digits as an id column can hold, or no such address."""

    regex = "[0-9]{1,19}"
    weight = 50

    def to_python(self, value: str) -> int:
        """The number."""
        return int(value)


@api.record_once
def set_up(state: BlueprintSetupState) -> None:
    """Programs come in by a door of their own."""
    app = state.app
    assert isinstance(app, TicketFlower)
    app.doors[DOORS_PREFIX] = DOOR
    app.url_map.converters["number"] = Number
