"""What the sanitiser leaves to do in images; its output is read, so tags are well-formed."""

from __future__ import annotations

import re
from html import escape, unescape

from feeds.posts.site import absolute

LAZY = ("data-src", "data-original", "data-lazy-src", "data-lazy")
"""Where scripts for lazy loading keep the address that belongs into ``src``."""
SETS = ("srcset", "data-srcset")

_NEVER_EMPTY = frozenset({"src", "srcset"})
_MEDIA = re.compile(r"<(img|source)\b([^<>]*)>")
_ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')
_CANDIDATE = re.compile(r"\s*([^\s,]\S*[^\s,])(?:\s+([\d.]+[wx]))?\s*(?:,|$)")
_FIRST_IMAGE = re.compile(r'<img\b[^<>]*?\ssrc="([^"]+)"[^<>]*>')
_ALT = re.compile(r'\salt="([^"]*)"')


def repair(html: str, base: str) -> str:
    """The HTML with lazy images loaded, ``srcset`` absolute, and pixels and empty images gone."""
    if "<img" not in html and "<source" not in html:
        return html
    return _MEDIA.sub(lambda tag: _repaired(tag, base), html)


def first_image(html: str) -> tuple[str, str]:
    """Address and alternative text of the first image in sanitised HTML; empty if there is none."""
    found = _FIRST_IMAGE.search(html)
    if not found:
        return "", ""
    alt = _ALT.search(found[0])
    return unescape(found[1]), unescape(alt[1]) if alt else ""


def _repaired(tag: re.Match[str], base: str) -> str:
    name = tag[1]
    attributes = {key: unescape(value) for key, value in _ATTRIBUTE.findall(tag[2])}
    lazy = next((attributes[key] for key in LAZY if attributes.get(key)), "")
    if lazy:
        attributes["src"] = absolute(lazy, base)
    candidates = attributes.get("data-srcset") or attributes.get("srcset", "")
    attributes["srcset"] = _absolute_set(candidates, base)
    for key in (*LAZY, "data-srcset"):
        attributes.pop(key, None)
    if name == "img" and (not attributes.get("src") or _is_pixel(attributes)):
        return ""
    return _tag(name, attributes)


def _is_pixel(attributes: dict[str, str]) -> bool:
    sides = (attributes.get(side, "").strip().removesuffix("px") for side in ("width", "height"))
    return all(side in {"0", "1"} for side in sides)


def _absolute_set(candidates: str, base: str) -> str:
    """Each candidate of a ``srcset`` absolute (HTML standard, "parse a srcset attribute")."""
    made = ((absolute(url, base), size) for url, size in _CANDIDATE.findall(candidates))
    return ", ".join(f"{url} {size}".strip() for url, size in made if url)


def _tag(name: str, attributes: dict[str, str]) -> str:
    kept = ((key, value) for key, value in attributes.items() if value or key not in _NEVER_EMPTY)
    return f"<{name}" + "".join(f' {key}="{escape(value)}"' for key, value in kept) + ">"
