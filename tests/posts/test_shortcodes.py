"""Templates and shortcodes are rendered, or vanish; in code they stay."""

from __future__ import annotations

import time
from collections.abc import Mapping
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.posts.markdown import to_html
from feeds.posts.shortcodes.expand import expand
from feeds.posts.shortcodes.page import Page
from feeds.posts.shortcodes.references import Addresses
from feeds.posts.site import Site

FOLDERS = {"jekyll": "_posts", "hugo": "content", "zola": "content"}
ADDRESSES = {
    "2020-01-01-x": "https://example.jp/blog/x/",
    "_posts/2020-01-01-x": "https://example.jp/blog/x/",
    "posts/x": "https://example.jp/blog/x/",
    "content/posts/x": "https://example.jp/blog/x/",
}


FILES = (
    ("_config.yml", "title: T & U\nowner: {name: O}\n"),
    ("src/_includes/boiler/plate.md", "On *{{ include.what }}* of {{ page.title }}.\n\n- {{ site.title }}\n"),
    ("_includes/loop.md", "x{% include loop.md %}"),
)


def page(dialect: str, addresses: Mapping[str, str] = ADDRESSES) -> Page:
    site = Site(
        "https://example.jp",
        ZoneInfo("Asia/Tokyo"),
        "ja",
        dialect=dialect,
        baseurl="/blog",
        folder=FOLDERS.get(dialect, ""),
        files=FILES if dialect == "jekyll" else (),
    )
    head = "---\nslug: s\nimage: {alt: Alt}\nn: 3\ntopic: Top\n---\n"
    return Page(site, "posts/a.md", "https://example.jp/blog/a/", "題", address_of=addresses.get, head=head)


def expanded(text: str, dialect: str = "jekyll", suffix: str = ".md") -> str:
    return expand(text, page(dialect), suffix)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("a {% include x.html a='b' %}b {{ page.title }}c {{- x -}}d", "a b 題c d"),
        ("{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
        ("{% comment %}x{% endcomment %}y", "y"),
        ('![i]({{ "/a.png" | relative_url }})', "![i](/blog/a.png)"),
        ('![i]({{ "/a.png" | prepend: site.baseurl | prepend: site.url }})', "![i](https://example.jp/blog/a.png)"),
        ("[i]({{ site.url }}/a)", "[i](https://example.jp/a)"),
        ("[前回]({{ site.baseurl }}{% post_url 2020-01-01-x %})の", "[前回](https://example.jp/blog/x/)の"),
        ("[前回]({% post_url 1999-01-01-x %})の", "[前回]()の"),
        ("[f]({{ site.baseurl }}{% link assets/x.pdf %})", "[f](/blog/assets/x.pdf)"),
        ("{% if a %}A{% elsif b %}B{% else %}C{% endif %}", "A"),
        ("{% for p in site.posts %}- {{ p.title }}{% endfor %}.", "."),
        ("{% assign a = 'x' | upcase %}{{ a }}", "X"),
        ("{% assign a = page.slug | append: '!' %}{{ a }}", "s!"),
        ("{{ page.image.alt }}, {{ page.n }}, {{ page.none | default: 'd' }}{{ page.image }}.", "Alt, 3, d."),
        ("{{ site.title }} by {{ site.owner.name }}{{ site.owner }}", "T & U by O"),
        ("{{ '/x.png' | absolute_url }}", "https://example.jp/blog/x.png"),
        ("{{ page.url | absolute_url }}", "https://example.jp/blog/a/"),
        (
            '{% figure caption:"A *c*" class:"w" %}\n![a](b.png)\n{% endfigure %}',
            "<figure>\n\n\n\n\n![a](b.png)\n\n\n<figcaption>A <em>c</em></figcaption></figure>\n\n",
        ),
        ("{% include boiler/plate.md what='x' %}\nb", "On *x* of 題.\n\n- T & U\n\n\nb"),
        ("{% include_cached loop.md %}", "xxx\n\n"),
        ("{% include gone.md %}.", "."),
        ('{% render "figure", src: "/a.png" %}', '<p><img src="/a.png" alt=""></p>\n\n'),
        ("{% capture a %}**x**{% endcapture %}{{ a | markdownify }}", "<strong>x</strong>"),
        ("x\n{: .center}\n{:target=\"_blank\"}y", "x\n\ny"),
        ("* TOC\n{:toc}\n\ny", "\n\ny"),
        ("![x](a.png){:\n.icon width=\"70\"}y {:\n\n.z}", "![x](a.png)y {:\n\n.z}"),
        ("## 題 {#id}\n", "## 題 \n"),
        ("題 (x) {#id}\n===\n\n副題 {.a #b}\n---\n文 {#c}\n", "題 (x) \n===\n\n副題 \n---\n文 {#c}\n"),
        ("[a]: {{ 'https://x.example/' | archived: '2010' }}", "[a]: https://x.example/"),
        ("{% unclosed {{ also", "{% unclosed {{ also"),
    ],
)  # fmt: skip
def test_liquid(written: str, text: str) -> None:
    assert expanded(written) == text


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ('[x]({{< relref "posts/x.md#y" >}})', "[x](https://example.jp/blog/x/#y)"),
        ('[x]({{% ref "nope" %}})', "[x]()"),
        ('a {{< unknown k="}} >" >}}b{{< /unknown >}} c', "a b c"),
        ("{{</* figure */>}} `{{</* x */>}}`", "{{< figure >}} `{{< x >}}`"),
        ("{{ .Title }} {% x %}", "{{ .Title }} {% x %}"),
        ("{{< toc >}}a", "a"),
    ],
)
def test_hugo(written: str, text: str) -> None:
    assert expanded(written, "hugo") == text


