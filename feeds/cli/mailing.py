"""The verbs of the second half: plan, tick, test-send, hold and release."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from feeds.cli.options import Call, category_option, clock_options, json_option, log_option
from feeds.cli.output import count, moment, say, say_json, warn, warn_of_copy
from feeds.cli.publishing import say_publish, say_scan
from feeds.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeds.model.report import PlannedIssue, TickReport

_posts_argument = click.argument("posts", metavar="POST...", nargs=-1)


@click.command()
@json_option
@clock_options
def plan(call: Call, as_json: bool) -> None:
    """Show what would be mailed next: when, which posts, how many readers; write and send nothing."""
    with call.service() as service:
        warn_of_copy(service)
        issues = service.plan()
        zone = service.config.site.timezone
    if as_json:
        from feeds.cli.reports import plan_json

        say_json([plan_json(issue) for issue in issues])
        return
    for issue in issues:
        _say_planned(issue, zone)
    if not issues:
        say("nothing waits to be mailed")


@click.command()
@log_option
@json_option
@clock_options
def tick(call: Call, as_json: bool, log_form: str | None) -> int:
    """Do everything that is due now, once: scan, publish, compose, send.

    Mails that a server puts off wait for a later tick. Of several nodes one scans, publishes and composes;
    the others say which, and send. The exit status is 1 when the mail server could not be reached, or the
    posts folder has lost its posts: then only mail that is composed already goes out.
    """
    with call.logging(log_form, warnings_only=True), call.service() as service:
        report = service.tick(progress=warn if as_json else say)
    if as_json:
        from feeds.cli.reports import tick_json

        say_json(tick_json(report))
    else:
        _say_tick(report)
    if report.trouble:
        warn(report.trouble)
    return 1 if report.trouble else 0


@click.command("test-send")
@click.argument("email")
@category_option
@clock_options
def test_send(call: Call, email: str, categories: tuple[str, ...]) -> None:
    """Mail the next digest to EMAIL and nobody else, as a reader of these categories would get it.

    The ledger is untouched: real readers get theirs as if this had not been.
    """
    from feeds.model.address import EmailAddress

    address = EmailAddress.parse(email)
    with call.service() as service:
        reply = service.test_send(address, categories)
    say(f"{address}: {reply}")


@click.command()
@_posts_argument
@json_option
@clock_options
def hold(call: Call, as_json: bool, posts: tuple[str, ...]) -> None:
    """Keep posts out of mail: paths, slugs or addresses. Without any, list those that are held.

    An issue that was composed with a post before stays as it is. To stop a wrong post in the middle of a
    send: `pause` the issue, `hold` the post, `cancel` the issue. What else the issue would have brought
    comes with the next one.
    """
    with call.service() as service:
        paths = service.hold(posts) if posts else service.held()
        under_way = service.still_bringing(posts) if posts else {}
    for issue, (state, readers) in under_way.items():
        so = "is paused and will bring it" if state == "paused" else "still brings it"
        warn(f"issue {issue} {so} to {count(readers, 'reader')}; `kawaraban cancel {issue}` stops that")
    _say_posts(paths, as_json, "held" if posts else "")
    if not paths and not as_json:
        say("no post is held")


@click.command()
@_posts_argument
@click.option("--all", "everything", is_flag=True, help="All that are held.")
@json_option
@clock_options
def release(call: Call, as_json: bool, posts: tuple[str, ...], everything: bool) -> None:
    """Let held posts go out by mail: paths, slugs or addresses.

    A post that an issue had brought to some readers before comes to the others with their next issue, unless
    a later issue has passed them since; nobody gets it twice.
    """
    if bool(posts) == everything:
        raise UsageError(
            "name the posts to release, or say --all; `kawaraban hold` lists those that are held"
        )
    with call.service() as service:
        chosen = service.held() if everything else posts
        paths = service.release(chosen) if chosen else ()
    _say_posts(paths, as_json, "released")


def _say_posts(paths: Sequence[str], as_json: bool, done: str) -> None:
    if as_json:
        say_json(list(paths))
        return
    for path in paths:
        say(f"{done}: {path}" if done else path)


def _say_planned(issue: PlannedIssue, zone: str) -> None:
    due = moment(issue.due, zone, weekday=True)
    period = f" {issue.period}" if issue.period else ""
    say(f"{due}  {issue.cadence}{period}  to {count(issue.readers, 'reader')}")
    for title in issue.posts:
        say(f"  {title}")
    if issue.more:
        say(f"  … and {issue.more:,} more")


def _say_tick(report: TickReport) -> None:
    if report.scan:
        say_scan(report.scan)
    if report.publish:
        say_publish(report.publish)
    if report.standby:
        say(report.standby)
    if report.composed:
        say(f"{count(len(report.composed), 'issue')} composed: {', '.join(map(str, report.composed))}")
    outcomes = (
        (report.sent, "sent"),
        (report.deferred, "put off"),
        (report.rejected, "rejected"),
        (report.unknown, "unknown"),
    )
    say("mail: " + (", ".join(f"{number:,} {what}" for number, what in outcomes if number) or "none"))
    if report.notices:
        say(f"{count(report.notices, 'notice')} sent")
    if report.received:
        say(f"{count(report.received, 'mail')} read that came to the address for bounces")
    if report.waiting:
        say(f"{count(report.waiting, 'mail')} left for a later tick")
