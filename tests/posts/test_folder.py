"""The folder is listed and read without surprises."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from feeds.errors import PostsError, SourceChanged
from feeds.model.post import Post, Problem
from feeds.posts.dialects.table import dialect_named
from feeds.posts.file import MAX_SIZE, find_source, read_source
from feeds.posts.folder import list_sources
from feeds.posts.scan import body_of, read_posts
from feeds.posts.settings_files import settings_files, settings_root
from feeds.posts.site import Site

GOOD = "---\ntitle: 題\n---\n本文\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    posts = tmp_path / "_posts"
    posts.mkdir()
    (posts / "2025-09-14-good.md").write_text(GOOD, "utf-8")
    return posts


def problem_at(folder: Path, name: str, site: Site) -> Problem:
    found = {each.path: each for each in read_posts(folder, list_sources(folder), site)}
    assert isinstance(found["2025-09-14-good.md"], Post)
    problem = found[name]
    assert isinstance(problem, Problem)
    return problem


def test_only_files_with_a_posts_name_are_listed(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / ".git").mkdir()
    (folder / ".obsidian").mkdir()
    for name in (
        "sub/2025-01-01-é.markdown",
        "2025-01-01-x.html",
        ".hidden.md",
        "#a.md#",
        "a.md~",
        "~$a.md",
        ".#a.md",
        "a.txt",
        "index.html",
        "a.md.swp",
        ".git/a.md",
        ".obsidian/a.md",
    ):
        (folder / name).write_text(GOOD, "utf-8")
    assert [source.path for source in list_sources(folder)] == [
        "2025-01-01-x.html",
        "2025-09-14-good.md",
        "sub/2025-01-01-é.markdown",
    ]


def test_a_folder_that_vanished_is_named(tmp_path: Path) -> None:
    with pytest.raises(PostsError, match="gone"):
        list_sources(tmp_path / "gone")


def test_links_that_leave_the_folder_are_problems(folder: Path, magazine: Site) -> None:
    (folder.parent / "secret.md").write_text("secret", "utf-8")
    (folder / "2025-01-01-link.md").symlink_to("../secret.md")
    assert "leaves the posts folder" in problem_at(folder, "2025-01-01-link.md", magazine).message


def test_folders_that_are_links_out_are_problems_and_are_not_entered(folder: Path, magazine: Site) -> None:
    (folder.parent / "elsewhere").mkdir()
    (folder.parent / "elsewhere" / "2025-01-01-a.md").write_text(GOOD, "utf-8")
    (folder / "linked").symlink_to("../elsewhere")
    assert "leaves the posts folder" in problem_at(folder, "linked", magazine).message


def test_links_within_the_folder_are_followed(folder: Path, magazine: Site) -> None:
    (folder / "2025-01-01-link.md").symlink_to("2025-09-14-good.md")
    found = list(read_posts(folder, list_sources(folder), magazine))
    assert [type(each) for each in found] == [Post, Post]


def test_links_to_nowhere_and_to_themselves_are_problems(folder: Path, magazine: Site) -> None:
    (folder / "2025-01-01-link.md").symlink_to("2025-01-01-nothing.md")
    assert "leads nowhere" in problem_at(folder, "2025-01-01-link.md", magazine).message
    (folder / "loop").symlink_to(".")
    (folder / "2025-01-02-self.md").symlink_to("2025-01-02-self.md")
    assert "leads nowhere" in problem_at(folder, "2025-01-02-self.md", magazine).message


def test_pipes_are_problems_and_nobody_waits_for_them(folder: Path, magazine: Site) -> None:
    os.mkfifo(folder / "2025-01-01-pipe.md")
    assert "not a plain file" in problem_at(folder, "2025-01-01-pipe.md", magazine).message


def test_oversized_files_are_problems(folder: Path, magazine: Site) -> None:
    (folder / "2025-01-01-big.md").write_bytes(b"x" * (MAX_SIZE + 1))
    assert "bytes" in problem_at(folder, "2025-01-01-big.md", magazine).message


def test_a_file_that_changed_since_the_listing_is_not_read(folder: Path) -> None:
    (source,) = list_sources(folder)
    with (folder / source.path).open("a", encoding="utf-8") as file:
        file.write("more")
    with pytest.raises(SourceChanged):
        read_source(folder, source)


def test_a_scan_reads_such_a_file_as_it_is_now(folder: Path, magazine: Site) -> None:
    sources = list_sources(folder)
    (folder / sources[0].path).write_text(GOOD.replace("題", "新しい題"), "utf-8")
    (found,) = read_posts(folder, sources, magazine)
    assert isinstance(found, Post)
    assert found.title == "新しい題"


def test_a_file_that_vanished_is_left_for_the_next_scan(folder: Path, magazine: Site) -> None:
    sources = list_sources(folder)
    (folder / sources[0].path).unlink()
    assert list(read_posts(folder, sources, magazine)) == [None]


def test_the_body_is_read_again_only_if_nothing_changed(folder: Path, magazine: Site) -> None:
    (post,) = read_posts(folder, list_sources(folder), magazine)
    assert isinstance(post, Post)
    assert body_of(folder, post) == "本文\n"
    os.utime(folder / post.path)  # touched and not edited
    assert body_of(folder, post) == "本文\n"
    (folder / post.path).write_text(GOOD + "more", "utf-8")
    with pytest.raises(SourceChanged):
        body_of(folder, post)


def test_names_that_are_not_utf_8_cost_nothing_else(folder: Path, magazine: Site) -> None:
    name = os.fsdecode(b"2025-01-01-\xff.md")
    (folder / name).write_text(GOOD, "utf-8")
    found = list(read_posts(folder, list_sources(folder), magazine))
    assert len(found) == 2
    assert all(isinstance(each, Post | Problem) for each in found)


def test_nobody_forks_beside_other_threads(
    folder: Path, magazine: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = [find_source(folder, "2025-09-14-good.md")] * 400
    stop = threading.Event()
    other = threading.Thread(target=stop.wait)
    other.start()
    try:
        monkeypatch.delattr(os, "fork")
        assert len(list(read_posts(folder, sources, magazine, processes=2))) == 400
    finally:
        stop.set()
        other.join()


def test_shared_data_and_text_tell_nothing_about_the_root_of_a_site(tmp_path: Path) -> None:
    for name in ("_config.yml", "blog/_data/authors.yml", "blog/_includes/a.md", "_includes/deep/b.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x: y\n", encoding="utf-8")
    posts, patterns = tmp_path / "blog" / "_posts", dialect_named("jekyll").settings
    posts.mkdir()
    assert settings_root(posts, tmp_path, patterns) == tmp_path
    found = dict(settings_files(tmp_path, posts, patterns))
    assert set(found) == {"_config.yml", "_includes/deep/b.md"}
