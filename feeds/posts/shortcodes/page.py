"""What a body's templating may ask of the page around it, and what it leaves to be told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from feeds.model.post import Post
from feeds.posts.site import Site

AddressOf = Callable[[str], str | None]
"""The absolute address of the post that a name means (see ``references``), or None if there is none."""


@dataclass(frozen=True, slots=True)
class Remark:
    """A construct that readers do not see as its author meant it."""

    snippet: str
    """As it stands in the body."""
    message: str


@dataclass(slots=True)
class Notes:
    """What one expansion came across."""

    remarks: list[Remark] = field(default_factory=list)
    references: list[str] = field(default_factory=list)
    """Names of other posts that the body asked for, found or not."""


@dataclass(frozen=True, slots=True)
class Page:
    """The post around a body."""

    site: Site
    path: str = ""
    """Of the file, relative to the posts folder."""
    url: str = ""
    title: str = ""
    author: str = ""
    language: str = ""
    published: datetime | None = None
    address_of: AddressOf | None = None
    head: str = ""
    """What stands above the body in its file: the front matter."""
    notes: Notes = field(default_factory=Notes)

    @property
    def is_japanese(self) -> bool:
        """Whether what is added to the text is to be Japanese."""
        return (self.language or self.site.language).lower().startswith("ja")

    @property
    def from_root(self) -> str:
        """The path that the whole site lives below, without a slash at the end."""
        base = self.site.baseurl.strip("/")
        return f"/{base}" if base else ""

    def said(self, name: str) -> str | None:
        """The text under a name of the front matter, with dots for tables within tables; None if none."""
        from feeds.posts.dialects.table import dialect_named
        from feeds.posts.shortcodes.values import front_matter, text_under

        return text_under(front_matter(self.head, dialect_named(self.site.dialect).headers), name)

    def find(self, name: str, snippet: str) -> str | None:
        """The address of another post; remarked if there is none."""
        self.notes.references.append(name)
        address = self.address_of(name) if self.address_of and name else None
        if address is None:
            said = "names no post that is visible; it is shown without a link"
            self.notes.remarks.append(Remark(snippet, f"`{_short(snippet)}` {said}"))
        return address

    def leave_out(self, snippet: str, *, but: str = "") -> None:
        """Remarks that a construct means nothing here; ``but`` names what is shown all the same."""
        said = f"show only {but}" if but else "leave it out"
        message = f"`{_short(snippet)}` is nothing that Kawaraban can render; feeds and mails {said}"
        self.notes.remarks.append(Remark(snippet, message))


def page_of(post: Post, site: Site, address_of: AddressOf | None = None, head: str = "") -> Page:
    """The page of a post."""
    return Page(
        site, post.path, post.url, post.title, post.author, post.language, post.published, address_of, head
    )


def _short(snippet: str) -> str:
    line = " ".join(snippet.split()).replace("`", "'")
    return line if len(line) <= 80 else line[:79] + "…"
