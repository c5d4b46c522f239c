"""The body of a post → what feeds and mails carry of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from feeds.model.post import Post, Rendering
from feeds.posts.characters import clean
from feeds.posts.dialects.keys import HTML
from feeds.posts.flavour import flavour_of
from feeds.posts.images import first_image
from feeds.posts.markdown import to_html
from feeds.posts.minutes import minutes_of
from feeds.posts.sanitise import sanitise
from feeds.posts.shortcodes.signs import has_any
from feeds.posts.site import Site
from feeds.posts.stray_marks import drop_stray_marks

if TYPE_CHECKING:
    from feeds.posts.shortcodes.page import AddressOf

_NO_ADDRESS = re.compile(r'<a href="">((?:[^<]|<(?!/?a\b))*)</a>')


def render(
    post: Post, body: str, site: Site, address_of: AddressOf | None = None, *, head: str = ""
) -> Rendering:
    """The rendering of a post, whose body is the text behind its front matter, which is the ``head``.

    ``address_of`` tells where other posts are that the body refers to; without it these are plain text.
    """
    suffix = "." + post.path.rpartition(".")[2].lower()
    text, references = _expanded(post, _whole(body), site, suffix, address_of, head=head)
    html = sanitise(_html(suffix, text, site), post.url)
    if suffix not in HTML and _has_bare_addresses(html):
        from feeds.posts.autolinks import autolinked

        html = autolinked(html)
    image, image_alt = (post.image, post.image_alt) if post.image else first_image(html)
    return Rendering(
        html=html,
        excerpt=post.excerpt or _excerpt(post, text, html, site, suffix),
        minutes=minutes_of(html),
        image=image,
        image_alt=image_alt,
        references=references,
    )


def _expanded(
    post: Post, text: str, site: Site, suffix: str, address_of: AddressOf | None, *, head: str
) -> tuple[str, tuple[str, ...]]:
    """The text without templates, and the names of the posts that it refers to."""
    if not has_any(text, suffix):
        return text, ()
    from feeds.posts.shortcodes.expand import expand
    from feeds.posts.shortcodes.page import page_of

    page = page_of(post, site, address_of, head)
    text = expand(text, page, suffix)
    return text, tuple(dict.fromkeys(page.notes.references))


def _has_bare_addresses(html: str) -> bool:
    """Whether there is an address that is no attribute's whole value."""
    return html.count("://") > html.count('="http') or "www." in html


def _whole(body: str) -> str:
    """The body without NUL, which comrak shows as a box, and without lone surrogates, which stop it."""
    try:
        body.encode()
    except UnicodeEncodeError:
        body = clean(body)
    return body.replace("\0", "")


def _html(suffix: str, text: str, site: Site) -> str:
    if suffix in HTML:
        return text
    html = to_html(text, flavour_of(site))
    if '<a href="">' in html:  # what was to be its address is not known
        html = _NO_ADDRESS.sub(r"\1", html)
    if "\\" in text and "\\*" in text:  # escaped asterisks are meant to be seen
        return html
    return drop_stray_marks(html)


def _excerpt(post: Post, text: str, html: str, site: Site, suffix: str) -> str:
    from feeds.posts.excerpt import excerpt_of, marked_excerpt, marked_part

    part = marked_part(text, site.excerpt_separator)
    marked = marked_excerpt(sanitise(_html(suffix, part, site), post.url)) if part else ""
    return marked or excerpt_of(html, post.title)
