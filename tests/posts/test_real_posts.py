"""What the real posts turn out to be, and look like."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from lxml import html as lxml_html

from feeds.model.post import Parsed, Post, Problem, Rendering, Withheld
from feeds.posts import frontmatter
from feeds.posts.dialects.table import recognise
from feeds.posts.excerpt import WIDTH, width
from feeds.posts.folder import list_sources
from feeds.posts.render import render
from feeds.posts.scan import body_of, read_posts
from feeds.posts.site import Site

Read = Callable[[str], list[Parsed]]

TABLE = {
    # folder: (posts, withheld by reason, problems, posts that share an address with another)
    "allforces/_posts": (1544, {}, 0, 38),
    "efcl/_posts": (837, {}, 0, 0),
    "vim-jp/_posts": (349, {}, 0, 0),
    # drafts say so; pages without a date (now, privacy-policy) and `_index.md` of sections are no posts
    "takuti": (300, {"draft": 4, "not a post": 16}, 0, 0),
    # three `_index.md`, and releases/latest.md, which is a template's name and nothing else
    "rust": (750, {"not a post": 4}, 0, 0),
    # Jekyll's PostReader makes posts of files without front matter and of `.text`, too
    "jekyll/_posts": (53, {"unpublished": 1, "not a post": 1}, 0, 0),
}


@pytest.mark.parametrize("folder", TABLE)
def test_every_file_is_a_post_or_withheld_for_a_reason(folder: str, read: Read) -> None:
    found = read(folder)
    posts = [post for post in found if isinstance(post, Post)]
    withheld = Counter(each.reason for each in found if isinstance(each, Withheld))
    problems = [each for each in found if isinstance(each, Problem)]
    shared = sum(count - 1 for count in Counter(post.url for post in posts).values())
    assert (len(posts), dict(withheld), len(problems), shared) == TABLE[folder]


@pytest.mark.parametrize("folder", TABLE)
def test_the_dialect_of_a_folder_is_recognised(
    folder: str, shared_posts: Path, sites: dict[str, Site]
) -> None:
    assert recognise(shared_posts / folder).dialect == sites[folder].dialect


def test_permalinks_and_ids_of_the_magazine_are_those_that_jekyll_gave(
    shared_posts: Path, read: Read
) -> None:
    posts = {post.path: post for post in read("allforces/_posts") if isinstance(post, Post)}
    with (shared_posts / "allforces/jekyll-ids.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t"))[1:]
    assert len(rows) == 1544
    assert [
        (post.path, post.url, post.ids.rss, post.ids.atom) for post in (posts[row[0]] for row in rows)
    ] == [(path, permalink, permalink, atom) for path, permalink, atom in rows]


def test_a_whole_site_reads_like_its_posts_folder(shared_posts: Path, read: Read, magazine: Site) -> None:
    root = shared_posts / "allforces"
    whole = list(read_posts(root, list_sources(root), replace(magazine, folder="")))
    assert [post.url for post in whole if isinstance(post, Post)] == [
        post.url for post in read("allforces/_posts") if isinstance(post, Post)
    ]


def test_two_processes_read_the_same_in_the_same_order(
    shared_posts: Path, read: Read, magazine: Site
) -> None:
    folder = shared_posts / "allforces/_posts"
    assert list(read_posts(folder, list_sources(folder), magazine, 2)) == read("allforces/_posts")


def test_languages_come_from_folders(read: Read) -> None:
    languages = Counter(post.language for post in read("takuti") if isinstance(post, Post))
    assert set(languages) == {"en", "ja", "fr"}


@pytest.fixture(scope="module", params=TABLE)
def rendered(
    request: pytest.FixtureRequest, shared_posts: Path, read: Read, sites: dict[str, Site]
) -> tuple[str, list[tuple[Post, Rendering]]]:
    folder = request.param
    posts = [post for post in read(folder) if isinstance(post, Post)]
    return folder, [(p, render(p, body_of(shared_posts / folder, p), sites[folder])) for p in posts]


def texts_outside_code(html: str) -> list[str]:
    """Every text node that is in no code."""
    tree = lxml_html.fragment_fromstring(html, create_parent="div")
    return [
        str(text) for text in tree.xpath("//text()[not(ancestor::code or ancestor::pre or ancestor::kbd)]")
    ]


STARS_THAT_ARE_MEANT = {"allforces/_posts": 0, "vim-jp/_posts": 2, "rust": 0, "jekyll/_posts": 0}
"""Posts with ``**`` in their text; vim-jp's two are about globs such as ``/path/to/**/tags``."""


