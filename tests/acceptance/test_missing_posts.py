"""A posts folder that is not mounted, half checked out or named wrongly takes nothing from readers."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.acceptance.publication import MONDAY, SETTLED, Publication

TUESDAY = MONDAY + timedelta(days=1)


def written(publication: Publication, number: int) -> list[Path]:
    """So many posts that are published."""
    files = [publication.write(f"post-{n:02}", category="AB"[n % 2]) for n in range(number)]
    assert publication.ask("build", now=MONDAY)["posts"]["visible"] == number
    return files


def is_refused(publication: Publication, *named: str) -> None:
    """All verbs say what is wrong and what to do, and the feeds stay as they are."""
    before = {f: (publication.feeds / f).stat().st_mtime_ns for f in publication.documents()}
    bytes_before = publication.documents()
    for verb in ("build", "tick", "build"):
        said = publication.say(verb, now=TUESDAY)
        assert said.status == 1, said
        for words in (str(publication.root / "posts"), "nothing was changed", *named):
            assert words in said.err
    assert publication.documents() == bytes_before
    assert before == {f: (publication.feeds / f).stat().st_mtime_ns for f in publication.documents()}


def emptied(posts: Path) -> None:
    for file in posts.iterdir():
        file.unlink()


def missing(posts: Path) -> None:
    shutil.rmtree(posts)


def a_file(posts: Path) -> None:
    shutil.rmtree(posts)
    posts.touch()


def of_another_site(posts: Path) -> None:
    emptied(posts)
    for n in range(30):
        (posts / f"other-{n}.md").write_text(f"---\ntitle: Other {n}\ndate: 2025-01-01\n---\nOther {n}.\n")


def drafts(posts: Path) -> None:
    for file in posts.iterdir():
        file.write_text(file.read_text().replace("title:", "draft: true\ntitle:"))


def pointers(posts: Path) -> None:
    """As a checkout without ``git lfs`` leaves them."""
    for file in posts.iterdir():
        file.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")


def a_few_left(posts: Path) -> None:
    for file in sorted(posts.iterdir())[9:]:
        file.unlink()


@pytest.mark.parametrize(
    "harm",
    [emptied, missing, a_file, of_another_site, drafts, pointers, a_few_left],
    ids=lambda f: f.__name__,
)
def test_a_folder_that_is_not_what_it_was_takes_no_post_from_readers(
    publication: Publication, harm: Callable[[Path], None]
) -> None:
    written(publication, 20)
    posts = publication.root / "posts"
    shutil.copytree(posts, aside := publication.root / "aside")
    harm(posts)
    is_refused(publication, "Mount it" if harm in (missing, a_file) else "--withdraw")
    checked = publication.say("check", now=TUESDAY)
    assert (checked.status, str(posts) in checked.out.partition("\n")[0] + checked.err) == (1, True)
    if harm is not missing:
        shutil.rmtree(posts) if posts.is_dir() else posts.unlink()
    aside.rename(posts)
    before = publication.documents()
    back = publication.ask("build", now=TUESDAY)
    assert (back["posts"]["visible"], back["posts"]["new"], back["posts"]["gone"]) == (20, 0, 0)
    assert (back["feeds"]["written"], publication.documents()) == ([], before)


def test_who_means_it_says_so(publication: Publication) -> None:
    written(publication, 20)
    a_few_left(publication.root / "posts")
    withdrawn = publication.ask("build", "--withdraw", now=TUESDAY)["posts"]
    assert (withdrawn["visible"], withdrawn["gone"]) == (9, 11)
    assert b"post-08" in publication.documents()["all.rss.xml"]
    assert b"post-09" not in publication.documents()["all.rss.xml"]
    assert publication.ask("build", now=TUESDAY)["posts"]["visible"] == 9
    emptied(publication.root / "posts")
    is_refused(publication, "none of the 9 posts")
    publication.ask("build", "--withdraw", now=TUESDAY)
    assert b"<item>" not in publication.documents()["all.rss.xml"]
    assert publication.ask("tick", now=TUESDAY)["posts"]["visible"] == 0


def test_half_an_archive_goes_without_a_word_and_no_more_of_it_within_minutes(
    publication: Publication,
) -> None:
    files = written(publication, 24)
    for file in files[:6]:
        file.unlink()
    assert publication.ask("build", now=TUESDAY)["posts"]["visible"] == 18
    for file in files[6:12]:
        file.unlink()
    assert publication.ask("build", now=TUESDAY + timedelta(minutes=5))["posts"]["visible"] == 12
    files[12].unlink()
    assert "only 11 of the 24" in publication.say("build", now=TUESDAY + timedelta(minutes=9)).err
    assert publication.ask("build", now=TUESDAY + timedelta(minutes=11))["posts"]["visible"] == 11


def test_small_archives_are_tidied_as_one_likes(publication: Publication) -> None:
    files = written(publication, 19)
    for file in files[1:]:
        file.unlink()
    assert publication.ask("build", now=TUESDAY)["posts"]["visible"] == 1
    files[0].rename(publication.root / "posts" / "begun-anew.md").write_text(
        "---\ntitle: Begun anew\ndate: 2025-02-01\n---\nAnother text.\n"
    )
    built = publication.ask("build", now=TUESDAY)["posts"]
    assert (built["visible"], built["new"], built["gone"]) == (1, 1, 1)
    draft = publication.root / "posts" / "begun-anew.md"
    draft.write_text("---\ntitle: Begun anew\ndraft: true\n---\n")
    assert publication.ask("build", now=TUESDAY)["posts"]["visible"] == 0


def test_an_archive_that_is_renamed_redated_and_edited_needs_no_word(publication: Publication) -> None:
    files = written(publication, 30)
    (publication.root / "posts" / "moved").mkdir()
    for file in files:
        text = file.read_text().replace("2025-01-01", "2025-01-02")
        file.unlink()
        (publication.root / "posts" / "moved" / f"x-{file.name}").write_text(text)
    built = publication.ask("build", now=TUESDAY)["posts"]
    assert (built["visible"], built["gone"]) == (30, 30)
    for file in (publication.root / "posts" / "moved").iterdir():
        file.write_text(file.read_text() + "\nMore.\n")
    assert publication.ask("build", now=TUESDAY)["posts"]["visible"] == 30


def test_posts_that_expire_together_were_meant_to(publication: Publication) -> None:
    for n in range(25):
        file = publication.write(f"post-{n}")
        file.write_text(file.read_text().replace("date:", f"expires: {TUESDAY.isoformat()}\ndate:"))
    publication.write("for-good")
    assert publication.ask("build", now=MONDAY)["posts"]["visible"] == 26
    assert publication.ask("build", now=TUESDAY + SETTLED)["posts"]["visible"] == 1


def test_mail_that_is_composed_goes_on_and_nothing_is_lost_or_new_when_the_folder_is_back(
    publication: Publication,
) -> None:
    written(publication, 20)
    publication.ask("tick", now=MONDAY)
    words = ("r@example.org", "--cadence", "each", "--confirmed")
    assert publication.say("subscribers", "add", *words, now=MONDAY).status == 0
    publication.write("news", date="2026-11-23")
    publication.ask("tick", now=MONDAY)
    publication.edit(publication.box_url, "smtp://127.0.0.1:9")  # where nobody listens
    assert publication.say("tick", now=MONDAY + SETTLED).status == 1
    publication.edit("smtp://127.0.0.1:9", publication.box_url)
    late = publication.write("late", date="2026-11-23")
    posts, aside = publication.root / "posts", publication.root / "aside"
    assert publication.ask("build", now=MONDAY + SETTLED)["posts"]["visible"] == 22
    posts.rename(aside)
    posts.mkdir()
    said = publication.say("tick", now=MONDAY + 4 * SETTLED)
    assert (said.status, str(posts) in said.err) == (1, True)
    assert len(publication.mails_to("r@example.org")) == 1
    assert publication.say("tick", now=MONDAY + 5 * SETTLED).status == 1
    posts.rmdir()
    aside.rename(posts)
    assert late.exists()
    assert publication.ask("tick", now=MONDAY + 6 * SETTLED)["sent"] == 1
    assert publication.ask("tick", now=MONDAY + 7 * SETTLED)["sent"] == 0
    assert len(publication.mails_to("r@example.org")) == 2
