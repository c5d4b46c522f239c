"""Markdown to HTML: the one place that knows which library does it.

CommonMark with GitHub's tables, strikethrough, task lists and footnotes. Emphasis is CJK-friendly: CommonMark
alone leaves literal ``**`` around Japanese in one of five posts (commonmark-spec #650). Bare addresses stay
text here, and ``autolinks`` links them. What would grow beyond all bounds was refused before (``caps``).
"""

from __future__ import annotations

import re
from functools import lru_cache

import comrak

from feeds.posts.caps import MAX_CELLS, cells
from feeds.posts.flavour import COMMON, Flavour

_RUNS_TOGETHER = re.compile(
    r"(?m)^:[ \t][^\n]*(?:\n[ \t]*\S[^\n]*){0,5}\n[ \t]*\n[ \t]{2,}(?![-*+`~\s]|\d+\.)"
)
"""A definition of several paragraphs, which comrak shows without anything between them."""
_MOST_DEFINITIONS = 2000
"""comrak's time grows with the square of their number: these take 0.07 s."""
_CHECKED = '<input type="checkbox" checked="" disabled="" />'
_MORE_THAN_LANGUAGE = re.compile(r'(<code class="language-[\w+#.-]+)[^\w+#."-][^"]*"')
"""``rust,ignore`` and ``js{1,3}`` behind a fence."""
_UNCHECKED = '<input type="checkbox" disabled="" />'


def to_html(text: str, flavour: Flavour = COMMON) -> str:
    """The HTML of Markdown, raw HTML within it untouched: not safe before it is sanitised."""
    options = _extensions(
        tables=cells(text)[0] <= MAX_CELLS,
        emoji=flavour.emoji and ":" in text,
        definitions=flavour.definitions and "\n:" in text and _are_sane_definitions(text),
    )
    how = _RENDER_ENDS if flavour.keep_ends else _RENDER
    html: str = comrak.render_markdown(text, extension_options=options, render_options=how)
    if _UNCHECKED in html or _CHECKED in html:  # a form control says nothing in a feed reader or a mail
        html = html.replace(_CHECKED, "☑").replace(_UNCHECKED, "☐")
    if '<code class="' in html:
        html = _MORE_THAN_LANGUAGE.sub(r'\1"', html)
    return html


def _are_sane_definitions(text: str) -> bool:
    return text.count("\n:") <= _MOST_DEFINITIONS and not _RUNS_TOGETHER.search(text)


@lru_cache
def _extensions(*, tables: bool, emoji: bool, definitions: bool) -> comrak.ExtensionOptions:
    options = comrak.ExtensionOptions()
    options.table = tables
    options.shortcodes = emoji
    options.description_lists = definitions
    options.strikethrough = True
    options.footnotes = True
    options.tasklist = True
    options.cjk_friendly_emphasis = True
    return options


def _render_options(*, keep_ends: bool) -> comrak.RenderOptions:
    options = comrak.RenderOptions()
    options.unsafe_ = True
    options.hardbreaks = keep_ends
    return options


_RENDER = _render_options(keep_ends=False)
_RENDER_ENDS = _render_options(keep_ends=True)
