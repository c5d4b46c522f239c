"""Markdown to HTML: the one place that knows which library does it.

CommonMark with GitHub's tables, strikethrough, task lists and footnotes. Emphasis is CJK-friendly: CommonMark
alone leaves literal ``**`` around Japanese in one of five posts (commonmark-spec #650). Bare URLs stay text:
the library would take the Japanese after them into the link.
"""

from __future__ import annotations

import re

import comrak

MAX_CELLS = 50_000
"""Table cells that a post may have: comrak pads every row to its head's width (facts/libraries.md §2)."""

_DELIMITER_ROW = re.compile(r"^[ \t>]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-*:?[ \t]*)*$", re.MULTILINE)
_CHECKED = '<input type="checkbox" checked="" disabled="" />'
_UNCHECKED = '<input type="checkbox" disabled="" />'


def to_html(text: str) -> str:
    """The HTML of Markdown, raw HTML within it untouched: not safe before it is sanitised."""
    options = _WITH_TABLES if _cells(text) <= MAX_CELLS else _WITHOUT_TABLES
    html: str = comrak.render_markdown(text, extension_options=options, render_options=_RENDER)
    if _UNCHECKED in html or _CHECKED in html:  # a form control says nothing in a feed reader or a mail
        html = html.replace(_CHECKED, "☑").replace(_UNCHECKED, "☐")
    return html


def _cells(text: str) -> int:
    """At most how many cells the tables can have; exact only where the cheap bound is not enough."""
    pipes = text.count("|")
    if pipes // 2 * (pipes + text.count("\n")) <= MAX_CELLS:
        return 0
    cells = 0
    for row in _DELIMITER_ROW.finditer(text):
        end = text.find("\n\n", row.end())
        rows = text.count("\n", row.end(), end if end >= 0 else len(text)) + 1
        cells += (row[0].count("|") + 1) * rows
    return cells


def _extensions(*, tables: bool) -> comrak.ExtensionOptions:
    options = comrak.ExtensionOptions()
    options.table = tables
    options.strikethrough = True
    options.footnotes = True
    options.tasklist = True
    options.cjk_friendly_emphasis = True
    return options


def _render_options() -> comrak.RenderOptions:
    options = comrak.RenderOptions()
    options.unsafe_ = True
    return options


_WITH_TABLES = _extensions(tables=True)
_WITHOUT_TABLES = _extensions(tables=False)
_RENDER = _render_options()
