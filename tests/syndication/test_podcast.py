"""Recordings: enclosures in every format, and what podcast directories read."""

from __future__ import annotations

import json

import feedparser
import pytest
from lxml import etree

from feeds.model.feed import Feed, Format, Media, Podcast
from feeds.model.post import Episode
from feeds.syndication.fragments import Fragments
from feeds.syndication.render import render
from tests.syndication.sample import SITE, entry, feed

ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
MEDIA = "{http://search.yahoo.com/mrss/}"
SOUND = Media(f"{SITE}/1.mp3", "audio/mpeg", 1234, 600)
PAPER = Media(f"{SITE}/1.pdf", "application/pdf", 99)
PODCAST = Podcast((("News", "Tech News"),), author="大和", image=f"{SITE}/cover.jpg")
EPISODE = entry(enclosures=(PAPER, SOUND), episode=Episode(1, 2, "full", True))


def body(made: Feed, form: Format) -> bytes:
    return render(made, form, path="x").body


def channel(made: Feed) -> etree._Element:
    return etree.fromstring(body(made, Format.RSS))[0]


def test_the_recording_is_the_first_file_in_every_format() -> None:
    made = feed(EPISODE)
    rss, atom = (feedparser.parse(body(made, form)).entries[0] for form in (Format.RSS, Format.ATOM))
    assert [(e.href, e.type, e.length) for e in rss.enclosures] == [(SOUND.url, "audio/mpeg", "1234")]
    assert [(e.href, e.type, e.length) for e in atom.enclosures] == [
        (SOUND.url, "audio/mpeg", "1234"),
        (PAPER.url, "application/pdf", "99"),
    ]
    assert json.loads(body(made, Format.JSON))["items"][0]["attachments"] == [
        {"url": SOUND.url, "mime_type": "audio/mpeg", "size_in_bytes": 1234, "duration_in_seconds": 600},
        {"url": PAPER.url, "mime_type": "application/pdf", "size_in_bytes": 99},
    ]


def test_further_files_of_an_rss_item_are_media_contents() -> None:
    item = channel(feed(EPISODE)).find("item")
    assert item is not None
    contents = [dict(found.attrib) for found in item.findall(f"{MEDIA}content")]
    assert contents == [{"url": PAPER.url, "type": "application/pdf", "medium": "document", "fileSize": "99"}]


def test_a_file_of_which_nothing_is_known_has_length_0_and_a_type() -> None:
    item = channel(feed(entry(enclosures=(Media(f"{SITE}/x"),)))).find("item/enclosure")
    assert item is not None
    assert dict(item.attrib) == {"url": f"{SITE}/x", "length": "0", "type": "application/octet-stream"}


def test_a_podcast_says_what_directories_ask_for() -> None:
    made = channel(feed(EPISODE, podcast=PODCAST))
    assert made.findtext(f"{ITUNES}author") == "大和"
    assert made.findtext(f"{ITUNES}explicit") == "false"
    assert made.findtext(f"{ITUNES}type") == "episodic"
    category = made.find(f"{ITUNES}category")
    assert category is not None
    assert [category.get("text"), *(below.get("text") for below in category)] == ["News", "Tech News"]
    item = made.find("item")
    assert item is not None
    names = ("duration", "season", "episode", "episodeType", "explicit")
    assert [item.findtext(f"{ITUNES}{name}") for name in names] == ["600", "1", "2", "full", "true"]


@pytest.mark.parametrize("form", [Format.RSS, Format.ATOM])
def test_a_feed_that_is_no_podcast_does_not_mention_them(form: Format) -> None:
    assert b"itunes" not in body(feed(EPISODE), form)


def test_the_owner_of_a_podcast_is_named_only_with_an_address() -> None:
    nameless = channel(feed(EPISODE, podcast=PODCAST))
    assert nameless.find(f"{ITUNES}owner") is None
    owned = Podcast((("News",),), owner_name="瓦版", owner_email="radio@example.org")
    owner = channel(feed(EPISODE, podcast=owned)).find(f"{ITUNES}owner")
    assert owner is not None
    assert [found.text for found in owner] == ["瓦版", "radio@example.org"]


def test_a_podcast_and_another_feed_share_no_bytes_of_an_episode() -> None:
    podcast, other = feed(EPISODE, podcast=PODCAST), feed(EPISODE)
    fragments: Fragments = {}
    for made in (other, podcast, other, podcast):
        assert render(made, Format.RSS, path="x", fragments=fragments).body == body(made, Format.RSS)
