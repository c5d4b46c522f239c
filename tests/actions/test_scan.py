"""Scanning a real folder into a real store."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeds.service import Service
from tests import databases

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
POST = "---\ntitle: One\ndate: 2026-01-01\nid: urn:x\n---\nText.\n"


def _publication(folder: Path) -> Path:
    (folder / "posts").mkdir()
    file = folder / "kawaraban.toml"
    databases.write(
        file,
        '[site]\ntitle = "T"\nurl = "https://example.org"\n[mail]\nfrom = "n@example.org"\n'
        f'smtp = "maildir://{folder}/mail"\n',
    )
    return file


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return _publication(tmp_path)


def test_a_copy_takes_the_id_over_when_its_original_is_removed(config: Path) -> None:
    original, copy = config.parent / "posts" / "a.md", config.parent / "posts" / "d.md"
    original.write_text(POST, encoding="utf-8")
    with Service.open(config, now=NOON) as service:
        service.build()
        copy.write_text(POST, encoding="utf-8")
        (problem,) = service.build().scan.problems
        assert (problem.path, problem.key) == ("d.md", "id")
        original.unlink()
        scan = service.build().scan
    assert (scan.visible, scan.problems) == (1, ())
    assert "urn:x" in (config.parent / "public" / "feeds" / "all.atom.xml").read_text(encoding="utf-8")


def test_a_translation_may_declare_the_id_of_its_original(config: Path) -> None:
    folder, feed = config.parent / "posts", config.parent / "public" / "feeds" / "all.json"
    (folder / "ja").mkdir()
    for name in ("a.md", "ja/a.md"):
        (folder / name).write_text(POST, encoding="utf-8")

    def ids() -> dict[str, str]:
        return {item["url"]: item["id"] for item in json.loads(feed.read_text("utf-8"))["items"]}

    with Service.open(config, now=NOON) as service:
        assert service.build().scan.problems == ()
        first = ids()
        assert sorted(first.values()) == ["urn:x", "urn:x#2"]
        (folder / "ja" / "a.md").unlink()
        (folder / "ja" / "b.md").write_text(POST + "Other.\n", encoding="utf-8")
        service.build()
    assert sorted(ids().values()) == sorted(first.values())


NAMES = st.sampled_from(["0.md", "a.md", "b.md", "c.md"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), NAMES, st.sampled_from(["one", "two"]), st.sampled_from(["", "urn:x"])),
        st.tuples(st.just("remove"), NAMES),
        st.tuples(st.just("rename"), NAMES, NAMES),
        st.tuples(st.just("copy"), NAMES, NAMES),
    ),
    max_size=4,
)
"""What is done to the folder between two scans."""


def _do(folder: Path, step: tuple[str, ...]) -> None:
    verb, file = step[0], folder / step[1]
    if verb == "write":
        declared = f"id: {step[3]}\n" if step[3] else ""
        file.write_text(f"---\ntitle: T\ndate: 2026-01-01\n{declared}---\n{step[2]}\n", encoding="utf-8")
    elif verb == "remove":
        file.unlink(missing_ok=True)
    elif file.exists():
        text = file.read_text(encoding="utf-8")
        if verb == "rename":
            file.unlink()
        (folder / step[2]).write_text(text, encoding="utf-8")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(STEPS, max_size=5))
def test_of_the_files_that_declare_one_id_exactly_one_is_the_post(
    tmp_path_factory: pytest.TempPathFactory, history: list[list[tuple[str, ...]]]
) -> None:
    config = _publication(tmp_path_factory.mktemp("site"))
    folder = config.parent / "posts"
    with Service.open(config, now=NOON) as service:
        for steps in history:
            for step in steps:
                _do(folder, step)
            scan = service.build(withdraw=True).scan
            files = {file.name: "id: urn:x" in file.read_text(encoding="utf-8") for file in folder.iterdir()}
            declaring = {name for name, declares in files.items() if declares}
            rejected = {problem.path for problem in scan.problems}
            assert scan.visible == len(files) - len(rejected)
            assert len(declaring - rejected) == bool(declaring)
            assert rejected <= declaring


def test_an_edited_post_keeps_its_id_against_a_copy_that_was_rejected(config: Path) -> None:
    original, copy = config.parent / "posts" / "b.md", config.parent / "posts" / "a.md"
    original.write_text(POST, encoding="utf-8")
    with Service.open(config, now=NOON) as service:
        service.build()
        copy.write_text(POST, encoding="utf-8")
        service.build()
        original.write_text(POST + "More.\n", encoding="utf-8")
        assert [problem.path for problem in service.build().scan.problems] == ["a.md"]


def test_a_scan_of_a_new_file_alone_looks_again_at_a_copy_that_was_rejected(config: Path) -> None:
    folder = config.parent / "posts"
    for name in ("a.md", "b.md"):
        (folder / name).write_text(POST, encoding="utf-8")
    with Service.open(config, now=NOON) as service:
        service.build()
        (folder / "new.md").write_text(POST.replace("urn:x", "urn:new"), encoding="utf-8")
        scan = service.build(places=["new.md"]).scan
    assert (scan.visible, [problem.path for problem in scan.problems]) == (2, ["b.md"])
