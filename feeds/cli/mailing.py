"""The verbs of the second half: plan, tick, test-send, deliveries, hold and release."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from feeds.cli.options import Call, category_option, clock_options, json_option
from feeds.cli.output import count, moment, say, say_json, say_table, warn
from feeds.cli.publishing import say_publish, say_scan
from feeds.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeds.model.report import DeliveryLine, IssueSummary, PlannedIssue, TickReport

_posts_argument = click.argument("posts", metavar="POST...", nargs=-1)


@click.command()
@json_option
@clock_options
def plan(call: Call, as_json: bool) -> None:
    """Show what would be mailed next: when, which posts, how many readers; write and send nothing."""
    with call.service() as service:
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
@json_option
@clock_options
def tick(call: Call, as_json: bool) -> int:
    """Do everything that is due now, once: scan, publish, compose, send.

    Mails that a server puts off wait for a later tick. The exit status is 1 when the mail server
    could not be reached.
    """
    with call.service() as service:
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
@click.argument("issue", type=int, required=False)
@json_option
@clock_options
def deliveries(call: Call, as_json: bool, issue: int | None) -> None:
    """Show the issues that went out, or who got ISSUE, who did not, and why."""
    from feeds.cli.reports import delivery_json, issue_json

    with call.service() as service:
        zone = service.config.site.timezone
        issues = service.issues() if issue is None else ()
        lines = () if issue is None else service.deliveries(issue)
    if as_json:
        say_json(
            [issue_json(one) for one in issues] if issue is None else [delivery_json(line) for line in lines]
        )
    elif issue is None:
        _say_issues(issues, zone)
    else:
        _say_deliveries(lines)


@click.command()
@_posts_argument
@json_option
@clock_options
def hold(call: Call, as_json: bool, posts: tuple[str, ...]) -> None:
    """Keep posts out of mail: paths, slugs or addresses. Without any, list those that are held."""
    with call.service() as service:
        paths = service.hold(posts) if posts else service.held()
    _say_posts(paths, as_json, "held" if posts else "")
    if not paths and not as_json:
        say("no post is held")


@click.command()
@_posts_argument
@click.option("--all", "everything", is_flag=True, help="All that are held.")
@json_option
@clock_options
def release(call: Call, as_json: bool, posts: tuple[str, ...], everything: bool) -> None:
    """Let held posts go out by mail: paths, slugs or addresses."""
    if bool(posts) == everything:
        raise UsageError(
            "name the posts to release, or say --all; `kawaraban hold` lists those that are held"
        )
    with call.service() as service:
        chosen = service.held() if everything else posts
        paths = service.release(chosen) if chosen else ()
    _say_posts(paths, as_json, "released")


@click.command()
@click.argument("issue", type=int)
@clock_options
def resume(call: Call, issue: int) -> None:
    """Let an issue go on that was paused because the mail server refused us."""
    with call.service() as service:
        service.resume(issue)
    say(f"issue {issue} goes on with the next tick")


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
    say_scan(report.scan)
    say_publish(report.publish)
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
    if report.waiting:
        say(f"{count(report.waiting, 'mail')} left for a later tick")


def _say_issues(issues: Sequence[IssueSummary], zone: str) -> None:
    from feeds.model.issue import DeliveryState

    used = [state for state in DeliveryState if any(issue.counts.get(state) for issue in issues)]
    columns = ["issue", "cadence", "period", "due", "posts", "audience", *map(str, used)]
    rows = [
        (
            i.key,
            i.cadence,
            i.period,
            moment(i.due, zone),
            i.posts,
            i.audience,
            *(i.counts.get(s, 0) for s in used),
        )
        for i in issues
    ]
    if rows:
        say_table(columns, rows, right={"issue", "posts", "audience", *map(str, used)})
    else:
        say("no issue has gone out yet")


def _say_deliveries(lines: Sequence[DeliveryLine]) -> None:
    say_table(
        ["email", "state", "attempts", "message id", "reply"],
        [(line.email, line.state, line.attempts, line.message_id, line.reply) for line in lines],
        right={"attempts"},
    )
