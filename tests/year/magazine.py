"""A publication of many posts, and what each of its feeds ought to carry."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from tests.acceptance.publication import Publication

LABELS = ("Gardens", "瓦版", "Streets & Bridges", "料理", "Letters", "Printing")

_CONFIGURATION = """\
[site]
title = "瓦版"
url = "https://example.org"
language = "ja"
timezone = "Asia/Tokyo"
[posts]
folder = "posts"
dialect = "jekyll"
permalink = "{permalink}"
[feeds]
url = "{feeds_url}"
limit = {limit}
ids = "{ids}"
"""

_CATEGORY = """\
[categories."{label}"]
slug = "{slug}"
formerly = {formerly}
"""


@dataclass(eq=False)
class Category:
    """A category of the magazine; the object stays while its label and slug change."""

    label: str
    slug: str = ""
    """Empty: made of the label."""
    former: list[str] = field(default_factory=list)


@dataclass(eq=False)
class Article:
    """A post; the object stays while everything about it changes but its mark."""

    mark: str
    """Stands in its text, so that whoever reads the text can tell which post it is."""
    stem: str
    """Of its file's name."""
    title: str
    date: datetime
    category: Category
    text: str
    draft: bool = False
    withdrawn: bool = False
    left_as: str = ""
    """The file's content when it was taken away."""
    history: list[str] = field(default_factory=list)
    """What editors did to it, day by day."""

    def file(self, folder: Path) -> Path:
        return folder / f"{self.stem}.md"

    def written(self) -> str:
        """The file's content."""
        fields = [
            f'title: "{self.title}"',
            f"date: {self.date.isoformat(sep=' ')}",
            f'categories: ["{self.category.label}"]',
            *(["draft: true"] if self.draft else []),
        ]
        return "\n".join(["---", *fields, "---", "", f"{self.mark} {self.text}", ""])


MARK = re.compile(r"№\d{5}")


@dataclass(eq=False)
class Magazine:
    """The publication, its articles in the order of their marks, and what is configured."""

    publication: Publication
    feeds_url: str
    ids: str
    categories: list[Category] = field(default_factory=lambda: [Category(label) for label in LABELS])
    articles: list[Article] = field(default_factory=list)
    limit: int = 20
    permalink: str = "/:year/:month/:day/:title/"

    def add(
        self, title: str, date: datetime, category: Category, text: str, *, draft: bool = False
    ) -> Article:
        """A new article, not written yet."""
        mark = f"№{len(self.articles):05}"
        stem = f"{date:%Y-%m-%d}-article-{len(self.articles)}"
        made = Article(mark, stem, title, date, category, text, draft)
        self.articles.append(made)
        return made

    def write(self, articles: Iterable[Article]) -> None:
        """Puts these articles on disk as they are now, or takes them away."""
        for article in articles:
            file = article.file(self.publication.root / "posts")
            if article.withdrawn:
                file.unlink(missing_ok=True)
            else:
                file.write_text(article.written(), "utf-8")

    def configure(self) -> None:
        """Writes the configuration as it is now."""
        text = _CONFIGURATION.format_map(vars(self))
        for category in self.categories:
            if category.former or category.slug:
                formerly = "[" + ", ".join(f'"{label}"' for label in category.former) + "]"
                text += _CATEGORY.format(label=category.label, slug=category.slug, formerly=formerly)
        self.publication.config.write_text(text.replace('slug = ""\n', ""), "utf-8")

    def carried(self, category: Category | None, now: datetime) -> list[str]:
        """The marks that the feed of the category, or of everything, ought to carry, newest first."""
        there = [
            article
            for article in self.articles
            if not article.draft
            and not article.withdrawn
            and article.date <= now
            and category in (None, article.category)
        ]
        there.sort(key=lambda article: article.date, reverse=True)
        return [article.mark for article in there[: self.limit or None]]


def founded(root: Path, feeds_url: str, *, ids: str) -> Magazine:
    """A magazine without articles."""
    made = Magazine(Publication.found(root), feeds_url, ids)
    made.configure()
    return made


def spread(now: datetime, days_ago: float) -> datetime:
    """A moment before now, in whole seconds."""
    return (now - timedelta(days=days_ago)).replace(microsecond=0)
