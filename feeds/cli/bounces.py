"""The verbs about what comes back: bounces and receive."""

from __future__ import annotations

import os
import sys

import click

from feeds.cli.options import Call, clock_options, json_option, log_option
from feeds.cli.output import moment, say, say_json, say_table, warn


@click.command()
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="How many, at most.")
@json_option
@clock_options
def bounces(call: Call, as_json: bool, limit: int) -> None:
    """Show the newest reports about mails that came back, and complaints; and how many came in.

    hard: nobody is there, and the address is suppressed. soft: it did not work this time; five issues in a
    row over two weeks suppress it. refused: by policy, which blames us and not the reader. complaint: the
    reader called it spam, and is suppressed.
    """
    with call.service() as service:
        zone = service.config.site.timezone
        lines, receipts = service.bounces(limit), service.receipts()
    counts = {str(receipt): number for receipt, number in receipts.items() if number}
    if as_json:
        from feeds.cli.reports import bounce_json

        say_json({"received": counts, "bounces": [bounce_json(line) for line in lines]})
        return
    if lines:
        say_table(
            ["at", "email", "issue", "kind", "status", "suppressed", "reason"],
            [
                (
                    moment(line.at, zone),
                    line.email,
                    line.issue or "notice",
                    line.kind,
                    line.status,
                    "yes" if line.suppressed else "",
                    line.diagnostic,
                )
                for line in lines
            ],
        )
    else:
        say("nothing has come back yet")
    if counts:
        told = ", ".join(f"{number:,} {receipt.replace('_', ' ')}" for receipt, number in counts.items())
        click.echo(f"received so far: {told}", err=True)


@click.command()
@click.option("--recipient", default="", metavar="ADDRESS", help="Whom the envelope named.")
@log_option
@clock_options
def receive(call: Call, recipient: str, log_form: str | None) -> int:
    """Take in a mail that came to the address for bounces, from standard input: for a mail server's pipe.

    It is about the mail that a token of ours names: in --recipient, in Delivered-To, X-Original-To or To, or
    in the envelope's sender of the mail that it returns. What it says of addresses counts for nothing.

    Exit status: 0 once it is recorded, or is nothing for us; 75 where it could not be looked at now, and the
    mail server is to try again (EX_TEMPFAIL of sysexits.h).
    """
    from feeds.bounces.mime import LARGEST

    mail = sys.stdin.buffer.read(LARGEST + 1)
    while sys.stdin.buffer.read(LARGEST):
        pass  # a pipe that breaks would be a failure for the mail server
    try:
        with call.logging(log_form), call.service() as service:
            service.receive(mail, recipient)
    except Exception as error:  # whatever it is: the only copy of the report stays with the mail server
        warn(f"not taken in, to be tried again: {error}")
        return os.EX_TEMPFAIL
    return os.EX_OK
