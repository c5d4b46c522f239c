"""Same feed, same bytes."""

from __future__ import annotations

import locale
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from feeds.model.feed import Format
from feeds.syndication.fragments import Fragments
from feeds.syndication.render import render
from tests.syndication.sample import entry, feed

ROOT = Path(__file__).resolve().parents[2]
DIGESTS = """
import hashlib
from feeds.model.feed import Format
from feeds.syndication.render import render
from tests.syndication.sample import entry, feed
made = feed(*map(entry, range(5)))
print(*(hashlib.sha256(render(made, form, path="x").body).hexdigest() for form in Format))
"""


def digests(seed: str, zone: str) -> str:
    environment = os.environ | {"PYTHONHASHSEED": seed, "TZ": zone, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [sys.executable, "-c", DIGESTS], env=environment, check=True, capture_output=True, text=True, cwd=ROOT
    )
    return ran.stdout


def test_processes_with_other_hashes_and_zones_write_the_same_bytes() -> None:
    assert digests("1", "Asia/Tokyo") == digests("2", "America/New_York")


@pytest.mark.parametrize("form", list(Format))
def test_a_later_rendering_has_the_same_bytes(form: Format) -> None:
    made = feed(*map(entry, range(5)))
    first = render(made, form, path="x").body
    time.sleep(1.1)  # feedgen's own dates would be those of the next second
    assert render(made, form, path="x").body == first


@pytest.mark.parametrize("form", [Format.RSS, Format.ATOM])
def test_shared_entries_give_the_bytes_of_feedgen(form: Format) -> None:
    posts = [entry(number, language="en" if number % 2 else "ja") for number in range(9)]
    feeds = [feed(*posts), feed(*posts[3:7]), feed(*posts[::-1]), feed(), feed(*posts, language="en")]
    fragments: Fragments = {}
    for made in feeds:
        assert render(made, form, path="x", fragments=fragments).body == render(made, form, path="x").body


def test_an_edited_entry_is_not_taken_from_the_shared_ones() -> None:
    fragments: Fragments = {}
    render(feed(entry()), Format.RSS, path="x", fragments=fragments)
    edited = render(feed(entry(html="<p>new</p>")), Format.RSS, path="x", fragments=fragments).body
    assert b"&lt;p&gt;new&lt;/p&gt;" in edited


def test_an_entry_that_stands_twice_is_written_twice() -> None:
    body = render(feed(entry(), entry()), Format.RSS, path="x", fragments={}).body
    assert body == render(feed(entry(), entry()), Format.RSS, path="x").body
    assert body.count(b"<item>") == 2


def test_rendering_leaves_the_locale_of_the_process_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(locale, "setlocale", lambda *arguments: asked.append(arguments) or "C")
    for form in Format:
        render(feed(entry()), form, path="x")
    assert asked == []


@pytest.mark.parametrize("form", [Format.RSS, Format.ATOM])
def test_every_entry_has_a_line_of_its_own(form: Format) -> None:
    lines = render(feed(entry(1), entry(2)), form, path="x").body.splitlines()
    assert [b"posts/1/" in line for line in lines] == [False, False, True, False, False]
