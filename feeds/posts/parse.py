"""Bytes of one file → Post, Withheld or Problem."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from feeds.model.post import Parsed, Post, Problem, Source, Withheld
from feeds.posts import frontmatter
from feeds.posts.characters import clean, decode, readable
from feeds.posts.dates import read_date
from feeds.posts.dialects.dialect import UPDATED_KEYS, Dialect, Location, first_date
from feeds.posts.dialects.table import DIALECTS
from feeds.posts.fields import Fields, Value, labels
from feeds.posts.folder import fingerprint
from feeds.posts.frontmatter import FrontMatter
from feeds.posts.ids import proposed_ids
from feeds.posts.plain import plain
from feeds.posts.site import Site, absolute
from feeds.posts.trouble import Trouble, Withhold

_HEADING = re.compile(r"\s*#[ \t]+(.+?)[ \t#]*$", re.MULTILINE)
_IMAGE_KEYS = (
    "image",
    "images",
    "cover",
    "cover.image",
    "thumbnail",
    "featured_image",
    "og_image",
    "extra.image",
)


def parse(source: Source, data: bytes, site: Site) -> Parsed:
    """What a file turns out to be. Never raises, whatever the bytes."""
    print_ = fingerprint(data)
    dialect = DIALECTS[site.dialect]
    if (shown := readable(source.path)) != source.path:
        return Problem(shown, print_, 0, "", "the file's name is not UTF-8; rename it")
    try:
        location = dialect.locate(site.path_of(source.path), site)
        if location.withheld:
            raise Withhold(location.withheld)
        text = decode(data)
        matter = frontmatter.read(text)
        return _Reading(source.path, print_, text, matter, location, dialect, site).post()
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
    matter: FrontMatter
    location: Location
    dialect: Dialect
    site: Site

    def post(self) -> Post:
        """The post. Raises Withhold or Trouble."""
        fields = Fields(self.matter.values, self.matter.lines, _defaults(self.path, self.site))
        self._withhold(fields)
        published = self._published(fields)
        url = self._url(fields, published)
        updated, notes = self._updated(fields, published)
        slug = clean(fields.text("slug") or self.location.slug)
        declared = clean(fields.text("guid", "id"))
        image, image_alt = _image(fields, url)
        return Post(
            path=self.path,
            fingerprint=self.fingerprint,
            title=self._title(fields, slug),
            slug=slug,
            url=url,
            published=published,
            ids=proposed_ids(self.site, url=url, slug=slug, published=published, declared=declared),
            updated=updated,
            categories=labels(map(clean, self.dialect.categories(fields, self.location))),
            tags=labels(map(clean, self.dialect.tags(fields, self.location))),
            author=_author(fields) or self.site.author,
            language=_language(fields) or self.location.language or self.site.language,
            excerpt=self._excerpt(fields),
            image=image,
            image_alt=image_alt,
            declared_id=declared,
            in_mail=not fields.is_false("newsletter"),
            notes=(*self.matter.notes, *notes, *self._nameless()),
        )

    def _withhold(self, fields: Fields) -> None:
        if fields.is_true("draft"):
            raise Withhold("draft")
        empty = fields.values.get("published") == ""  # nil means no to Jekyll::Publisher
        if empty or fields.is_false("published"):
            raise Withhold("unpublished")

    def _published(self, fields: Fields) -> datetime:
        written, key = self.dialect.date(fields, self.location)
        if not written:
            if self.dialect.undated_is_page:
                raise Withhold("not a post")
            said = "no date" if self.matter.present else "no front matter, and so no date"
            hint = "put `date: 2025-09-14` between two lines of `---` at its top"
            raise Trouble(f"the post has {said}: {hint}", line=1, key="date")
        try:
            return read_date(written, self.site.zone, exact_is_utc=self.dialect.exact_is_utc)
        except ValueError as error:
            where = "" if key else " (in the file name)"
            raise Trouble(f"{error}{where}", line=fields.line(key), key=key) from None

    def _updated(self, fields: Fields, published: datetime) -> tuple[datetime | None, tuple[str, ...]]:
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

    def _nameless(self) -> tuple[str, ...]:
        return () if self.matter.present else ("no front matter: title and date are those of the file name",)

    def _title(self, fields: Fields, slug: str) -> str:
        title = plain(clean(fields.text("title")))
        if not title and self.dialect.name != "jekyll":  # Jekyll makes it of the slug and of nothing else
            heading = _HEADING.match(self.text[self.matter.body_start :][:2000])
            title = plain(clean(heading[1])) if heading else ""
        return title or " ".join(word.capitalize() for word in slug.split("-")).strip() or slug

    def _excerpt(self, fields: Fields) -> str:
        if written := fields.text("excerpt", "summary", "description"):
            return plain(clean(written))
        separator = fields.text("excerpt_separator")
        if not separator:
            return ""
        from feeds.posts.excerpt import separated

        body = self.text[self.matter.body_start :]
        return separated(body, fields.values.get("excerpt_separator"), templated=self.dialect.templated)


def _defaults(path: str, site: Site) -> dict[str, Value]:
    """The site's front matter values for a path; a longer scope wins."""
    found: dict[str, Value] = {}
    if site.defaults:
        full = site.path_of(path)
        for default in sorted(site.defaults, key=lambda default: len(default.path)):
            if full.startswith(default.path.strip("/")):
                found.update(default.values)
    return found


def _author(fields: Fields) -> str:
    names = fields.texts("author") or fields.texts("authors") or fields.texts("extra.author")
    return clean(", ".join(names))


def _language(fields: Fields) -> str:
    return clean(fields.text("lang", "language", "locale")).replace("_", "-")


def _image(fields: Fields, url: str) -> tuple[str, str]:
    """The image that the front matter names, absolute, and its alternative text."""
    for key in _IMAGE_KEYS:
        reference = fields.text(key)
        if reference and reference.lower() not in {"false", "true"}:
            alt = fields.text(f"{key}.alt", "image_alt", "image_description")
            return absolute(clean(reference), url), plain(clean(alt))
    return "", ""
