"""Every folder of real posts through the whole program: what its files turn out to be, and its feeds."""

from __future__ import annotations

import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from feeds.model.feed import Format
from tests.acceptance.publication import MONDAY, Publication
from tests.judges import plain
from tests.judges.agreement import between_formats, faults
from tests.judges.documents import Judge, Seen, Served, served_file
from tests.judges.libraries import feedparser, reader
from tests.judges.schemas import schemas
from tests.syndication.sample import Judges


class Archive(NamedTuple):
    """A folder of real posts, and what its files turn out to be."""

    url: str
    folder: str
    zone: str
    settings: str
    visible: int
    withheld: dict[str, int]
    problems: int
    clashes: int
    """Spellings of categories that have no feed, as another one has their slug."""


ARCHIVES = {
    # 38 pairs share an address: file name and front matter date fall on two sides of midnight
    "allforces": Archive(
        "https://ai-media.co.jp",
        "allforces/_posts",
        "Asia/Tokyo",
        'permalink = "/:year/:month/:day/:title/"\nfuture = true',
        1506,
        {},
        38,
        0,
    ),
    # JavaScript and javascript, and the like
    "efcl": Archive("https://efcl.info", "efcl/_posts", "Asia/Tokyo", "", 837, {}, 0, 8),
    "vim-jp": Archive("https://vim-jp.org", "vim-jp/_posts", "Asia/Tokyo", "", 349, {}, 0, 0),
    # sections and pages (now, privacy-policy) are no posts
    "takuti": Archive(
        "https://takuti.me", "takuti", "Asia/Tokyo", "", 300, {"draft": 4, "not a post": 16}, 0, 0
    ),
    # three `_index.md`, and releases/latest.md
    "rust": Archive("https://blog.rust-lang.org", "rust", "UTC", "", 750, {"not a post": 4}, 0, 0),
    "jekyll": Archive(
        "https://example.com", "jekyll/_posts", "UTC", "", 53, {"unpublished": 1, "not a post": 1}, 0, 1
    ),
}

_CONFIGURATION = """\
[site]
title = "アーカイブ & <archive>"
url = "{url}"
language = "ja"
timezone = "{zone}"
[posts]
folder = "{folder}"
{settings}
[feeds]
limit = {limit}
formats = [{formats}]
"""


def archived(root: Path, posts: Path, name: str, *, limit: int = 20, formats: str = "") -> Publication:
    """A publication of this archive, not built yet."""
    archive = ARCHIVES[name]
    values = archive._asdict() | {"folder": posts / archive.folder, "limit": limit}
    values["formats"] = ", ".join(f'"{form}"' for form in formats.split() or list(Format))
    return Publication.found(root, _CONFIGURATION.format_map(values))


# What the files are -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ARCHIVES)
def test_every_file_is_visible_withheld_or_a_problem(name: str, shared_posts: Path, tmp_path: Path) -> None:
    archive, made = ARCHIVES[name], archived(tmp_path / name, shared_posts, name)
    built = made.say("build", "--json", now=MONDAY)
    assert built.status == (1 if archive.clashes else 0)
    posts = built.json["posts"]
    withheld = Counter(each["reason"] for each in posts["withheld"])
    assert (posts["visible"], dict(withheld)) == (archive.visible, archive.withheld)
    assert len(posts["problems"]) == archive.problems
    again = made.say("build", "--json", now=MONDAY).json
    assert again["feeds"]["written"] == []
    assert again["posts"] | {"new": posts["new"], "unchanged": 0} == posts


@pytest.mark.parametrize(
    ("name", "built"), [*((name, False) for name in ARCHIVES), ("allforces", True), ("jekyll", True)]
)
def test_check_finds_the_same_before_and_after_a_build_and_writes_nothing(
    name: str, built: bool, shared_posts: Path, tmp_path: Path
) -> None:
    archive, made = ARCHIVES[name], archived(tmp_path / name, shared_posts, name)
    if built:
        made.say("build", now=MONDAY)
    before = sorted(made.root.rglob("*"))
    said = made.say("check", "--json", now=MONDAY)
    assert sorted(made.root.rglob("*")) == before
    severe = [each for each in said.json["findings"] if each["severe"]]
    assert said.status == (1 if severe else 0)
    assert said.json["visible"] == archive.visible
    assert Counter(each["reason"] for each in said.json["withheld"]) == archive.withheld
    spelt = [each for each in severe if each["key"] == "categories"]
    assert bool(spelt) == bool(archive.clashes)
    assert len(spelt) <= archive.clashes  # three spellings are one finding
    assert len(severe) == archive.problems + len(spelt)


