"""What the sanitiser leaves to do in images; its output is read, so tags are well-formed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape, unescape
from itertools import islice

from feeds.posts.pixels import is_pixel
from feeds.posts.site import absolute

LAZY = (
    "data-src",
    "data-original",
    "data-lazy-src",
    "data-lazy",
    "data-lazyload",
    "data-echo",
    "data-actualsrc",
    "data-orig-src",
    "data-cfsrc",
    "data-ezsrc",
    "data-url",
    "lazy-src",
    "datasrc",
)
"""Where scripts for lazy loading keep the address that belongs into ``src``."""
LAZY_SETS = ("data-srcset", "data-lazy-srcset", "data-original-set", "lazy-srcset")
SETS = ("srcset", *LAZY_SETS)
HIDES = ("style", "hidden")
"""What tells that an image is not there to be seen; none of it is kept."""

_NEVER_EMPTY = frozenset({"src", "srcset", "poster"})
_TAKEN_OFF = (*LAZY, *LAZY_SETS, *HIDES, "data-poster")
_MEDIA = re.compile(r"<(img|source|video|audio)\b([^<>]*)>")
_ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')
_FIRST_IMAGE = re.compile(r'<img\b[^<>]*?\ssrc="([^"]+)"[^<>]*>')
_ALT = re.compile(r'\salt="([^"]*)"')
_PLACEHOLDER = re.compile(
    r"/(?:placeholder|blank|spacer|loading|loader|lazy(?:load)?|transparent|dummy|grey|gray|1x1)[\w.-]*\.(?:gif|svg|png)$",
    re.I,
)
_MOST_CANDIDATES = 50
_SIMPLE = re.compile(r' src="https?://[^"]+" alt="[^"]*"(?: title="[^"]*")?')
_EMPTY_PICTURE = re.compile(r"<(picture|figure)>(?:\s|<source[^<>]*>)*</\1>|<a\b[^<>]*>\s*</a>")


def repair(html: str, base: str) -> str:
    """The HTML with lazy media loaded, sets absolute, ``alt`` everywhere; pixels and empty images gone."""
    gone = False

    def repaired(tag: re.Match[str]) -> str:
        nonlocal gone
        made = _repaired(tag, base)
        gone = gone or not made
        return made

    html = _MEDIA.sub(repaired, html)
    return _EMPTY_PICTURE.sub("", html) if gone else html


def first_image(html: str) -> tuple[str, str]:
    """Address and alternative text of the first image in sanitised HTML; empty if there is none."""
    found = _FIRST_IMAGE.search(html)
    if not found:
        return "", ""
    alt = _ALT.search(found[0])
    return unescape(found[1]), unescape(alt[1]) if alt else ""


def _repaired(tag: re.Match[str], base: str) -> str:
    name, written = tag[1], tag[2]
    if name == "img" and _SIMPLE.fullmatch(written):  # what Markdown makes
        source = written.partition('" ')[0][6:]
        return "" if is_pixel(source, "", "", "") else tag[0]
    attributes = {key: unescape(value) for key, value in _ATTRIBUTE.findall(written)}
    attributes["srcset"] = _absolute_set(_set_of(attributes), base)
    if source := _lazy_source(attributes, base, has_set=name == "img"):
        attributes["src"] = source
    if poster := attributes.get("data-poster", ""):
        attributes["poster"] = absolute(poster, base)
    hidden = attributes.get("style", "") or ("display:none" if "hidden" in attributes else "")
    for key in _TAKEN_OFF:
        attributes.pop(key, None)
    if name == "img":
        sides = attributes.get("width", ""), attributes.get("height", "")
        if not attributes.get("src") or is_pixel(attributes["src"], *sides, hidden):
            return ""
        attributes.setdefault("alt", "")
    return _tag(name, attributes)


def _lazy_source(attributes: dict[str, str], base: str, *, has_set: bool) -> str:
    """The address that a script would have put into ``src``, or the largest of the set; empty if it stays."""
    for key in LAZY:
        if (written := attributes.get(key, "")) and (source := absolute(written, base)):
            return source
    source = attributes.get("src", "")
    candidates = attributes["srcset"]
    if has_set and candidates and (not source or _PLACEHOLDER.search(source)):
        return max(parse_set(candidates), key=lambda candidate: _size(candidate[1]))[0]
    return ""


def _size(descriptor: str) -> float:
    try:
        return float(descriptor[:-1])
    except ValueError:
        return 0


def _set_of(attributes: dict[str, str]) -> str:
    return next((attributes[key] for key in LAZY_SETS if attributes.get(key)), attributes.get("srcset", ""))


def parse_set(written: str) -> Iterator[tuple[str, str]]:
    """Address and descriptor of each candidate of a ``srcset``, as the HTML standard parses it."""
    at, end = 0, len(written)
    while at < end:
        while at < end and (written[at].isspace() or written[at] == ","):
            at += 1
        start = at
        while at < end and not written[at].isspace():
            at += 1
        url = written[start:at]
        if url.endswith(","):
            yield url.rstrip(","), ""
            continue
        comma = written.find(",", at)
        comma = end if comma < 0 else comma
        if url:
            yield url, " ".join(written[at:comma].split())
        at = comma


def _absolute_set(written: str, base: str) -> str:
    candidates = islice(parse_set(written), _MOST_CANDIDATES) if written else ()
    made = ((absolute(url, base), size) for url, size in candidates)
    # a comma at either end of an address would end the candidate
    return ", ".join(f"{url.strip(',')} {size}".strip() for url, size in made if url)


def _tag(name: str, attributes: dict[str, str]) -> str:
    kept = ((key, value) for key, value in attributes.items() if value or key not in _NEVER_EMPTY)
    return f"<{name}" + "".join(f' {key}="{escape(value)}"' for key, value in kept) + ">"
