"""What check says of the bodies of posts: templates and links that mean nothing here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from feeds.actions.reading import Scan
from feeds.errors import SourceChanged
from feeds.model.post import Post
from feeds.model.report import Finding


def findings_of_bodies(what: Scan, posts: Sequence[Post]) -> Iterator[Finding]:
    """A finding for each construct of a body that feeds and mails leave out, or show without its link."""
    from feeds.posts.dialects.table import dialect_named
    from feeds.posts.pages import address_of_page
    from feeds.posts.remarks import remarks_on
    from feeds.posts.scan import text_and_body
    from feeds.posts.shortcodes.references import Addresses

    headers = dialect_named(what.site.dialect).headers
    addresses = Addresses(((post.path, post.url) for post in posts), what.site)

    def address_of(name: str) -> str | None:
        return addresses.find(name) or address_of_page(name, what.folder, what.site)

    for post in posts:
        try:
            text, body = text_and_body(what.folder, post, headers=headers)
        except SourceChanged:
            continue  # the next check sees it anew
        first = text.count("\n", 0, len(text) - len(body)) + 1
        head = text[: len(text) - len(body)]
        for line, message in remarks_on(post, body, what.site, address_of, head=head):
            yield Finding(False, post.path, first + line, "", message)
