"""The command line: every verb that an owner can say.

::

    groups.py        commands that are imported when they are called, so that --help is quick
    options.py       --config, --json, --now, and the service that they open
    output.py        tables on a terminal, plain lines in a pipe, JSON on request
    reports.py       what the verbs report, as JSON's lists and tables
    starting.py      init
    publishing.py    check, build, announce
    addresses.py     feeds
    mailing.py       plan, tick, test-send, hold, release
    issues.py        deliveries, pause, resume, cancel
    bounces.py       bounces, receive
    dkim.py          dkim
    copies.py        backup, restored
    subscribers.py   the group of verbs about readers
    readers.py       subscribers add, list, show, allow, remove, export, import
    serving.py       readers, redirects
    following.py     how a send comes on, for deliveries --follow and run
    findings.py      what check found; summary.py an issue in one line
    lists.py         files of subscribers: CSV as people export it
    running.py       run, demo

Exit status: 0 done, 1 failed, 2 wrong usage, 75 another node does it, 130 interrupted.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

import click

from feeds.cli.groups import LazyGroup
from feeds.errors import KawarabanError, Standby, UsageError

GARBAGE = 200_000
"""Objects between two looks for garbage: there is hardly any, and looking for it took a tenth of a build."""

_TEMPFAIL = 75
"""Of sysexits.h: nothing is wrong, and a later try may do it; systemd knows it as TEMPFAIL."""

_VERBS = {
    "init": ("feeds.cli.starting:init", "Write a configuration, for the site found there or a new one."),
    "check": ("feeds.cli.publishing:check", "Name the problems of configuration and posts; write nothing."),
    "build": ("feeds.cli.publishing:build", "Scan the posts once and publish the feeds."),
    "announce": ("feeds.cli.publishing:announce", "Tell WebSub hubs which feeds changed, after an upload."),
    "feeds": ("feeds.cli.addresses:feeds", "List the feeds, and print what leads pages' readers to them."),
    "plan": ("feeds.cli.mailing:plan", "Show what would be mailed next; write and send nothing."),
    "tick": ("feeds.cli.mailing:tick", "Do everything that is due now, once: for cron and timers."),
    "run": ("feeds.cli.running:run", "Run the daemon, whole or in parts."),
    "demo": ("feeds.cli.running:demo", "Show everything at work, with a sample publication."),
    "subscribers": ("feeds.cli.subscribers:subscribers", "Add, list, erase, export and import readers."),
    "readers": ("feeds.cli.serving:readers", "Show how many read each feed, as far as it can be known."),
    "redirects": ("feeds.cli.serving:redirects", "Print old addresses as rules for a web server."),
    "deliveries": ("feeds.cli.issues:deliveries", "Show who got an issue, who did not, and why."),
    "bounces": ("feeds.cli.bounces:bounces", "Show which mails came back, and who complained."),
    "receive": ("feeds.cli.bounces:receive", "Take in a report about a mail, from standard input."),
    "hold": ("feeds.cli.mailing:hold", "Keep posts out of mail."),
    "release": ("feeds.cli.mailing:release", "Let held posts go out by mail."),
    "pause": ("feeds.cli.issues:pause", "Stop an issue in the middle, until it is resumed."),
    "resume": ("feeds.cli.issues:resume", "Let a paused issue go on."),
    "cancel": ("feeds.cli.issues:cancel", "End an issue: who did not get it yet will not."),
    "backup": ("feeds.cli.copies:backup", "Copy the database into one file, also in the middle of a send."),
    "restored": ("feeds.cli.copies:restored", "Take a copy of the database into use; until then none mails."),
    "dkim": ("feeds.cli.dkim:dkim", "Print the DNS records of keys that sign mail; make keys."),
    "test-send": ("feeds.cli.mailing:test_send", "Mail the next digest to one address; record nothing."),
}


def _show_version(context: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            click.echo(f"kawaraban {version('kawaraban')}")
        except PackageNotFoundError:
            click.echo("kawaraban, from a folder where it is not installed")
        context.exit()


@click.group(cls=LazyGroup, verbs=_VERBS, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--config", metavar="FILE", help="The configuration.  [default: config/kawaraban.toml]")
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_show_version, help="Show it."
)
@click.pass_context
def kawaraban(context: click.Context, config: str | None) -> None:
    """Category feeds and mail digests from one folder of Markdown posts."""
    context.obj = config


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command and return its exit status."""
    gc.set_threshold(GARBAGE)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # file names need not be text
    try:
        result = kawaraban.main(
            arguments, prog_name="kawaraban", standalone_mode=False, terminal_width=_width()
        )
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except KawarabanError as error:
        _complain(str(error))
        return _status_of(error)
    except (KeyboardInterrupt, click.Abort):
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # so that the flush at exit is quiet
        return 1
    except OSError as error:
        _complain(f"{error.filename}: {error.strerror}" if error.filename else str(error))
        return 1


def _status_of(error: KawarabanError) -> int:
    if isinstance(error, Standby):
        return _TEMPFAIL
    return 2 if isinstance(error, UsageError) else 1


def enter() -> NoReturn:
    """What the ``kawaraban`` script calls: ``main``, and the end of the process.

    Everything is committed, closed and flushed by then, and taking the interpreter apart would take
    a tenth of the time of a build.
    """
    # lxml would load this parser wherever it is installed, and a twentieth of a build with it.
    sys.modules.setdefault("rnc2rng", None)  # type: ignore[arg-type]  # how one keeps a module from loading
    status = main()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(status)


def _width() -> int:
    """Columns for help texts; click would import shutil for it, and 3 of the 35 ms of --help with that."""
    try:
        columns = int(os.environ.get("COLUMNS") or os.get_terminal_size().columns)
    except (ValueError, OSError):
        columns = 80
    return max(min(columns, 80) - 2, 50)


def _complain(message: str) -> None:
    from feeds.cli.output import printable

    for line in message.splitlines():
        click.echo(f"kawaraban: {printable(line)}", err=True)