@pytest.mark.parametrize(
    ("written", "dialect"),
    [
        ("{% highlight html %}\n<p>**a** & b\n{% endhighlight %}", "eleventy"),
        ("{{< highlight html >}}\n<p>**a** & b\n{{< /highlight >}}", "hugo"),
    ],
)
def test_code_in_html_is_html(written: str, dialect: str) -> None:
    page = Page(Site("https://example.jp", ZoneInfo("UTC"), dialect=dialect), "a.html")
    code = '<pre><code class="language-html">&lt;p&gt;**a** &amp; b</code></pre>'
    assert expand(written, page, ".html") == code


def test_what_a_password_protects_on_the_site_is_left_out() -> None:
    written = 'a\n\n{{% fixit-encryptor "secret" %}}\nhidden {{< x >}}\n{{% /fixit-encryptor %}}\n\nb'
    assert expanded(written, "hugo").split() == ["a", "b"]


def test_blocks_of_hugo() -> None:
    code = expanded('{{< highlight go "linenos=table" >}}\na {{ b }}\n{{< /highlight >}}', "hugo")
    assert code.strip() == "```go\na {{ b }}\n```"
    note = expanded("{{% notice tip %}}\n**x**\n{{% /notice %}}", "hugo")
    assert note.split() == ["<blockquote>", "**x**", "</blockquote>"]
    folded = expanded('{{< details summary="S *x*" >}}\n**y**\n{{< /details >}}', "hugo")
    assert folded.split() == ["<details><summary>S", "<em>x</em></summary>", "**y**", "</details>"]
    figure = expanded('{{< figure src="a.png" caption="c *x*" alt="A" link="/l" >}}', "hugo").strip()
    assert figure == (
        '<figure><a href="/l"><img src="a.png" alt="A"></a><figcaption>c <em>x</em></figcaption></figure>'
    )


