"""The command line on a node that stands by: another one scans, publishes and composes for all."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from feeds.daemon import Rhythm, serve
from feeds.errors import PostsMissing, Standby
from feeds.model.subscriber import Cadence
from feeds.service import Service
from tests.cli.conftest import Said
from tests.machine.world import address
from tests.pair import config_of, write_pair
from tests.postgres import Cluster

Say = Callable[..., Said]


def post(folder: Path, title: str) -> None:
    text = f"---\ntitle: {title}\ndate: 2026-01-01\n---\nBody.\n"
    (folder / "posts" / f"{title}.md").write_text(text, encoding="utf-8")


@pytest.fixture
def site(cluster: Cluster, tmp_path: Path) -> Path:
    """Two nodes, a reader, and an issue that nobody sent yet."""
    write_pair(tmp_path, cluster.new_database())
    with Service.open(config_of(tmp_path, "one"), environ={}) as service:
        service.build()
        service.add_subscriber(address("ann"), cadence=Cadence.EACH, confirmed=True)
        post(tmp_path, "first")
        service.build()
        service.build()  # the post has lain unchanged
        assert len(service.compose()) == 1
    shared = tmp_path / "two" / ".kawaraban"
    shared.mkdir(mode=0o700)
    shutil.copy(tmp_path / "one" / ".kawaraban" / "signing.key", shared)
    return tmp_path


@pytest.fixture
def standing_by(site: Path) -> Iterator[Path]:
    """The configuration of node two, while one is at work for all."""
    with ExitStack() as stack:
        one = stack.enter_context(Service.open(config_of(site, "one"), environ={}))
        with one.turn():
            pass  # its lease goes on
        yield config_of(site, "two")


def test_tick_sends_its_share_and_says_who_does_the_rest(say: Say, site: Path, standing_by: Path) -> None:
    post(site, "second")
    said = say("--config", str(standing_by), "tick")
    assert said.status == 0
    (line,) = [line for line in said.out.splitlines() if "stands by" in line]
    assert str(site / "one") in line
    assert "mail: 1 sent" in said.out
    assert len(list((site / "box" / "new").iterdir())) == 1
    assert "second" not in (site / "public" / "feeds" / "all.json").read_text(encoding="utf-8")


def test_tick_tells_a_script_the_same(say: Say, standing_by: Path) -> None:
    said = say("--config", str(standing_by), "tick", "--json")
    assert said.status == 0
    told = json.loads(said.out)
    assert (told["posts"], told["feeds"], told["issues"], told["sent"]) == (None, None, [], 1)
    assert "stands by" in told["standby"]


def test_build_says_who_does_it_and_ends_with_a_status_of_its_own(
    say: Say, site: Path, standing_by: Path
) -> None:
    said = say("--config", str(standing_by), "build")
    assert (said.status, said.out) == (75, "")
    assert str(site / "one") in said.err
    assert len(said.err.splitlines()) == 1


def test_a_daemon_that_stands_by_counts_no_failure(standing_by: Path) -> None:
    async def pages(service: Service, stop: asyncio.Event) -> None: ...

    async def look(service: Service, ended: asyncio.Event) -> None:
        counted = service.vitals.counts
        seen.append((dict(counted["scans"]), dict(counted["beats_failed"])))
        stop.set()

    async def story() -> None:
        await serve(standing_by, frozenset({"scheduler"}), pages=pages, companions=[look], stop=stop)

    stop = asyncio.Event()
    seen: list[tuple[object, object]] = []
    asyncio.run(story())
    assert seen == [({}, {})]


def test_whoever_comes_after_the_other_has_ended_does_it_all(say: Say, site: Path) -> None:
    said = say("--config", str(config_of(site, "two")), "tick", "--json")
    told = json.loads(said.out)
    assert (said.status, told["standby"], told["posts"]["visible"], told["sent"]) == (0, "", 1, 1)


def test_a_node_that_has_no_posts_empties_no_feed_and_lets_another_one_publish(say: Say, site: Path) -> None:
    one, two = config_of(site, "one"), config_of(site, "two")
    (site / "empty").mkdir()
    two.write_text(two.read_text().replace('"../posts"', '"../empty"'), encoding="utf-8")
    before = (site / "public" / "feeds" / "all.json").read_bytes()
    with Service.open(two, environ={}) as without, Service.open(one, environ={}) as with_posts:
        for _ in range(2):
            with pytest.raises(PostsMissing, match="has none of the 1 posts"):
                without.build()
        assert (site / "public" / "feeds" / "all.json").read_bytes() == before
        post(site, "second")
        assert with_posts.build().scan.visible == 2  # nobody waits for the end of a lease
        with pytest.raises(Standby):
            without.build()
    said = say("--config", str(two), "tick")
    assert (said.status, "mail: 1 sent" in said.out) == (1, True)
    assert str(site / "empty") in said.err
    assert "second" in (site / "public" / "feeds" / "all.json").read_text(encoding="utf-8")


def test_of_two_daemons_the_one_with_the_posts_publishes(site: Path) -> None:
    one, two = config_of(site, "one"), config_of(site, "two")
    (site / "empty").mkdir()
    two.write_text(two.read_text().replace('"../posts"', '"../empty"'), encoding="utf-8")
    feed = site / "public" / "feeds" / "all.json"

    async def pages(service: Service, stop: asyncio.Event) -> None:
        services.append(service)
        await stop.wait()

    async def story() -> None:
        parts, stops = frozenset({"scheduler", "web"}), [asyncio.Event(), asyncio.Event()]
        running = []
        for config, stop in zip((two, one), stops, strict=True):
            ready = asyncio.Event()
            daemon = serve(
                config, parts, pages=pages, rhythm=Rhythm(rescan=0.5, compose=0.3), stop=stop, ready=ready
            )
            running.append(asyncio.create_task(daemon))
            await asyncio.wait_for(ready.wait(), 30)
        post(site, "second")
        async with asyncio.timeout(30):
            while "second" not in feed.read_text(encoding="utf-8") or services[0].vitals.doubt:
                await asyncio.sleep(0.05)
        assert "first" in feed.read_text(encoding="utf-8")
        assert "second" in feed.read_text(encoding="utf-8")
        assert services[0].vitals.counts["scans"]["failed",] >= 1
        assert (services[0].vitals.doubt, services[1].vitals.doubt) == ("", "")
        for stop in stops:
            stop.set()
        await asyncio.gather(*running)

    services: list[Service] = []
    asyncio.run(story())
