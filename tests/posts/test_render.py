"""Bodies become safe HTML with absolute URLs, and a few plain sentences."""

from __future__ import annotations

import re
import time
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import html5lib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.model.post import Post, PostIds, Rendering
from feeds.posts.excerpt import cut, width
from feeds.posts.render import render
from feeds.posts.site import Site, absolute

SITE = Site("https://example.jp", ZoneInfo("Asia/Tokyo"), "ja", dialect="jekyll", baseurl="/blog")
URL = "https://example.jp/blog/2025/09/14/a/"
POST = Post(
    "2025-09-14-a.md", "", "題", "a", URL, datetime(2025, 9, 13, 15, tzinfo=UTC), PostIds(URL, URL, URL)
)


def made(body: str, **changes: str) -> Rendering:
    return render(replace(POST, **changes), body, SITE)  # type: ignore[arg-type]


def shown(body: str) -> str:
    return made(body).html.strip()


@pytest.mark.parametrize(
    ("written", "bold"),
    [
        ("**「強調」**の", "「強調」"),
        ("これは**「重要」**です。", "「重要」"),
        ("**重要です。**次", "重要です。"),
        ("**テスト（test）**は", "テスト（test）"),
        ("**`code`**を", "<code>code</code>"),
    ],
)
def test_japanese_bold_is_bold(written: str, bold: str) -> None:
    assert f"<strong>{bold}</strong>" in shown(written)


def test_bold_marks_without_a_partner_vanish_beside_japanese_only() -> None:
    assert shown("次に、**熟練労働") == "<p>次に、熟練労働</p>"
    assert shown("転換** エージェント") == "<p>転換 エージェント</p>"
    assert shown("前\n\n**\n\n後") == "<p>前</p>\n<p>後</p>"
    for kept in ("char **argv", "2**10", "tags に /path/**/tags を", "sm******", "`**あ`"):
        assert "**" in shown(kept)
    assert shown(r"\*\*強調") == "<p>**強調</p>"


def test_github_extensions_work() -> None:
    assert '<td align="right">1</td>' in shown("|a|b|\n|-|-:|\n|x|1|")
    assert "<del>x</del>" in shown("~~x~~")
    assert "☑ done" in shown("- [x] done\n- [ ] open")


@pytest.mark.parametrize(
    ("written", "html"),
    [
        ("![図](/assets/a.png)", '<img src="https://example.jp/assets/a.png" alt="図">'),
        ("[a](../b?c#d)", '<a href="https://example.jp/blog/2025/09/14/b?c#d">a</a>'),
        ("[a](//cdn.example/x)", '<a href="https://cdn.example/x">a</a>'),
        ("[a](#s)", f'<a href="{URL}#s">a</a>'),
        ("[a](/日本)", '<a href="https://example.jp/%E6%97%A5%E6%9C%AC">a</a>'),
        ("[a](javascript:alert(1))", "<a>a</a>"),
        (
            '<img src="x.png" srcset="a.png 1x, /b.png 2x">',
            f'srcset="{URL}a.png 1x, https://example.jp/b.png 2x"',
        ),
        ('<img src="data:image/gif;base64,x" data-src="/l.png" alt="l">', 'src="https://example.jp/l.png"'),
        ('<video poster="p.png" src="v.mp4"></video>', f'poster="{URL}p.png"'),
        ("```python\nx\n```", '<code class="language-python">x'),
        ("<ruby>漢字<rp>(</rp><rt>かんじ</rt></ruby>", "<rt>かんじ</rt>"),
        ("<details><summary>s</summary>x</details>", "<summary>s</summary>"),
        (
            '<iframe src="https://v.example/1"></iframe>',
            '<a href="https://v.example/1">v.example/1</a>',
        ),
    ],
)
def test_what_is_kept_is_absolute(written: str, html: str) -> None:
    assert html in shown(written)


