"""The verbs that stay: run and demo."""

from __future__ import annotations

import sys

import click

from feeds.cli.options import Call, config_option, log_option

PARTS = ("web", "scheduler", "delivery")


@click.command()
@click.option("--only", type=click.Choice(PARTS), multiple=True, help="Only this part; may be repeated.")
@log_option
@config_option
def run(call: Call, only: tuple[str, ...], log_form: str | None) -> int:
    """Run the daemon: pages and feeds by HTTP, the schedule, and delivery. Stop it with Ctrl-C.

    Its log goes to standard error, an event a line, without addresses and secrets; on a terminal, progress
    is shown below it.
    """
    from feeds.daemon import run as run_daemon
    from feeds.web.server import serve_pages

    companions = []
    if sys.stderr.isatty():
        from feeds.cli.following import show_under_way

        companions.append(show_under_way)
    with call.logging(log_form):
        return run_daemon(call.config, frozenset(only or PARTS), serve_pages, companions)


@click.command()
@click.option(
    "--once", is_flag=True, help="End when everything was shown once; so it does without a terminal."
)
def demo(once: bool) -> int:
    """Show everything at work: a sample publication, its feeds, its readers, and a mail server of its own."""
    from feeds.demo import demo as show

    return show(once or not sys.stdout.isatty())
