"""What the verbs report, as the lists and tables of JSON. The names are public: scripts read them."""

from __future__ import annotations

from typing import Any

from feeds.model.bounce import BounceLine
from feeds.model.build_report import BuildReport, PublishReport, ScanReport
from feeds.model.feed import FeedSummary
from feeds.model.issue import DeliveryState
from feeds.model.report import CheckReport, DeliveryLine, IssueSummary, PlannedIssue, TickReport
from feeds.model.subscriber import EVERYTHING, Subscriber

Json = dict[str, Any]


def build_json(report: BuildReport) -> Json:
    """``posts``, ``feeds`` and ``seconds``."""
    return {
        "posts": _scan_json(report.scan),
        "feeds": _publish_json(report.publish),
        "seconds": round(report.seconds, 3),
    }


def check_json(report: CheckReport) -> Json:
    """The findings, and what they were found among."""
    return {
        "findings": [
            {"severe": f.severe, "file": f.file, "line": f.line, "key": f.key, "message": f.message}
            for f in report.findings
        ],
        "dialect": report.dialect,
        "why": report.why,
        "visible": report.visible,
        "withheld": [{"file": w.path, "reason": w.reason} for w in report.withheld],
        "categories": [{"category": label, "posts": posts} for label, posts in report.categories],
    }


def plan_json(issue: PlannedIssue) -> Json:
    """An issue that would go out."""
    return {
        "cadence": issue.cadence,
        "period": issue.period,
        "due": issue.due,
        "readers": issue.readers,
        "posts": list(issue.posts),
        "more": issue.more,
    }


def tick_json(report: TickReport) -> Json:
    """Everything a tick did; ``trouble`` is empty when the relay could be used.

    ``standby`` names the node that did the rest, and then there are no ``posts`` and ``feeds``.
    """
    return {
        "posts": report.scan and _scan_json(report.scan),
        "feeds": report.publish and _publish_json(report.publish),
        "issues": list(report.composed),
        "sent": report.sent,
        "deferred": report.deferred,
        "rejected": report.rejected,
        "unknown": report.unknown,
        "notices": report.notices,
        "received": report.received,
        "waiting": report.waiting,
        "commits": report.commits,
        "trouble": report.trouble,
        "standby": report.standby,
    }


def issue_json(issue: IssueSummary) -> Json:
    """An issue, with the count of each state of its deliveries under the state's name.

    ``trouble`` is why it was paused or cancelled. Of those that were sent, ``bounced`` came back later, and
    readers of ``complaints`` called it spam.
    """
    return {
        "id": issue.key,
        "cadence": str(issue.cadence),
        "period": issue.period,
        "due": issue.due,
        "posts": issue.posts,
        "audience": issue.audience,
        "state": issue.state,
        "trouble": issue.trouble,
        **{str(state): issue.counts.get(state, 0) for state in DeliveryState},
        "bounced": issue.bounced,
        "complaints": issue.complaints,
    }


def progress_json(issue: IssueSummary, rate: float, left: float | None) -> Json:
    """How an issue comes on; ``seconds_left`` is null where nothing moves."""
    return {
        "id": issue.key,
        "state": issue.state,
        "trouble": issue.trouble,
        "audience": issue.audience,
        **{str(state): issue.counts.get(state, 0) for state in DeliveryState},
        "rate": round(rate, 1),
        "seconds_left": None if left is None else round(left, 1),
    }


def delivery_json(line: DeliveryLine) -> Json:
    """One reader of an issue."""
    return {
        "email": line.email,
        "state": str(line.state),
        "attempts": line.attempts,
        "message_id": line.message_id,
        "reply": line.reply,
        "bounce": line.bounce,
    }


def bounce_json(line: BounceLine) -> Json:
    """A report about a mail; ``issue`` is 0 for a notice."""
    return {
        "at": line.at,
        "email": line.email,
        "issue": line.issue,
        "kind": str(line.kind),
        "status": line.status,
        "diagnostic": line.diagnostic,
        "suppressed": line.suppressed,
    }


def feed_json(feed: FeedSummary) -> Json:
    """A published feed; ``language`` is that of its texts, ``only`` the one that its posts are limited to."""
    from feeds.syndication.groups import kind_of

    return {
        "key": feed.key,
        "kind": kind_of(feed),
        "title": feed.title,
        "description": feed.description,
        "posts": feed.posts,
        "language": feed.language,
        "only": feed.only,
        "home": feed.home,
        "addresses": {str(form): address for form, address in feed.addresses.items()},
    }


def subscriber_json(subscriber: Subscriber) -> Json:
    """A reader and what they chose; ``categories`` is empty where they chose all."""
    chosen = subscriber.subscription
    return {
        "email": str(subscriber.email),
        "name": subscriber.name,
        "state": str(subscriber.state),
        "categories": topics_of(subscriber),
        "cadence": str(chosen.cadence),
        "language": chosen.language,
        "hour": chosen.hour,
        "weekday": chosen.weekday,
        "zone": chosen.zone,
        "created": subscriber.created,
    }


def topics_of(subscriber: Subscriber) -> list[str]:
    """The slugs that a reader chose; empty stands for all."""
    return sorted(topic.slug for topic in subscriber.subscription.topics if topic.slug != EVERYTHING)


def _scan_json(scan: ScanReport) -> Json:
    return {
        "new": scan.new,
        "changed": scan.changed,
        "unchanged": scan.unchanged,
        "gone": scan.gone,
        "visible": scan.visible,
        "withheld": [{"file": withheld.path, "reason": withheld.reason} for withheld in scan.withheld],
        "problems": [
            {"file": problem.path, "line": problem.line, "key": problem.key, "message": problem.message}
            for problem in scan.problems
        ],
    }


def _publish_json(publish: PublishReport) -> Json:
    return {"written": list(publish.written), "unchanged": list(publish.unchanged)}
