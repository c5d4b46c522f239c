"""Looking at what changed ends where looking at everything would."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.actions import scan as scanning
from feeds.service import Service
from feeds.store import database, facets, posts, state
from feeds.store.facets import NEWEST
from tests import databases

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NAMES = st.sampled_from(["a.md", "b.md", "c.md", "sub/d.md", "sub/e.md"])
LINES = st.fixed_dictionaries(
    {
        "title": st.sampled_from(["one", "two"]),
        "categories": st.sampled_from(["[x]", "[x, y]", "[formerly-x]", "[]"]),
        "date": st.sampled_from(["2026-01-01", "2026-02-02", "2026-11-24"]),
    },
    optional={
        "id": st.just("urn:x"),
        "permalink": st.just("/same/"),
        "tags": st.sampled_from(["[t]", "[T, u]"]),
        "lang": st.sampled_from(["ja", "en"]),
        "translationKey": st.just("k"),
        "draft": st.sampled_from(["true", "false"]),
        "expires": st.just("2026-11-23T13:00:00Z"),
        "feed": st.just("false"),
    },
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), NAMES, LINES, st.sampled_from(["", "More."])),
        st.tuples(st.just("remove"), NAMES),
        st.tuples(st.just("rename"), NAMES, NAMES),
        st.tuples(st.just("rename"), st.just("sub"), st.just("other")),
    ),
    min_size=1,
    max_size=4,
)


def do(folder: Path, step: tuple[object, ...]) -> set[str]:
    """Does it, and returns the paths that a watcher would name."""
    verb, name = step[0], str(step[1])
    file = folder / name
    if verb == "write":
        file.parent.mkdir(exist_ok=True)
        front = "".join(f"{key}: {value}\n" for key, value in dict(step[2]).items())  # type: ignore[call-overload]
        file.write_text(f"---\n{front}---\nBody of {name}. {step[3]}\n", encoding="utf-8")
        return {name}
    if not file.exists():
        return set()
    if verb == "remove":
        file.unlink()
        return {name}
    target = folder / str(step[2])
    target.parent.mkdir(exist_ok=True)
    if not (file.is_dir() and target.exists()):
        file.rename(target)
    return {name, str(step[2])}


def publication(folder: Path) -> Path:
    (folder / "posts").mkdir(parents=True)
    file = folder / "kawaraban.toml"
    databases.write(
        file,
        '[site]\ntitle = "T"\nurl = "https://example.org"\nlanguage = "en"\n'
        '[feeds]\nlimit = 2\nfacets = ["category", "language", "tag", "author"]\narchive = true\n'
        '[categories."x"]\nformerly = ["formerly-x"]\n',
    )
    return file


def memberships(service: Service) -> dict[str, set[str]]:
    """Paths of the posts of every facet that has some."""
    with service.database.read() as connection:
        known = {post.key: post.post.path for post in posts.known_posts(connection)}
        found = {
            repr(one.facet): (one.posts, {known[key] for key in facets.newest(connection, [one.key], 0)})
            for one in facets.every_facet(connection)
        }
    assert all(number == len(paths) for number, paths in found.values())
    return {name: paths for name, (_, paths) in found.items() if paths}


def states(service: Service) -> list[tuple[object, ...]]:
    """What is known of every post, whatever key it has."""
    with service.database.read() as connection:
        known = posts.known_posts(connection)
    return sorted((p.post.path, p.state, p.twin, repr(p.post.ids), p.post.fingerprint) for p in known)


def files(folder: Path) -> dict[str, bytes]:
    return {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


OWN = ("instance", "signing_key")
"""What two installations do not have in common."""


@settings(max_examples=12, deadline=None)
@given(history=st.lists(STEPS, max_size=4))
def test_scans_of_places_end_where_scans_of_the_whole_folder_do(
    tmp_path_factory: pytest.TempPathFactory, history: Iterable[list[tuple[object, ...]]]
) -> None:
    pair = [publication(tmp_path_factory.mktemp("site") / name) for name in ("places", "whole")]
    for hour, steps in enumerate(history):
        now = NOON + timedelta(minutes=30 * hour)
        places: set[str] = set()
        for step in steps:
            for file in pair:
                places |= do(file.parent / "posts", step)
        with Service.open(pair[0], now=now) as some, Service.open(pair[1], now=now) as whole:
            some.build(places=places, withdraw=True)
            whole.build(withdraw=True)
            assert states(some) == states(whole)
            assert memberships(some) == memberships(whole)
            for one in (some, whole):
                with one.database.write() as connection:
                    state.put(connection, "published", "")
                assert one.publish().written == ()  # looking at every feed again finds nothing


@settings(max_examples=12, deadline=None)
@given(history=st.lists(STEPS, max_size=4))
def test_neighbours_are_all_that_a_scan_concerns(
    tmp_path_factory: pytest.TempPathFactory, history: Iterable[list[tuple[object, ...]]]
) -> None:
    pair = [publication(tmp_path_factory.mktemp("site") / name) for name in ("near", "all")]
    with pytest.MonkeyPatch.context() as patch:
        for hour, steps in enumerate(history):
            dumps = []
            for file, many in zip(pair, (500, -1), strict=True):
                for step in steps:
                    do(file.parent / "posts", step)
                for path in sorted((file.parent / "posts").rglob("*.md")):
                    os.utime(path, ns=(path.stat().st_mtime_ns, path.stat().st_mtime_ns))
                patch.setattr(scanning, "_MANY", many)
                with Service.open(file, now=NOON + timedelta(minutes=30 * hour)) as service:
                    service.scan(withdraw=True)
                    with service.database.read() as connection:
                        dumps.append(database.dump(connection))
            for dump in dumps:
                for name in ("sources", "nodes", "leases"):  # inodes and times differ, and who did it
                    dump.pop(name)
                dump["state"] = [row for row in dump["state"] if not row[0].startswith(OWN)]
            assert dumps[0] == dumps[1]


def test_an_archive_page_keeps_its_posts_when_others_come_and_go(tmp_path: Path) -> None:
    file = publication(tmp_path / "site")
    folder = file.parent / "posts"
    with pytest.MonkeyPatch.context() as patch, Service.open(file, now=NOON) as service:
        patch.setattr(facets, "PAGE", 3)
        for number in range(7):
            text = f"---\ndate: 2026-01-{number + 10}\ncategory: x\n---\nBody {number}.\n"
            (folder / f"p{number}.md").write_text(text, encoding="utf-8")
        service.build()
        feeds = file.parent / "public" / "feeds"
        first = (feeds / "all.archive-1.atom.xml").read_bytes()
        assert [f"all.archive-{page}.json" in files(feeds) for page in (1, 2, 3, 4)] == [
            True,
            True,
            True,
            False,
        ]
        (folder / "old.md").write_text("---\ndate: 2025-01-01\ncategory: x\n---\nOld.\n", encoding="utf-8")
        (folder / "p5.md").unlink()
        written = service.build().publish.written
        assert (feeds / "all.archive-1.atom.xml").read_bytes() == first
        assert "feeds/all.archive-2.atom.xml" in written
        assert "feeds/all.archive-3.json" in written


def test_a_changed_post_marks_its_own_feeds_and_no_others(tmp_path: Path) -> None:
    file = publication(tmp_path / "site")
    folder = file.parent / "posts"
    for name in "xyz":
        text = f"---\ndate: 2026-01-01\ncategory: {name}\n---\nBody.\n"
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    with Service.open(file, now=NOON) as service:
        service.build()
        with service.database.read() as connection:
            before = state.catalog(connection)
        (folder / "y.md").write_text("---\ndate: 2026-01-01\ncategory: y\n---\nOther.\n", encoding="utf-8")
        written = service.build(places=["y.md"]).publish.written
        with service.database.read() as connection:
            known = {facet.key: facet.facet.name for facet in facets.every_facet(connection)}
            changed = facets.changed_pages(connection, before)
    assert {known[key] for key, page in changed if page == NEWEST} == {"", "y"}
    assert {path.split("/")[-1].split(".")[0] for path in written} == {"all", "y"}
