"""What no HTML of ours may hold, judged by two parsers that nobody here wrote."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import html5lib
from lxml import html as lxml_html

FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML 1.0 §2.2 leaves out."""

_NEVER = frozenset(
    """
    script style iframe object embed applet form input button textarea select svg math base meta link template
    noscript frame frameset dialog portal
    """.split()  # noqa: SIM905
)
_ADDRESSES = frozenset("href src poster cite action formaction background data ping".split())  # noqa: SIM905
_SCHEMES = frozenset({"http", "https", "mailto", "tel"})


def complaints(html: str) -> list[str]:
    """What is wrong with the HTML of a post; empty if nothing is."""
    said = [f"character {found[0]!r}" for found in FORBIDDEN.finditer(html)]
    tree = html5lib.parseFragment(html, treebuilder="etree", namespaceHTMLElements=False)
    said += [f"html5lib: {wrong}" for wrong in _wrong((node.tag, node.attrib) for node in tree.iter())]
    if html.strip():
        parsed = lxml_html.fragment_fromstring(html, create_parent="div")
        said += [f"lxml: {wrong}" for wrong in _wrong((node.tag, node.attrib) for node in parsed.iter())]
    return said


def _wrong(nodes: Iterator[tuple[Any, Any]]) -> Iterator[str]:
    for tag, attributes in nodes:
        if not isinstance(tag, str):
            yield "a comment"
            continue
        if tag.lower() in _NEVER:
            yield f"<{tag}>"
        if tag == "img" and "alt" not in attributes:
            yield "an image without alt"
        for name, value in attributes.items():
            yield from _wrong_attribute(str(name).lower(), str(value))


def _wrong_attribute(name: str, value: str) -> Iterator[str]:
    if name.startswith("on") or name in {"style", "srcdoc", "data-src"}:
        yield f"{name}={value!r}"
    if name in _ADDRESSES and not _allowed(value):
        yield f"{name}={value!r}"
    if name == "srcset":
        for candidate in value.split(", "):
            if not _allowed(candidate.split()[0] if candidate.split() else ""):
                yield f"srcset={value!r}"


def _allowed(address: str) -> bool:
    """Whether it is absolute and of an allowed scheme, as a browser reads it."""
    bare = re.sub(r"[\t\n\r]|^[\x00-\x20]+", "", address)  # as browsers do (URL standard)
    try:
        return urlsplit(bare).scheme.lower() in _SCHEMES
    except ValueError:
        return bare.lower().startswith(("http://", "https://"))
