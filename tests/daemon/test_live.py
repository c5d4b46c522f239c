"""A daemon at work: what happens in the posts folder is in the feeds a moment later."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feeds.daemon import Rhythm, serve, watcher
from feeds.service import Service
from feeds.store.post_rows import KnownPost
from feeds.store.posts import known_posts
from tests import databases

Story = Callable[[Path, Path], Coroutine[None, None, None]]
NO_RESCAN = Rhythm(rescan=3600, compose=0.5)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "posts").mkdir()
    file = tmp_path / "kawaraban.toml"
    databases.write(file, '[site]\ntitle = "T"\nurl = "https://example.org"\n[feeds]\nformats = ["json"]\n')
    write(tmp_path / "posts" / "first.md", "First")
    return file


def write(file: Path, title: str, date: str = "2026-01-01") -> None:
    file.write_text(f"---\ntitle: {title}\ndate: {date}\n---\nText.\n", encoding="utf-8")


def shown(config: Path) -> set[str]:
    feed = json.loads((config.parent / "public" / "feeds" / "all.json").read_bytes())
    return {item["title"] for item in feed["items"]}


async def until(config: Path, titles: set[str], seconds: float = 5.0) -> float:
    """Seconds until the feed has these titles."""
    started = time.monotonic()
    while shown(config) != titles:
        assert time.monotonic() - started < seconds, f"{shown(config)} instead of {titles}"
        await asyncio.sleep(0.02)
    return time.monotonic() - started


@asynccontextmanager
async def daemon(config: Path, rhythm: Rhythm = NO_RESCAN) -> AsyncIterator[None]:
    stop, ready = asyncio.Event(), asyncio.Event()

    async def no_pages(service: Service, stop: asyncio.Event) -> None:
        await stop.wait()

    parts = frozenset({"scheduler"})
    running = asyncio.create_task(serve(config, parts, pages=no_pages, rhythm=rhythm, stop=stop, ready=ready))
    await asyncio.wait_for(ready.wait(), 30)
    await asyncio.sleep(0.3)  # the watch stands a moment after the feeds do
    try:
        yield
    finally:
        stop.set()
        await running


def live(story: Callable[[Path, Path], Awaitable[None]], config: Path, rhythm: Rhythm = NO_RESCAN) -> None:
    async def told() -> None:
        async with daemon(config, rhythm):
            await story(config, config.parent / "posts")

    asyncio.run(told())


@pytest.mark.databases
def test_a_saved_file_is_in_its_feeds_soon_and_a_removed_one_leaves(config: Path) -> None:
    async def story(config: Path, posts: Path) -> None:
        write(posts / "second.md", "Second")
        assert await until(config, {"First", "Second"}) < 3
        write(posts / "second.md", "Changed")
        await until(config, {"First", "Changed"})
        (posts / "second.md").unlink()
        await until(config, {"First"})
        write(posts / "first.md", "First", date="2026-01-01\ndraft: true")
        await until(config, set())

    live(story, config)


def test_editors_temporary_files_renames_and_atomic_replaces_are_seen_as_what_they_are(config: Path) -> None:
    async def story(config: Path, posts: Path) -> None:
        write(posts / "4913", "Vim's probe")
        write(posts / ".first.md.swp", "Swap")
        write(posts / "first.md~", "Backup")
        write(posts / "#first.md#", "Autosave")
        write(posts / ".tmp-first.md", "Replaced")
        os.replace(posts / ".tmp-first.md", posts / "first.md")
        await until(config, {"Replaced"})
        (posts / "first.md").rename(posts / "renamed.md")
        write(posts / "new.md", "New")
        await until(config, {"Replaced", "New"})
        assert len(json.loads((config.parent / "public/feeds/all.json").read_bytes())["items"]) == 2

    live(story, config)


def test_a_new_folder_made_together_with_its_files_is_not_missed(config: Path) -> None:
    async def story(config: Path, posts: Path) -> None:
        outside = config.parent / "outside"
        (outside / "deep" / "er").mkdir(parents=True)
        write(outside / "deep" / "er" / "moved.md", "Moved in")
        outside.rename(posts / "inside")
        (posts / "made").mkdir()
        write(posts / "made" / "made.md", "Made")
        await until(config, {"First", "Moved in", "Made"})
        (posts / "inside").rename(posts / "elsewhere")
        await until(config, {"First", "Moved in", "Made"})
        shutil.rmtree(posts / "elsewhere")
        await until(config, {"First", "Made"})

    live(story, config)


def test_a_file_that_is_being_written_is_waited_for_and_keeps_no_other_waiting(config: Path) -> None:
    async def story(config: Path, posts: Path) -> None:
        seen: set[str] = set()
        with (posts / "slow.md").open("w", encoding="utf-8") as file:
            file.write("---\ntitle: Slow\n")
            for step in range(8):
                file.write(f"key{step}: value\n")
                file.flush()
                if step == 2:
                    write(posts / "quick.md", "Quick")
                await asyncio.sleep(0.25)
                seen |= shown(config)
            assert seen == {"First", "Quick"}
            file.write("date: 2026-01-01\n---\nAll of it.\n")
        await until(config, {"First", "Quick", "Slow"})

    live(story, config)


def test_a_future_post_appears_at_its_minute_with_no_file_touched(config: Path) -> None:
    async def story(config: Path, posts: Path) -> None:
        soon = datetime.now(UTC) + timedelta(seconds=3)
        write(posts / "future.md", "Future", date=f"{soon:%Y-%m-%dT%H:%M:%SZ}")
        await asyncio.sleep(1)
        assert shown(config) == {"First"}
        await until(config, {"First", "Future"}, seconds=8)
        assert datetime.now(UTC) >= soon.replace(microsecond=0)

    live(story, config)


def test_where_nothing_can_be_watched_the_rescan_finds_it(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object, **__: object) -> AsyncIterator[None]:
        raise OSError("OS file watch limit reached")
        yield

    monkeypatch.setattr("watchfiles.awatch", full)

    async def story(config: Path, posts: Path) -> None:
        write(posts / "second.md", "Second")
        await until(config, {"First", "Second"}, seconds=8)

    live(story, config, Rhythm(rescan=1.5, compose=0.5))


def test_a_folder_that_vanishes_keeps_its_feeds_and_one_that_returns_is_watched_again(config: Path) -> None:
    async def story(config: Path, posts: Path) -> None:
        posts.rename(config.parent / "unmounted")
        await asyncio.sleep(1.5)
        assert shown(config) == {"First"}
        (config.parent / "unmounted").rename(posts)
        write(posts / "second.md", "Second")
        await until(config, {"First", "Second"}, seconds=10)
        write(posts / "third.md", "Third")
        await until(config, {"First", "Second", "Third"}, seconds=10)

    live(story, config, Rhythm(rescan=1.0, compose=0.5))


@pytest.mark.databases
def test_a_folder_that_is_emptied_keeps_its_feeds_and_the_daemon_goes_on_once_the_posts_are_back(
    config: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    for n in range(5):
        write(config.parent / "posts" / f"post-{n}.md", f"Post {n}")
    titles = {"First", *(f"Post {n}" for n in range(5))}

    async def story(config: Path, posts: Path) -> None:
        before = entries(config)
        posts.rename(config.parent / "unmounted")
        posts.mkdir()
        write(posts / "stray.md", "Stray")
        await until_told(caplog, "event=posts_missing")
        await asyncio.sleep(2.5)
        assert entries(config) == before
        shutil.rmtree(posts)
        (config.parent / "unmounted").rename(posts)
        write(posts / "new.md", "New")
        await until(config, {*titles, "New"}, seconds=10)
        assert before.items() <= entries(config).items()
        (posts / "new.md").unlink()
        await until(config, titles)

    live(story, config, Rhythm(rescan=0.5, compose=0.2))
    assert caplog.text.count("event=posts_missing") == 1
    assert caplog.text.count("event=posts_no_longer_missing") == 1
    assert "event=beat_failed" not in caplog.text
    with Service.open(config) as service, service.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM posts").scalar() == 7


def test_a_folder_that_goes_file_by_file_takes_no_more_than_half_of_the_feed(
    config: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kept = config.parent / "kept"
    for n in range(40):
        write(config.parent / "posts" / f"post-{n}.md", f"Post {n}")

    async def story(config: Path, posts: Path) -> None:
        shutil.copytree(posts, kept)
        for file in sorted(posts.iterdir()):
            file.unlink()
            await asyncio.sleep(0.05)
        await until_told(caplog, "event=posts_missing")
        await asyncio.sleep(1.5)
        assert count(config) >= 20
        for file in kept.iterdir():
            file.rename(posts / file.name)
        await until_told(caplog, "event=posts_no_longer_missing")

    def count(config: Path) -> int:
        with Service.open(config) as service:
            return sum(known.state == "visible" for known in posts_of(service))

    caplog.set_level("INFO")
    live(story, config, Rhythm(rescan=0.5, compose=0.2))
    assert count(config) == 41


def test_who_starts_before_the_drive_is_there_reads_the_posts_as_before(
    config: Path, caplog: pytest.LogCaptureFixture
) -> None:
    drive, away = config.parent / "drive", config.parent / "away"
    with config.open("a", encoding="utf-8") as file:
        file.write('[posts]\nfolder = "drive/_posts"\n')
    (drive / "_posts").mkdir(parents=True)
    (drive / "_config.yml").write_text("permalink: /a/:title/\n", encoding="utf-8")
    write(drive / "_posts" / "2026-01-01-post.md", "Post")
    with Service.open(config) as service:
        service.build()
    before = entries(config)
    assert before["Post"]["url"] == "https://example.org/a/post/"
    drive.rename(away)

    async def story(config: Path, posts: Path) -> None:
        await until_told(caplog, "event=posts_missing")
        await asyncio.sleep(1.5)  # others look at the site meanwhile
        away.rename(drive)
        write(drive / "_posts" / "2026-01-02-more.md", "More")
        await until_at_least(config, {"Post", "More"})
        assert entries(config)["Post"] == before["Post"]
        assert entries(config)["More"]["url"] == "https://example.org/a/more/"

    live(story, config, Rhythm(rescan=0.5, compose=0.2))
    assert caplog.text.count("event=posts_missing") == 1
    assert caplog.text.count("event=watch_failed") <= 1


async def until_told(caplog: pytest.LogCaptureFixture, event: str) -> None:
    started = time.monotonic()
    while event not in caplog.text:
        assert time.monotonic() - started < 10
        await asyncio.sleep(0.05)


def posts_of(service: Service) -> list[KnownPost]:
    with service.database.read() as connection:
        return known_posts(connection)


def entries(config: Path) -> dict[str, dict[str, str]]:
    feed = json.loads((config.parent / "public" / "feeds" / "all.json").read_bytes())
    return {item["title"]: item for item in feed["items"]}


async def until_at(config: Path, title: str, address: str) -> None:
    started = time.monotonic()
    while (found := entries(config)[title]["url"]) != address:
        assert time.monotonic() - started < 8, f"{found} instead of {address}"
        await asyncio.sleep(0.05)


def test_the_generators_configuration_counts_as_soon_as_it_is_whole(
    config: Path, caplog: pytest.LogCaptureFixture
) -> None:
    root = config.parent
    (root / "_config.yml").write_text("permalink: /a/:title/\n", encoding="utf-8")
    write(root / "posts" / "2026-01-01-post.md", "Post")

    async def story(config: Path, posts: Path) -> None:
        before = entries(config)["Post"]
        assert before["url"] == "https://example.org/a/post/"
        (root / "_config.yml").write_text("permalink: /b/:title/\ntitle: [half", encoding="utf-8")
        await asyncio.sleep(2.5)
        write(posts / "2026-01-02-more.md", "More")
        await until_at_least(config, {"Post", "More"})
        assert entries(config)["Post"] == before
        (root / "_config.yml").write_text("permalink: /b/:title/\ntitle: whole\n", encoding="utf-8")
        await until_at(config, "Post", "https://example.org/b/post/")
        assert entries(config)["Post"] == before | {"url": "https://example.org/b/post/"}
        (root / "_data").mkdir()
        write(posts / "2026-01-02-more.md", "More", date="2026-01-02\nauthor: me")
        (root / "_data" / "authors.yml").write_text("me: {name: Myself}\n", encoding="utf-8")
        started = time.monotonic()
        while entries(config)["More"].get("authors") != [{"name": "Myself"}]:
            assert time.monotonic() - started < 8
            await asyncio.sleep(0.05)

    live(story, config)
    assert caplog.text.count("event=generator_configuration_broken") == 1
    with Service.open(config) as service, service.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM posts").scalar() == 2


async def until_at_least(config: Path, titles: set[str]) -> None:
    started = time.monotonic()
    while not titles <= shown(config):
        assert time.monotonic() - started < 8
        await asyncio.sleep(0.05)


def test_a_cascade_in_the_posts_folder_counts_at_once(config: Path) -> None:
    root = config.parent
    (root / "hugo.toml").write_text('baseURL = "https://example.org/"\n', encoding="utf-8")

    async def story(config: Path, posts: Path) -> None:
        assert "authors" not in entries(config)["First"]
        (posts / "_index.md").write_text("---\ncascade: {author: Everybody}\n---\n", encoding="utf-8")
        started = time.monotonic()
        while entries(config)["First"].get("authors") != [{"name": "Everybody"}]:
            assert time.monotonic() - started < 8
            await asyncio.sleep(0.05)

    live(story, config)


def test_places_wait_until_they_are_quiet_each_for_itself() -> None:
    async def story() -> None:
        waiting = watcher.Waiting(0.6)
        started = time.monotonic()
        waiting.add(["busy", "calm"])
        await asyncio.sleep(0.2)
        waiting.add(["busy"])
        assert await waiting.ready() == {"calm"}
        assert await waiting.ready() == {"busy"}
        assert time.monotonic() - started >= 0.8

    asyncio.run(story())
