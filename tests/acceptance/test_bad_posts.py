"""Bad input from the posts folder: a clear word for each file, and nothing else is harmed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.acceptance.publication import MONDAY, SETTLED, Publication

CASES = sorted((Path(__file__).parents[1] / "bad_posts").iterdir())


@pytest.fixture
def messy(publication: Publication) -> Publication:
    """Every bad post that this project knows, beside a good one."""
    publication.write("good", category="Good")
    for case in CASES:
        (file,) = (path for path in case.iterdir() if path.name != "expected.txt")
        shutil.copy(file, publication.root / "posts" / f"{case.name}.md")
    return publication


def test_bad_posts_cost_the_good_ones_nothing(messy: Publication) -> None:
    built = messy.ask("build", now=MONDAY)
    assert b"good" in messy.documents()["category/good.rss.xml"]
    files = {each["file"] for each in built["posts"]["problems"] + built["posts"]["withheld"]}
    assert built["posts"]["visible"] + len(files) == len(CASES) + 1
    assert {"broken-yaml.md", "brackets-64-kb.md", "alias-bomb.md", "binary.md", "broken-toml.md"} <= files
    assert messy.ask("tick", now=MONDAY)["trouble"] == ""


def test_check_names_each_with_its_file_and_line(messy: Publication) -> None:
    said = messy.say("check", now=MONDAY)
    assert said.status == 1
    lines = said.out.splitlines()
    for name in ("broken-yaml", "unclosed-quote", "tab-for-indent", "impossible-date"):
        assert any(line.startswith(f"{name}.md:") and line.split(":")[1].isdigit() for line in lines), name
    assert not any(line.startswith("good.md") for line in lines)


def test_a_bad_post_that_is_mended_is_mailed_and_one_that_breaks_stays_known(
    publication: Publication,
) -> None:
    publication.ask("tick", now=MONDAY)
    words = ("r@example.org", "--cadence", "each", "--confirmed")
    assert publication.say("subscribers", "add", *words, now=MONDAY).status == 0
    file = publication.write("post", date="2026-13-45")
    assert publication.ask("tick", now=MONDAY)["posts"]["problems"][0]["line"] == 3
    publication.write("post", date="2026-11-20")
    publication.ask("tick", now=MONDAY + SETTLED)
    assert publication.ask("tick", now=MONDAY + 2 * SETTLED)["sent"] == 1
    good = file.read_bytes()
    file.write_bytes(b"---\ntitle: [\n---\n")
    assert publication.ask("tick", now=MONDAY + 3 * SETTLED)["posts"]["visible"] == 0
    file.write_bytes(good)
    publication.ask("tick", now=MONDAY + 4 * SETTLED)
    assert publication.ask("tick", now=MONDAY + 5 * SETTLED)["sent"] == 0


def test_a_folder_that_vanishes_leaves_the_feeds(publication: Publication) -> None:
    publication.write("one")
    publication.ask("tick", now=MONDAY)
    words = ("r@example.org", "--cadence", "each", "--confirmed")
    publication.say("subscribers", "add", *words, now=MONDAY)
    before = publication.documents()
    posts, aside = publication.root / "posts", publication.root / "aside"
    posts.rename(aside)
    for verb in ("build", "tick", "check"):
        said = publication.say(verb, now=MONDAY + SETTLED)
        assert (said.status, str(posts) in said.err) == (1, True), said
    assert publication.documents() == before
    aside.rename(posts)
    back = publication.ask("tick", now=MONDAY + SETTLED)
    assert (back["posts"]["unchanged"], back["posts"]["gone"], back["feeds"]["written"]) == (1, 0, [])
    assert publication.ask("tick", now=MONDAY + 2 * SETTLED)["sent"] == 0


def test_links_that_leave_the_folder_and_special_files_are_named(publication: Publication) -> None:
    posts = publication.root / "posts"
    publication.write("good")
    secret = publication.root / "secret.md"
    secret.write_text("---\ntitle: secret\ndate: 2025-01-01\n---\nsecret\n")
    (posts / "link.md").symlink_to(secret)
    (posts / "nowhere.md").symlink_to(posts / "missing.md")
    (posts / "loop").symlink_to(posts, target_is_directory=True)
    os.mkfifo(posts / "pipe.md")
    (posts / "folder.md").mkdir()
    (posts / "large.md").write_bytes(b"---\ntitle: large\ndate: 2025-01-01\n---\n" + b"x" * (3 << 20))
    built = publication.ask("build", now=MONDAY)
    assert built["posts"]["visible"] == 1
    named = {each["file"] for each in built["posts"]["problems"]}
    assert named >= {"link.md", "pipe.md", "large.md"}
    assert not any(b"secret" in body for body in publication.documents().values())


def test_a_file_that_may_not_be_read_is_a_problem(publication: Publication) -> None:
    publication.write("good")
    closed = publication.write("closed")
    closed.chmod(0)
    if os.access(closed, os.R_OK):
        pytest.skip("root may read everything")
    built = publication.ask("build", now=MONDAY)
    assert built["posts"]["visible"] == 1
    assert [each["file"] for each in built["posts"]["problems"]] == ["closed.md"]


def test_file_names_need_not_be_text(publication: Publication) -> None:
    posts = os.fsencode(publication.root / "posts")
    names = (
        b"caf\xe9",
        b"caf\xe8",
        "日本語".encode("shift_jis"),
        b"caf?",
        b"new\nline",
        b"\x1b[31m",
        b"q\"'<&>",
    )
    for name in names:
        slug = name.hex().encode()
        try:
            with open(os.path.join(posts, name + b".md"), "wb") as file:
                file.write(b"---\ntitle: x\ndate: 2025-01-01\nslug: %b\n---\nText.\n" % slug)
        except OSError:
            pytest.skip("this file system takes text only")
    built = publication.run("build", "--json", now=MONDAY)
    assert built.status == 0, built.err
    assert built.json["posts"]["visible"] == 4
    problems = {each["file"]: each["message"] for each in built.json["posts"]["problems"]}
    assert problems.keys() == {r"caf\xe9.md", r"caf\xe8.md", r"\x93\xfa\x96{\x8c\xea.md"}
    assert set(problems.values()) == {"the file's name is not UTF-8; rename it"}
    again = publication.run("build", "--json", now=MONDAY)
    assert (again.json["posts"]["unchanged"], again.json["feeds"]["written"]) == (7, [])
    checked = publication.run("check", now=MONDAY)
    assert (checked.status, "\x1b" in checked.out) == (1, False)
    os.rename(os.path.join(posts, b"caf\xe9.md"), os.path.join(posts, b"coffee.md"))
    assert publication.run("build", "--json", now=MONDAY).json["posts"]["visible"] == 5


def test_no_configuration_and_a_broken_one_are_named(tmp_path: Path) -> None:
    nothing = Publication(tmp_path)
    said = nothing.say("build")
    assert (said.status, str(nothing.config) in said.err) == (1, True)
    nothing.config.parent.mkdir()
    nothing.config.write_text('[site]\ntitel = "x"\n')
    said = nothing.say("build")
    assert said.status == 1
    assert "titel" in said.err
    assert "title" in said.err
