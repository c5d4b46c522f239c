"""Readers are counted by what their programs say, and no address outlives the day."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.model.audience import ReaderCount, sum_up
from feeds.web.agents import Aggregator, aggregator, is_robot
from feeds.web.audience import Audience

MONDAY = date(2026, 11, 23)
MAC = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/14.0.1"
)


@pytest.mark.parametrize(
    ("agent", "name", "feed_id", "readers"),
    [
        (
            "Feedly/1.0 (+http://www.feedly.com/fetcher.html; 16 subscribers; like FeedFetcher-Google)",
            "Feedly",
            "",
            16,
        ),
        ("Feedbin feed-id:1697787 - 102 subscribers", "Feedbin", "1697787", 102),
        ("Feedbin feed-id:12345 - 1 subscriber", "Feedbin", "12345", 1),
        ("feedbin/2.0 (https://feedbin.com/site/contact; 3 subscribers)", "Feedbin", "", 3),
        (
            f'NewsBlur Feed Fetcher - 54 subscribers - https://www.newsblur.com/site/770/x ("{MAC}")',
            "NewsBlur",
            "",
            54,
        ),
        ("NewsBlur Feed Fetcher - 1,234 subscribers - https://newsblur.com", "NewsBlur", "", 1234),
        ("Mozilla/5.0 (compatible; inoreader.com; 114 subscribers)", "Inoreader", "", 114),
        ("Inoreader/1.0 (+http://www.inoreader.com/feed-fetcher; 26 subscribers; )", "Inoreader", "", 26),
        (
            "Mozilla/5.0 (compatible; theoldreader.com; 1 subscribers; feed-id=cead6c3a837650eeefd8fe4a)",
            "The Old Reader",
            "cead6c3a837650eeefd8fe4a",
            1,
        ),
        (
            "Mozilla/5.0 (compatible; BazQux/2.4; +https://bazqux.com/fetcher; 1 subscribers)",
            "BazQux",
            "",
            1,
        ),
        (
            "Dreamwidth Studios (webmaster@dreamwidth.example; for https://x.example/; 2 readers)",
            "Dreamwidth Studios",
            "",
            2,
        ),
        (
            "Overcast/1.0 Podcast Sync (1190 subscribers; feed-id=554901; +http://overcast.fm/)",
            "Overcast",
            "554901",
            1190,
        ),
        (
            "Feedfetcher-Google; (+http://www.google.com/feedfetcher.html; 4 subscribers; feed-id=90489)",
            "Google",
            "90489",
            4,
        ),
        (
            "Mozilla/5.0 (X11; U; Linux i686; en-US; rv:1.2.1; Rojo 1.0; http://www.rojo.com/; "
            "Aggregating on behalf of 15 subscriber(s) online at http://www.rojo.com/?feed-id=1) Gecko",
            "Rojo 1.0",
            "1",
            15,
        ),
        (
            "YahooFeedSeeker/2.0 (compatible; Mozilla 4.0; MSIE 5.5; http://my.yahoo.com; users 7; views 1)",
            "YahooFeedSeeker",
            "",
            7,
        ),
        ("ThePort_Web/1.0;_subscribers_1", "ThePort Web", "", 1),
        ("NewsGatorOnline/2.0_(http://www.newsgator.com;_20_subscribers)", "NewsGatorOnline", "", 20),
        ("Bloglines/3.1 (http://www.bloglines.com; 154 subscribers)", "Bloglines", "", 154),
        ("Bloglovin/1.0 (http://www.bloglovin.com; 6 subscribers)", "Bloglovin", "", 6),
        ("Netvibes (http://www.netvibes.com/; 42 subscribers; feedId: 1234567)", "Netvibes", "1234567", 42),
        (
            "livedoor FeedFetcher/0.01 (http://reader.livedoor.com/; 12 subscribers)",
            "livedoor FeedFetcher",
            "",
            12,
        ),
        ("FeedWrangler/1.0 (+http://feedwrangler.net; 5 subscribers; feed-id=88)", "FeedWrangler", "88", 5),
        ("G2Reader/1.0 (g2reader.com; 6 subscribers)", "G2Reader", "", 6),
        ("YandexBlogs/0.99 (compatible; DOS3.30; Mozilla/5.0; B; robot) 8 readers", "YandexBlogs", "", 8),
        ("LiveJournal.com (webmaster@livejournal.example; for x; 1 readers)", "LiveJournal", "", 1),
        ("UniFeed/3 (12 users)", "UniFeed", "", 12),
    ],
)
def test_services_say_for_how_many_they_fetch(agent: str, name: str, feed_id: str, readers: int) -> None:
    assert aggregator(agent) == Aggregator(name, feed_id, readers)


@pytest.mark.parametrize(
    "agent",
    [
        "",
        "Mozilla/5.0 (compatible; Miniflux/2.2.3; +https://miniflux.app)",
        "Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Thunderbird/115.6.1",
        "FreshRSS/1.23.1 (Linux; https://freshrss.org)",
        "Reeder/5050102 CFNetwork/3860.700.2 Darwin/25.6.0",
        "newsboat/2.21.0 (Linux x86_64)",
        "NetNewsWire (RSS Reader; https://netnewswire.com/)",
        "UniversalFeedParser/6.0 +https://github.com/kurtmckee/feedparser/",
        "Tiny Tiny RSS/24.02 (https://tt-rss.org/)",
        "Feedly/1.0 (+http://www.feedly.com/fetcher.html; like FeedFetcher-Google)",
        "Blogtrottr/2.0",
        f"{MAC} Safari/605.1.15",
    ],
)
def test_other_programs_are_single_readers(agent: str) -> None:
    assert aggregator(agent) is None
    assert not is_robot(agent)


@pytest.mark.parametrize(
    "agent",
    [
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
        "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
        "curl/8.5.0",
        "UptimeRobot/2.0; https://uptimerobot.com/",
    ],
)
def test_robots_read_for_nobody(agent: str) -> None:
    assert is_robot(agent)


@given(st.text(max_size=400))
def test_no_agent_breaks_the_counting(agent: str) -> None:
    found = aggregator(agent)
    assert found is None or (0 <= found.readers <= 100_000_000 and 0 < len(found.name) <= 40)


# Counting ---------------------------------------------------------------------------------------


@pytest.fixture
def clock() -> SimpleNamespace:
    return SimpleNamespace(now=1795435200.0)  # noon of Monday in UTC, 21:00 in Tokyo


@pytest.fixture
def audience(clock: SimpleNamespace) -> Audience:
    return Audience(ZoneInfo("Asia/Tokyo"), lambda: clock.now)


def numbers(audience: Audience) -> dict[tuple[str, str, str, str], int]:
    return {(str(c.day), c.feed, c.service, c.feed_id): c.readers for c in audience.take()}


def test_a_single_reader_counts_once_a_day(audience: Audience) -> None:
    for _ in range(3):
        for address in ("192.0.2.1", "192.0.2.2"):
            audience.note("all", b"newsboat/2.21", address)
        audience.note("all", b"FreshRSS/1", "192.0.2.1")
    audience.note("category:本", b"newsboat/2.21", "192.0.2.1")
    audience.note("all", b"Googlebot/2.1", "192.0.2.9")
    assert numbers(audience) == {("2026-11-23", "all", "", ""): 3, ("2026-11-23", "category:本", "", ""): 1}


def test_of_a_service_the_highest_number_of_the_day_counts(audience: Audience) -> None:
    for number in (12, 14, 13):
        audience.note("all", b"Feedly/1.0 (%d subscribers)" % number, "192.0.2.1")
    audience.note("all", b"Feedbin feed-id:1 - 5 subscribers", "192.0.2.1")
    audience.note("all", b"Feedbin feed-id:2 - 6 subscribers", "192.0.2.1")
    assert numbers(audience) == {
        ("2026-11-23", "all", "Feedly", ""): 14,
        ("2026-11-23", "all", "Feedbin", "1"): 5,
        ("2026-11-23", "all", "Feedbin", "2"): 6,
    }


def test_at_midnight_of_the_site_counting_begins_anew_and_nothing_is_lost(
    audience: Audience, clock: SimpleNamespace
) -> None:
    audience.note("all", b"newsboat", "192.0.2.1")
    clock.now += 3 * 3600
    audience.note("all", b"newsboat", "192.0.2.1")
    audience.note("all", b"newsboat", "192.0.2.2")
    assert numbers(audience) == {("2026-11-23", "all", "", ""): 1, ("2026-11-24", "all", "", ""): 2}
    assert numbers(audience) == {("2026-11-24", "all", "", ""): 2}


def test_no_address_and_no_agent_is_in_memory(audience: Audience) -> None:
    audience.note("all", b"newsboat/2.21", "192.0.2.77")
    kept = repr({name: value for name, value in vars(audience).items() if name != "_agents"})
    assert "192.0.2.77" not in kept
    assert "newsboat" not in kept


def test_numbers_that_could_not_be_stored_come_again(audience: Audience, clock: SimpleNamespace) -> None:
    audience.note("all", b"newsboat", "192.0.2.1")
    clock.now += 86400
    audience.note("all", b"newsboat", "192.0.2.1")
    audience.give_back(audience.take())
    assert len({(count.day, count.readers) for count in audience.take()}) == 2


def test_a_flood_of_made_up_agents_is_bounded(audience: Audience, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feeds.web.audience._MOST_SINGLES", 50)
    monkeypatch.setattr("feeds.web.audience._MOST_SERVICES", 20)
    monkeypatch.setattr("feeds.web.audience._MOST_AGENTS", 30)
    for number in range(500):
        audience.note("all", b"reader %d" % number, "192.0.2.1")
        audience.note("all", b"Service%d/1 (5 subscribers)" % number, "192.0.2.1")
    assert len(audience._agents) <= 30
    counts = audience.take()
    assert len(counts) == 21
    assert max(count.readers for count in counts) == 50


# Summing up -------------------------------------------------------------------------------------


def count(day: int, service: str, readers: int, feed_id: str = "") -> ReaderCount:
    return ReaderCount(date(2026, 11, day), "all", service, feed_id, readers)


def test_the_latest_day_of_a_service_counts_and_the_best_of_single_readers() -> None:
    services, singles = sum_up(
        [count(22, "Feedly", 20), count(23, "Feedly", 18), count(22, "", 40), count(23, "", 3)]
    )
    assert services == {"Feedly": 18}
    assert singles == 40


def test_feed_ids_add_up_and_other_addresses_of_one_service_do_not() -> None:
    services, _ = sum_up(
        [count(23, "Feedbin", 5, "1"), count(23, "Feedbin", 6, "2"), count(23, "Feedbin", 4)]
    )
    assert services == {"Feedbin": 11}
