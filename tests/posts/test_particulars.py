"""What few posts say of themselves is read in the spellings that themes and plugins have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.model.post import Enclosure, Episode, Parsed, Post, Problem, Withheld
from feeds.posts import particulars
from feeds.posts.dialects.names import DIALECTS
from feeds.posts.media import seconds
from feeds.posts.site import Site

MakePost = Callable[..., Post]
Parse = Callable[..., Parsed]
MP3 = "https://ai-media.co.jp/a.mp3"


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("enclosure: /a.mp3", Enclosure(MP3)),
        ("enclosure: /a.mp3 1234 audio/mpeg", Enclosure(MP3, "audio/mpeg", 1234)),
        ("enclosure: {url: /a.mp3, length: 1234, type: audio/mpeg}", Enclosure(MP3, "audio/mpeg", 1234)),
        ("enclosures:\n  - {href: /a.mp3, size: '1,234'}", Enclosure(MP3, "", 1234)),
        ("audio: /a.mp3\nduration: 62:03", Enclosure(MP3, "", 0, 3723)),
        ("file: /a.mp3\nfilesize: 99\nduration: '0:10'", Enclosure(MP3, "", 99, 10)),
        ("podcast: {file: /a.mp3, bytes: 99, duration: 1h}", Enclosure(MP3, "", 99, 3600)),
        ("mp3: /a.mp3\nmime_type: audio/mp3", Enclosure(MP3, "audio/mp3")),
        ("audio: {src: /a.mp3, length: 3.5 MB}", Enclosure(MP3)),
    ],
)
def test_media_files_are_found_however_they_are_named(post: MakePost, written: str, found: Enclosure) -> None:
    assert post(f"---\n{written}\n---\n").enclosures == (found,)


@pytest.mark.parametrize(
    "written",
    ["file: notes.txt", "video: https://example.org/watch", "audio: true", "enclosure: 'javascript:x'"],
)
def test_what_is_no_media_file_is_none(post: MakePost, written: str) -> None:
    assert post(f"---\n{written}\n---\n").enclosures == ()


def test_episodes_are_those_of_posts_with_media(post: MakePost) -> None:
    facts = "season: 2\nepisode: 7\nepisode_type: trailer\nexplicit: true\nepisode_image: /i.png\n"
    told = Episode(2, 7, "trailer", explicit=True, image="https://ai-media.co.jp/i.png")
    assert post(f"---\n{facts}audio: /a.mp3\n---\n").episode == told
    assert post(f"---\n{facts}---\n").episode is None
    inner = "podcast: {url: /a.mp3, number: 7, kind: odd}"
    assert post(f"---\n{inner}\n---\n").episode == Episode(number=7)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("1:02:03", 3723), ("62:03", 3723), ("3723", 3723), ("1h2m3s", 3723), ("PT1H2M3S", 3723),
        ("5 min", 300), ("1時間2分", 3720), ("", 0), ("long", 0), ("1:2:3", 0), ("99999999", 0), ("1.5", 0),
    ],
)  # fmt: skip
def test_playing_times_are_read(text: str, length: int) -> None:
    assert seconds(text) == length


@given(st.text(max_size=20))
def test_any_text_is_a_playing_time_or_none(text: str) -> None:
    assert 0 <= seconds(text) < 1_000_000


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("hidden: true", "unlisted"), ("unlisted: yes", "unlisted"), ("private: true", "unlisted"),
        ("password: x1", "unlisted"), ("status: hidden", "unlisted"), ("status: Draft", "draft"),
        ("publish: false", "unpublished"),
        ("draft: true\nhidden: true", "draft"), ("ignorePublish: true", "unpublished"),
    ],
)  # fmt: skip
def test_posts_that_are_not_to_be_listed_are_withheld(parsed: Parse, written: str, reason: str) -> None:
    found = parsed(f"---\n{written}\n---\n")
    assert isinstance(found, Withheld)
    assert found.reason == reason


@pytest.mark.parametrize("written", ["hidden: false", "status: published", "publish: true", "private: no"])
def test_posts_that_say_so_are_listed(post: MakePost, written: str) -> None:
    assert post(f"---\n{written}\n---\n")


def test_feeds_can_be_declined_or_shortened(post: MakePost) -> None:
    assert not post("---\nfeed: false\n---\n").in_feeds
    assert not post("---\nrss: no\n---\n").in_feeds
    assert post("---\nfeed: excerpt\n---\n").feed_content == "excerpt"
    assert post("---\nfeed_content: full\n---\n").feed_content == "full"
    assert post("---\nfeed:\n  excerpt_only: true\n---\n").feed_content == "excerpt"
    assert post("---\nsitemap: false\n---\n").in_feeds


def test_posts_expire(post: MakePost, parsed: Parse) -> None:
    assert post("---\nexpiryDate: 2030-01-01\n---\n").expires == datetime(2029, 12, 31, 15, tzinfo=UTC)
    found = parsed("---\na: b\nexpires: some day\n---\n")
    assert isinstance(found, Problem)
    assert (found.line, found.key) == (3, "expires")


def test_translations_are_named(post: MakePost) -> None:
    assert post("---\ntranslationKey: a\n---\n").translation_key == "a"
    assert post("---\nref: a\nlang: en\n---\n").translation_key == "a"
    assert post("---\nref: https://example.org/\n---\n").translation_key == ""


def test_rights_are_plain_text(post: MakePost) -> None:
    assert post("---\nlicense: '[CC BY](https://x.example)'\n---\n").rights == "CC BY"


@pytest.mark.parametrize(
    ("written", "image", "alt"),
    [
        ("cover: {image: /c.png, alt: C}", "c.png", "C"), ("header: {teaser: /t.png}", "t.png", ""),
        ("heroImage: /h.png\nheroImageAlt: H", "h.png", "H"), ("featuredImage: /f.png", "f.png", ""),
        ("teaser: /t.png", "t.png", ""), ("hero: {src: /h.png, alt: H}", "h.png", "H"),
        ("image: false\nthumbnail: /t.png\nimage_alt: T", "t.png", "T"),
    ],
)  # fmt: skip
def test_images_are_found_in_the_spellings_of_themes(
    post: MakePost, written: str, image: str, alt: str
) -> None:
    found = post(f"---\n{written}\n---\n")
    assert (found.image, found.image_alt) == (f"https://ai-media.co.jp/{image}", alt)


def test_images_that_a_bundler_moves_are_left_out(post: MakePost) -> None:
    assert post("---\nheroImage: ../../assets/h.png\n---\n").image == ""


_VALUE = st.recursive(
    st.text(max_size=12) | st.sampled_from(["true", "false", "/a.mp3", "1:02", "2025-01-02"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.dictionaries(st.sampled_from(sorted(particulars.KEYS)), _VALUE, max_size=5), st.sampled_from(DIALECTS)
)
def test_no_value_of_these_keys_makes_parsing_raise(
    parsed: Parse, magazine: Site, values: dict[str, object], dialect: str
) -> None:
    import json

    text = f"---json\n{json.dumps({'date': '2025-01-02', **values})}\n---\n"
    found = parsed(text, "2025-01-02-a.md", replace(magazine, dialect=dialect))
    assert isinstance(found, Post | Withheld | Problem)


def test_an_author_is_a_name_without_markup(parsed: Parse) -> None:
    text = "author: '[Hanako](https://example.org), <i lang=\"fr\">la savante</i>'"
    found = parsed(f"---\ntitle: x\ndate: 2025-01-02\n{text}\n---\nx\n")
    assert isinstance(found, Post)
    assert ", ".join(found.authors) == "Hanako, la savante"
    found = parsed("---\ntitle: x\ndate: 2025-01-02\nauthor: Hanako <hanako@example.org>\n---\nx\n")
    assert isinstance(found, Post)
    assert found.authors == ("Hanako",)
