"""How editions and notices are written: what compose and subscribe are given to call."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from feeds.actions.compose import Draft, Written
from feeds.actions.renderings import Kitchen, keep, renderings
from feeds.model.category import Categories
from feeds.model.noun import dataclass
from feeds.model.post import Post, Rendering
from feeds.model.subscriber import EVERYTHING, Subscriber
from feeds.newsletter.publication import Publication
from feeds.newsletter.tokens import Signer
from feeds.store import posts as posts_store
from feeds.store.database import Database

if TYPE_CHECKING:
    from jinja2 import Environment

    from feeds.newsletter.digest import DigestPost


@dataclass(frozen=True, slots=True)
class Press:
    """Everything that a mail is made with."""

    environment: Environment
    publication: Publication
    signer: Signer
    zone: str
    """IANA name of the site's zone: the dates of posts are days there."""

    def edition(
        self, database: Database, where: Kitchen, categories: Categories, draft: Draft, more_url: str
    ) -> Written:
        """Renders an edition. Raises SourceChanged where a post changed since the scan."""
        from feeds.newsletter.digest import Digest, digest_skeleton

        with database.read() as connection:
            posts = posts_store.posts_by_key(connection, draft.posts)
        rendered = renderings(database, where, posts.values())
        if rendered.fresh:
            with database.write() as connection:
                keep(connection, where, rendered)
        bodies = rendered.by_key
        digest = Digest(
            cadence=draft.cadence,
            period=draft.period,
            due=draft.due,
            language=draft.language,
            zone=self.zone,
            posts=tuple(_digest_post(posts[key], bodies[key], categories) for key in draft.posts),
            more=draft.more,
            more_url=more_url,
        )
        composed = digest_skeleton(self.environment, self.publication, digest)
        return Written(composed.subject, composed.skeleton, composed.shown, composed.more)

    def notice(
        self, categories: Categories, kind: str, subscriber: Subscriber, number: int, now: datetime
    ) -> bytes:
        """The whole mail of a notice; ``number`` is its key in the outbox."""
        from feeds.newsletter.message import splice
        from feeds.newsletter.notice import Notice, NoticeKind, notice_skeleton, notice_values

        chosen = subscriber.subscription
        notice = Notice(
            kind=NoticeKind(kind),
            language=chosen.language,
            created=now,
            cadence=chosen.cadence,
            hour=chosen.hour,
            weekday=chosen.weekday,
            topics=topic_titles(subscriber, categories),
        )
        values = notice_values(
            self.signer, self.publication, notice=number, created=now, reader=subscriber.bearer
        )
        return splice(notice_skeleton(self.environment, self.publication, notice), values)


def topic_titles(subscriber: Subscriber, categories: Categories) -> tuple[str, ...]:
    """Titles of the categories that a subscriber chose; none where they chose everything."""
    slugs = [topic.slug for topic in subscriber.subscription.topics]
    if EVERYTHING in slugs:
        return ()
    found = (categories.find(slug) for slug in slugs)
    return tuple(
        slug if category is None else category.title for slug, category in zip(slugs, found, strict=True)
    )


def _digest_post(post: Post, rendering: Rendering, categories: Categories) -> DigestPost:
    from feeds.newsletter.digest import DigestPost

    first = next((c for label in post.categories if (c := categories.labelled(label))), None)
    return DigestPost(
        title=post.title,
        url=post.url,
        excerpt=rendering.excerpt,
        published=post.published,
        minutes=rendering.minutes,
        category="" if first is None else first.title,
        author=post.author,
        image=rendering.image,
        image_alt=rendering.image_alt,
        language=post.language,
    )