@pytest.mark.parametrize(
    "written",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        "<style>p{}</style>",
        "<svg onload=alert(1)>",
        '<a href="java\tscript:alert(1)">x</a>',
        '<a href="data:text/html,x">x</a>',
        '<p style="x">y</p>',
        '<math><mi//xlink:href="data:x,<script>alert(4)</script>">',
        "<iframe srcdoc='<script>alert(1)</script>'>",
        '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
        "<form action=javascript:alert(1)><input>",
        '<iframe src="javascript:alert(1)"></iframe>',
        "<iframe src='\"><script>alert(1)</script>'></iframe>",
    ],
)
def test_nothing_that_acts_is_kept(written: str) -> None:
    html = shown(written)
    for bad in (
        "<script",
        'onerror="',
        "onload",
        "<style",
        "style=",
        "javascript:",
        "data:text",
        "<iframe",
        "<form",
        "<svg",
    ):
        assert bad not in html.replace("&lt;", "").replace(">javascript:alert(1)<", "")


def test_tracking_pixels_and_images_without_a_source_go() -> None:
    assert "<img" not in shown('<img src="https://t.example/p.gif" width="1" height="1"><img alt="x">')


def test_characters_that_xml_forbids_go() -> None:
    assert shown("a\0b&#1;c\x0bd\ufffee\ud800") == "<p>abcde</p>"


def test_html_posts_are_no_markdown() -> None:
    assert made("<p>*a*</p>", path="2025-09-14-a.html").html == "<p>*a*</p>"


@pytest.mark.parametrize(
    "body",
    [
        "|" + "a|" * 1000 + "\n|" + "-|" * 1000 + "\n" + "|x|\n" * 5000,
        "[" * 20000,
        ">" * 5000 + "x",
        "{% raw %}" * 50000,
        "{%" * 200000,
        "{{" * 200000 + "}}",
        "`" * 5000 + "{{",
        "`a``b" * 20000 + "{{",
        "*a " * 30000,
        "<div>" * 3000,
        "<iframe " * 20000,
        "![" * 20000,
        "- " * 3000 + "x",
    ],
    ids=lambda body: body[:8],
)
def test_hostile_bodies_cost_little(body: str) -> None:
    begun = time.process_time()
    html = made(body).html
    assert time.process_time() - begun < 5
    assert len(html) < 3_000_000


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(), max_size=300))
def test_any_body_renders_to_html_that_a_browser_reads(body: str) -> None:
    rendering = made(body)
    html5lib.HTMLParser(strict=False).parseFragment(rendering.html)
    assert rendering.minutes >= 1
    assert width(rendering.excerpt) <= 3 * 240


@given(st.text(), st.integers(10, 60))
def test_a_cut_fits_and_is_a_beginning(text: str, columns: int) -> None:
    short = cut(text, columns)
    assert width(short) <= columns
    assert text.startswith(short.removesuffix("…").rstrip()) or short == text


CLUSTERS = st.sampled_from(
    [
        "👨‍👩‍👧‍👦",
        "👍🏽",
        "🇯🇵",
        "が",
        "e\u0301",
        "❤️",
        "1️⃣",
        "葛󠄀",
        "あ",
        "a",
        " ",
        "。",
        "！",
        "「",
        "」",
        "word",
    ]
)


@given(st.lists(CLUSTERS, max_size=30).map("".join), st.integers(4, 40))
def test_no_cut_falls_inside_what_a_reader_sees_as_one(text: str, columns: int) -> None:
    short = cut(text, columns)
    if short != text:
        rest = text[len(short.removesuffix("…").rstrip()) :].lstrip()
        if not short.endswith("…"):
            rest = text[len(short) :]
        assert not rest or unicodedata.category(rest[0]) not in {"Mn", "Me", "Mc", "Cf"}
        assert not rest or not "\U0001f3fb" <= rest[0] <= "\U0001f3ff"
        assert not short.removesuffix("…").endswith("\u200d")


@pytest.mark.parametrize(
    ("text", "columns", "short"),
    [
        ("一文目です。二文目はとても長くて入りません。", 20, "一文目です。"),
        ("「はい。」と言った。それから長い話が続いた。", 24, "「はい。」と言った。"),
        ("とても長い一文なのでどこにも切れ目がありません", 20, "とても長い一文なの…"),
        ("Version 3.11 is out. It is faster than ever before.", 30, "Version 3.11 is out."),
        ("An uninterrupted sentence of English words", 20, "An uninterrupted…"),
        ("家族👨‍👩‍👧‍👦の写真", 8, "家族…"),
        ("が\u3099" * 10, 6, "が\u3099" * 2 + "…"),
        ("短い。", 20, "短い。"),
    ],
)
def test_cuts_fall_where_a_reader_would_stop(text: str, columns: int, short: str) -> None:
    assert cut(text, columns) == short