def test_no_text_outside_code_holds_bold_marks(rendered: tuple[str, list[tuple[Post, Rendering]]]) -> None:
    folder, renderings = rendered
    if folder not in STARS_THAT_ARE_MEANT:
        pytest.skip("old posts that use asterisks for all sorts of things")
    starred = [
        p.path for p, r in renderings if "**" in r.html and any("**" in t for t in texts_outside_code(r.html))
    ]
    assert len(starred) == STARS_THAT_ARE_MEANT[folder], starred


def test_every_url_is_absolute_and_of_an_allowed_scheme(
    rendered: tuple[str, list[tuple[Post, Rendering]]],
) -> None:
    for post, rendering in rendered[1]:
        if not rendering.html:
            continue
        tree = lxml_html.fragment_fromstring(rendering.html, create_parent="div")
        for _, attribute, link, _ in tree.iterlinks():
            scheme = urlsplit(link).scheme
            assert scheme in {"http", "https", "mailto", "tel"}, (post.path, attribute, link)
        assert not tree.xpath("//script|//style|//iframe|//object|//@*[starts-with(name(), 'on')]|//@style")


def test_nothing_that_xml_forbids_is_left(rendered: tuple[str, list[tuple[Post, Rendering]]]) -> None:
    forbidden = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
    for post, rendering in rendered[1]:
        for text in (
            post.title,
            post.author,
            *post.tags,
            *post.categories,
            rendering.html,
            rendering.excerpt,
        ):
            assert not forbidden.search(text), post.path


def test_excerpts_are_plain_and_short(rendered: tuple[str, list[tuple[Post, Rendering]]]) -> None:
    for post, rendering in rendered[1]:
        if not post.excerpt:
            assert width(rendering.excerpt) <= 3 * WIDTH, post.path  # 3: where `<!--more-->` marks it
            assert "\n" not in rendering.excerpt
            assert "{%" not in rendering.excerpt


@pytest.fixture(scope="module")
def seed(shared_posts: Path, parsed: Callable[..., Parsed], magazine: Site) -> tuple[Post, str, Rendering]:
    data = (shared_posts / "2025-09-14-seed-post.md").read_bytes()
    post = parsed(data, "2025-09-14-seed-post.md")
    assert isinstance(post, Post)
    body = frontmatter.body_of(data.decode())
    return post, body, render(post, body, magazine)


def test_the_seed_post_is_whole(seed: tuple[Post, str, Rendering]) -> None:
    post, body, rendering = seed
    tree = lxml_html.fragment_fromstring(rendering.html, create_parent="div")
    shown = "".join(tree.itertext()).split()
    written = re.sub(r"\*\*", "", body).split()
    assert "".join(shown) == "".join(written)
    assert post.categories == ("投資分析",)
    assert post.published.isoformat() == "2025-09-14T04:36:02+00:00"


def test_end_lines_of_the_seed_post_are_text(seed: tuple[Post, str, Rendering]) -> None:
    _, body, rendering = seed
    assert rendering.html.count("<p>---END---</p>") == body.count("---END---") == 2
    assert "<hr" not in rendering.html
    assert "<h2" not in rendering.html


def test_bold_text_of_the_seed_post_is_bold(seed: tuple[Post, str, Rendering]) -> None:
    _, body, rendering = seed
    bold = lxml_html.fragment_fromstring(rendering.html, create_parent="div").xpath("//strong")
    assert [each.text_content() for each in bold] == re.findall(r"\*\*(.+?)\*\*", body)
