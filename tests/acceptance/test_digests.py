"""The promise of the newsletter: each reader gets a new post once, at their own hour."""

from __future__ import annotations

import re
import shutil
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.acceptance.magazine import SEED, magazine
from tests.acceptance.publication import MONDAY, SETTLED, Publication, text_of

TOKYO = ZoneInfo("Asia/Tokyo")


def tokyo(day: int, hour: int, minute: int = 0) -> datetime:
    """That moment of November or December 2026; 23 November is a Monday."""
    return datetime(2026, 11, 1, hour, minute, tzinfo=TOKYO) + timedelta(days=day - 1)


@pytest.fixture
def scanned(shared_posts: Path, tmp_path: Path) -> Publication:
    """The newest part of the magazine, scanned on Monday at ten, with a reader of each cadence."""
    root = tmp_path / "site"
    made = magazine(root, root / "posts")
    for file in (shared_posts / "allforces/_posts").glob("2025-12-*.md"):
        shutil.copy(file, root / "posts")
    made.ask("tick", now=MONDAY)
    for cadence in ("each", "daily", "weekly"):
        words = (f"{cadence}@example.org", "--cadence", cadence, "--confirmed")
        assert made.say("subscribers", "add", *words, now=MONDAY).status == 0
    return made


def test_a_new_post_reaches_each_reader_once_at_their_hour(scanned: Publication, shared_posts: Path) -> None:
    shutil.copy(shared_posts / SEED, scanned.root / "posts")
    assert _sent(scanned, tokyo(23, 10, 5)) == []
    assert _sent(scanned, tokyo(23, 10, 14)) == []
    assert _sent(scanned, tokyo(23, 10, 16)) == ["each@example.org"]
    assert _sent(scanned, tokyo(23, 10, 16)) == []
    assert _sent(scanned, tokyo(24, 6, 59)) == []
    assert _sent(scanned, tokyo(24, 7)) == ["daily@example.org"]
    for day in range(24, 30):
        assert _sent(scanned, tokyo(day, 23, 30)) == []
    assert _sent(scanned, tokyo(30, 6, 59)) == []
    assert _sent(scanned, tokyo(30, 7)) == ["weekly@example.org"]
    for day in range(30, 41):
        assert _sent(scanned, tokyo(day, 12)) == []
    (excerpt,) = re.findall(r'(?m)^excerpt: "(.*)"$', (shared_posts / SEED).read_text(encoding="utf-8"))
    assert len(scanned.mails()) == 3
    for mail in scanned.mails():
        assert excerpt in "".join(text_of(mail, "plain").split())
        assert excerpt in text_of(mail, "html")


def test_a_missed_week_brings_one_digest_and_no_post_twice(scanned: Publication, shared_posts: Path) -> None:
    shutil.copy(shared_posts / SEED, scanned.root / "posts")
    assert _sent(scanned, tokyo(23, 10, 5)) == []
    late = tokyo(40, 12)  # nothing ran for more than two weeks
    assert _sent(scanned, late) == ["daily@example.org", "each@example.org", "weekly@example.org"]
    assert _sent(scanned, late) == []


@pytest.mark.parametrize(
    "change", ["edited", "renamed", "redated", "retitled", "recategorised", "away and back"]
)
def test_nobody_gets_a_post_again_whatever_happens_to_it(change: str, publication: Publication) -> None:
    publication.write("old")
    publication.ask("tick", now=MONDAY)
    for cadence in ("each", "daily"):
        words = (f"{cadence}@example.org", "--cadence", cadence, "--confirmed")
        publication.say("subscribers", "add", *words, now=MONDAY)
    file = publication.write("first", date="2026-11-20")
    publication.ask("tick", now=MONDAY)
    publication.ask("tick", now=tokyo(24, 7))
    assert len(publication.mails()) == 2
    match change:
        case "edited":
            publication.write("first", date="2026-11-20", body="Edited.")
        case "renamed":
            file.rename(file.with_name("second.md"))
        case "redated":
            publication.write("first", date="2026-11-24")
        case "retitled":
            publication.write("first", date="2026-11-20", title="Second")
        case "recategorised":
            publication.write("first", date="2026-11-20", category="Others")
        case "away and back":
            text = file.read_bytes()
            file.unlink()
            publication.ask("tick", now=tokyo(24, 8))
            file.write_bytes(text)
    for day in (24, 25, 26):
        publication.ask("tick", now=tokyo(day, 12))
    assert len(publication.mails()) == 2


@pytest.mark.databases
def test_a_reader_of_one_category_gets_that_one(publication: Publication) -> None:
    publication.write("old", category="Tools")
    publication.ask("tick", now=MONDAY)
    words = ("t@example.org", "--category", "Tools", "--cadence", "each", "--confirmed")
    assert publication.say("subscribers", "add", *words, now=MONDAY).status == 0
    publication.write("a garden", category="Gardens")
    publication.write("a hammer", category="Tools")
    publication.ask("tick", now=MONDAY)
    publication.ask("tick", now=MONDAY + SETTLED)
    (mail,) = publication.mails()
    assert "a hammer" in text_of(mail, "html")
    assert "a garden" not in text_of(mail, "html")
    assert _links(mail) >= {"https://mail.example.org/unsubscribe/", "https://mail.example.org/preferences/"}


def test_many_posts_at_once_wait_until_the_owner_lets_them_go(publication: Publication) -> None:
    publication.ask("tick", now=MONDAY)
    words = ("r@example.org", "--cadence", "each", "--confirmed")
    publication.say("subscribers", "add", *words, now=MONDAY)
    for number in range(21):
        publication.write(f"post-{number}")
    publication.ask("tick", now=MONDAY)
    assert publication.ask("tick", now=MONDAY + SETTLED)["sent"] == 0
    assert publication.say("release", "posts", "nothing", now=MONDAY + SETTLED).status == 2
    names = [f"post-{number}.md" for number in range(21)]
    assert publication.say("release", *names, now=MONDAY + SETTLED).status == 0
    assert publication.ask("tick", now=MONDAY + SETTLED)["sent"] == 1
    (mail,) = publication.mails()
    assert len(set(re.findall(r"post-\d+", text_of(mail, "html")))) == 20
    assert publication.ask("tick", now=MONDAY + 2 * SETTLED)["sent"] == 0


def _sent(publication: Publication, now: datetime) -> list[str]:
    """Who gets a mail by a tick at that moment."""
    before = publication.mailbox().keys()
    ticked = publication.ask("tick", now=now)
    assert ticked["trouble"] == ""
    new = [mail for name, mail in publication.mailbox().items() if name not in before]
    assert len(new) == ticked["sent"]
    return sorted(str(mail["to"]) for mail in new)


def _links(mail: EmailMessage) -> set[str]:
    """Where the links to our pages lead, without their tokens."""
    found = re.findall(r"https://mail\.example\.org/\w+/", text_of(mail, "html"))
    return set(found)