def test_excerpts_are_prose_without_marks() -> None:
    prose = "**「学び」**と[リンク](/x)の話[^1]です。\n改行もあります。"
    body = f"題\n\n## 見出し\n\n{prose}\n\n```\ncode\n```\n\n[^1]: 注\n"
    assert made(body).excerpt == "「学び」とリンクの話です。改行もあります。"


def test_notes_quotations_and_captions_begin_no_excerpt() -> None:
    beside = "> 引用です。\n\n<details><summary>要</summary>\n\n中。\n\n</details>\n\n"
    body = f"{beside}![図](a.png)\n*説明。*\n\n本文。"
    assert made(body).excerpt == "本文。"
    assert made("> 引用だけ。").excerpt == "引用だけ。"


def test_more_in_code_ends_nothing() -> None:
    assert (
        made("一。\n\n```html\n<!--more-->\n```\n\n二。`<!--more-->`三。\n\n<!--more-->\n\n四。").excerpt
        == "一。二。<!--more-->三。"
    )


def test_more_ends_the_excerpt() -> None:
    assert made("一。[a][b]\n\n<!-- more -->\n\n二。\n\n[b]: /x\n").excerpt == "一。a"


def test_the_front_matters_excerpt_wins() -> None:
    assert made("本文。", excerpt="要約").excerpt == "要約"


def test_the_first_image_stands_in_for_a_missing_one() -> None:
    rendering = made("![図 &amp; 表](a.png?x=1&y=2)")
    assert (rendering.image, rendering.image_alt) == (URL + "a.png?x=1&y=2", "図 & 表")
    assert made("![](a.png)", image="https://x.example/i.png").image == "https://x.example/i.png"


def test_reading_time_counts_characters_and_words() -> None:
    assert made("あ" * 2500).minutes == 5
    assert made("word " * 660).minutes == 3
    assert made("あ" * 1000 + " word" * 440).minutes == 4
    assert made("слово " * 660).minutes == 3
    assert made("déjà vu " * 330).minutes == 3


@pytest.mark.parametrize(
    ("written", "linked", "behind"),
    [
        ("詳しくは https://example.jp/a。次の", "https://example.jp/a", "。次の"),
        ("（https://example.jp/a）", "https://example.jp/a", "）"),
        ("https://example.jp/a_(b)です", "https://example.jp/a_(b)", "です"),
        ("(see https://example.jp/a?b=1&c=2).", "https://example.jp/a?b=1&amp;c=2", ")."),
        ("はhttps://example.jp/, https", "https://example.jp/", ", https"),
        ("https://example.jp/a's", "https://example.jp/a's", ""),
    ],
)
def test_bare_addresses_are_links_that_end_where_an_address_can(
    written: str, linked: str, behind: str
) -> None:
    assert f'<a href="{linked}">{linked}</a>{behind}' in shown(written)


@pytest.mark.parametrize(
    "written",
    [
        "`https://example.jp/`",
        "```\nhttps://example.jp/\n```",
        "xhttps://example.jp/",
        "https:///x",
        "https://",
        "www.x",
    ],
)
def test_what_is_no_bare_address_is_no_link(written: str) -> None:
    assert "<a" not in shown(written)
    assert shown("[https://example.jp/](https://b.example/)").count("<a") == 1


def test_footnotes_of_two_posts_have_different_ids() -> None:
    body = "一[^1]、二[^1]。\n\n[^1]: 注。"
    ids = []
    for url in (URL, URL + "b/"):
        html = made(body, url=url).html
        ids.append(set(re.findall(r'id="([^"]+)"', html)))
        assert {f"{url}#{name}" for name in ids[-1]} == set(re.findall(r'href="([^"]+)"', html))
    assert len(ids[0]) == 3
    assert not ids[0] & ids[1]
    assert made(body).html == made(body).html