@pytest.mark.parametrize(
    ("written", "dialect"),
    [
        ("{% youtube w7Ft2ymGmfc %}", "jekyll"),
        ('{% include video id="w7Ft2ymGmfc" provider="youtube" %}', "jekyll"),
        ("{% include embed/youtube.html id='w7Ft2ymGmfc' %}", "jekyll"),
        ("{{< youtube w7Ft2ymGmfc >}}", "hugo"),
        ('{{< youtube id="w7Ft2ymGmfc" autoplay="true" >}}', "hugo"),
        ('{{ youtube(id="w7Ft2ymGmfc") }}', "zola"),
        ("@[youtube](w7Ft2ymGmfc)", "zenn"),
        ("@[youtube](https://youtu.be/w7Ft2ymGmfc?t=3)", "zenn"),
    ],
)
def test_videos_are_linked_pictures(written: str, dialect: str) -> None:
    assert expanded(written, dialect).strip() == (
        '<p><a href="https://www.youtube.com/watch?v=w7Ft2ymGmfc">'
        '<img src="https://i.ytimg.com/vi/w7Ft2ymGmfc/hqdefault.jpg" alt="YouTube"></a></p>'
    )


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("{{< vimeo 146022717 >}}", "https://vimeo.com/146022717"),
        ("{{< gist spf13 7896402 >}}", "https://gist.github.com/spf13/7896402"),
        ('{{< x user="SanDiegoZoo" id="145" >}}', "https://x.com/SanDiegoZoo/status/145"),
        ("{{< tweet 145 >}}", "https://x.com/i/status/145"),
        ("{{< instagram CxOWiQNP2MO >}}", "https://www.instagram.com/p/CxOWiQNP2MO/"),
        ("@[card](https://a.example/b)", "https://a.example/b"),
        ("{{< bilibili BV1xx411c7XD >}}", "https://www.bilibili.com/video/BV1xx411c7XD/"),
        ('{{< linkcard href="/posts/a/" desc="d" >}}', "/posts/a/"),
        ("@[tweet](https://twitter.com/a/status/1)", "https://twitter.com/a/status/1"),
    ],
)
def test_embeds_are_links(written: str, address: str) -> None:
    assert f'<a href="{address}">' in expanded(written, "hugo")


@pytest.mark.parametrize(
    ("written", "dialect"),
    [
        ('{{< ruby "瓦版" "かわらばん" >}}', "hugo"),
        ('{{< ruby base="瓦版" rt="かわらばん" >}}', "hugo"),
        ('{{< furigana "かわらばん" >}}瓦版{{< /furigana >}}', "hugo"),
        ("{% ruby 瓦版|かわらばん %}", "hexo"),
        ("[瓦版]^(かわらばん)", "hugo"),
    ],
)
def test_readings_stand_above_words(written: str, dialect: str) -> None:
    ruby = "<ruby>瓦版<rp>(</rp><rt>かわらばん</rt><rp>)</rp></ruby>"
    assert expanded(f"江戸の{written}を", dialect) == f"江戸の{ruby}を"


def test_what_is_not_known_and_has_an_address_is_a_link() -> None:
    written = (
        'See {{< external_link url="https://a.example/?b&c" title="A < B" >}} and {{< ad slot="top" >}}.'
    )
    link = '<a href="https://a.example/?b&amp;c">A &lt; B</a>'
    assert expanded(written, "hugo") == f"See {link} and ."
    assert expanded('{{< my/thing link="/only/below" >}}', "hugo") == ""


def test_zola() -> None:
    assert expanded("[x](@/posts/x.md#f)", "zola") == "[x](https://example.jp/blog/x/#f)"
    assert expanded("[x](@/no.md)", "zola") == "[x]()"
    quoted = expanded('{% quote(author="A") %}\nq\n{% end %}', "zola")
    assert quoted.split() == ["<blockquote>", "q", "—", "A", "</blockquote>"]
    assert expanded("a {{ unknown(a=[1, 2]) }} b {{ x }}", "zola") == "a b {{ x }}"
    assert expanded("{{/* youtube() */}}", "zola") == "{{ youtube() }}"


