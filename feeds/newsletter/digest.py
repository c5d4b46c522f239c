"""Digests: the posts that are new to some readers, as a mail that they share."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING

from feeds.errors import ConfigurationError
from feeds.model.address import EmailAddress
from feeds.model.issue import Skeleton
from feeds.model.noun import dataclass
from feeds.model.subscriber import Cadence
from feeds.newsletter.fields import bulk_fields, common_fields, list_fields
from feeds.newsletter.holes import MESSAGE_ID, TO, Hole, holes_for, links
from feeds.newsletter.message import build_skeleton
from feeds.newsletter.publication import Publication
from feeds.newsletter.rendering import SUBJECT_COLUMNS, Rendered, render_mail, require
from feeds.newsletter.tokens import Purpose, Signer
from feeds.newsletter.wording import cut, one_line

if TYPE_CHECKING:
    from jinja2 import Environment

HTML_LIMIT = 95_000
"""Bytes. Gmail clips at about 102 KB, and with the end goes the link to unsubscribe."""

TITLE_COLUMNS, EXCERPT_COLUMNS = 300, 600
"""Guards: an author may have put a whole chapter there, and one post must not fill the mail."""

HEADLINE_COLUMNS = 72
"""How much of the first title a subject with several posts shows."""

PREHEADER_COLUMNS = 90
"""How much the list of mails shows beside the subject, at most."""

_SHOWABLE_IMAGE = re.compile(r"https://|http://(localhost|127\.0\.0\.1|\[::1\])[:/]")
"""Mail programs show no image by plain http, but for the demo's own on loopback."""


@dataclass(frozen=True, slots=True)
class DigestPost:
    """One post as a digest shows it: plain texts and absolute URLs."""

    title: str
    url: str
    excerpt: str
    published: datetime
    minutes: int
    category: str = ""
    """The category's title."""
    author: str = ""
    image: str = ""
    image_alt: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Digest:
    """What an edition shows, and in which words. Equal digests of one publication have equal bytes."""

    cadence: Cadence
    period: str
    due: datetime
    language: str
    """Of the texts around the posts."""
    zone: str
    """IANA name; dates are days there."""
    posts: tuple[DigestPost, ...]
    more: int
    more_url: str
    """Where the posts that it does not show can be read."""

    @property
    def total(self) -> int:
        return len(self.posts) + self.more


@dataclass(frozen=True, slots=True)
class Composed:
    """A digest that is ready to be spliced for its readers."""

    subject: str
    skeleton: Skeleton
    shown: int
    """How many of the posts it shows; the others are among its "n more"."""
    more: int


def digest_skeleton(environment: Environment, publication: Publication, digest: Digest) -> Composed:
    """The digest as a message with holes; ``reader_values`` gives what fills them.

    Raises ConfigurationError for a template that cannot be used.
    """
    holes = holes_for((publication, digest), (Purpose.UNSUBSCRIBE, Purpose.PREFERENCES))
    digest, rendered = render_digest(environment, publication, digest, holes)
    fields = chain(
        common_fields(
            publication, holes, subject=rendered.subject, date=digest.due, language=digest.language
        ),
        list_fields(publication, holes),
        bulk_fields(publication, period=digest.period, cadence=digest.cadence),
    )
    skeleton = build_skeleton(fields, rendered.text, rendered.html, holes.values())
    return Composed(rendered.subject, skeleton, len(digest.posts), digest.more)


ReaderValues = Callable[[int, int, EmailAddress], Mapping[str, str]]
"""What fills the holes of an issue's skeleton for one reader: subscriber, generation and address."""


def reader_values(signer: Signer, publication: Publication, *, issue: int, due: datetime) -> ReaderValues:
    """What gives the values of an issue's readers; a reader's are the same for every attempt."""
    domain = publication.domain
    unsubscribe = signer.tokens(Purpose.UNSUBSCRIBE)
    preferences = signer.tokens(Purpose.PREFERENCES, due)

    def values(subscriber: int, generation: int, email: EmailAddress) -> Mapping[str, str]:
        return {
            TO: email.wire,
            MESSAGE_ID: signer.message_id(issue, subscriber, domain),
            Purpose.UNSUBSCRIBE: unsubscribe(subscriber, generation),
            Purpose.PREFERENCES: preferences(subscriber, generation),
        }

    return values


def render_digest(
    environment: Environment, publication: Publication, digest: Digest, holes: Mapping[str, Hole]
) -> tuple[Digest, Rendered]:
    """The digest as it is shown, and its subject, text and HTML.

    It shows fewer posts than it was given where the HTML would be too large. Raises ConfigurationError.
    """
    if not digest.posts:
        raise ValueError("a digest has at least one post")
    digest = replace(digest, posts=tuple(map(_presentable, digest.posts)))
    while True:
        rendered = _render(environment, publication, digest, holes)
        size = len(rendered.html.encode("utf-8"))
        if size <= HTML_LIMIT:
            return digest, rendered
        shown = len(digest.posts)
        if shown == 1:
            raise ConfigurationError(
                f"the template mail/digest/html.html makes {size} bytes of one post; Gmail would cut them off"
            )
        fewer = max(1, min(shown - 1, shown * HTML_LIMIT // size))
        digest = replace(digest, posts=digest.posts[:fewer], more=digest.more + shown - fewer)


def _render(
    environment: Environment, publication: Publication, digest: Digest, holes: Mapping[str, Hole]
) -> Rendered:
    hole = links(holes, publication.base_url)
    context = {
        "publication": publication,
        "digest": digest,
        "language": digest.language,
        "hole": hole,
        "headline": cut(digest.posts[0].title, SUBJECT_COLUMNS if digest.total == 1 else HEADLINE_COLUMNS),
        "preheader": preheader(digest),
    }
    rendered = render_mail(environment, "digest", context)
    needed = {"hole.unsubscribe_url": hole["unsubscribe_url"]}
    if publication.postal_address:
        needed["publication.postal_address"] = publication.postal_address
    require(rendered, "digest", needed)
    return rendered


def preheader(digest: Digest) -> str:
    """What a list of mails shows after the subject, which names the first post already."""
    first, *others = digest.posts
    return cut(" / ".join(post.title for post in others) or first.excerpt, PREHEADER_COLUMNS)


def _presentable(post: DigestPost) -> DigestPost:
    """The post with texts of one line each, and without an image that mail programs would not show."""
    return replace(
        post,
        title=cut(one_line(post.title), TITLE_COLUMNS),
        excerpt=cut(one_line(post.excerpt), EXCERPT_COLUMNS),
        category=one_line(post.category),
        author=one_line(post.author),
        image=post.image if _SHOWABLE_IMAGE.match(post.image) else "",
        image_alt=one_line(post.image_alt),
    )
