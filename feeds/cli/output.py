"""What a verb says: tables on a terminal, lines in a pipe, JSON on request."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from datetime import datetime

    from feeds.service import Service

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters and direction overrides: a title or a server's reply must not steer the terminal."""


def printable(text: str) -> str:
    """The text with everything that could steer a terminal written as an escape."""
    return _UNPRINTABLE.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def say(text: str) -> None:
    """Print a line."""
    click.echo(printable(text))


def warn(text: str) -> None:
    """Print a line to standard error."""
    click.echo(f"kawaraban: {printable(text)}", err=True)


def warn_of_copy(service: Service) -> None:
    """Print to standard error that nothing is mailed, where the database is a copy."""
    if why := service.why_no_mail():
        warn(f"nothing is mailed: {why}")


def say_json(value: Any) -> None:
    """Print a value as JSON, instants in ISO 8601."""
    import json

    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_as_json))


def say_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, right: Iterable[str] = ()) -> None:
    """Print a table: drawn on a terminal, tab-separated with a header line in a pipe.

    ``right`` names the columns of numbers.
    """
    cells = [[printable(str(value)) for value in row] for row in rows]
    if sys.stdout.isatty():
        _draw(columns, cells, frozenset(right))
        return
    click.echo("\t".join(columns))
    for row in cells:
        click.echo("\t".join(cell.replace("\t", " ").replace("\n", " ") for cell in row))


def count(number: int, noun: str) -> str:
    """``1 post``, ``1,506 posts``."""
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"


def moment(instant: datetime, zone: str, *, weekday: bool = False) -> str:
    """The instant as the clocks of this zone show it."""
    from zoneinfo import ZoneInfo

    return instant.astimezone(ZoneInfo(zone)).strftime("%a %Y-%m-%d %H:%M" if weekday else "%Y-%m-%d %H:%M")


def _as_json(value: object) -> str:
    from datetime import datetime

    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _draw(columns: Sequence[str], rows: Iterable[Sequence[str]], right: frozenset[str]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True, header_style="bold")
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))  # Text: a title such as "[red]" is no markup
    Console().print(table)
