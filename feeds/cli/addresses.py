"""The verb feeds: where they are, and how pages lead to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from feeds.cli.options import Call, config_option, json_option
from feeds.cli.output import count, say, say_json, say_table, warn
from feeds.errors import UsageError

if TYPE_CHECKING:
    from feeds.model.feed import FeedSummary


@click.command()
@click.option(
    "--discovery",
    metavar="[CATEGORY]",
    is_flag=False,
    flag_value="",
    help="Print the lines for the head of every page, or of the page of this category.",
)
@json_option
@config_option
def feeds(call: Call, as_json: bool, discovery: str | None) -> int:
    """List the published feeds with their addresses."""
    with call.service() as service:
        listed = () if service.existing_database is None else service.feeds()
    if not listed and not as_json:
        warn("there are no feeds yet; `kawaraban build` publishes them")
        return 1
    if discovery is not None:
        _say_discovery(listed, discovery)
    elif as_json:
        from feeds.cli.reports import feed_json

        say_json([feed_json(feed) for feed in listed])
    else:
        _say_feeds(listed)
    return 0


def _say_feeds(listed: Sequence[FeedSummary]) -> None:
    from feeds.syndication.groups import grouped

    rows = [
        (feed.title, count(feed.posts, "post"), address)
        for members in grouped(listed).values()
        for feed in members
        for address in feed.addresses.values()
    ]
    say_table(("feed", "posts", "address"), rows)


def _say_discovery(listed: Sequence[FeedSummary], name: str) -> None:
    from feeds.syndication.discovery import discovery, for_page

    key = _found(listed, name).key if name else ""
    for line in discovery(for_page(listed, key)).splitlines():
        say(line)


def _found(listed: Sequence[FeedSummary], name: str) -> FeedSummary:
    """The feed that somebody means by a title, a slug or a key, however they spell it."""
    from feeds.model.category import slugify

    for spelling in (name, f"category/{slugify(name)}"):
        for feed in listed:
            if spelling in (feed.key, feed.title):
                return feed
    from feeds.config.values import nearest

    hint = nearest(name, [feed.title for feed in listed])
    raise UsageError(f"--discovery {name}: there is no such feed{hint}; `kawaraban feeds` lists them")
