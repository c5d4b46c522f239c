"""The body of a post → what feeds and mails carry of it."""

from __future__ import annotations

import re

from feeds.model.post import Post, Rendering
from feeds.posts.characters import clean
from feeds.posts.dialects.keys import HTML
from feeds.posts.dialects.table import dialect_named
from feeds.posts.excerpt import excerpt_of, marked_excerpt, marked_part
from feeds.posts.images import first_image
from feeds.posts.markdown import to_html
from feeds.posts.sanitise import sanitise
from feeds.posts.site import Site
from feeds.posts.stray_marks import drop_stray_marks
from feeds.posts.templating_tags import remove_tags

_CHARACTERS_A_MINUTE = 500
_WORDS_A_MINUTE = 220
_ANY_TAG = re.compile(r"<[^>]*>")


def render(post: Post, body: str, site: Site) -> Rendering:
    """The rendering of a post, whose body is the text behind its front matter."""
    text = _whole(body)
    if dialect_named(site.dialect).templated:
        text = remove_tags(text, site.baseurl)
    html = sanitise(_html(post, text), post.url)
    image, image_alt = (post.image, post.image_alt) if post.image else first_image(html)
    return Rendering(
        html=html,
        excerpt=post.excerpt or _excerpt(post, text, html, site),
        minutes=_minutes(html),
        image=image,
        image_alt=image_alt,
    )


def _whole(body: str) -> str:
    """The body without NUL, which comrak shows as a box, and without lone surrogates, which stop it."""
    try:
        body.encode()
    except UnicodeEncodeError:
        body = clean(body)
    return body.replace("\0", "")


def _html(post: Post, text: str) -> str:
    suffix = "." + post.path.rpartition(".")[2].lower()
    if suffix in HTML:
        return text
    html = to_html(text)
    return html if "\\*" in text else drop_stray_marks(html)  # escaped asterisks are meant to be seen


def _excerpt(post: Post, text: str, html: str, site: Site) -> str:
    part = marked_part(text, site.excerpt_separator)
    marked = marked_excerpt(sanitise(_html(post, part), post.url)) if part else ""
    return marked or excerpt_of(html, post.title)


def _minutes(html: str) -> int:
    """Minutes to read: 500 characters of Japanese, 220 words of what is written in ASCII."""
    text = _ANY_TAG.sub(" ", html)
    ascii_part = text.encode("ascii", "ignore")
    wide = len(text) - len(ascii_part)
    return max(1, round(wide / _CHARACTERS_A_MINUTE + len(ascii_part.split()) / _WORDS_A_MINUTE))
