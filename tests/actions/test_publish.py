"""What is published of a folder: through the configuration, the store and the formats, to the files."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from lxml import etree

from feeds.service import Service
from tests import databases

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
GIF = bytes.fromhex("474946383961") + (640).to_bytes(2, "little") + (480).to_bytes(2, "little") + b"\0\0\0"


def site(folder: Path, feeds: str = "") -> Path:
    (folder / "posts").mkdir()
    (folder / "public" / "media").mkdir(parents=True)
    file = folder / "kawaraban.toml"
    databases.write(file, f'[site]\ntitle = "T"\nurl = "https://example.org/blog"\n[feeds]\n{feeds}\n')
    return file


def write(folder: Path, name: str, front: str, body: str = "A body that says more than a line.") -> None:
    (folder / "posts" / name).write_text(f"---\ndate: 2026-01-01\n{front}---\n{body}\n", encoding="utf-8")


def items(folder: Path, name: str = "all.json") -> dict[str, dict[str, object]]:
    feed = json.loads((folder / "public" / "feeds" / name).read_bytes())
    return {item["title"]: item for item in feed["items"]}


def test_media_files_have_their_real_length_and_type(tmp_path: Path) -> None:
    config = site(tmp_path)
    (tmp_path / "public" / "media" / "talk.mp3").write_bytes(b"ID3" + bytes(4093))
    (tmp_path / "public" / "media" / "cover.gif").write_bytes(GIF)
    write(
        tmp_path,
        "a.md",
        "title: One\nimage: /blog/media/cover.gif\nenclosure:\n  url: /blog/media/talk.mp3\n  length: 7\n",
    )
    with Service.open(config, now=NOON) as service:
        service.build()
    (item,) = items(tmp_path).values()
    assert item["attachments"] == [
        {
            "url": "https://example.org/blog/media/talk.mp3",
            "mime_type": "audio/mpeg",
            "size_in_bytes": 4096,
        }
    ]
    rss = (tmp_path / "public" / "feeds" / "all.rss.xml").read_text(encoding="utf-8")
    assert 'length="4096" type="audio/mpeg"' in rss
    assert 'width="640" height="480"' in rss


def test_a_recording_that_changed_changes_its_feeds_with_the_next_change_of_them(tmp_path: Path) -> None:
    config = site(tmp_path)
    recording = tmp_path / "public" / "media" / "talk.mp3"
    recording.write_bytes(b"ID3" + bytes(4093))
    write(tmp_path, "a.md", "title: One\nenclosure: /blog/media/talk.mp3\n")
    with Service.open(config, now=NOON) as service:
        service.build()
        recording.write_bytes(b"ID3" + bytes(9997))
        write(tmp_path, "b.md", "title: Two\n")
        service.build()
    attachments = items(tmp_path)["One"]["attachments"]
    assert isinstance(attachments, list)
    assert attachments[0]["size_in_bytes"] == 10_000


def test_a_post_may_differ_from_its_site_in_what_feeds_carry_of_it(tmp_path: Path) -> None:
    config = site(tmp_path)
    write(tmp_path, "a.md", "title: Whole\n")
    write(tmp_path, "b.md", "title: Part\nfeed: excerpt\n")
    write(tmp_path, "c.md", "title: None\nfeed: false\n")
    with Service.open(config, now=NOON) as service:
        service.build()
    found = items(tmp_path)
    assert {title: "content_html" in item for title, item in found.items()} == {"Whole": True, "Part": False}


def test_translations_know_each_other_and_have_feeds_of_their_language(tmp_path: Path) -> None:
    config = site(tmp_path)
    for language in ("ja", "en"):
        front = f"title: In {language}\nlang: {language}\ntranslationKey: k\ncategory: c\n"
        write(tmp_path, f"{language}.md", front)
    with Service.open(config, now=NOON) as service:
        service.build()
        atom = (tmp_path / "public" / "feeds" / "ja" / "category" / "c.atom.xml").read_text(encoding="utf-8")
        assert "In ja" in atom
        assert "In en" not in atom
        assert 'type="text/html" hreflang="en"' in atom
        (tmp_path / "posts" / "en.md").unlink()
        written = service.build().publish.written
        assert "feeds/ja/category/c.atom.xml" in written
    atom = (tmp_path / "public" / "feeds" / "ja" / "category" / "c.atom.xml").read_text(encoding="utf-8")
    assert 'type="text/html" hreflang="en"' not in atom
    empty = json.loads((tmp_path / "public" / "feeds" / "en" / "all.json").read_bytes())
    assert empty["items"] == []


def test_feeds_name_their_other_formats_and_those_of_other_languages(tmp_path: Path) -> None:
    config = site(tmp_path)

    def alternates(name: str) -> set[tuple[str, str, str]]:
        root = etree.parse(tmp_path / "public" / "feeds" / name).getroot()
        links = root.iterfind("{*}link") if root.tag != "rss" else root[0].iterfind("{*}link[@rel]")
        return {
            (link.get("href", "").partition("/feeds/")[2], link.get("type", ""), link.get("hreflang", ""))
            for link in links
            if link.get("rel") == "alternate" and "/feeds/" in link.get("href", "")
        }

    with Service.open(config, now=NOON) as service:
        for number, language in enumerate(("ja", "en", "fr")):
            write(tmp_path, f"{language}.md", f"title: {language}\nlang: {language}\ncategory: c\n")
            service.build(places=[f"{language}.md"])
            assert bool(number) == (tmp_path / "public" / "feeds" / "ja" / "all.rss.xml").exists()
    json_type, atom_type = "application/feed+json", "application/atom+xml"
    assert alternates("all.atom.xml") == {
        ("all.rss.xml", "application/rss+xml", ""),
        ("all.json", json_type, ""),
    }
    assert alternates("ja/category/c.rss.xml") == {
        ("ja/category/c.atom.xml", atom_type, ""),
        ("ja/category/c.json", json_type, ""),
        ("en/category/c.rss.xml", "application/rss+xml", "en"),
        ("fr/category/c.rss.xml", "application/rss+xml", "fr"),
    }
    assert {entry[0] for entry in alternates("en/all.atom.xml")} >= {"fr/all.atom.xml", "ja/all.atom.xml"}
    with Service.open(config, now=NOON) as service:
        assert service.build().publish.written == ()


def test_tags_and_authors_have_feeds_where_the_owner_wants_them(tmp_path: Path) -> None:
    config = site(tmp_path, 'facets = ["tag", "author"]')
    write(tmp_path, "a.md", "title: One\ntags: [Python, 日本語]\nauthor: Ann\n")
    write(tmp_path, "b.md", "title: Two\ntags: [python]\n")
    with Service.open(config, now=NOON) as service:
        service.build()
    names = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.json")}
    assert names == {
        f"public/feeds/{name}.json" for name in ("all", "tag/python", "tag/日本語", "author/ann")
    }
    assert set(items(tmp_path, "tag/python.json")) == {"One", "Two"}


def test_each_of_several_authors_has_a_feed_and_a_name_of_its_own(tmp_path: Path) -> None:
    config = site(tmp_path, 'facets = ["author"]')
    write(tmp_path, "a.md", "title: One\nauthors: [Ann, 'Davis, Jr.']\n")
    write(tmp_path, "b.md", "title: Two\nauthor: Ann, Bea\n")
    with Service.open(config, now=NOON) as service:
        service.build()
    both = [[{"name": "Ann"}, {"name": "Bea"}], [{"name": "Ann"}, {"name": "Davis, Jr."}]]
    found = json.loads((tmp_path / "public" / "feeds" / "author" / "ann.json").read_bytes())["items"]
    assert sorted((one["authors"] for one in found), key=str) == both
    assert set(items(tmp_path, "author/bea.json")) == {"Two"}
    assert set(items(tmp_path, "author/davis-jr.json")) == {"One"}


def test_facets_that_are_wanted_later_have_the_posts_that_were_there_before(tmp_path: Path) -> None:
    config = site(tmp_path)
    write(tmp_path, "a.md", "title: One\ntags: [x]\nlang: ja\n")
    with Service.open(config, now=NOON) as service:
        service.build()
    config.write_text(config.read_text(encoding="utf-8") + 'facets = ["tag", "language"]\n', encoding="utf-8")
    with Service.open(config, now=NOON) as service:
        service.build()
        assert set(items(tmp_path, "tag/x.json")) == {"One"}
        assert not (tmp_path / "public" / "feeds" / "ja").exists()
        write(tmp_path, "b.md", "title: Two\nlang: en\n")
        service.build(places=["b.md"])
    assert set(items(tmp_path, "ja/all.json")) == {"One"}
    assert set(items(tmp_path, "en/all.json")) == {"Two"}


def test_the_whole_history_can_be_read_along_the_archive(tmp_path: Path) -> None:
    config = site(tmp_path, "archive = true\nlimit = 2")
    for number in range(120):
        write(tmp_path, f"p{number:03}.md", f"title: Post {number}\n")
    with Service.open(config, now=NOON) as service:
        service.build()
    seen: set[str] = set()
    name = "all.json"
    while name:
        feed = json.loads((tmp_path / "public" / "feeds" / name).read_bytes())
        seen |= {item["title"] for item in feed["items"]}
        name = feed.get("next_url", "").rpartition("/")[2]
    assert seen == {f"Post {number}" for number in range(120)}


def test_a_post_leaves_when_it_expires_and_one_comes_at_its_minute(tmp_path: Path) -> None:
    config = site(tmp_path)
    write(tmp_path, "a.md", "title: Leaves\nexpiryDate: 2026-11-23T13:00:00Z\n")
    (tmp_path / "posts" / "b.md").write_text(
        "---\ntitle: Comes\ndate: 2026-11-23T14:00:00Z\n---\nText.\n", encoding="utf-8"
    )
    shown = []
    for hour in (12, 13, 14):
        with Service.open(config, now=NOON.replace(hour=hour)) as service:
            service.build(places=())
        shown.append(set(items(tmp_path)))
    assert shown == [{"Leaves"}, set(), {"Comes"}]
