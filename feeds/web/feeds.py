"""The page that lists the feeds."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from feeds.syndication.groups import grouped
from feeds.web.pages import Pages

OPML = "/feeds/index.opml"


def show_feeds(pages: Pages, request: Request) -> Response:
    """Every published feed with its formats: the one of all posts first, then each kind for itself."""
    groups = grouped(pages.service.feeds())
    return pages.answer(
        request,
        "feeds",
        headers={"Cache-Control": "no-cache"},
        groups=groups,
        opml=OPML if pages.service.document(OPML) else "",
    )
