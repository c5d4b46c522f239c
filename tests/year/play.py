"""The days pass: edits, a build, and polls; and after each poll what nobody may have seen or missed."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import zip_longest
from pathlib import Path
from urllib.parse import quote

from tests.acceptance.publication import MONDAY
from tests.judges import plain
from tests.judges.documents import served_file
from tests.ports import free_port
from tests.year.edits import Day, work
from tests.year.magazine import MARK, Category, Magazine, founded, spread
from tests.year.readers import Subscriber, WithFeedparser, WithNewsboat, WithReader
from tests.year.server import Answers, serving

_NOTICED = 0.3
"""Seconds after which the server has seen that a file changed."""


@dataclass
class Subscription:
    """A reader of one feed, and what that reader was shown so far."""

    name: str
    path: str
    """Of the document, inside the feeds folder."""
    category: Category | None
    subscriber: Subscriber
    every: int
    """Days between two polls, at most."""
    shown: set[str] = field(default_factory=set)


@dataclass
class Year:
    """What happened."""

    edits: Counter[str] = field(default_factory=Counter)
    polls: int = 0
    shown: int = 0
    """How often a post was shown to somebody as new."""
    answers: Answers = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def play(
    root: Path,
    *,
    days: int,
    posts: int,
    seed: int,
    ids: str = "tag",
    newsboat: bool = True,
    say: Callable[[str], None] = lambda _: None,
) -> Year:
    """A publication of so many posts through so many days, with its readers."""
    chance, year = random.Random(seed), Year()
    bind = f"127.0.0.1:{free_port()}"
    magazine = founded(root / "site", f"http://{bind}/feeds", ids=ids)
    now = MONDAY
    for number in range(posts):
        magazine.add(
            f"Article {number}",
            spread(now, (posts - number) * 1.7),
            chance.choice(magazine.categories),
            f"text {number}. " * 12,
        )
    magazine.write(magazine.articles)
    _build(magazine, now, year)
    with serving(magazine.publication, bind) as year.answers:
        readers = _subscribe(root, magazine, newsboat=newsboat)
        _poll(readers, magazine, now, year)
        for number in range(days):
            now += timedelta(days=1, seconds=chance.randint(-3600, 3600))
            year.edits.update(work(Day(magazine, chance, now)))
            _build(magazine, now, year)
            _look(magazine, readers, now, year)
            time.sleep(_NOTICED)
            _poll([each for each in readers if chance.randrange(each.every) == 0], magazine, now, year)
            if number % 30 == 29:
                say(f"day {number + 1}: {len(magazine.articles)} posts, {len(year.faults)} faults")
    return year


def _subscribe(root: Path, magazine: Magazine, *, newsboat: bool) -> list[Subscription]:
    first, second, third = magazine.categories[:3]
    feeds: list[tuple[str, Category | None]] = [
        ("all.rss.xml", None),
        ("all.atom.xml", None),
        ("all.json", None),
        ("category/gardens.rss.xml", first),
        ("category/瓦版.atom.xml", second),
        ("category/streets-bridges.rss.xml", third),
    ]
    made = []
    for path, category in feeds:
        url = f"{magazine.feeds_url}/{quote(path)}"
        folder = root / path.replace("/", "-")
        made.append(Subscription("reader", path, category, WithReader(folder, url), 3))
        if path.endswith(".json"):
            continue
        made.append(Subscription("script", path, category, WithFeedparser(url), 2))
        if newsboat:
            made.append(Subscription("newsboat", path, category, WithNewsboat(folder / "newsboat", url), 1))
    return made


def _build(magazine: Magazine, now: datetime, year: Year) -> None:
    said = magazine.publication.say("build", "--json", now=now)
    if said.status:
        year.faults.append(f"{now:%F}: build: exit {said.status}: {said.err or said.out}")
    elif problems := said.json["posts"]["problems"]:
        year.faults.append(f"{now:%F}: build: {problems}")


def _look(magazine: Magazine, readers: list[Subscription], now: datetime, year: Year) -> None:
    """Every feed that somebody reads carries what it ought to, in its order."""
    for path, category in {each.path: each.category for each in readers}.items():
        ought = magazine.carried(category, now)
        if ought != (does := _carried(magazine, path)):
            place = next(i for i, (a, b) in enumerate(zip_longest(ought, does)) if a != b)
            there, stands = (_told(magazine, (*marks[place:], "")[0]) for marks in (ought, does))
            year.faults.append(f"{now:%F}: {path}: at place {place} ought to be {there}, and is {stands}")


def _carried(magazine: Magazine, path: str) -> list[str]:
    feeds = magazine.publication.feeds
    document = served_file(feeds, feeds / path)
    assert document is not None
    entries = plain.read(document.body, document.form)
    texts = MARK.findall(document.body.decode())
    marks = list(dict.fromkeys(texts))  # each stands in an excerpt and in the text
    return marks if len(marks) == len(entries) else [*marks, f"({len(entries)} entries)"]


def _poll(readers: list[Subscription], magazine: Magazine, now: datetime, year: Year) -> None:
    for each in readers:
        where = f"{now:%F}: {each.name} on {each.path}"
        new = each.subscriber.poll()
        year.polls += 1
        year.shown += len(new)
        old = [mark for mark in new if mark in each.shown]
        twice = [mark for mark, times in Counter(new).items() if times > 1]
        each.shown.update(new)
        missed = [mark for mark in magazine.carried(each.category, now) if mark not in each.shown]
        kept = Counter(each.subscriber.kept())
        doubled = [mark for mark, times in kept.items() if times > 1]
        for what, marks in (
            ("shows old posts as new", old),
            ("shows a post twice", twice),
            ("missed posts", missed),
            ("keeps two entries of one post", doubled),
            ("forgot posts", sorted(each.shown - set(kept))),
        ):
            year.faults += [f"{where}: {what}: {_told(magazine, mark)}" for mark in marks]


def _told(magazine: Magazine, mark: str) -> str:
    found = [each for each in magazine.articles if each.mark == mark]
    return f"{mark} ({', '.join([str(found[0].date), *found[0].history])})" if found else mark or "nothing"
