"""The verbs about readers: subscribers add, list, show, allow, remove, export, import."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feeds.cli.lists import LANGUAGES, BadRow, Row, SubscriberList, read_list, write_list
from feeds.cli.options import Call, category_option, clock_options, json_option
from feeds.cli.output import count, moment, say, say_json, say_table, warn
from feeds.cli.reports import subscriber_json, topics_of
from feeds.errors import KawarabanError, UsageError
from feeds.model.address import EmailAddress
from feeds.model.subscriber import Cadence, Subscriber, SubscriberState

if TYPE_CHECKING:
    from feeds.service import Service

CADENCES = [str(cadence) for cadence in Cadence]

_confirmed_option = click.option(
    "--confirmed", is_flag=True, help="They agreed already; send them no notice and mail them from now on."
)


@click.command()
@click.argument("email")
@click.option("--name", default="", help="How mail greets them.")
@category_option
@click.option("--cadence", type=click.Choice(CADENCES), help="How often.  [default: as configured]")
@click.option("--language", type=click.Choice(LANGUAGES), help="Of the texts around the posts.")
@_confirmed_option
@json_option
@clock_options
def add(
    *,
    call: Call,
    email: str,
    name: str,
    categories: tuple[str, ...],
    cadence: str | None,
    language: str | None,
    confirmed: bool,
    as_json: bool,
) -> None:
    """Add the reader EMAIL, and ask them to confirm unless they agreed already."""
    address = EmailAddress.parse(email)
    with call.service() as service:
        happened, warnings = service.add_subscriber(
            address,
            name=name,
            topics=categories,
            cadence=Cadence(cadence) if cadence else None,
            language=language,
            confirmed=confirmed,
        )
    for warning in warnings:
        warn(warning)
    if as_json:
        say_json({"email": str(address), "result": happened, "warnings": list(warnings)})
    else:
        say(f"{address}: {happened}")


@click.command("list")
@json_option
@clock_options
def list_(call: Call, as_json: bool) -> None:
    """List all readers."""
    with call.service() as service:
        everybody = list(service.subscribers())
    if as_json:
        say_json([subscriber_json(subscriber) for subscriber in everybody])
    elif everybody:
        columns = ["email", "state", "cadence", "language", "categories", "name"]
        say_table(columns, [_cells(subscriber) for subscriber in everybody])
    else:
        say("nobody has subscribed yet")


@click.command()
@click.argument("email")
@json_option
@clock_options
def show(call: Call, email: str, as_json: bool) -> int:
    """Show what the reader EMAIL chose, and whether the address is suppressed."""
    address = EmailAddress.parse(email)
    with call.service() as service:
        subscriber = service.subscriber(address)
        suppressed = service.suppression(address)
    if subscriber is None and suppressed is None:
        raise KawarabanError(f"{address} is no subscriber")
    if as_json:
        reason = {"suppressed": None if suppressed is None else suppressed[0]}
        say_json(({"email": str(address)} if subscriber is None else subscriber_json(subscriber)) | reason)
        return 0
    if subscriber is not None:
        _say_subscriber(subscriber)
    if suppressed is not None:
        why, since = suppressed
        say(f"suppressed  {moment(since, 'UTC')} UTC: {why}")
        say(f"            `kawaraban subscribers allow {address}` lifts that")
    return 0


@click.command()
@click.argument("email")
@clock_options
def allow(call: Call, email: str) -> None:
    """Let the suppressed address EMAIL be mailed again.

    What came back so far counts no more. A reader who is confirmed gets the next issue; say it only where
    you know that the mailbox works again, or that a complaint was a mistake.
    """
    address = EmailAddress.parse(email)
    with call.service() as service:
        lifted = service.allow(address)
    if not lifted:
        raise KawarabanError(f"{address} is not suppressed")
    say(f"{address}: may be mailed again")


@click.command()
@click.argument("email")
@clock_options
def remove(call: Call, email: str) -> None:
    """Erase the reader EMAIL and everything that is known about them."""
    address = EmailAddress.parse(email)
    with call.service() as service:
        known = service.remove_subscriber(address)
    if not known:
        raise KawarabanError(f"{address} is no subscriber")
    say(f"{address}: erased")


@click.command()
@click.option(
    "--output", metavar="FILE", type=click.Path(path_type=Path), help="Write there, not to the terminal."
)
@clock_options
def export(call: Call, output: Path | None) -> None:
    """Print all readers as CSV."""
    with call.service() as service:
        rows = [_exported(subscriber) for subscriber in service.subscribers()]
    text = "".join(write_list(rows))
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8", newline="")
        say(f"{output}: {count(len(rows), 'reader')}")


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@_confirmed_option
@clock_options
def import_(call: Call, file: Path, confirmed: bool) -> int:
    """Add the readers in a CSV file.

    Its columns are email, name, language, categories (separated by ";") and cadence; only email is
    needed, and others are ignored. Rows that cannot be used are named and do not stop the rest, but
    the exit status is 1 then.
    """
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        raise UsageError(f"{file}: there is no such file") from None
    listed = read_list(content)
    if listed.encoding != "UTF-8":
        warn(f"{file}: read as {listed.encoding}")
    for column in listed.ignored:
        warn(f"{file}: the column {column!r} is ignored")
    with call.service() as service:
        results = _import_rows(service, file, listed, confirmed)
    for result, number in sorted(results.items()):
        say(f"{number:,} {result}")
    return 1 if results["not imported"] else 0


def _import_rows(service: Service, file: Path, listed: SubscriberList, confirmed: bool) -> Counter[str]:
    results: Counter[str] = Counter()
    for row in listed.rows:
        if isinstance(row, BadRow):
            warn(f"{file}:{row.line}: {row.message}")
            results["not imported"] += 1
        elif row.state is SubscriberState.UNSUBSCRIBED:
            results["passed over: unsubscribed"] += 1
        else:
            results[_import_row(service, file, row, confirmed)] += 1
    return results


def _import_row(service: Service, file: Path, row: Row, confirmed: bool) -> str:
    try:
        happened, warnings = service.add_subscriber(
            row.email,
            name=row.name,
            topics=row.categories,
            cadence=row.cadence,
            language=row.language,
            confirmed=confirmed and row.state is not SubscriberState.PENDING,
        )
    except UsageError as error:
        warn(f"{file}:{row.line}: {error}")
        return "not imported"
    for warning in warnings:
        warn(f"{file}:{row.line}: {warning}")
    return happened


def _cells(subscriber: Subscriber) -> tuple[str, ...]:
    chosen = subscriber.subscription
    categories = ", ".join(topics_of(subscriber)) or "all"
    return (
        str(subscriber.email),
        str(subscriber.state),
        str(chosen.cadence),
        chosen.language,
        categories,
        subscriber.name,
    )


def _exported(subscriber: Subscriber) -> tuple[str, ...]:
    chosen = subscriber.subscription
    return (
        str(subscriber.email),
        subscriber.name,
        chosen.language,
        ";".join(topics_of(subscriber)),
        str(chosen.cadence),
        str(subscriber.state),
    )


def _say_subscriber(subscriber: Subscriber) -> None:
    from feeds.config.settings import WEEKDAYS

    chosen = subscriber.subscription
    say(f"email       {subscriber.email}")
    if subscriber.name:
        say(f"name        {subscriber.name}")
    say(f"state       {subscriber.state}")
    say(f"known since {moment(subscriber.created, chosen.zone)}")
    say(f"categories  {', '.join(topics_of(subscriber)) or 'all'}")
    say(f"cadence     {chosen.cadence}")
    if chosen.cadence is not Cadence.EACH:
        day = f" on {WEEKDAYS[chosen.weekday].capitalize()}" if chosen.cadence is Cadence.WEEKLY else ""
        say(f"due         {chosen.hour:02}:00{day} ({chosen.zone})")
    say(f"language    {chosen.language}")