def test_blocks_of_zenn_and_qiita() -> None:
    assert expanded(":::message\nx\n:::", "zenn").split() == ["<blockquote>", "x", "</blockquote>"]
    nested = expanded("::::details 題\n:::message alert\nx\n:::\n::::", "zenn").split()
    assert nested == [
        "<details><summary>題</summary>", "<blockquote>", "**警告**", "x", "</blockquote>", "</details>",
    ]  # fmt: skip
    assert expanded(":::note warn\nx\n:::", "qiita").split() == [
        "<blockquote>",
        "**注意**",
        "x",
        "</blockquote>",
    ]
    assert expanded("![a](x.png =250x)", "zenn") == "![a](x.png)"
    assert expanded("```js:a.js\n:::x\n```", "qiita") == "`a.js`\n\n```js\n:::x\n```"
    assert expanded(":::message\nnever closed", "zenn") == ":::message\nnever closed"
    assert expanded("本文^[注[a](b)]です。", "zenn") == "本文[^inline-1]です。\n\n[^inline-1]: 注[a](b)"
    assert expanded("x^[2]", "plain") == "x^[2]"
    assert expanded("> [!NOTE]\n> x", "plain") == "> **メモ**\n>\n> x"


def test_mdx() -> None:
    body = """import A from './a'
export const m = {
  a: 1,

  b: 2
}

# 題

<Tabs>
    <Tab label={1 > 2}>
        text {1 + 1}{/* no */}

        ```js
        const a = {b}
        ```
    </Tab>
</Tabs>

<div style={{a: 1}} title="x">`{x}` \\{y}</div>
"""
    text = [line for line in expanded(body, "astro", ".mdx").split("\n") if line.strip()]
    assert [line.rstrip() for line in text] == [
        "# 題", "text", "```js", "const a = {b}", "```", '<div title="x">`{x}` {y}</div>',
    ]  # fmt: skip


@pytest.mark.parametrize("dialect", ["plain", "astro", "hugo", "jekyll"])
def test_links_to_files_lead_to_posts(dialect: str) -> None:
    assert expanded("[x](x.md) [x](./x.md#f)", dialect) == (
        "[x](https://example.jp/blog/x/) [x](https://example.jp/blog/x/#f)"
        if dialect in {"hugo", "plain", "astro"}
        else "[x]() [x]()"
    )
    assert expanded("[x](https://h.example/x.md)", dialect) == "[x](https://h.example/x.md)"


def test_links_of_pelican() -> None:
    assert expanded("[x]({filename}x.md) ![i]({static}/i.png)", "pelican") == (
        "[x](https://example.jp/blog/x/) ![i](/blog/i.png)"
    )
    site = Site(
        "https://example.jp",
        ZoneInfo("UTC"),
        dialect="pelican",
        files=(("pelicanconf.py", "TAG_URL = 't/{slug}/'"),),
    )
    text = expand("[x]({tag}Two%20Words) [y]({category}news) [z](|author|a)", Page(site, "a.md"))
    assert text == "[x](/t/two-words/) [y](/category/news.html) [z](/author/a.html)"


CODE = [
    "`{0}`",
    "``{0} ` ``",
    "```\n{0}\n```",
    "~~~\n```\n{0}\n~~~",
    "- a\n\n  ```\n  {0}\n  ```",
    "a\n\n    {0}\n",
    "- a\n\n      {0}\n",
    "<pre>{0}</pre>",
    "> ```\n> {0}\n> ```",
]
TAGS = [
    ("jekyll", "{{ x }} {% y %} {% raw2 %}"),
    ("hugo", '{{< figure src="x" >}} {{% ref "x" %}}'),
    ("zola", "{{ youtube(id=1) }} [x](@/x.md)"),
    ("zenn", "@[youtube](x) ![a](x =2x)"),
    ("plain", "{{< x >}} [x](y.md) {#id}"),
]


@pytest.mark.parametrize(("dialect", "tags"), TAGS)
@pytest.mark.parametrize("code", CODE)
def test_code_stays_as_it_is_written(code: str, dialect: str, tags: str) -> None:
    body = code.replace("{0}", tags)
    assert expanded(body, dialect) == body


def test_what_only_looks_like_code_is_no_code() -> None:
    assert expanded("a\n    {{ x }}b") == "a\n    b"
    assert expanded("- a\n\n    {{ x }}b") == "- a\n\n    b"
    assert expanded("`a {{ x }}b") == "`a b"


