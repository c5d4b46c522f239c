"""The verbs about issues that went out: deliveries, pause, resume and cancel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from feeds.cli.options import Call, clock_options, json_option
from feeds.cli.output import moment, say, say_json, say_table, warn_of_copy
from feeds.cli.summary import summary_line
from feeds.errors import UsageError
from feeds.model.issue import DeliveryState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeds.model.report import DeliveryLine, IssueSummary

_issue_argument = click.argument("issue", type=int)
_reason_option = click.option("--reason", default="", help="Why; it is kept with the issue.")


@click.command()
@click.argument("issue", type=int, required=False)
@click.option(
    "--state",
    "states",
    type=click.Choice([str(state) for state in DeliveryState]),
    multiple=True,
    help="Only deliveries in this state; may be repeated.",
)
@click.option("--follow", is_flag=True, help="Show how ISSUE, or all that is under way, comes on.")
@json_option
@clock_options
def deliveries(
    call: Call, as_json: bool, issue: int | None, states: tuple[str, ...], follow: bool
) -> int | None:
    """Show the issues that went out, or who got ISSUE, who did not, and why.

    With --follow: how it comes on, until it has ended; with --json an object a line. The exit status is 1
    when it was paused.
    """
    if states and (issue is None or follow):
        raise UsageError("--state goes with an ISSUE, and not with --follow")
    if follow:
        return _follow(call, as_json, issue)
    if issue is None:
        _list_issues(call, as_json)
        return None
    with call.service() as service:
        warn_of_copy(service)
        summary = service.issue(issue)
        lines = service.deliveries(issue, [DeliveryState(state) for state in states])
    if as_json:
        from feeds.cli.reports import delivery_json

        say_json([delivery_json(line) for line in lines])
        return None
    _say_deliveries(lines)
    click.echo(summary_line(summary), err=True)
    return None


@click.command()
@_issue_argument
@_reason_option
@json_option
@clock_options
def pause(call: Call, as_json: bool, issue: int, reason: str) -> None:
    """Stop ISSUE in the middle, until it is resumed, and tell exactly how many had it.

    Nobody is mailed any more once this has returned; messages that are on the wire by then ("in flight")
    finish, and their outcome is recorded. The next issue passes over readers who wait for a paused one.
    """
    with call.service() as service:
        _say_summary(service.pause(issue, reason), as_json)


@click.command()
@_issue_argument
@json_option
@clock_options
def resume(call: Call, as_json: bool, issue: int) -> None:
    """Let an issue go on that you paused, or that was paused because the mail server refused us.

    It goes on with the next tick, or at once where a daemon runs: with those who did not get it.
    """
    with call.service() as service:
        _say_summary(service.resume(issue), as_json)


@click.command()
@_issue_argument
@_reason_option
@json_option
@clock_options
def cancel(call: Call, as_json: bool, issue: int, reason: str) -> None:
    """End ISSUE: who did not get it yet will not. Tells exactly how many had it.

    Messages that are on the wire ("in flight") finish and are recorded; then the issue is over.

    What it would have brought to the others comes with their next issue. To keep a wrong post out of
    that as well: `pause` the issue, `hold` the post, then `cancel` the issue. Once the post is right,
    `release` lets it go: to everybody if nobody had it, else to those who did not have it, unless a
    later issue has passed them.

    Where an earlier attempt may have arrived and nobody knows, the delivery ends as unknown, and its reader
    does not get these posts again.
    """
    with call.service() as service:
        _say_summary(service.cancel(issue, reason), as_json)


def _follow(call: Call, as_json: bool, issue: int | None) -> int:
    from feeds.cli.following import follow

    with call.service() as service:
        warn_of_copy(service)
        issues = service.under_way() if issue is None else (issue,)
        if not issues and not as_json:
            say("nothing is being sent")
        return follow([service.tally(key) for key in issues], as_json=as_json)


def _say_summary(issue: IssueSummary, as_json: bool) -> None:
    if as_json:
        from feeds.cli.reports import issue_json

        say_json(issue_json(issue))
    else:
        say(summary_line(issue))


def _list_issues(call: Call, as_json: bool) -> None:
    with call.service() as service:
        warn_of_copy(service)
        zone = service.config.site.timezone
        issues = service.issues()
    if as_json:
        from feeds.cli.reports import issue_json

        say_json([issue_json(one) for one in issues])
    else:
        _say_issues(issues, zone)


def _say_issues(issues: Sequence[IssueSummary], zone: str) -> None:
    used = [state for state in DeliveryState if any(issue.counts.get(state) for issue in issues)]
    later = [name for name in ("bounced", "complaints") if any(getattr(issue, name) for issue in issues)]
    numbers = [*map(str, used), *later]
    columns = ["issue", "cadence", "period", "due", "posts", "audience", "now", *numbers]
    rows = [
        (
            i.key,
            i.cadence,
            i.period,
            moment(i.due, zone),
            i.posts,
            i.audience,
            i.state,
            *(i.counts.get(s, 0) for s in used),
            *(getattr(i, name) for name in later),
        )
        for i in issues
    ]
    if rows:
        say_table(columns, rows, right={"issue", "posts", "audience", *numbers})
    else:
        say("no issue has gone out yet")


def _say_deliveries(lines: Sequence[DeliveryLine]) -> None:
    later = ["bounce"] if any(line.bounce for line in lines) else []
    say_table(
        ["email", "state", *later, "attempts", "message id", "reply"],
        [
            (
                line.email,
                line.state,
                *([line.bounce] if later else []),
                line.attempts,
                line.message_id,
                line.reply,
            )
            for line in lines
        ],
        right={"attempts"},
    )
