"""Unannounced: hubs are told of the feeds whose bytes changed since they were last told so by this verb."""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import urlsplit

from sqlalchemy import Connection

from feeds.actions.announce import MOST, Post
from feeds.actions.documents import published_feeds
from feeds.actions.feedplan import Publication
from feeds.delivery.hub import ping
from feeds.model.noun import dataclass
from feeds.store import publications, state
from feeds.store.database import Database

_ANNOUNCED = "announced"
"""The name of the fact that has, by address, the etag that hubs were told of."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """What was told to whom."""

    urls: tuple[str, ...]
    """Addresses of the feeds that changed."""
    told: tuple[str, ...]
    """Hosts of the hubs that took them."""
    failed: tuple[tuple[str, str], ...]
    """Hosts of those that did not, and why."""


def tell(
    database: Database, publication: Publication, hubs: Sequence[str], post: Post = ping
) -> Announcement:
    """Tells each hub, and notes what they were told of once all have taken it; at first, of every feed."""
    with database.read() as connection:
        current = _etags(connection, publication)
        known = json.loads(state.get(connection, _ANNOUNCED) or "{}")
    changed = [url for url, etag in current.items() if known.get(url) != etag]
    answers = {hub: _tell_one(hub, changed, post) for hub in hubs if changed}
    if changed and not any(answers.values()):
        with database.write() as connection:
            state.put(connection, _ANNOUNCED, json.dumps(current))
    hosts = {hub: urlsplit(hub).hostname or "" for hub in answers}  # the rest of an address may be a secret
    return Announcement(
        tuple(changed),
        tuple(hosts[hub] for hub, reason in answers.items() if not reason),
        tuple((hosts[hub], reason) for hub, reason in answers.items() if reason),
    )


def _tell_one(hub: str, urls: Sequence[str], post: Post) -> str:
    """Why the hub did not take them; empty if it did."""
    for first in range(0, len(urls), MOST):
        answer = post(hub, urls[first : first + MOST])
        if not answer.accepted:
            return f"{answer.status} {answer.reason}" if answer.status else answer.reason
    return ""


def _etags(connection: Connection, publication: Publication) -> dict[str, str]:
    """The etag of the newest page of every feed in every format, by its address."""
    documents = publications.known_documents(connection)
    found = {}
    for feed in published_feeds(connection, publication):
        for form, url in feed.addresses.items():
            known = documents.get(f"{publication.folder}/{feed.key}{form.suffix}".lstrip("/"))
            if known is not None and known.etag:
                found[url] = known.etag
    return found
