"""Workflow documents: reading, checking and writing them (document.md). Pure: no web, no database, no clock.

``read`` turns text into a document that knows its lines, ``check`` finds everything that is wrong with it,
``normalise`` gives what is stored, ``write_yaml`` what is exported.
"""

from ticketflower.documents.canonical import normalise
from ticketflower.documents.field_schemas import field_schema_problems
from ticketflower.documents.nodes import Unreadable
from ticketflower.documents.report import Report, check
from ticketflower.documents.schema import WORKFLOW_SCHEMA
from ticketflower.documents.source import Source, read
from ticketflower.documents.yaml_writer import write_yaml

__all__ = [
    "WORKFLOW_SCHEMA",
    "Report",
    "Source",
    "Unreadable",
    "check",
    "field_schema_problems",
    "normalise",
    "read",
    "write_yaml",
]
