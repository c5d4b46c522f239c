"""The verbs that stay: run and demo."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from feeds.cli.options import Call, config_option, log_option
from feeds.errors import UsageError

if TYPE_CHECKING:
    from feeds.daemon import Companion

PARTS = ("web", "scheduler", "delivery")


@click.command()
@click.option("--only", type=click.Choice(PARTS), multiple=True, help="Only this part; may be repeated.")
@click.option(
    "--metrics", metavar="ADDRESS", help="Where /metrics, /healthz and /readyz are.  [default: as configured]"
)
@log_option
@config_option
def run(call: Call, only: tuple[str, ...], log_form: str | None, metrics: str | None) -> int:
    """Run the daemon: pages and feeds by HTTP, the schedule, and delivery. Stop it with Ctrl-C.

    Its log goes to standard error, an event a line, without addresses and secrets; on a terminal, progress
    is shown below it.

    Parts that run as processes of their own each need their own --metrics address.
    """
    from feeds.daemon import run as run_daemon
    from feeds.web.server import serve_pages

    companions: list[Companion] = []
    if sys.stderr.isatty():
        from feeds.cli.following import show_under_way

        companions.append(show_under_way)
    if bind := _monitor_address(call, metrics):
        from feeds.web.monitor import serve_monitor

        companions.append(lambda service, stop: serve_monitor(service, bind, stop))
    with call.logging(log_form):
        return run_daemon(call.config, frozenset(only or PARTS), serve_pages, companions)


def _monitor_address(call: Call, wanted: str | None) -> str:
    from feeds.config import load

    if wanted is None:
        return load(call.config, os.environ).metrics.bind
    from feeds.config.values import bind_address

    try:
        return bind_address(wanted)
    except ValueError as error:
        raise UsageError(f"--metrics: {error}") from None


@click.command()
@click.option(
    "--once", is_flag=True, help="End when everything was shown once; so it does without a terminal."
)
def demo(once: bool) -> int:
    """Show everything at work: a sample publication, its feeds, its readers, and a mail server of its own."""
    from feeds.demo import demo as show

    return show(once or not sys.stdout.isatty())