def test_what_is_left_out_is_told() -> None:
    asked = page("jekyll")
    expand("{% include ad.html %} {{ site.x }} {% post_url 1999-1-1-a %} {% for a in b %}{% endfor %}", asked)
    assert [remark.message for remark in asked.notes.remarks] == [
        "`{% include ad.html %}` is nothing that Kawaraban can render; feeds and mails leave it out",
        "`{{ site.x }}` is nothing that Kawaraban can render; feeds and mails leave it out",
        "`{% post_url 1999-1-1-a %}` names no post that is visible; it is shown without a link",
        "`{% for a in b %}` is nothing that Kawaraban can render; feeds and mails leave it out",
    ]
    assert asked.notes.references == ["1999-1-1-a"]


def test_posts_are_found_by_the_end_of_their_path() -> None:
    site = Site("https://example.jp", ZoneInfo("Asia/Tokyo"), dialect="hugo", folder="content")
    posts = [
        ("posts/x.md", "X"), ("posts/deep/x.md", "DEEP"), ("posts/b/index.md", "B"), ("posts/c.ja.md", "C"),
    ]  # fmt: skip
    found = Addresses(posts, site).find
    names = ("x", "posts/x", "deep/x", "content/posts/x", "posts/b", "c", "c.ja")
    assert [found(name) for name in names] == [
        "X", "X", "DEEP", "X", "B", "C", "C",
    ]  # fmt: skip
    assert found("eep/x") is None
    assert found("") is None


PIECES = st.sampled_from(
    r"""{% %} {{ }} {{< >}} {{% %}} raw endraw if endif for endfor ::: :::note @[youtube](x) ``` ` ~~~ " ' \ /
    = ( ) {{</* */>}} import export <A > </A> { } {/* */} <pre> </pre> <!-- --> > - 1. {#a} {:a} [x](y.md)
    highlight endhighlight capture endcapture assign a | page.title details endnote note end""".split()  # noqa: SIM905
) | st.sampled_from([" ", "\n", "\n\n", "    ", "あ"])


@settings(max_examples=150, deadline=None)
@given(
    st.lists(PIECES, max_size=40), st.sampled_from(["jekyll", "eleventy", "hugo", "zola", "zenn", "plain"])
)
def test_any_mixture_expands(pieces: list[str], dialect: str) -> None:
    text = expanded("".join(pieces), dialect, ".mdx" if dialect == "plain" else ".md")
    assert isinstance(text, str)


@pytest.mark.parametrize("dialect", ["jekyll", "hugo", "zola", "zenn", "astro"])
@pytest.mark.parametrize(
    "body",
    [
        "{% if x %}" * 20000 + "{% endif %}" * 20000,
        "{% note %}" * 30000 + "{% endnote %}",
        "{% raw %}" * 50000,
        "{%" * 100000,
        "{{" * 100000 + "}}",
        "{{ a " + "| b " * 50000 + "}}",
        "{% assign a = 'aaaaaaaaaa' %}" + "{% assign a = a | append: a %}" * 30 + "{{ a }}" * 10000,
        "{% capture x %}{{ x }}{{ x }}a{% endcapture %}" * 5000,
        '{{< a "' * 50000,
        "{{< note >}}" * 30000 + "{{< /note >}}",
        ":::note\n" * 20000 + ":::\n" * 20000,
        "`a``b" * 20000 + "{{",
        "".join("`" * n + "a" for n in range(1, 600)) + "{{",
        "    {{ x }}\n" * 20000,
        "a\n" + "    {{ x }}\n" * 20000,
        "<a b={" * 20000,
        "<A " * 50000 + ">",
        "{" * 50000 + "}" * 50000,
        "import {" * 20000,
        "[x](" * 30000 + "y.md",
        "> " * 20000 + "[!NOTE]",
    ],
    ids=lambda body: body[:10],
)
def test_hostile_templates_cost_little(body: str, dialect: str) -> None:
    begun = time.process_time()
    text = expanded(body, dialect, ".mdx" if dialect == "astro" else ".md")
    assert time.process_time() - begun < 3
    assert len(text) < 4_000_000


