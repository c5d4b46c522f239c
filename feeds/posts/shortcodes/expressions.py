"""What an expression of Liquid means: texts, variables that are known, and filters.

What is not known here is None, and not empty: nobody is shown a sentence with a hole.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from html import escape
from urllib.parse import quote

from feeds.posts.shortcodes.page import Page
from feeds.posts.shortcodes.pieces import inline

_PART = re.compile(r"((?:\"[^\"]*\"|'[^']*'|[^|\"']|[\"'])*)\|?", re.DOTALL)
_OPERAND = re.compile(r"\s*(?:\"([^\"]*)\"|'([^']*)'|([\w.\[\]-]+))\s*", re.DOTALL)
_FILTER = re.compile(r"\s*(\w+)\s*[:(]?\s*(.*?)\)?\s*", re.DOTALL)
LONGEST_VALUE = 100_000
"""Characters."""
_LONGEST_EXPRESSION = 2_000


class Expressions:
    """Those of one body."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.assigned: dict[str, str] = {}
        """What was assigned and captured so far."""

    def value(self, expression: str) -> str | None:
        """The text that an expression means; None if that is not known here."""
        if len(expression) > _LONGEST_EXPRESSION:
            return None
        first, *filters = [part for part in _split(expression) if part.strip()] or [""]
        operand = _OPERAND.fullmatch(first)
        if not operand:
            return None
        literal, other, variable = operand.groups()
        quoted = literal if literal is not None else other
        value = self.variable(variable) if quoted is None else quoted
        for written in filters:
            value = self._filtered(value, written)
        if value is None and quoted and "://" in quoted:
            value = quoted  # an address, and a filter of the site's own
        return None if value is None else value[:LONGEST_VALUE]

    def variable(self, name: str) -> str | None:
        """What a variable stands for; None if that is not known here."""
        if name in self.assigned:
            return self.assigned[name]
        if name.replace(".", "", 1).isdigit():
            return name
        page = self._page
        match name:
            case "page.title":
                return page.title
            case "page.path":
                return page.site.path_of(page.path)
            case "page.url":
                return page.url
            case "page.author":
                return page.author
            case "page.date":
                return page.published.astimezone(page.site.zone).isoformat() if page.published else None
            case "page.lang" | "page.language" | "site.lang" | "site.language":
                return page.language or page.site.language
            case "site.url":
                return page.site.url.rstrip("/")
            case "site.baseurl" | "site.base_url":
                return page.from_root
            case "site.author":
                return page.site.author
        return self._said(name)

    def _said(self, name: str) -> str | None:
        """What the front matter or the configuration says under a name; Eleventy's pages name no table."""
        table, _, key = name.partition(".")
        if table == "page" and key:
            return self._page.said(key)
        if table == "site" and key:
            from feeds.posts.shortcodes.values import site_value

            return site_value(self._page.site, key)
        return self._page.said(name) if self._page.site.dialect == "eleventy" else None

    def _filtered(self, value: str | None, written: str) -> str | None:
        found = _FILTER.fullmatch(written)
        if not found:
            return None
        name = found[1]
        given = [self._operand(part) for part in re.split(r",(?=(?:[^\"']|\"[^\"]*\"|'[^']*')*$)", found[2])]
        if value is None:
            return given[0] if name == "default" else None
        if name == "absolute_url":
            return value if _is_whole(value) else f"{self._page.site.root}/{value.lstrip('/')}"
        if name in {"relative_url", "url", "htmlBaseUrl", "asset_path"}:
            return self._from_root(value)
        if name in {"markdownify", "markdown"}:
            return inline(value)
        if name == "date":
            return self._date(value, given[0])
        if name in _DATES:
            return self._date(value, _DATES[name])
        apply = _FILTERS.get(name)
        if apply is None or (len(given) < 2 and name in {"replace", "replace_first"}):
            return None
        return apply(value, *(text or "" for text in given[:2])) if name in _TAKES_ARGUMENTS else apply(value)

    def _operand(self, written: str) -> str | None:
        operand = _OPERAND.fullmatch(written)
        if not operand:
            return None
        literal, other, variable = operand.groups()
        return literal if literal is not None else other if other is not None else self.variable(variable)

    def _from_root(self, value: str) -> str:
        if _is_whole(value):
            return value
        return f"{self._page.from_root}/{value.lstrip('/')}"

    def _date(self, value: str, form: str | None) -> str | None:
        try:
            moment = datetime.fromisoformat(value).astimezone(self._page.site.zone)
            return moment.strftime(form or "%Y-%m-%d")
        except (ValueError, OverflowError):
            return None


def _is_whole(address: str) -> bool:
    return "://" in address or address.startswith(("//", "#", "mailto:"))


def _split(expression: str) -> list[str]:
    """The parts between pipes that stand in no quotes."""
    if "|" not in expression:
        return [expression]
    return [found[1] for found in _PART.finditer(expression) if found[0]]


_DATES = {
    "date_to_string": "%d %b %Y",
    "date_to_long_string": "%d %B %Y",
    "date_to_rfc822": "%a, %d %b %Y %H:%M:%S %z",
}
_TAKES_ARGUMENTS = frozenset({"append", "prepend", "default", "replace", "replace_first", "remove"})
_FILTERS: dict[str, Callable[..., str]] = {
    "append": lambda value, more, *_: value + more,
    "prepend": lambda value, more, *_: more + value,
    "default": lambda value, other, *_: value or other,
    "replace": lambda value, old, new="": value.replace(old, new)[:LONGEST_VALUE] if old else value,
    "replace_first": lambda value, old, new="": value.replace(old, new, 1) if old else value,
    "remove": lambda value, old, *_: value.replace(old, "") if old else value,
    "escape": escape,
    "xml_escape": escape,
    "strip": str.strip,
    "strip_html": lambda value: re.sub(r"<[^>]*>", "", value),
    "strip_newlines": lambda value: value.replace("\n", ""),
    "upcase": str.upper,
    "downcase": str.lower,
    "capitalize": str.capitalize,
    "url_encode": lambda value: quote(value, safe=""),
    "uri_escape": lambda value: quote(value, safe="%:/?#[]@!$&'()*+,;="),
    "date_to_xmlschema": str,
    "safe": str,
    "smartify": str,
}
