"""Documents: what was published, for whoever serves or lists it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

from sqlalchemy import Connection

from feeds.actions.assemble import summaries
from feeds.actions.catalog import read_catalog
from feeds.actions.feedplan import Planner, Publication
from feeds.model.feed import FeedSummary, PublishedDocument
from feeds.store import facets as facets_store
from feeds.store import publications


def published_feeds(connection: Connection, publication: Publication) -> tuple[FeedSummary, ...]:
    """The feeds that stand in the public folder, as of the last publication."""
    known = publications.known_feeds(connection)
    catalog = read_catalog(connection, publication.categories)
    first = min((feed.first_published for feed in known.values()), default=None)
    if first is None:
        return ()
    planner = Planner(publication, catalog, known, first, lambda keys: facets_store.count(connection, keys))
    plans = planner.plans(facets_store.every_facet(connection))
    return tuple(summaries(publication, [plan for plan in plans if plan.known.name in known]))


def find_document(
    connection: Connection, publication: Publication, url_path: str
) -> PublishedDocument | None:
    """The document at this decoded path below the root of the host, of the site, or of the feeds."""
    path = url_path.lstrip("/")
    site = urlsplit(publication.url).path.strip("/")
    below = urlsplit(publication.feeds_url).path.strip("/")
    on_site = path.removeprefix(f"{site}/") if site else path
    beneath = path.removeprefix(f"{below}/") if below else path
    candidates = [path, on_site, f"{publication.folder}/{beneath}".lstrip("/")]
    if path.rstrip("/") in (below, "feeds"):
        candidates.append(f"{publication.folder}/index.html".lstrip("/"))
    for candidate in dict.fromkeys(candidates):
        known = publications.document(connection, candidate)
        if known is not None and known.etag:
            modified = datetime.fromtimestamp(known.mtime_ns // 1_000_000_000, UTC)
            file = str(publication.public / known.path)
            return PublishedDocument(file, known.media_type, known.etag, modified, known.feed)
    return None


def redirect_remarks(
    connection: Connection, publication: Publication, redirects: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    """Old addresses at which a document stands and those that lead to none, each with what is wrong."""
    remarks = []
    for old, new in redirects.items():
        if find_document(connection, publication, old) is not None:
            remarks.append((old, "a document is published at this path, so it leads nowhere else"))
        elif new.startswith("/") and find_document(connection, publication, new) is None:
            remarks.append((old, f"no document is published at {new}"))
    return tuple(remarks)