@pytest.mark.parametrize("dialect", ["jekyll", "pelican"])
def test_a_tag_of_a_span_begins_no_block_where_the_generator_has_none(dialect: str) -> None:
    text = (
        "<br>\n**太字** と [x](https://x.example/)\n\n> <img src='/a.png'>\n> *y*\n\n<div>\n**no**\n</div>\n"
    )
    html = to_html(expanded(text, dialect))
    assert "<strong>太字</strong> と <a" in html
    assert "<em>y</em>" in html
    assert "**no**" in html
    assert "<strong>" not in to_html(expanded(text, "hugo"))
    fenced = "```\n<br>\n```\n"
    assert expanded(fenced, dialect) == fenced


def test_indented_code_that_names_its_language_is_without_that_line() -> None:
    text = "例:\n\n    :::python\n    print()\n"
    assert to_html(expanded(text, "pelican")) == "<p>例:</p>\n<pre><code>print()\n</code></pre>\n"
    assert ":::python" in to_html(expanded(text, "hugo"))


def test_eleventys_pages_name_their_values_without_a_table() -> None:
    assert expanded("{{ topic }}/{{ image.alt }}/{{ nothing }}.", "eleventy") == "Top/Alt/."
    assert expanded("{{ topic }}", "jekyll") == ""


def test_every_file_of_docusaurus_may_be_mdx() -> None:
    text = (
        'import Link from "@docusaurus/Link";\n\n前 <Link to="/users">Users</Link>\n\n'
        '<img\n  alt="x"\n  src="/a.png"\n  style={{\n    display: "block",\n  }}\n/>\n\n'
        '`import a from "b"`\n'
    )
    html = to_html(expanded(text, "docusaurus"))
    assert "@docusaurus" not in html
    assert '<img alt="x" src="/a.png"/>' in html
    assert "<code>import a" in html
    assert "import" in expanded(text, "hugo")
    assert expanded("`{x}` {y} import z\n", "docusaurus") == "`{x}` {y} import z\n"


def test_zolas_sections_are_where_their_folders_are() -> None:
    text = (
        "[a](@/edition-1/extra/_index.md#top) [b](@/_index.md) [c](@/x/_index.fr.md)\n\n[d]: @/x/_index.ja.md"
    )
    made = expanded(text, "zola")
    assert "[a](https://example.jp/blog/edition-1/extra/#top)" in made
    assert "[b](https://example.jp/blog/)" in made
    assert "[c](https://example.jp/blog/fr/x/)" in made
    assert "[d]: https://example.jp/blog/x/" in made


def test_a_gallery_keeps_its_caption_and_pictures_their_blanks() -> None:
    image = '{{<img src="Shot 1 2.png" alt="a">}}'
    text = f'{{{{<gallery caption="*Two* pictures">}}}}\n{image}\n{{{{</gallery>}}}}\n\n**x**\n'
    html = to_html(expanded(text, "hugo"))
    assert '<img src="Shot 1 2.png" alt="a">' in html
    assert "<figcaption><em>Two</em> pictures</figcaption></figure>" in html
    assert "<strong>x</strong>" in html


def test_single_tildes_strike_nothing_out_where_the_generator_has_it_so() -> None:
    text = "1~15と16~31、~~消~~、`a~b~c`、[x](https://x.example/~a~b)、<https://x.example/~a~>、\\~x\\~\n\n~~~\n~a~\n~~~\n"
    for dialect in ("hugo", "jekyll", "zenn", "qiita", "plain"):
        html = to_html(expanded(text, dialect))
        assert "1~15と16~31、<del>消</del>、<code>a~b~c</code>" in html
        assert 'href="https://x.example/~a~b"' in html
        assert '<a href="https://x.example/~a~">https://x.example/~a~</a>' in html
        assert "、~x~" in html
        assert "<code>~a~\n</code>" in html
    assert "1<del>15と16</del>31" in to_html(expanded(text, "docusaurus"))