@pytest.mark.parametrize(
    "pixel",
    [
        '<img src="https://t.example/p" width="1" height="1">',
        '<img src="https://t.example/p" style="display:none">',
        '<img src="https://t.example/p" style="width: 1px; height: 1px">',
        '<img src="https://t.example/p" hidden>',
        '<img src="https://www.facebook.com/tr?id=1&ev=PageView">',
        '<img src="https://www13.a8.net/0.gif?a8mat=x" alt="">',
        '<img src="https://i.moshimo.com/af/i/impression?a_id=1">',
        "![](https://www.google-analytics.com/collect?v=1)",
    ],
)
def test_pixels_go_however_they_hide(pixel: str) -> None:
    assert "<img" not in shown(f"前{pixel}後")
    assert "<img" in shown(f"前{pixel}後![図](a.png)")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("a.png 1x, b.png 2x", f"{URL}a.png 1x, {URL}b.png 2x"),
        ("a.png 1x,b.png 2x", f"{URL}a.png 1x, {URL}b.png 2x"),
        ("/a,b,c.png 100w,  /d.png", "https://example.jp/a,b,c.png 100w, https://example.jp/d.png"),
        ("a.png, b.png 2x", f"{URL}a.png, {URL}b.png 2x"),
        ("data:image/png;base64,AA 1x, //c.example/a.png 2x", "https://c.example/a.png 2x"),
        ("a b c d, , e.png 1x", f"{URL}a b c d, {URL}e.png 1x"),
    ],
)
def test_every_candidate_of_a_set_is_absolute(written: str, expected: str) -> None:
    assert f'srcset="{expected}"' in shown(f'<img src="x.png" alt="" srcset="{written}">')


@pytest.mark.parametrize(
    "written",
    [
        '<img class="lazyload" src="data:image/gif;base64,R0" data-src="/real.png">',
        '<img src="/img/blank.gif" data-original="/real.png">',
        '<img src="/spinner.svg" data-lazy-src="/real.png">',
        '<img class="lazy" src="/x.gif"><noscript><img src="/real.png"></noscript>',
        '<img data-srcset="/small.png 100w, /real.png 900w">',
        '<img src="/assets/placeholder.png" srcset="/small.png 1x, /real.png 2x">',
    ],
)
def test_lazy_images_are_the_real_ones(written: str) -> None:
    html = shown(written)
    assert html.count("<img") == 1
    assert 'src="https://example.jp/real.png"' in html
    assert 'alt=""' in html
    assert "data-" not in html
    assert made(written).image == "https://example.jp/real.png"


def test_no_address_is_better_than_a_bad_one() -> None:
    assert absolute("javascript:x", URL) == ""
    assert absolute("http://[bad", URL) == ""
    assert absolute("mailto:a@b.example", URL) == "mailto:a@b.example"


def test_words_in_pointed_brackets_take_no_text_with_them() -> None:
    assert shown("<filter>はあとからつけました。\n\n次") == "<p>はあとからつけました。</p>\n<p>次</p>"
    assert shown("型は vector<int> です。") == "<p>型は vector です。</p>"
    assert shown("cd <path> と <text x=1>") == "<p>cd  と </p>"
    assert shown('前<svg><path d="M0 0"/><text>絵</text></svg>後 <set>集合') == "<p>前後 集合</p>"
    assert "絵" not in shown("前 <svg><text>絵</text> 後")


def test_a_link_without_text_shows_its_address() -> None:
    card = '<div><a href="https://github.com/a/b?c=1&amp;d=2" data-iframely-url="//cdn.example/x"></a></div>'
    shows = '<a href="https://github.com/a/b?c=1&amp;d=2">github.com/a/b?c=1&amp;d=2</a>'
    assert shown(card) == f"<div>{shows}</div>"
    assert shown('## 見出し<a href="#x"></a>') == f'<h2>見出し<a href="{URL}#x"></a></h2>'
    pixel = '<a href="https://ad.example/"><img src="https://ad.example/0.gif" width="1" height="1"></a>'
    assert shown(f"本文 {pixel}") == "<p>本文 </p>"


