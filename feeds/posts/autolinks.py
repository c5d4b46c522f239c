"""Bare addresses in text become links, as GitHub has it, and end where an address can end.

The Markdown library would take the Japanese after an address into the link, so this is done behind it.
"""

from __future__ import annotations

import re

# RFC 3986 §2: unreserved, reserved and percent; `&` stands in HTML as `&amp;`
_URL = re.compile(
    r"(?:https?://|www\.(?=[a-z0-9-]{1,63}\.))(?:[A-Za-z0-9_\-.~:/?#\[\]@!$'()*+,;=%]|&amp;){1,2000}", re.I
)
_PART_OF_A_WORD = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_/@.=\"'-")
_APART = (("<a ", "</a>"), ("<pre", "</pre>"), ("<code", "</code>"), ("<kbd", "</kbd>"), ("<", ">"))
"""Where addresses stay as they are: in links, in code, and in tags themselves."""
_TRAILING = re.compile(r"(?:[?!.,:*_~'\"]|&[a-z0-9]{1,10};)+$", re.IGNORECASE)
_HOST = re.compile(
    r"(?:https?://)?(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9][a-z0-9-]*(?::\d+)?(?=[/?#]|$)",
    re.IGNORECASE,
)


def autolinked(html: str) -> str:
    """Sanitised HTML, in which the bare addresses in text are links."""
    pieces, at, looked_at = [], 0, 0
    apart = [False] * len(_APART)
    for start in _places(html):
        if start < at:
            continue
        for index, (opening, closing) in enumerate(_APART):
            opened = html.rfind(opening, looked_at, start)
            closed = html.rfind(closing, looked_at, start)
            apart[index] = opened > closed if opened != closed else apart[index]
        looked_at = start
        if not any(apart) and (found := _URL.match(html, start)):
            pieces += [html[at:start], _linked(found)]
            at = found.end()
    return "".join([*pieces, html[at:]])


def _places(html: str) -> list[int]:
    """Where an address may begin that is no attribute's whole value, in order."""
    found, at = [], html.find("://")
    while at >= 0:
        scheme = 5 if html.startswith("https", at - 5) else 4 if html.startswith("http", at - 4) else 0
        if scheme and (at == scheme or html[at - scheme - 1] not in _PART_OF_A_WORD):
            found.append(at - scheme)
        at = html.find("://", at + 3)
    if "www." in html:
        sites = (site.start() for site in re.finditer(r"www\.", html))
        found += [at for at in sites if not at or html[at - 1] not in _PART_OF_A_WORD]
        found.sort()
    return found


def _linked(found: re.Match[str]) -> str:
    url, rest = trimmed(found[0])
    if not _HOST.match(url):
        return found[0]
    href = url if "://" in url else f"http://{url}"
    return f'<a href="{href}">{url}</a>{rest}'


def trimmed(url: str) -> tuple[str, str]:
    """The address without what belongs to the sentence around it (GFM §6.9), and that."""
    end = len(url)
    while True:
        before = end
        if found := _TRAILING.search(url[:end]):
            end = found.start()
        for opening, closing in ("()", "[]"):
            if url[end - 1 : end] == closing and url.count(closing, 0, end) > url.count(opening, 0, end):
                end -= 1
        if end == before:
            return url[:end], url[end:]
