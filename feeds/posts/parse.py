"""Bytes of one file → Post, Withheld or Problem."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from feeds.model.noun import dataclass
from feeds.model.post import UNDATED, Guess, Parsed, Post, Problem, Source, Withheld
from feeds.posts import authors, caps, cover, frontmatter, particulars
from feeds.posts.characters import clean, decode, readable
from feeds.posts.dates import read_date, turned_by
from feeds.posts.dialects.dialect import Dialect, Keys
from feeds.posts.dialects.folders import listed
from feeds.posts.dialects.keys import LANGUAGE_KEYS, UPDATED, UPDATED_KEYS, first_date
from feeds.posts.dialects.location import Location
from feeds.posts.dialects.table import dialect_named
from feeds.posts.fields import Fields, Value, labels
from feeds.posts.fingerprint import fingerprint
from feeds.posts.frontmatter import FrontMatter
from feeds.posts.ids import proposed_ids
from feeds.posts.plain import plain
from feeds.posts.site import Site
from feeds.posts.trouble import Trouble, Withhold

_DRAFT_KEYS = ("draft", "isDraft", "is_draft")
_HEADING = re.compile(r"\s*#[ \t]+(.+?)[ \t#]*$", re.MULTILINE)


def parse(source: Source, data: bytes, site: Site, committed: datetime | None = None) -> Parsed:
    """What a file turns out to be. Never raises, whatever the bytes.

    ``committed``: when a commit published it, for a post without a date.
    """
    print_ = fingerprint(data)
    if (shown := readable(source.path)) != source.path:
        return Problem(shown, print_, 0, "", "the file's name is not UTF-8; rename it")
    dialect = dialect_named(site.dialect)
    try:
        location = dialect.locate(site.path_of(source.path), site)
        if location.withheld or source.path.endswith((".rst", ".RST")):
            raise Withhold(location.withheld or "not a post")
        text = decode(data)
        matter = frontmatter.read(text, headers=dialect.headers)
        signs = caps.signs(data) if len(text) >= caps.WORTH_A_LOOK else ""
        return _Reading(source.path, print_, text, signs, matter, location, dialect, site, committed).post()
    except Withhold as withhold:
        return Withheld(source.path, print_, withhold.reason)
    except Trouble as trouble:
        return Problem(source.path, print_, trouble.line, clean(trouble.key), clean(trouble.message))


@dataclass(frozen=True, slots=True)
class _Reading:
    """One file on its way to a post."""

    path: str
    fingerprint: str
    text: str
    signs: str
    """Those in it that a cap counts."""
    matter: FrontMatter
    location: Location
    dialect: Dialect
    site: Site
    committed: datetime | None = None

    def post(self) -> Post:
        """The post. Raises Withhold or Trouble."""
        own = self._fields()
        fields = own if self.dialect.keys is Keys.ANY else own.with_capitals()
        exact = own if self.dialect.keys is Keys.EXACT else fields
        rare = not particulars.KEYS.isdisjoint(fields.values)
        self._withhold(fields, rare=rare)
        if self.signs:
            caps.refuse(self.text, self.matter.body_start, self.signs)
        published, guess = self._published(exact, fields)
        url = self._url(exact, published)
        updated, notes = self._updated(fields, published)
        slug = clean(fields.text("slug") or self.location.slug)
        declared = clean(fields.text("guid", "id"))
        language = _language(fields) or self.location.language or self.site.language
        is_translation = language != self.site.language  # which often has the id of its original
        image, image_alt = "", ""
        if not cover.KEYS.isdisjoint(fields.values):
            image, image_alt = cover.cover(fields, url)
        few: dict[str, Any] = {"translation_key": clean(self.location.translation)}
        if rare:
            few |= particulars.particulars(fields, url, self.site)
        return Post(
            path=self.path,
            fingerprint=self.fingerprint,
            title=self._title(fields, slug),
            slug=slug,
            url=url,
            published=published,
            ids=proposed_ids(
                self.site, url=url, slug=slug, published=published, declared=declared, dated=not guess
            ),
            updated=updated,
            categories=self._categories(fields),
            tags=self._tags(fields),
            authors=self._authors(fields),
            language=language,
            excerpt=self._excerpt(fields, url),
            image=image,
            image_alt=image_alt,
            declared_id=f"{declared}#{language}" if declared and is_translation else declared,
            in_mail=not fields.is_false("newsletter"),
            notes=(*self.matter.notes, *notes, *self._oddities(fields)),
            guess=guess,
            **few,
        )

    def _fields(self) -> Fields:
        """The front matter over what the site gives to every post."""
        own = Fields(self.matter.values, self.matter.lines)
        given = _defaults(self.path, self.site, self.dialect)
        if self.dialect.keys is Keys.ANY:
            own = own.folded()
        return type(own)({**given, **own.values}, own.lines) if given else own

    def _withhold(self, fields: Fields, *, rare: bool) -> None:
        if any(map(fields.is_true, _DRAFT_KEYS)):
            raise Withhold("draft")
        empty = fields.values.get("published") == ""  # nil means no to Jekyll::Publisher
        if empty or fields.is_false("published"):
            raise Withhold("unpublished")
        if rare:
            particulars.withhold(fields)
        if self.dialect.withheld and (reason := self.dialect.withheld(fields, self.location, self.site)):
            raise Withhold(reason)

    def _published(self, fields: Fields, all_fields: Fields) -> tuple[datetime, Guess | None]:
        written, key = self.dialect.date(fields, self.location, self.site)
        if not written and self.dialect.published_line:
            return self._guessed(all_fields)
        if not written:
            if self.dialect.undated_is_page:
                raise Withhold("not a post")
            said = "no date" if self.matter.present else "no front matter, and so no date"
            raise Trouble(f"the post has {said}: {self.dialect.date_hint}", line=1, key="date")
        try:
            meant = turned_by(self.location.date, written)
            return read_date(meant, self.site.zone, exact_is_utc=self.dialect.exact_is_utc), None
        except ValueError as error:
            where = "" if key else " (in the file name)"
            raise Trouble(f"{error}{where}", line=fields.line(key), key=key) from None

    def _guessed(self, fields: Fields) -> tuple[datetime, Guess]:
        """The date of the commit that published the post, or when it was changed if that was before."""
        updated, _ = self._updated(fields, UNDATED)
        if self.committed and not (updated and updated < self.committed):
            return self.committed, Guess.COMMIT
        return (updated, Guess.UPDATED) if updated else (UNDATED, Guess.SIGHT)

    def _updated(self, fields: Fields, published: datetime) -> tuple[datetime | None, tuple[str, ...]]:
        if UPDATED.isdisjoint(fields.values):
            return None, ()
        written, key = first_date(fields, UPDATED_KEYS)
        if not written:
            return None, ()
        try:
            updated = read_date(written, self.site.zone, exact_is_utc=self.dialect.exact_is_utc)
        except ValueError as error:
            return None, (f"`{key}`: {error}",)
        return (updated if updated > published else None), ()

    def _url(self, fields: Fields, published: datetime) -> str:
        try:
            local = published.astimezone(self.site.zone)
        except OverflowError:
            raise Trouble(f"the year {published.year} cannot be shown", key="date") from None
        return self.site.root + self.dialect.address(fields, self.location, local, self.site)

    def _categories(self, fields: Fields) -> tuple[str, ...]:
        if self.site.categories_from:
            named = listed(fields, self.site.categories_from)
        else:
            named = self.dialect.categories(fields, self.location, self.site)
        return labels(map(clean, named))

    def _tags(self, fields: Fields) -> tuple[str, ...]:
        if self.site.tags_from:
            named = listed(fields, self.site.tags_from)
        else:
            named = self.dialect.tags(fields, self.location, self.site)
        return labels(map(clean, named))

    def _authors(self, fields: Fields) -> tuple[str, ...]:
        named = authors.tidy(tuple(map(_name, self.dialect.authors(fields, self.location, self.site))))
        return named or authors.tidy((self.site.author,))

    def _oddities(self, fields: Fields) -> tuple[str, ...]:
        named = self.dialect.notes(fields, self.location, self.site) if self.dialect.notes else ()
        if self.matter.present:
            return named
        return (*named, "no front matter: title and date are those of the file name")

    def _title(self, fields: Fields, slug: str) -> str:
        title = plain(clean(fields.text("title")))
        if not title and self.dialect.title_from_heading:
            heading = _HEADING.match(self.text[self.matter.body_start :][:2000])
            title = plain(clean(heading[1])) if heading else ""
        if title:
            return title
        name = slug.rpartition("/")[2] or slug
        return " ".join(word.capitalize() for word in name.split("-")).strip() or slug

    def _excerpt(self, fields: Fields, url: str) -> str:
        if written := fields.text("excerpt", "summary", "description"):
            return plain(clean(written))
        separator = fields.text("excerpt_separator")
        if not separator:
            return ""
        from feeds.posts.excerpt import separated
        from feeds.posts.shortcodes.page import Page

        body = self.text[self.matter.body_start :]
        return separated(body, fields.values.get("excerpt_separator"), Page(self.site, self.path, url))


def _name(text: str) -> str:
    """An author without markup; an address in brackets is taken off elsewhere."""
    return (
        clean(text) if "<" in text and "@" in text.partition("<")[2].partition(">")[0] else plain(clean(text))
    )


def _defaults(path: str, site: Site, dialect: Dialect) -> Mapping[str, Value]:
    """What the site gives to the post at a path; a longer scope wins."""
    if not site.defaults and dialect.defaults is None:
        return {}
    full = site.path_of(path)
    found = dict(dialect.defaults(full, site)) if dialect.defaults else {}
    for default in sorted(site.defaults, key=lambda default: len(default.path)):
        if full.startswith(default.path.strip("/")):
            found.update(default.values)
    return found


def _language(fields: Fields) -> str:
    if LANGUAGE_KEYS.isdisjoint(fields.values):
        return ""
    return clean(fields.text("lang", "language", "locale")).replace("_", "-")
