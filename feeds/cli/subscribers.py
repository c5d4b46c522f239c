"""The group of verbs about readers."""

from __future__ import annotations

import click

from feeds.cli.groups import LazyGroup

_VERBS = {
    "add": ("feeds.cli.readers:add", "Add a reader, and ask them to confirm unless they agreed already."),
    "list": ("feeds.cli.readers:list_", "List all readers."),
    "show": ("feeds.cli.readers:show", "Show what a reader chose."),
    "allow": ("feeds.cli.readers:allow", "Let a suppressed address be mailed again."),
    "remove": ("feeds.cli.readers:remove", "Erase a reader and everything that is known about them."),
    "export": ("feeds.cli.readers:export", "Print all readers as CSV."),
    "import": ("feeds.cli.readers:import_", "Add the readers in a CSV file."),
}


@click.group(cls=LazyGroup, verbs=_VERBS)
def subscribers() -> None:
    """Add, list, erase, export and import readers."""
