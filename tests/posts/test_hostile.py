"""Whatever a body holds: no exception, no script, no relative address, no character that XML forbids."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from feeds.model.post import Post, PostIds, Problem, Source, Withheld
from feeds.posts.parse import parse
from feeds.posts.render import render
from feeds.posts.site import Site
from tests.posts.safety import FORBIDDEN, complaints

URL = "https://example.jp/blog/2025/09/14/a/"
POST = Post("a.md", "", "題", "a", URL, datetime(2025, 9, 13, 15, tzinfo=UTC), PostIds(URL, URL, URL))
DIALECTS = ("jekyll", "eleventy", "hugo", "zola", "zenn", "qiita", "astro", "pelican", "plain")

_SCHEMES = st.sampled_from(
    [
        "javascript:alert(1)",
        "JaVaScRiPt:x",
        "java\tscript:x",
        "&#106;avascript:x",
        "data:text/html,<script>x</script>",
        "vbscript:x",
        "//evil.example/x",
        "/x",
        "../x",
        "#x",
        "",
        "http://[bad",
        "https://a.example/?a=1&b=2",
        "\\\\x",
        "ｊavascript:x",
        " javascript:x",
        "\x01javascript:x",
        "file:///etc/passwd",
        "data:image/png;base64,AA",
        "https://例え.jp/日本",
        "x y",
        "\"'>",
    ]
)
_TAG = st.sampled_from(
    """
    a img script style iframe object embed svg math noscript template form input base meta link video audio
    source picture track p div table td details summary textarea title plaintext xmp select option body html
    frameset foreignObject annotation-xml mi mtext desc use animate set marquee isindex q blockquote ins sup
    li
    """.split()  # noqa: SIM905
)
_ATTRIBUTE = st.sampled_from(
    """
    href src onerror onload onclick style srcdoc srcset poster data-src data-srcset action formaction
    xlink:href cite id class alt title width http-equiv content data background ping is slot
    """.split()  # noqa: SIM905
)
_VALUE = _SCHEMES | st.text(max_size=12)
_QUOTE = st.sampled_from(['"', "'", "", "`"])


@st.composite
def _element(draw: st.DrawFn) -> str:
    attributes = "".join(
        f" {draw(_ATTRIBUTE)}={(quote := draw(_QUOTE))}{draw(_VALUE)}{quote}"
        for _ in range(draw(st.integers(0, 4)))
    )
    end = draw(st.sampled_from([">", "/>", "", " ", "\n>"]))
    return f"<{draw(st.sampled_from(['', '', '', '/', '!--', '![CDATA[']))}{draw(_TAG)}{attributes}{end}"


_MARKDOWN = st.one_of(
    st.builds("[{}]({})".format, st.text(max_size=5), _VALUE),
    st.builds("![{}](<{}>)".format, st.text(max_size=5), _VALUE),
    st.builds("[a]: {}\n[a]".format, _VALUE),
    st.builds("<{}>".format, _VALUE),
    st.builds('{{{{< figure src="{}" link="{}" caption="{}" >}}}}'.format, _VALUE, _VALUE, _VALUE),
    st.builds('{{{{ image(src="{}") }}}}'.format, _VALUE),
    st.builds("{{% include embed url=\"{}\" title='{}' %}}".format, _VALUE, _VALUE),
    st.builds('{{{{ "{}" | relative_url }}}}'.format, _VALUE),
    st.builds("@[card]({})".format, _VALUE),
    st.builds(":::message {}\n{}\n:::\n".format, st.text(max_size=5), _VALUE),
    st.builds('<Image src="{}" />{{{}}}'.format, _VALUE, _VALUE),
    st.builds("https://a.example/{}".format, _VALUE),
    st.sampled_from(
        [
            "```\n",
            "`",
            "~~~\n",
            "\n\n",
            "    ",
            "> ",
            "- ",
            "|a|b|\n|-|-|\n|",
            "[^1]\n\n[^1]: ",
            "**",
            "<!--",
            "-->",
            "]]>",
            "\0",
        ]
    ),
)
BODIES = st.lists(_element() | _MARKDOWN | st.text(max_size=10), max_size=12).map("".join)


def _made(body: str, dialect: str, suffix: str) -> list[str]:
    site = Site("https://example.jp", ZoneInfo("Asia/Tokyo"), "ja", dialect=dialect, baseurl="/blog")
    post = replace(POST, path=f"2025-09-14-a{suffix}")
    rendering = render(post, body, site, lambda name: "https://example.jp/blog/x/" if "x" in name else None)
    assert not FORBIDDEN.search(rendering.excerpt + rendering.image + rendering.image_alt)
    assert rendering.image.startswith(("https://", "http://")) or not rendering.image
    assert "\n" not in rendering.excerpt
    return complaints(rendering.html)


@settings(max_examples=250, deadline=None)
@given(BODIES, st.sampled_from(DIALECTS), st.sampled_from([".md", ".md", ".mdx", ".html"]))
@example('<noscript><img src="javascript:x" data-src="//a"></noscript>', "plain", ".md")
@example('<a href="/x" href="javascript:x">a</a>', "plain", ".html")
@example('<img srcset="javascript:x 1x,,, data:text/html,x 2x" src=x>', "plain", ".md")
@example("<svg><style><img src=x onerror=alert(1)></style></svg>", "plain", ".html")
@example('<math><mtext><table><mglyph><style><img src=x onerror="x">', "plain", ".html")
@example("<iframe data-src='javascript:x' src='//www.youtube.com/embed/&quot;onload=x'>", "plain", ".md")
@example('https://a.example/"onmouseover="x https://a.example/<script>x</script>', "plain", ".md")
def test_no_body_is_dangerous(body: str, dialect: str, suffix: str) -> None:
    assert _made(body, dialect, suffix) == []


FRONT = st.lists(
    st.builds(
        "{}: {}".format,
        st.sampled_from(
            [
                "title",
                "date",
                "id",
                "image",
                "tags",
                "categories",
                "author",
                "lang",
                "draft",
                "excerpt",
                "slug",
                "url",
                "permalink",
                "aliases",
                "excerpt_separator",
                "expires",
                "enclosure",
                "cover",
                "x",
                "- a",
                "? b",
            ]
        ),
        st.text(max_size=20)
        | _VALUE
        | st.sampled_from(
            [
                "2025-01-01",
                "[a, b]",
                "{a: b}",
                "|",
                ">",
                "&a",
                "*a",
                "!!x y",
                "'",
                '"',
            ]
        ),
    ),
    max_size=6,
).map("\n".join)


@settings(max_examples=120, deadline=None)
@given(
    FRONT,
    BODIES,
    st.sampled_from(["---\n{}\n---\n{}", "+++\n{}\n+++\n{}", "{}\n\n{}", "---\n{}\n{}", "{{{}}}\n{}"]),
    st.sampled_from(DIALECTS),
    st.sampled_from(["2025-09-14-a.md", "a.md", "posts/b/index.ja.md", "c.mdx", "2025-09-14-d.html"]),
)
def test_no_file_stops_a_scan(front: str, body: str, form: str, dialect: str, name: str) -> None:
    site = Site("https://example.jp", ZoneInfo("Asia/Tokyo"), "ja", dialect=dialect)
    data = form.format(front, body).encode("utf-8", "surrogatepass")
    found = parse(Source(name, len(data), 0, 0), data, site)
    if isinstance(found, Post):
        shown = (
            found.title,
            found.author,
            found.excerpt,
            found.url,
            found.image,
            *found.tags,
            *found.categories,
        )
        assert not any(FORBIDDEN.search(text) for text in shown)
        assert complaints(render(found, body, site).html) == []


@settings(max_examples=100)
@given(st.binary(max_size=200), st.sampled_from(DIALECTS))
def test_no_bytes_stop_a_scan(data: bytes, dialect: str) -> None:
    site = Site("https://example.jp", ZoneInfo("Asia/Tokyo"), "ja", dialect=dialect)
    found = parse(Source("2025-09-14-a.md", len(data), 0, 0), data, site)
    assert isinstance(found, Post | Withheld | Problem)


@pytest.mark.parametrize(
    "html", ["<script>x</script>", '<a href="/x">x</a>', '<p onclick="x">y</p>', "<img src='https://a/x'>"]
)
def test_the_judges_see_what_is_wrong(html: str) -> None:
    assert complaints(html)


TRICKS = r"""
<svg onload=alert(1)><svg/onload=alert(1)>
<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">
<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">
<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>
<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>
<scr<path>ipt>alert(1)</scr</path>ipt><img src=x one<path>rror=alert(1)><sty<text>le>x</sty</text>le>
<int<script>alert(1)</script>><set><img src=x onerror=alert(1)></set><filter onload=alert(1)>x</filter>
<a href="https://x.example/&quot; onmouseover=&quot;alert(1)"></a><a href="https://x.example/<script>"></a>
<a href="java script:1">a</a><a href=" javascript:1">b</a><a href="JaVaScRiPt&colon;alert(1)">c</a>
[a](javascript:alert(1)) ![b](javascript:alert(1)) <javascript:alert(1)> [c](<java script:alert(1)>)
<video poster="javascript:1" src="javascript:1"><source src="javascript:1"><track src="javascript:1"></video>
<div style="background:url(javascript:1);width:expression(alert(1))">s</div><q cite="javascript:1">q</q>
<img srcset="javascript:1 1x, /ok.png 2x" data-src="javascript:1"><iframe srcdoc="<script>"></iframe>
<svg><a xlink:href="javascript:1"><text>x</text></a><animate attributeName=href values=javascript:1 /></svg>
<template><script>alert(1)</script></template><xmp><img src=x onerror=alert(1)></xmp>
{{<gallery caption="<img src=x onerror=alert(1)>">}}{{<img src="javascript:alert(1).png">}}{{</gallery>}}
<br onload=alert(1)>
<span onclick=alert(1)>
~<img src=x onerror=alert(1)>~ <a title="~" href="javascript:1">~</a>
<plaintext><script>alert(1)</script>
""".strip().split("\n")


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("trick", TRICKS)
def test_no_known_trick_brings_script_in(trick: str, dialect: str) -> None:
    site = Site("https://example.jp", ZoneInfo("Asia/Tokyo"), "ja", dialect=dialect, baseurl="/blog")
    for body in (trick, f"text\n\n{trick}\n\n**x**\n", f"- {trick}\n\n> {trick}\n"):
        assert not list(complaints(render(POST, body, site).html))
