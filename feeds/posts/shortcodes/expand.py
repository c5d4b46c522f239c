"""A body → the Markdown that its generator would have made of it, as far as that can be known."""

from __future__ import annotations

from feeds.model.noun import dataclass
from feeds.posts.dialects.keys import HTML
from feeds.posts.dialects.table import dialect_named
from feeds.posts.shortcodes import signs
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
_NOT_COMMONMARK = frozenset({"jekyll", "pelican"})
"""Whose Markdown is kramdown's, or Python-Markdown's."""
_TEMPLATED = Notation("all", hugo=True)
_ELSEWHERE = Notation("known", hugo=True)


def expand(text: str, page: Page, suffix: str = ".md") -> str:
    """The text without templates, shortcodes and the like outside code; the page's notes say what went."""
    markdown = suffix not in HTML
    if suffix == ".mdx" or (page.site.dialect == "docusaurus" and markdown and signs.is_mdx(text)):
        from feeds.posts.shortcodes.components import Components

        text = Components(text, page).run()
    if signs.has_braces(text):
        text = _without_braces(text, page, _notation(page.site.dialect), markdown=markdown)
    if not markdown:
        return text
    if page.site.dialect in _NOT_COMMONMARK and signs.is_not_commonmark(text):
        from feeds.posts.shortcodes.span_tags import Highlighted, SpanTags

        text = SpanTags(Highlighted(text).run()).run()
    if signs.has_containers(text):
        from feeds.posts.shortcodes.containers import Containers

        text = Containers(text, page).run()
    if signs.has_attributes(text):
        from feeds.posts.shortcodes.attributes import Attributes

        text = Attributes(text).run()
    if signs.has_tildes(text):
        from feeds.posts.shortcodes.tildes import STRIKING, SingleTildes

        text = text if page.site.dialect in STRIKING else SingleTildes(text).run()
    if signs.has_links(text):
        from feeds.posts.shortcodes.links import Links

        text = Links(text, page).run()
    return text


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
