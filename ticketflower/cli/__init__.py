"""The command line: ``flask --app app COMMAND [--json]`` (api.md, The command line)."""

from ticketflower.cli import accounts, upkeep
from ticketflower.cli.commands import command_line

__all__ = ["accounts", "command_line", "upkeep"]
