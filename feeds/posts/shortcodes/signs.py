"""Whether a body can hold anything to expand: asked of every body, so that most load nothing more.

To look for one character takes a microsecond, for two of them twenty, so the rare character goes first.
"""

from __future__ import annotations

import re

_CONTAINER = re.compile(":::")
_EMBED = re.compile(r"@\[")
_ALERT = re.compile(r"\[![A-Za-z]+\]")
_INLINE_NOTE = re.compile(r"\^\[|\]\^\(")
_SIZED_IMAGE = re.compile(r"\]\([^()\s]{1,2000}[ \t]+=\d*x")
_NAMED_FENCE = re.compile(r"`(?<!``)``+[ \t]*[\w+#.-]*:[^\s:]")
_BRACES = re.compile(r"\{[{%:]")
_ATTRIBUTES = re.compile(r"\{[ \t]*[#.][\w-]")
_IMPORT = re.compile(r"(?m)^import [\w*{][^\n]{0,500} from ['\"]")
_EXPRESSION = re.compile(r"<[A-Za-z][\w.-]*\s[^<>{}]{0,2000}=\{")
_TILDES = re.compile(r"~(?<!~~)(?![~\s])[^~]{1,1000}~(?!~)")
_CONTENTS = re.compile(r"\[_?(?:TOC|toc)_?\]")
_LINK = re.compile(r"\](?:\(|:[ \t])[ \t]{0,9}<?(?:@/|[{|][a-z]+[}|]|[^\s()<>:]{1,500}\.m[da])")

_SPANS = (
    "a|abbr|acronym|b|bdo|big|br|button|cite|code|del|dfn|em|font|i|img|input|ins|kbd|label|mark|q|ruby|s|samp|"
    "small|span|strike|strong|sub|sup|time|tt|u|var"
)
SPAN_TAG = rf"<(?=/?(?:{_SPANS})(?:\s[^<>\n]{{0,2000}})?/?>[ \t]*(?:\n|$))"
"""A tag of a span, and nothing behind it on its line."""
_SPAN_LINE = re.compile(rf"(?m)^[ >]{{0,8}}{SPAN_TAG}")
_HIGHLIGHTED = re.compile(r"(?m)^(?: {4}|\t)\s*:::[A-Za-z]")


def has_containers(text: str) -> bool:
    """Blocks, embeds and alerts of ``containers``."""
    if _CONTAINER.search(text) or ("@" in text and _EMBED.search(text)):
        return True
    if "[" in text and (_ALERT.search(text) or ("=" in text and _SIZED_IMAGE.search(text))):
        return True
    if "^" in text and _INLINE_NOTE.search(text):
        return True
    return "`" in text and _NAMED_FENCE.search(text) is not None


def has_attributes(text: str) -> bool:
    """What ``attributes`` takes out in every dialect."""
    if "{" in text and _ATTRIBUTES.search(text):
        return True
    return "[" in text and _CONTENTS.search(text) is not None


def has_braces(text: str) -> bool:
    """Tags of Liquid, Hugo, Zola and Nunjucks, and lists of kramdown."""
    return "{" in text and (_BRACES.search(text) is not None or "{#" in text)


def has_links(text: str) -> bool:
    """Links to files of posts."""
    return "[" in text and _LINK.search(text) is not None


def is_not_commonmark(text: str) -> bool:
    """Lines that kramdown or Python-Markdown reads otherwise than CommonMark."""
    return ("<" in text and _SPAN_LINE.search(text) is not None) or (
        ":::" in text and _HIGHLIGHTED.search(text) is not None
    )


def is_mdx(text: str) -> bool:
    """Lines that only MDX has: Docusaurus reads every file as such, but ``{`` may be text in older ones."""
    if "import " in text and _IMPORT.search(text):
        return True
    return "={" in text and _EXPRESSION.search(text) is not None


def has_tildes(text: str) -> bool:
    """Single tildes that would strike out what is between them."""
    return "~" in text and _TILDES.search(text) is not None


def has_any(text: str, suffix: str) -> bool:
    """Whether ``expand`` would change anything."""
    if suffix == ".mdx" or has_braces(text) or is_mdx(text) or has_tildes(text):
        return True
    return has_containers(text) or has_attributes(text) or has_links(text) or is_not_commonmark(text)
