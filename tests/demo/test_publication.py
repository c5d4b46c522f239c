"""The sample publication is what the demo says it is."""

from __future__ import annotations

import re
import struct
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from feeds.demo.workspace import PRESS_DAY, PUBLICATION, ZONE, Workspace, lay_out, sample
from feeds.model.post import Parsed, Post, Problem, Withheld
from feeds.posts.folder import list_sources
from feeds.posts.scan import read_posts
from feeds.service import Service

IMAGES = PUBLICATION / "public" / "images"


def workspace(folder: Path) -> Workspace:
    made = Workspace(folder, "http://127.0.0.1:1", "http://127.0.0.1:2")
    lay_out(made, "smtp://127.0.0.1:3")
    return made


@pytest.fixture
def parsed(tmp_path: Path) -> dict[str, Parsed]:
    made, told = workspace(tmp_path), sample(PRESS_DAY)
    for post in (*told.archive, *told.week, told.extra):
        made.drop(post)
    with Service.open(made.config) as service:
        site = service.site
    return {result.path: result for result in read_posts(made.posts, list_sources(made.posts), site, 1)}


def test_it_has_posts_a_draft_and_one_that_is_broken_on_purpose(parsed: dict[str, Parsed]) -> None:
    posts = [post for post in parsed.values() if isinstance(post, Post)]
    press = datetime.combine(PRESS_DAY, datetime.max.time(), UTC)
    assert len([post for post in posts if post.published <= press]) == 15
    assert [post.path for post in posts if post.published > press] == ["the-next-season.md"]
    assert [post.path for post in parsed.values() if isinstance(post, Withheld)] == ["notes-on-ink.md"]
    assert [post.path for post in parsed.values() if isinstance(post, Problem)] == ["broken-front-matter.md"]
    assert {post.language for post in posts} == {"ja", "en"}
    assert {label for post in posts for label in post.categories} == {
        "江戸の町",
        "Craft of Printing",
        "読書",
        "Letters",
        "Small News",
    }


def test_every_image_is_there_small_and_described(parsed: dict[str, Parsed]) -> None:
    pictured = [post for post in parsed.values() if isinstance(post, Post) and post.image]
    assert {post.image.rpartition("/")[2] for post in pictured} == {file.name for file in IMAGES.iterdir()}
    assert all(post.image_alt for post in pictured)
    for file in IMAGES.iterdir():
        data = file.read_bytes()
        assert len(data) <= 40_000
        assert struct.unpack(">II", data[16:24]) == (960, 540)


def test_no_asterisk_is_left_around_japanese(tmp_path: Path) -> None:
    made, told = workspace(tmp_path), sample(PRESS_DAY)
    for post in (*told.archive, *told.week, told.extra):
        made.drop(post)
    with Service.open(made.config) as service:
        service.build()
    feed = (made.public / "feeds" / "all.json").read_text("utf-8")
    outside_code = re.sub(r"<(pre|code)\b.*?</\1>", "", feed, flags=re.DOTALL)
    assert "<strong>「瓦版」</strong>と呼ばれる" in feed
    assert "**" not in outside_code


@pytest.mark.parametrize("today", [date(2024, 2, 29), date(2026, 11, 24), date(2031, 1, 1)])
def test_the_news_is_new_on_any_day(today: date) -> None:
    told = sample(today)
    assert told.extra.day == today
    assert [post.name for post in told.week] == [
        "two-small-cuts.md",
        "friends-never-seen.md",
        "catfish-under-the-city.md",
        "couriers-and-the-post.md",
        "notes-on-ink.md",
        "a-feed-is-a-broadsheet.md",
        "where-lines-may-break.md",
    ]
    assert {today > post.day for post in told.week} == {True}
    assert f"date: {today}" in told.extra.text


def test_the_configuration_stays_on_this_machine(tmp_path: Path) -> None:
    with Service.open(workspace(tmp_path).config) as service:
        config = service.config
    assert config.mail.smtp == "smtp://127.0.0.1:3"
    assert config.web.bind == "127.0.0.1:2"
    assert ZoneInfo(config.site.timezone) == ZoneInfo(ZONE)
    assert config.obstacles_to_mail() == ()
