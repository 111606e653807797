"""Forms from JSON Schemas: controls, what comes back from them, values for reading, the form as JSON Schema.

Pure: no Flask, no SQLAlchemy, no clock. ``templates/forms/`` draws what this package decides.
"""

from ticketflower.forms.controls import Choice, Control
from ticketflower.forms.form import Answers, Form, FormProblem, build_form
from ticketflower.forms.kinds import Kind
from ticketflower.forms.layout import WIDGETS, WORDS
from ticketflower.forms.reading import Reading
from ticketflower.forms.rows import BUTTON as ROW_BUTTON
from ticketflower.forms.schema import json_schema_for
from ticketflower.forms.showing import Shown, display_values

__all__ = [
    "ROW_BUTTON",
    "WIDGETS",
    "WORDS",
    "Answers",
    "Choice",
    "Control",
    "Form",
    "FormProblem",
    "Kind",
    "Reading",
    "Shown",
    "build_form",
    "display_values",
    "json_schema_for",
]
