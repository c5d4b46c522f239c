"""Front matter is read as its author meant it, and nothing in it breaks a scan."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from feeds.model.post import Parsed, Post, Problem, Source, Withheld
from feeds.posts import frontmatter
from feeds.posts.dialects.names import DIALECTS
from feeds.posts.parse import parse
from feeds.posts.site import Site
from feeds.posts.trouble import Trouble

MakePost = Callable[..., Post]
SITES = [Site("https://example.jp", ZoneInfo("Asia/Tokyo"), "ja", dialect=name) for name in DIALECTS]


@given(
    st.binary(max_size=400), st.sampled_from(SITES), st.sampled_from(["2025-09-14-a.md", "a.md", "ja/é.md"])
)
@example(b"---\n" + b"[" * 16000 + b"\n---\n", SITES[0], "2025-09-14-a.md")
@example(b"---\ntitle: {a: &x *x}\n---\n", SITES[0], "2025-09-14-a.md")
@example(b"---\ndate: 9999-12-31 23:59:59 -1200\n---\n", SITES[0], "2025-09-14-a.md")
@example(b'---\npermalink: ":title/\\uD800:"\n---\n', SITES[0], "2025-09-14-a.md")
def test_no_bytes_make_parsing_raise(data: bytes, site: Site, name: str) -> None:
    found = parse(Source(name, len(data), 0, 0), data, site)
    assert isinstance(found, Post | Withheld | Problem)
    assert found.path == name


_KEYS = [
    "title",
    "date",
    "tags",
    "category",
    "categories",
    "draft",
    "published",
    "image",
    "permalink",
    "slug",
    "id",
    "author",
    "lang",
    "excerpt",
    "excerpt_separator",
    "url",
    "path",
    "updated",
    "newsletter",
]
_LINE = st.tuples(st.sampled_from(_KEYS), st.text(max_size=30)).map(lambda pair: f"{pair[0]}: {pair[1]}")


@settings(deadline=None)
@given(st.lists(_LINE, max_size=6), st.text(max_size=60), st.sampled_from(SITES))
def test_no_front_matter_makes_parsing_raise(lines: list[str], body: str, site: Site) -> None:
    data = "\n".join(["---", *lines, "---", body]).encode("utf-8", "replace")
    found = parse(Source("2025-09-14-a.md", len(data), 0, 0), data, site)
    if isinstance(found, Post):
        assert found.url.isascii()
        assert found.ids.atom.isascii()
        assert found.title
        assert found.published.tzinfo is not None


_PRINTABLE = st.text(st.characters(blacklist_categories=("Cc", "Cs", "Cn", "Co", "Zl", "Zp")), max_size=40)


@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,10}", fullmatch=True), _PRINTABLE | st.lists(_PRINTABLE, max_size=4)
    )
)
def test_what_is_written_as_yaml_is_read_back_as_text(values: dict[str, str | list[str]]) -> None:
    block = "".join(f"'{key}': {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items())
    text = f"---\n{block}---\nbody\n"
    matter = frontmatter.read(text)
    assert matter.values == values
    assert text[matter.body_start :] == frontmatter.body_of(text) == "body\n"


@given(st.text())
def test_a_text_is_its_front_matter_and_its_body(text: str) -> None:
    try:
        body = frontmatter.body_of(text)
    except Trouble:
        return
    assert text.endswith(body)


def test_plain_scalars_stay_as_they_were_written() -> None:
    written = {
        "a": "no",
        "b": "1:30",
        "c": "0123",
        "d": "1.10",
        "e": "2025-09-14",
        "f": "true",
        "g": "null x",
    }
    block = "".join(f"{key}: {value}\n" for key, value in written.items())
    assert frontmatter.read(f"---\n{block}---\n").values == written


def test_nulls_are_empty_and_quoted_ones_are_text() -> None:
    assert frontmatter.read("---\na:\nb: ~\nc: null\nd: '~'\n---\n").values == {
        "a": "",
        "b": "",
        "c": "",
        "d": "~",
    }


def test_lines_are_those_of_the_file() -> None:
    assert frontmatter.read("\n---\na: 1\nb:\n  c: 2\nd: 3\n---\n").lines == {"a": 3, "b": 4, "d": 6}


def test_a_fence_may_name_its_format() -> None:
    for text in ("---yaml\na: b\n---\n", "---toml\na = 'b'\n---\n", '---json\n{"a": "b"}\n---\n'):
        matter = frontmatter.read(text)
        assert (matter.values, matter.lines, text[matter.body_start :]) == ({"a": "b"}, {"a": 2}, "")


def test_front_matter_that_is_a_program_is_named(parsed: Callable[..., Parsed]) -> None:
    found = parsed("---js\nconst title = 1;\n---\n")
    assert isinstance(found, Problem)
    assert found.message == "front matter in `---js` is a program, which is not read; write YAML"


def test_lines_without_fences_are_front_matter_for_pelican(post: MakePost, plain_site: Site) -> None:
    text = "Title: 題: 一\nDATE: 2025-01-02\nTags: a; b, c\nSummary: one\n    two\n\nKey: text\n"
    found = post(text, "a.md", replace(plain_site, dialect="pelican"))
    assert (found.title, found.tags, found.excerpt) == ("題: 一", ("a", "b, c"), "one two")
    assert frontmatter.body_of(text, headers=True).strip() == "Key: text"
    assert frontmatter.body_of(text) == text


def test_keys_may_begin_with_a_capital(post: MakePost, plain_site: Site) -> None:
    text = "---\nTitle: T\nDate: 2025-01-02\nCategories: A\nTAGS: x\n---\n"
    found = post(text, "a.md", plain_site)
    assert (found.title, found.categories, found.tags) == ("T", ("A",), ("x",))
    jekylls = post(text)  # where the address depends on a date, Jekyll's own spelling counts
    assert (jekylls.title, jekylls.categories, jekylls.published.year) == ("T", ("A",), 2025)


def test_categories_are_read_from_the_keys_that_the_owner_names(post: MakePost, plain_site: Site) -> None:
    site = replace(plain_site, categories_from=("topics", "extra.kind"), tags_from=("words",))
    found = post(
        "---\ndate: 2025-01-02\ncategories: no\ntopics: a, b\nextra: {kind: c}\nwords: [w]\n---\n",
        "a.md",
        site,
    )
    assert (found.categories, found.tags) == (("a", "b", "c"), ("w",))


def test_categories_are_read_as_jekyll_reads_them(post: MakePost) -> None:
    for written, labels in {
        "categories: foo bar": ("foo", "bar"),
        "categories: [foo, bar baz]": ("foo", "bar baz"),
        "category: foo bar": ("foo bar",),
        "category: foo\ncategories: [bar]": ("bar", "foo"),
        "categories: foo, bar": ("foo", "bar"),
        "category: 2013": ("2013",),
        "categories:\n": (),
        "categories: [カ\u3099, ガ]": ("ガ",),
    }.items():
        assert post(f"---\n{written}\n---\n").categories == labels


def test_folders_above_posts_are_categories(post: MakePost, magazine: Site) -> None:
    found = post(
        "---\n---\n", "blog/News/_posts/sub/2025-09-14-a.md", replace(magazine, folder="", permalink="pretty")
    )
    assert found.categories == ("blog", "News")
    assert found.url == "https://ai-media.co.jp/blog/news/2025/09/14/a/"


def test_permalinks_follow_jekylls_styles(post: MakePost, magazine: Site) -> None:
    for style, path in {
        "date": "/a/2025/09/05/Titel_x.html",
        "pretty": "/a/2025/09/05/Titel_x/",
        "ordinal": "/a/2025/248/Titel_x.html",
        "weekdate": "/a/2025/W36/Fri/Titel_x.html",
        "none": "/a/Titel_x.html",
        "/:short_year/:i_month/:i_day/:slug": "/25/9/5/titel-x",
        "/:month_:day/:title": "/09_05/Titel_x",
        "/../:title": "/Titel_x",
    }.items():
        found = post("---\ncategory: A\n---\n", "2025-9-5-Titel_x.md", replace(magazine, permalink=style))
        assert found.url == "https://ai-media.co.jp" + path


def test_a_permalink_of_its_own_wins(post: MakePost) -> None:
    assert (
        post("---\npermalink: 日本/:year/x\n---\n").url == "https://ai-media.co.jp/%E6%97%A5%E6%9C%AC/2025/x"
    )


def test_a_declared_id_is_kept_and_becomes_a_uri_for_atom(post: MakePost) -> None:
    assert post("---\nguid: urn:uuid:1\n---\n").ids.atom == "urn:uuid:1"
    ids = post("---\nid: 日本\n---\n").ids
    assert (ids.rss, ids.atom) == ("日本", "tag:ai-media.co.jp,2025-09-14:%E6%97%A5%E6%9C%AC")


def test_tag_uris_name_host_day_and_post(post: MakePost, plain_site: Site) -> None:
    found = post("---\ndate: 2025-09-14\n---\n", "ja/題.md", plain_site)
    assert found.ids.rss == found.ids.atom == found.ids.json == "tag:example.jp,2025-09-14:%E9%A1%8C"


def test_titles_and_excerpts_are_plain_text(post: MakePost) -> None:
    found = post(
        "---\ntitle: 'The **bold** `Vec<T>` &amp; <em>AI</em> of snake_case_name'\n"
        "excerpt: '<p>要約の<b>一行目</b>\n\n  二行目 [リンク](/x)</p>'\n---\n"
    )
    assert found.title == "The bold Vec<T> & AI of snake_case_name"
    assert found.excerpt == "要約の一行目二行目 リンク"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Q&amp;A", "Q&A"),  # as themes demand that print titles as they are
        ("Q&A", "Q&A"),
        ("A &lt; B&#8217;s &hellip;", "A < B’s …"),
        ("AT&T &c; &copy2025", "AT&T &c; &copy2025"),
        ("What `&amp;` means", "What &amp; means"),
        ("`<div>` and `&lt;br&gt;` in **`<b>`**", "<div> and &lt;br&gt; in <b>"),
        ("`**kwargs` and `*args`", "**kwargs and *args"),
        (r"5 \* 3, \`a\` and C:\\d", r"5 * 3, `a` and C:\d"),
        ("**太字**の`コード`と[リンク](/x_y)", "太字のコードとリンク"),
        ("snake_case_name, 2 * 3 * 4, a_b_", "snake_case_name, 2 * 3 * 4, a_b_"),
        ("Use `<div>` & `</div>`", "Use <div> & </div>"),
        ("It's 5 o`clock", "It's 5 o`clock"),
    ],
)
def test_titles_read_as_their_author_meant_them(written: str, shown: str, post: MakePost) -> None:
    quoted = written.replace("'", "''")
    assert post(f"---\ntitle: '{quoted}'\n---\n").title == shown


def test_a_text_may_be_repeated_by_its_anchor(post: MakePost) -> None:
    found = post("---\nimage:\n  path: &image /a.png\n  feature: *image\ntitle: &t 'A'\ntags: [*t, b]\n---\n")
    assert (found.image, found.title, found.tags) == ("https://ai-media.co.jp/a.png", "A", ("A", "b"))


@pytest.mark.parametrize(
    "front",
    ["a: *b\n", "a: [*a]\nb: &a x\n", f"a: &a {'x' * 999}\nb: [{', '.join(['*a'] * 17)}]\n"],
)
def test_what_repeats_nothing_or_too_much_is_a_problem(front: str) -> None:
    data = f"---\n{front}---\n".encode()
    found = parse(Source("2025-09-14-a.md", len(data), 0, 0), data, SITES[0])
    assert isinstance(found, Problem)
    assert "`*" in found.message


def test_posts_without_a_title_are_named_by_their_slug(post: MakePost, plain_site: Site) -> None:
    assert post("---\n---\n", "2025-09-14-my-first-POST.md").title == "My First Post"
    assert post("---\ndate: 2025-09-14\n---\n\n# 見出し\n", "a.md", plain_site).title == "見出し"


def test_images_and_their_texts_are_found(post: MakePost) -> None:
    found = post("---\nimage:\n  path: /a b.png\n  alt: 絵\n---\n")
    assert (found.image, found.image_alt) == ("https://ai-media.co.jp/a%20b.png", "絵")
    assert post("---\nimages: [//cdn.example/日.png]\n---\n").image == "https://cdn.example/%E6%97%A5.png"
    assert post("---\nimage: 'javascript:x'\n---\n").image == ""


def test_a_separator_of_its_own_ends_the_excerpt(post: MakePost) -> None:
    found = post('---\nexcerpt_separator: "\\n---\\n"\n---\nA [l][x].\n\nB\n\n---\n\nC\n\n[x]: /y\n')
    assert found.excerpt == "A l. B"


def test_mail_can_be_declined(post: MakePost) -> None:
    assert not post("---\nnewsletter: no\n---\n").in_mail
    assert post("---\n---\n").in_mail