def test_two_posts_with_one_address_are_one_post_and_a_problem_that_names_both(
    shared_posts: Path, tmp_path: Path
) -> None:
    posts = shared_posts / "allforces/_posts"
    built = archived(tmp_path / "site", shared_posts, "allforces").ask("build", now=MONDAY)
    for problem in built["posts"]["problems"]:
        assert (posts / problem["file"]).is_file()
        _, _, told = problem["message"].partition("the same address as ")
        twin, _, address = told.partition(": ")
        assert (posts / twin).is_file()
        assert address.startswith("https://ai-media.co.jp/")
        assert _date(posts / problem["file"]) <= _date(posts / twin)


def _date(file: Path) -> str:
    return next(line for line in file.read_text("utf-8").splitlines() if line.startswith("date:"))


def test_two_categories_with_one_slug_are_an_error_that_names_both(
    shared_posts: Path, tmp_path: Path
) -> None:
    made = archived(tmp_path / "site", shared_posts, "jekyll")
    said = made.say("build", now=MONDAY)
    assert said.status == 1
    assert "'MixedCase' and 'Mixedcase' both become 'mixedcase'" in said.err
    made.add_settings('[categories.MixedCase]\nformerly = ["Mixedcase"]\n')
    joined = made.say("build", now=MONDAY)
    assert (joined.status, joined.err) == (0, "")


# The feeds ----------------------------------------------------------------------------------------


@pytest.fixture
def cramped(tmp_path: Path) -> Iterator[Path]:
    """A folder that is gone afterwards: complete feeds are large."""
    yield tmp_path
    shutil.rmtree(tmp_path)


# `python -m tests.judges` asks more judges, and about all archives and limits
@pytest.mark.parametrize("name", ["allforces", "vim-jp", "rust", "jekyll"])
def test_every_feed_is_valid_and_read_alike(
    name: str, shared_posts: Path, cramped: Path, judges: Judges
) -> None:
    made = archived(cramped / name, shared_posts, name)
    made.say("build", now=MONDAY)
    documents = _documents(made)
    everything = [each for each in documents if each.feed == "all"]
    assert _faults(documents, [schemas(judges), feedparser()]) + _faults(everything, [reader()]) == []


@pytest.mark.parametrize("form", list(Format))
@pytest.mark.parametrize("name", ["vim-jp", "takuti", "jekyll"])
def test_every_feed_without_a_limit_is_valid(
    name: str, form: Format, shared_posts: Path, cramped: Path, judges: Judges
) -> None:
    made = archived(cramped / name, shared_posts, name, limit=0, formats=form)
    made.say("build", now=MONDAY)
    documents = _documents(made)
    everything = [each for each in documents if each.feed == "all"]  # the others carry the same entries
    quick = feedparser(sanitize_html=False, resolve_relative_uris=False)
    assert _faults(documents, [schemas(judges)]) + _faults(everything, [quick]) == []


def _documents(made: Publication) -> list[Served]:
    """The feeds as files: no server is needed to read them."""
    found = [served_file(made.feeds, file) for file in sorted(made.feeds.rglob("*"))]
    documents = [each for each in found if each is not None]
    assert documents
    return documents


def _faults(documents: list[Served], judges: list[Judge]) -> list[str]:
    """What the judges have against the documents, and where their formats disagree."""
    found = []
    for judge in judges:
        read = judge.read([each for each in documents if each.form in judge.forms])
        for each in documents:
            if each.url in read:
                found += [f"{each.name}: {fault}" for fault in faults(judge.name, each, read[each.url])]
    feeds: dict[str, dict[Format, tuple[Seen, ...]]] = defaultdict(dict)
    for each in documents:
        feeds[each.feed][each.form] = plain.read(each.body, each.form)
        assert feeds[each.feed][each.form], each.name
    for forms in feeds.values():
        found += between_formats(forms)
    return found
