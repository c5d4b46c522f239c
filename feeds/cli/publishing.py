"""The verbs of the first half: check and build."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from feeds.cli.findings import finding_lines
from feeds.cli.options import Call, clock_options, json_option
from feeds.cli.output import count, say, say_json, warn
from feeds.errors import ConfigurationError

if TYPE_CHECKING:
    from feeds.model.build_report import BuildReport, PublishReport, ScanReport
    from feeds.model.post import Withheld
    from feeds.model.report import CheckReport, Finding

_SHOWN = 12
"""Paths that a person wants to read; the rest is counted."""


@click.command()
@json_option
@click.option("--all", "whole", is_flag=True, help="Name every remark, however many are alike.")
@clock_options
def check(call: Call, as_json: bool, whole: bool) -> int:
    """Name the problems of configuration and posts, with file and line; write nothing.

    The exit status is 1 if one of them keeps a post, a feed or a mail from readers.
    """
    try:
        with call.service() as service:
            report = service.check()
    except ConfigurationError as error:
        report = _unusable(error)
    if as_json:
        from feeds.cli.reports import check_json

        say_json(check_json(report))
    else:
        for line in finding_lines(report.findings, whole=whole):
            say(line)
        warn(_check_summary(report))
    return 1 if any(finding.severe for finding in report.findings) else 0


@click.command()
@click.option(
    "--replace", is_flag=True, help="Overwrite files that Kawaraban did not write; keep a copy of each."
)
@click.option(
    "--no-announce",
    is_flag=True,
    help="Tell no hub yet; `kawaraban announce` does once the feeds are where hubs look.",
)
@click.option(
    "--withdraw",
    is_flag=True,
    help="Take all posts out of the feeds whose files are gone, also if that is most of them.",
)
@json_option
@clock_options
def build(call: Call, as_json: bool, replace: bool, no_announce: bool, withdraw: bool) -> int:
    """Scan the posts once, publish the feeds, and say what changed.

    A folder that is not there, or has lost all its posts, or of twenty and more the most, changes nothing,
    as it may not be mounted: --withdraw says that it is meant. The exit status is 1 then, and if a category
    has no feed because another one has its slug; 75 if another node does this for all at the moment: then
    nothing was done here.
    """
    from feeds.service import read_ahead

    with read_ahead(call.config) as ahead, call.service(ahead) as service:
        report = service.build(replace=replace, announce=not no_announce, withdraw=withdraw)
    if as_json:
        from feeds.cli.reports import build_json

        say_json(build_json(report))
    else:
        _say_build(report)
    for clash in report.publish.clashes:
        warn(clash)
    return 1 if report.publish.clashes else 0


@click.command()
@json_option
@clock_options
def announce(call: Call, as_json: bool) -> int:
    """Tell the WebSub hubs of [feeds] which feeds changed since this command last did.

    For whoever uploads a folder: a hub asks for a feed as soon as it is told of it. The exit status is 1 if
    a hub did not take it; then the next call tells it again.
    """
    with call.service() as service:
        report = service.announce()
    for host, reason in report.failed:
        warn(f"{host}: not told: {reason}")
    if as_json:
        say_json({"addresses": report.urls, "told": report.told, "failed": dict(report.failed)})
    elif report.told:
        say(f"{', '.join(report.told)}: told of {count(len(report.urls), 'document')}")
    elif not report.urls:
        say("nothing changed since hubs were last told")
    return 1 if report.failed else 0


def say_scan(scan: ScanReport) -> None:
    """What a scan found, in a few lines."""
    say(
        f"{count(scan.visible, 'post')} visible: {scan.new:,} new, {scan.changed:,} changed, "
        f"{scan.unchanged:,} unchanged; {scan.gone:,} gone"
    )
    if scan.withheld:
        say(f"{count(len(scan.withheld), 'file')} withheld: {_reasons(scan.withheld)}")
    if scan.problems:
        warn(f"{count(len(scan.problems), 'problem')} with posts; `kawaraban check` names them")
    if scan.held:
        warn(f"{count(len(scan.held), 'post')} held back from mail; `kawaraban release` lets them go")


def say_publish(publish: PublishReport) -> None:
    """Which feeds were written."""
    for path in publish.written[:_SHOWN]:
        say(f"  {path}")
    if len(publish.written) > _SHOWN:
        say(f"  … and {len(publish.written) - _SHOWN:,} more")
    say(f"{count(len(publish.written), 'document')} written, {len(publish.unchanged):,} unchanged")


def _say_build(report: BuildReport) -> None:
    say_scan(report.scan)
    say_publish(report.publish)
    say(f"done in {report.seconds:.2f} s")


def _reasons(withheld: tuple[Withheld, ...]) -> str:
    by_reason = Counter(one.reason for one in withheld)
    return ", ".join(f"{number:,} {reason}" for reason, number in sorted(by_reason.items()))


def _check_summary(report: CheckReport) -> str:
    severe = sum(finding.severe for finding in report.findings)
    parts = [f"{count(report.visible, 'post')} visible"]
    if report.dialect:
        parts[0] += f" ({report.dialect}, because of {report.why})"
    if report.withheld:
        parts.append(f"{len(report.withheld):,} withheld ({_reasons(report.withheld)})")
    parts.append(f"{count(severe, 'problem')}, {count(len(report.findings) - severe, 'remark')}")
    return "; ".join(parts)


def _unusable(error: ConfigurationError) -> CheckReport:
    """A report for a configuration that cannot be loaded: its own errors are the findings."""
    from feeds.model.report import CheckReport

    findings = tuple(_finding(line) for line in str(error).splitlines())
    return CheckReport(findings=findings, visible=0, withheld=(), dialect="", categories=())


def _finding(line: str) -> Finding:
    place, _, rest = line.partition(": ")
    from feeds.model.report import Finding

    file, _, number = place.rpartition(":")
    if not number.isdigit():
        file, number = place, "0"
    key, _, message = rest.partition(": ")
    return Finding(True, file, int(number), key if message else "", message or rest)
