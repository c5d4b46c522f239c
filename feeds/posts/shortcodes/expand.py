"""A body → the Markdown that its generator would have made of it, as far as that can be known."""

from __future__ import annotations

import re
from dataclasses import dataclass

from feeds.posts.dialects.keys import HTML
from feeds.posts.dialects.table import dialect_named
from feeds.posts.shortcodes.page import Page


@dataclass(frozen=True, slots=True)
class Notation:
    """Which templates a dialect's bodies may hold; elsewhere braces are text."""

    liquid: str = ""
    """``all``: every output is one of Liquid's. ``known``: only those that name the site or the page."""
    hugo: bool = False
    zola: bool = False
    kramdown: bool = False
    nunjucks: bool = False


_NOTATIONS = {
    "jekyll": Notation("all", hugo=True, kramdown=True),
    "eleventy": Notation("all", hugo=True, nunjucks=True),
    "hugo": Notation(hugo=True),
    "zola": Notation(zola=True),
    "hexo": Notation("all", nunjucks=True),
    "zenn": Notation(),
    "qiita": Notation(),
}
_TEMPLATED = Notation("all", hugo=True)
_ELSEWHERE = Notation("known", hugo=True)


def expand(text: str, page: Page, suffix: str = ".md") -> str:
    """The text without templates, shortcodes and the like outside code; the page's notes say what went."""
    markdown = suffix not in HTML
    if suffix == ".mdx":
        from feeds.posts.shortcodes.components import Components

        text = Components(text, page).run()
    if "{" in text and (_BRACES.search(text) or "{#" in text):
        text = _without_braces(text, page, _notation(page.site.dialect), markdown=markdown)
    if not markdown:
        return text
    if _has_containers(text):
        from feeds.posts.shortcodes.containers import Containers

        text = Containers(text, page).run()
    if _has_attributes(text):
        from feeds.posts.shortcodes.attributes import Attributes

        text = Attributes(text).run()
    if "[" in text and _LINK.search(text):
        from feeds.posts.shortcodes.links import Links

        text = Links(text, page).run()
    return text


# To look for one character takes a microsecond, for two of them twenty: the rare character goes first.

_CONTAINER = re.compile(":::")
_EMBED = re.compile(r"@\[")
_ALERT = re.compile(r"\[![A-Za-z]+\]")
_SIZED_IMAGE = re.compile(r"\]\([^()\s]{1,2000}[ \t]+=\d*x")
_NAMED_FENCE = re.compile(r"`(?<!``)``+[ \t]*[\w+#.-]*:[^\s:]")
_BRACES = re.compile(r"\{[{%:]")
_ATTRIBUTES = re.compile(r"\{[ \t]*[#.][\w-]")
_CONTENTS = re.compile(r"\[_?(?:TOC|toc)_?\]")
_LINK = re.compile(r"\](?:\(|:[ \t])[ \t]{0,9}<?(?:@/|[{|][a-z]+[}|]|[^\s()<>:]{1,500}\.m[da])")


def _has_containers(text: str) -> bool:
    if _CONTAINER.search(text) or ("@" in text and _EMBED.search(text)):
        return True
    if "[" in text and (_ALERT.search(text) or ("=" in text and _SIZED_IMAGE.search(text))):
        return True
    return "`" in text and _NAMED_FENCE.search(text) is not None


def _has_attributes(text: str) -> bool:
    if "{" in text and _ATTRIBUTES.search(text):
        return True
    return "[" in text and _CONTENTS.search(text) is not None


def _notation(dialect: str) -> Notation:
    if dialect in _NOTATIONS:
        return _NOTATIONS[dialect]
    return _TEMPLATED if dialect_named(dialect).templated else _ELSEWHERE


def _without_braces(text: str, page: Page, notation: Notation, *, markdown: bool) -> str:
    if notation.zola and ("{{" in text or "{%" in text):
        from feeds.posts.shortcodes.zola import Zola

        text = Zola(text, page, markdown=markdown).run()
    if notation.hugo and ("{{<" in text or "{{%" in text):
        from feeds.posts.shortcodes.hugo import Hugo

        text = Hugo(text, page, markdown=markdown).run()
    if notation.liquid and ("{{" in text or "{%" in text or (notation.nunjucks and "{#" in text)):
        from feeds.posts.shortcodes.liquid import Liquid

        text = Liquid(text, page, notation.liquid, nunjucks=notation.nunjucks, markdown=markdown).run()
    if notation.kramdown and "{:" in text:
        from feeds.posts.shortcodes.attributes import Kramdown

        text = Kramdown(text, markdown=markdown).run()
    return text
