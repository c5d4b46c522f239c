"""What editors do to a magazine. Each edit takes articles that no other edit of the day has touched."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.year.magazine import Article, Magazine, spread

PERMALINKS = (
    "/:year/:month/:day/:title/",
    "/posts/:title/",
    "/:categories/:title.html",
    "/:year/:title/",
)
LIMITS = (10, 15, 20, 30, 0)
_WORDS = (
    "川",
    "橋",
    "版木",
    "夜",
    "market",
    "paper",
    "ink",
    "紙",
    "lantern",
    "売り子",
    "gate",
    "春",
    "storm",
    "鯰",
)


@dataclass
class Day:
    """One day of work."""

    magazine: Magazine
    chance: random.Random
    now: datetime
    touched: set[Article] = field(default_factory=set)

    def take(self, fits: Callable[[Article], bool]) -> Article | None:
        """One article that fits and that nobody touched today."""
        found = [each for each in self.magazine.articles if each not in self.touched and fits(each)]
        if not found:
            return None
        # Editors work on what is recent, and now and then on anything.
        chosen = self.chance.choice(found[-25:] if self.chance.random() < 0.7 else found)
        self.touched.add(chosen)
        return chosen

    def moment(self, days_ago: float) -> datetime:
        """A moment before now that no article has, so that their order is certain."""
        found = spread(self.now, days_ago)
        while any(each.date == found for each in self.magazine.articles):
            found -= timedelta(seconds=1)
        return found

    def words(self, least: int, most: int) -> str:
        return " ".join(self.chance.choice(_WORDS) for _ in range(self.chance.randint(least, most)))


def _is_there(article: Article) -> bool:
    return not article.withdrawn and not article.draft


def write_new(day: Day) -> bool:
    """A new post of this day, of a few days ago, or of tomorrow; sometimes a draft."""
    ago = day.chance.choice(
        [0, 0, 0, 0, day.chance.uniform(0, 1), day.chance.uniform(1, 9), -day.chance.random()]
    )
    date = day.moment(ago + day.chance.uniform(0, 0.001))
    made = day.magazine.add(
        day.words(2, 5),
        date,
        day.chance.choice(day.magazine.categories),
        day.words(70, 120),
        draft=day.chance.random() < 0.15,
    )
    day.touched.add(made)
    return True


def rename(day: Day) -> bool:
    if (article := day.take(_is_there)) is None:
        return False
    _leave(day, article)
    article.stem = f"{article.date:%Y-%m-%d}-renamed-{day.chance.getrandbits(32):x}"
    return True


def rename_and_retitle(day: Day) -> bool:
    if (article := day.take(_is_there)) is None:
        return False
    _leave(day, article)
    article.title = day.words(2, 5)
    article.stem = f"{article.date:%Y-%m-%d}-{day.chance.getrandbits(32):x}"
    return True


def retitle(day: Day) -> bool:
    if (article := day.take(_is_there)) is None:
        return False
    article.title = day.words(2, 5)
    return True


def redate(day: Day) -> bool:
    """Often to today, which puts an old post on top."""
    if (article := day.take(_is_there)) is None:
        return False
    article.date = day.moment(
        day.chance.choice([0, 0.1, day.chance.uniform(0, 30)]) + day.chance.random() / 1e3
    )
    return True


def redate_and_rename(day: Day) -> bool:
    """As Jekyll's file names ask for: the date stands in the file and in its name."""
    if (article := day.take(_is_there)) is None:
        return False
    _leave(day, article)
    article.date = day.moment(day.chance.uniform(0, 30))
    article.stem = f"{article.date:%Y-%m-%d}-{article.stem[11:]}"
    return True


def recategorise(day: Day) -> bool:
    if (article := day.take(_is_there)) is None:
        return False
    article.category = day.chance.choice(day.magazine.categories)
    return True


def rewrite(day: Day) -> bool:
    if (article := day.take(_is_there)) is None:
        return False
    article.text = day.words(70, 120)
    return True


def withdraw(day: Day) -> bool:
    """The file goes, or becomes a draft again."""
    if (article := day.take(_is_there)) is None:
        return False
    if day.chance.random() < 0.5:
        article.draft = True
    else:
        article.withdrawn = True
        article.left_as = article.written()
    return True


def bring_back(day: Day) -> bool:
    """As it was; also under another file name, unless its category was renamed meanwhile."""
    if (article := day.take(lambda each: each.withdrawn)) is None:
        return False
    if day.chance.random() < 0.3 and article.written() == article.left_as:
        article.stem = f"{article.date:%Y-%m-%d}-back-{day.chance.getrandbits(32):x}"
    article.withdrawn = False
    return True


def publish_draft(day: Day) -> bool:
    """With its old date, or that of today."""
    if (article := day.take(lambda each: each.draft and not each.withdrawn)) is None:
        return False
    article.draft = False
    if day.chance.random() < 0.5:
        article.date = day.moment(day.chance.random() / 1e3)
    return True


def rename_category(day: Day) -> bool:
    """All of its posts say the new name, or only those to come."""
    category = day.chance.choice(day.magazine.categories)
    old = category.label
    category.label = f"{old.split(' ')[0]} {len(category.former) + 2}"
    category.former.append(old)
    if day.chance.random() < 0.5:
        day.touched |= {
            each for each in day.magazine.articles if each.category is category and _is_there(each)
        }
    return True


def move_category(day: Day) -> bool:
    """Another slug, so that its feeds have another address."""
    category = day.chance.choice(day.magazine.categories)
    category.slug = f"moved-{day.chance.getrandbits(24):x}"
    return True


def change_limit(day: Day) -> bool:
    day.magazine.limit = day.chance.choice(LIMITS)
    return True


def change_permalinks(day: Day) -> bool:
    day.magazine.permalink = day.chance.choice(PERMALINKS)
    return True


def _leave(day: Day, article: Article) -> None:
    article.file(day.magazine.publication.root / "posts").unlink()


EDITS: dict[Callable[[Day], bool], float] = {
    write_new: 1.2,
    rewrite: 0.5,
    retitle: 0.3,
    rename: 0.3,
    rename_and_retitle: 0.1,
    redate: 0.2,
    redate_and_rename: 0.2,
    recategorise: 0.3,
    withdraw: 0.3,
    bring_back: 0.25,
    publish_draft: 0.3,
    rename_category: 0.02,
    move_category: 0.02,
    change_limit: 0.03,
    change_permalinks: 0.015,
}
"""How often each happens in a day, on average."""


def work(day: Day) -> list[str]:
    """One day of edits, on disk at its end; their names."""
    done = []
    for edit, often in EDITS.items():
        times = int(often) + (day.chance.random() < often % 1)
        for _ in range(times):
            before = set(day.touched)
            if edit(day):
                done.append(edit.__name__)
                for article in day.touched - before:
                    article.history.append(f"{day.now:%F} {edit.__name__}")
    day.magazine.configure()
    day.magazine.write(day.touched)
    return done
