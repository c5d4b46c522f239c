"""Documents are found at every address that a request may have for them, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from feeds.actions.documents import find_document, redirect_remarks
from feeds.actions.feedplan import Publication
from feeds.model.feed import Format
from feeds.store import publications
from feeds.store.database import Database
from feeds.store.publications import KnownDocument

ALL = "feeds/all.rss.xml"
OLD = "rss/tech.xml"
INDEX = "feeds/index.html"


@pytest.fixture
def database(opening: Callable[[], Database]) -> Database:
    database = opening()
    rows = [
        KnownDocument(path, feed, "rss", "", "application/rss+xml", 9, 1_795_435_200_123_456_789, '"tag"')
        for path, feed in ((ALL, "all"), (OLD, "category:tech"), (INDEX, ""))
    ]
    announced = KnownDocument("feeds/new.rss.xml", "new", "rss", "", "text/xml", -1, 0, "", '"next"')
    with database.write() as connection:
        publications.put_documents(connection, [*rows, announced])
    return database


def publication_at(site: str) -> Publication:
    return Publication(
        title="瓦版",
        url=site,
        language="ja",
        author="",
        description="",
        public=Path("/srv/www"),
        folder="feeds",
        feeds_url=f"{site}/feeds",
        formats=tuple(Format),
        limit=20,
        full=True,
        categories=(),
    )


def found(database: Database, site: str, path: str) -> str | None:
    with database.read() as connection:
        document = find_document(connection, publication_at(site), path)
    if document is None:
        return None
    assert document.etag == '"tag"'
    assert document.last_modified.isoformat() == "2026-11-23T12:00:00+00:00"
    assert document.feed in {"all", "category:tech", ""}
    return document.file.removeprefix("/srv/www/")


@pytest.mark.parametrize("base", ["", "/blog"])
@pytest.mark.parametrize(
    ("path", "file"),
    [
        ("/feeds/all.rss.xml", ALL),
        ("/rss/tech.xml", OLD),
        ("/feeds/index.html", INDEX),
        ("/feeds", INDEX),
        ("/feeds/", INDEX),
        ("/feeds/new.rss.xml", None),  # announced and not yet written
        ("/feeds/all.atom.xml", None),
        ("/kawaraban.toml", None),
        ("/", None),
    ],
)
def test_below_the_root_and_below_the_path_of_the_site(
    database: Database, base: str, path: str, file: str | None
) -> None:
    site = f"https://example.org{base}"
    assert found(database, site, path) == file
    assert found(database, site, base + path) == file


def test_redirects_that_cannot_work_are_named(database: Database) -> None:
    redirects = {
        "/old.xml": "/feeds/all.rss.xml",
        "/rss/tech.xml": "/feeds/all.rss.xml",
        "/typo.xml": "/feeds/al.rss.xml",
        "/away.xml": "https://elsewhere.example/",
    }
    with database.read() as connection:
        remarks = redirect_remarks(connection, publication_at("https://example.org"), redirects)
    assert remarks == (
        ("/rss/tech.xml", "a document is published at this path, so it leads nowhere else"),
        ("/typo.xml", "no document is published at /feeds/al.rss.xml"),
    )