def test_blanks_in_addresses_are_kept_as_browsers_do() -> None:
    assert f'src="{URL}Shot%201%202.png"' in shown('<img src=" Shot 1 2.png\n" alt="">')
    assert 'href="https://example.jp/ab"' in shown('<a href="/a\tb">x</a>')
    assert "href" not in shown('<a href="java\tscript:alert(1)">x</a><a href="\x01javascript:alert(1)">x</a>')


@pytest.mark.parametrize(
    ("dialect", "name", "says", "kept"),
    [
        ("zenn", "", "", True),
        ("qiita", "", "", True),
        ("hugo", "hugo.toml", "[markup.goldmark.renderer]\nhardWraps = true\n", True),
        ("hugo", "hugo.toml", "[markup.goldmark.renderer]\nunsafe = true\n", False),
        ("jekyll", "_config.yml", "kramdown: {hard_wrap: true}\n", True),
        ("jekyll", "_config.yml", "markdown: CommonMark\ncommonmark: {options: [HARDBREAKS]}\n", True),
        ("jekyll", "_config.yml", "kramdown: {input: GFM}\n", False),
        ("hexo", "_config.yml", "title: X\n", True),
        ("hexo", "_config.yml", "marked: {breaks: false}\n", False),
        ("eleventy", "eleventy.config.js", "markdownIt({ html: true, breaks: true })", True),
        ("astro", "astro.config.mjs", "import b from 'remark-breaks';", True),
        ("pelican", "pelicanconf.py", "MARKDOWN = {'extensions': ['nl2br']}", True),
        ("eleventy", "eleventy.config.js", "markdownIt({ html: true })", False),
        ("plain", "", "", False),
    ],
)
def test_ends_of_lines_are_kept_where_the_generator_does(
    dialect: str, name: str, says: str, kept: bool
) -> None:
    site = replace(SITE, dialect=dialect, files=((name, says),) if name else ())
    html = render(replace(POST, path="a.md"), "一行目\n二行目", site).html
    assert ("<br>" in html) is kept


@pytest.mark.parametrize(
    ("dialect", "name", "says"),
    [
        ("hugo", "hugo.toml", "enableEmoji = true\n"),
        ("jekyll", "_config.yml", "plugins: [jemoji]\n"),
        ("zola", "config.toml", "[markdown]\nrender_emoji = true\n"),
        ("astro", "astro.config.mjs", "import emoji from 'remark-emoji';"),
    ],
)
def test_emoji_are_shown_where_the_generator_shows_them(dialect: str, name: str, says: str) -> None:
    body = "祝:tada:、12:30:45 `:tada:` :none:"
    for text, shown in ((says, "🎉"), ("", ":tada:")):
        site = replace(SITE, dialect=dialect, files=((name, text),))
        html = render(replace(POST, path="a.md"), body, site).html
        assert html == f"<p>祝{shown}、12:30:45 <code>:tada:</code> :none:</p>\n"


@pytest.mark.parametrize(
    ("dialect", "defined"), [("jekyll", True), ("hugo", True), ("pelican", True), ("zola", False)]
)
def test_definitions_are_lists_where_the_generator_has_them(dialect: str, defined: bool) -> None:
    site = replace(SITE, dialect=dialect)
    html = render(replace(POST, path="a.md"), "**瓦版**\n: 江戸の新聞\n\n本文", site).html
    shown = "<dl>\n<dt><strong>瓦版</strong></dt>\n<dd>江戸の新聞</dd>\n</dl>\n<p>本文</p>\n"
    assert (html == shown) is defined
    long = render(replace(POST, path="a.md"), "瓦版\n: 一段落\n\n    二段落\n", site).html
    assert "一段落二段落" not in long
    began = time.perf_counter()
    render(POST, "a\n: b\n\n" * 20_000, site)
    assert time.perf_counter() - began < 5
    options = (("hugo.toml", "[markup.goldmark.extensions]\ndefinitionList = false\n"),)
    assert "<dl>" not in render(POST, "a\n: b", replace(SITE, dialect="hugo", files=options)).html
