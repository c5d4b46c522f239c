"""What of a body readers do not see as its author meant it, for the owner to know."""

from __future__ import annotations

from collections.abc import Iterator

from feeds.model.post import Post
from feeds.posts.characters import clean
from feeds.posts.shortcodes.expand import expand
from feeds.posts.shortcodes.page import AddressOf, page_of
from feeds.posts.site import Site


def remarks_on(
    post: Post, body: str, site: Site, address_of: AddressOf, *, head: str = ""
) -> Iterator[tuple[int, str]]:
    """Line of the body, counted from 0, and message, of each construct that is left out; each once."""
    page = page_of(post, site, address_of, head)
    body = clean(body)
    expand(body, page, "." + post.path.rpartition(".")[2].lower())
    snippets = {remark.message: remark.snippet for remark in page.notes.remarks}
    yield from sorted(
        (body.count("\n", 0, max(0, body.find(snippet))), message) for message, snippet in snippets.items()
    )
