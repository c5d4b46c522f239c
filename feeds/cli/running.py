"""The verbs that stay: run and demo."""

from __future__ import annotations

import sys

import click

from feeds.cli.options import Call, config_option

PARTS = ("web", "scheduler", "delivery")


@click.command()
@click.option("--only", type=click.Choice(PARTS), multiple=True, help="Only this part; may be repeated.")
@config_option
def run(call: Call, only: tuple[str, ...]) -> int:
    """Run the daemon: pages and feeds by HTTP, the schedule, and delivery. Stop it with Ctrl-C."""
    _log_to_stderr()
    from feeds.daemon import run as run_daemon
    from feeds.web.server import serve_pages

    companions = []
    if sys.stderr.isatty():
        from feeds.cli.following import show_under_way

        companions.append(show_under_way)
    return run_daemon(call.config, frozenset(only or PARTS), serve_pages, companions)


@click.command()
@click.option(
    "--once", is_flag=True, help="End when everything was shown once; so it does without a terminal."
)
def demo(once: bool) -> int:
    """Show everything at work: a sample publication, its feeds, its readers, and a mail server of its own."""
    from feeds.demo import demo as show

    return show(once or not sys.stdout.isatty())


def _log_to_stderr() -> None:
    """Events as key=value, one a line: what a service manager keeps."""
    import logging

    logging.basicConfig(level=logging.INFO, format="level=%(levelname)s module=%(name)s %(message)s")
    logging.getLogger("apscheduler").setLevel(logging.WARNING)  # says of every beat that it happened
    logging.getLogger("watchfiles").setLevel(logging.WARNING)
