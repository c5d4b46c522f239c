"""`kawaraban init` in the magazine's folder, and what follows from it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from tests import databases
from tests.acceptance.magazine import jekylls_ids
from tests.acceptance.publication import MONDAY, SETTLED, Publication, Said

ATOM = {"a": "http://www.w3.org/2005/Atom"}


@pytest.fixture(scope="module")
def site(shared_posts: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Publication, Said]]:
    """A copy of the magazine's site, and what ``init`` said in it."""
    root = tmp_path_factory.mktemp("adoption") / "allforces"
    shutil.copytree(shared_posts / "allforces", root)
    adopted = Publication(root)
    said = adopted.say("init", str(root))
    assert said.status == 0
    yield adopted, said
    shutil.rmtree(root)


@pytest.fixture(scope="module")
def published(site: tuple[Publication, Said]) -> Publication:
    """The same with feeds of all posts; excerpts, as their ids are what matters here."""
    adopted, _ = site
    adopted.edit("smtp://localhost:25", adopted.box_url)
    databases.configure(adopted.config)
    assert adopted.ask("build", now=MONDAY)["posts"]["visible"] == 1506
    complete = Publication(adopted.root / "complete")
    complete.config.parent.mkdir(parents=True)
    text = adopted.config.read_text(encoding="utf-8")
    text = text.replace('ids = "jekyll"', 'ids = "jekyll"\ncontent = "excerpt"\nlimit = 0')
    text = text.replace('folder = "_posts"', f'folder = "{adopted.root}/_posts"')
    databases.write(complete.config, text)
    assert complete.ask("build", now=MONDAY)["posts"]["visible"] == 1506
    return adopted


def test_init_names_what_jekyll_would_copy_to_the_web(site: tuple[Publication, Said]) -> None:
    _, said = site
    assert "exclude:\n  - config/\n" in said.out


def test_rss_guids_and_permalinks_are_jekylls(published: Publication, shared_posts: Path) -> None:
    feed = etree.parse(published.root / "complete/feeds/all.rss.xml", etree.XMLParser(huge_tree=True))
    found = [(item.findtext("guid"), item.findtext("link")) for item in feed.iter("item")]
    assert len(found) == 1506
    assert set(found) == {(permalink, permalink) for permalink, _ in jekylls_ids(shared_posts).values()}


def test_atom_ids_are_jekylls(published: Publication, shared_posts: Path) -> None:
    feed = etree.parse(published.root / "complete/feeds/all.atom.xml", etree.XMLParser(huge_tree=True))
    entries = feed.findall("a:entry", ATOM)
    found = [
        (entry.find("a:link[@rel='alternate']", ATOM).get("href"), entry.findtext("a:id", None, ATOM))  # type: ignore[union-attr]
        for entry in entries
    ]
    assert len(found) == 1506
    assert set(found) == set(jekylls_ids(shared_posts).values())


def test_nothing_but_the_mail_server_had_to_be_edited(published: Publication) -> None:
    added = published.say("subscribers", "add", "reader@example.org", "--confirmed", now=MONDAY)
    assert (added.status, added.err) == (0, "")
    ticked = published.say("tick", now=MONDAY)
    assert ticked.status == 0, ticked.err
    later = published.ask("tick", now=MONDAY + SETTLED)
    assert (later["sent"], later["waiting"], later["trouble"]) == (0, 0, "")
    assert published.mails() == []


def test_a_reader_who_has_to_confirm_is_asked_to(published: Publication) -> None:
    added = published.say("subscribers", "add", "asked@example.org", now=MONDAY + 2 * SETTLED)
    assert added.status == 0
    assert published.ask("tick", now=MONDAY + 2 * SETTLED)["notices"] == 1
    (mail,) = published.mails_to("asked@example.org")
    assert "AIコンパス" in str(mail["from"])
