"""Assemble: posts and their renderings become the feeds that are written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol
from urllib.parse import quote

from feeds.actions.catalog import Catalog
from feeds.actions.feedplan import Plan, Publication
from feeds.model.facet import Kind
from feeds.model.feed import Alternate, Entry, Feed, FeedSummary, Format, Media, Translation
from feeds.model.noun import dataclass
from feeds.model.post import Post, Rendering


class MediaFiles(Protocol):
    """What is known of the files that posts name, on this disk and elsewhere."""

    def media_of(
        self, url: str, declared_type: str = "", declared_length: int = 0, seconds: int = 0
    ) -> Media:
        """The file at this address, with what the post says of it where nothing else does."""

    def stamp(self, url: str) -> str:
        """What changes when the file does; empty where it is not on this disk."""


@dataclass(frozen=True, slots=True)
class Ingredients:
    """What entries are made of."""

    catalog: Catalog
    renderings: Mapping[int, Rendering]
    siblings: Mapping[str, Sequence[Post]]
    """The translations of posts, by what these have in common, each post among them."""
    media: MediaFiles


def entry_of(publication: Publication, post: Post, ingredients: Ingredients) -> Entry:
    """The post as feeds carry it."""
    assert post.key is not None
    rendering = ingredients.renderings[post.key]
    siblings = ingredients.siblings.get(post.translation_key, ()) if post.translation_key else ()
    full = post.feed_content != "excerpt" if post.feed_content else publication.full
    media = ingredients.media
    return Entry(
        ids=post.ids,
        title=post.title,
        url=post.url,
        published=post.published,
        updated=max(post.published, post.updated or post.published),
        authors=post.authors or ((publication.author,) if publication.author else ()),
        language=post.language or publication.language,
        categories=ingredients.catalog.categories_of(post),
        tags=post.tags,
        excerpt=rendering.excerpt,
        html=rendering.html if full else "",
        image=media.media_of(rendering.image) if rendering.image else None,
        enclosures=tuple(
            media.media_of(one.url, one.media_type, one.length, one.seconds) for one in post.enclosures
        ),
        rights=post.rights,
        episode=post.episode,
        translations=tuple(Translation(p.language, p.url) for p in siblings if p.key != post.key),
    )


def feed_of(publication: Publication, plan: Plan, entries: Sequence[Entry], page: int = 0) -> Feed:
    """The feed as its formats render it; ``page`` is 0 for the newest posts, else a page of its archive."""
    return Feed(
        key=plan.known.key,
        id=plan.known.id,
        title=plan.known.title,
        description=_description(publication, plan),
        home=_home(publication, plan),
        language=plan.language or publication.language,
        author=publication.author,
        updated=max((entry.updated for entry in entries), default=plan.known.first_published),
        addresses=addresses_of(publication, plan, page),
        entries=tuple(entries),
        hubs=() if page else publication.hubs,
        icon=publication.icon,
        logo=publication.logo,
        rights=publication.rights,
        podcast=publication.podcast if _is_podcast(publication, plan) else None,
        pages=_pages(publication, plan, page),
        is_archive=page > 0,
        stylesheet=publication.stylesheet,
        alternates=() if page else _alternates(publication, plan),
    )


def _is_podcast(publication: Publication, plan: Plan) -> bool:
    if plan.language:
        return False
    if plan.category is not None:
        return publication.podcast_feed in (plan.category.label, *plan.category.formerly)
    return plan.kind is Kind.ALL and not publication.podcast_feed


def _home(publication: Publication, plan: Plan) -> str:
    """The page of the category on the site, if the owner named it, else the site."""
    page = plan.category.page if plan.category else ""
    return page or f"{publication.url}/"


def _description(publication: Publication, plan: Plan) -> str:
    description = publication.description
    if plan.kind is not Kind.ALL:
        description = plan.category.description if plan.category else ""
    return description or plan.known.title


def _pages(publication: Publication, plan: Plan, page: int) -> dict[str, Mapping[Format, str]]:
    """Where the neighbours of a page are (RFC 5005 §4)."""
    older = page - 1 if page else plan.pages
    found: dict[str, Mapping[Format, str]] = {}
    if older > 0:
        found["prev-archive"] = addresses_of(publication, plan, older)
    if 0 < page < plan.pages:
        found["next-archive"] = addresses_of(publication, plan, page + 1)
    if page:
        found["current"] = addresses_of(publication, plan)
    return found


def _alternates(publication: Publication, plan: Plan) -> tuple[Alternate, ...]:
    """The feed in every format, and the feeds of the same in other languages."""
    own = [Alternate(form, url) for form, url in addresses_of(publication, plan).items()]
    others = [
        Alternate(form, url, sister.language, sister.known.title)
        for sister in plan.sisters
        for form, url in addresses_of(publication, sister).items()
    ]
    return (*own, *others)


def addresses_of(publication: Publication, plan: Plan, page: int = 0) -> dict[Format, str]:
    """Where each format of a page of the feed is: its ``rel=self``."""
    stem = plan.known.key + page_suffix(page)
    found = {form: f"{publication.feeds_url}/{quote(stem + form.suffix)}" for form in publication.formats}
    path = plan.category.path if plan.category and not plan.language and not page else ""
    if path and Format.RSS in found:
        found[Format.RSS] = site_address(publication, path)
    return found


def page_suffix(page: int) -> str:
    """What is added to the stem of a document's name for a page of the archive."""
    return f".archive-{page}" if page else ""


def site_address(publication: Publication, path: str) -> str:
    """The absolute URL of a path below the root of the site."""
    return f"{publication.url}/{quote(path.lstrip('/'))}"


def summaries(publication: Publication, plans: Iterable[Plan]) -> list[FeedSummary]:
    """The feeds as lists of feeds show them."""
    return [
        FeedSummary(
            key=plan.known.key,
            title=_short_title(publication, plan),
            description=publication.description if plan.kind is Kind.ALL else _own_description(plan),
            posts=plan.total,
            addresses=addresses_of(publication, plan),
            home=_home(publication, plan),
            language=plan.language or publication.language,
            kind=plan.kind.value,
            only=plan.language,
        )
        for plan in plans
    ]


def _short_title(publication: Publication, plan: Plan) -> str:
    if plan.language:
        return (
            plan.known.title
            if plan.kind is Kind.ALL
            else plan.known.title.replace(f" — {publication.title}", "")
        )
    return plan.category.title if plan.category else plan.name or publication.title


def _own_description(plan: Plan) -> str:
    return plan.category.description if plan.category else ""
