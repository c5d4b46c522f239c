"""The verbs about copies of the database: backup and restored."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from feeds.cli.options import Call, clock_options, config_option, json_option
from feeds.cli.output import count, say, say_json, warn
from feeds.errors import UsageError

if TYPE_CHECKING:
    from feeds.actions.restored import Restored

_SHOWN = 10
"""Posts that a person wants to read; the rest is counted."""

_LOST = (
    "What readers did since is lost with the original. Who unsubscribed or complained is a reader again:\n"
    "`kawaraban subscribers remove` each whom you know of, before anything is sent. Who confirmed since\n"
    "has to sign up again, and choices made since have to be made again."
)


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Take the place of a file that is there.")
@json_option
@clock_options
def backup(call: Call, as_json: bool, file: Path | None, replace: bool) -> None:
    """Copy the database into FILE, also in the middle of a send; by default below the state folder.

    The copy is of one moment, in one file that only you can read, and has the key that signs links. It knows
    that it is a copy: put in the place of the original it mails nobody until `kawaraban restored`.

    The database on PostgreSQL is backed up by pg_dump.
    """
    with call.service() as service:
        made = service.backup(file, replace=replace)
        beside = service.beside_backup()
    if as_json:
        say_json(
            {
                "file": str(made.file),
                "bytes": made.size,
                "readers": made.readers,
                "not_in_it": list(beside),
            }
        )
        return
    say(f"{made.file}: {made.size:,} bytes, {count(made.readers, 'reader')}")
    say("in it: the database and the key that signs links")
    say(f"not in it: {', '.join(beside)}, and secrets that the configuration takes from elsewhere")


@click.command()
@click.option(
    "--send-from-now", "from_now", is_flag=True, help="Count as sent what the original may have sent."
)
@click.option(
    "--send-again", "again", is_flag=True, help="The same, but finish the issues that were under way."
)
@click.option("--moved", is_flag=True, help="The original did nothing since: go on where it stopped.")
@json_option
@config_option
def restored(call: Call, as_json: bool, from_now: bool, again: bool, moved: bool) -> int:
    """Show what a restored copy of the database cannot know, and take it into use.

    A copy mails nobody by itself: the original may have mailed since. Without an option nothing is decided,
    and the exit status is 1 where there is something to decide. Put the posts in place before, as they are
    scanned: those that are there count as sent, and what is published from then on is mailed.

    --send-from-now: nobody gets anything twice. Who did not get an issue that was under way will not;
    `kawaraban deliveries ISSUE --state unknown` names them.

    --send-again: issues that were under way in the copy go on, with the same bytes and Message-IDs: who got
    them from the original gets them twice.

    --moved: the copy was moved here, and the original was stopped before it was made. Mail that waited goes
    out.
    """
    from feeds.actions.restored import Choice

    chosen = [
        choice
        for choice, wanted in ((Choice.FROM_NOW, from_now), (Choice.AGAIN, again), (Choice.MOVED, moved))
        if wanted
    ]
    if len(chosen) > 1:
        raise UsageError("--send-from-now, --send-again and --moved exclude each other")
    with call.service() as service:
        found = service.take_into_use(chosen[0]) if chosen else service.restored()
    if as_json:
        say_json(_json(found, decided=str(chosen[0]) if chosen else ""))
    elif found is None:
        say("this database is no copy: nothing keeps it from mailing")
    else:
        _say(found)
        _say_decided(chosen[0]) if chosen else _say_choices()
    return 1 if found is not None and not chosen else 0


def _json(found: Restored | None, *, decided: str) -> dict[str, object]:
    if found is None:
        return {"copy": False}
    return {
        "copy": True,
        "why": found.copied.why,
        "at": found.copied.at,
        "deliveries": found.doubtful.deliveries,
        "notices": found.doubtful.notices,
        "posts": list(found.doubtful.posts),
        "another_signing_key": found.another_key,
        "decided": decided,
    }


def _say(found: Restored) -> None:
    say(f"This database is a copy: {found.copied.why}.")
    say(f"What the original did after {found.copied.at:%Y-%m-%d %H:%M} UTC is not known. It may have sent")
    say(f"  {found.doubtful.deliveries:,} mails of issues that were under way")
    say(f"  {found.doubtful.notices:,} confirmations and welcomes")
    say(f"  the posts that are in the folder, among them {count(len(found.doubtful.posts), 'new one')} since")
    for path in found.doubtful.posts[:_SHOWN]:
        say(f"    {path}")
    if len(found.doubtful.posts) > _SHOWN:
        say(f"    … and {len(found.doubtful.posts) - _SHOWN:,} more")
    if found.another_key:
        warn(
            "the signing key here is not the original's: links in mails that it sent do not work. "
            "Move signing.key out of the state folder before you decide, and the copy brings its own"
        )


def _say_choices() -> None:
    say(_LOST)
    say("Then one of:")
    say("  kawaraban restored --send-from-now   all that counts as sent; nobody gets anything twice")
    say("  kawaraban restored --send-again      the same, but issues that were under way go on")
    say("  kawaraban restored --moved           the original did nothing since: go on where it stopped")


def _say_decided(choice: str) -> None:
    from feeds.actions.restored import Choice

    told = {
        Choice.FROM_NOW: "All of it counts as sent. What is published from now on is mailed.",
        Choice.AGAIN: "Issues that were under way go on; all else counts as sent. What is published from now "
        "on is mailed.",
        Choice.MOVED: "It goes on where the original stopped. Do not start the original again.",
    }
    say(told[Choice(choice)])
