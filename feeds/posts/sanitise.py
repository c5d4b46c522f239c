"""Any HTML → HTML that may stand in feeds, mails and pages."""

from __future__ import annotations

import re
import threading
from hashlib import blake2b
from html import escape, unescape

import nh3

from feeds.posts import images
from feeds.posts.caps import MAX_DEPTH, too_deep
from feeds.posts.characters import clean
from feeds.posts.element_names import without_stray_parts
from feeds.posts.site import SCHEMES, absolute

_TAGS = frozenset(
    """
    a abbr address article aside audio b bdi bdo blockquote br caption center cite code col colgroup dd del
    details dfn div dl dt em figcaption figure footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark
    nav ol p picture pre q rp rt ruby s samp section small source span strike strong sub summary sup table
    tbody td tfoot th thead time tr track tt u ul var video wbr
    """.split()  # noqa: SIM905 - a list of eighty quoted words reads worse
)
_GONE_WITH_CONTENT = frozenset(
    """
    script style noscript template iframe object embed svg math select option textarea button title applet
    """.split()  # noqa: SIM905
)
_CELL = frozenset({"align", "colspan", "rowspan", "headers", "scope"})
_PLAYER = frozenset(
    {"src", "controls", "loop", "muted", "width", "height", "preload", *images.LAZY, "data-poster"}
)
_ATTRIBUTES = {
    "*": {"lang", "dir", "title", "id"},
    "a": {"href", "hreflang"},
    "audio": _PLAYER,
    "blockquote": {"cite"},
    "code": {"class"},
    "col": {"span"},
    "colgroup": {"span"},
    "del": {"datetime", "cite"},
    "details": {"open"},
    "img": {"src", "alt", "width", "height", "loading", *images.LAZY, *images.SETS, *images.HIDES},
    "ins": {"datetime", "cite"},
    "li": {"value"},
    "ol": {"start", "type", "reversed"},
    "q": {"cite"},
    "section": {"class"},
    "source": {"src", "type", "media", "sizes", *images.SETS, *images.LAZY},
    "td": _CELL,
    "th": _CELL,
    "time": {"datetime"},
    "track": {"src", "kind", "srclang", "label", "default"},
    "video": _PLAYER | {"poster"},
}
_PREFIX = "id-of-this-post-"
"""Before every id, until the page's own prefix takes its place."""
_RAW = re.compile("<(?:[iI][fF]|[nN][oO][sS]|[eE][mM][bB]|[oO][bB][jJ])")
_TAGS_ONLY = re.compile("<[^<>]*>")
_CITE = re.compile(r' cite="([^"]*)"')
_ID = re.compile(r' id="([^"]*)"')
_EMPTY_LINK = re.compile(r'(<a href="(?:https?://)([^"]+)"[^<>]*>)</a>')
"""What scripts make a card of, such as iframely's and embedly's."""


def sanitise(html: str, base: str) -> str:
    """The HTML with allowed tags and attributes only and every URL absolute, by the page's address ``base``.

    Scripts, styles, frames, event handlers and tracking pixels go; a frame leaves a link to what it showed.
    Ids are made unique among the posts of a page.
    """
    if html.count("<") > MAX_DEPTH and too_deep(html) >= 0:
        html = escape(
            _TAGS_ONLY.sub(" ", html)
        )  # made so by what was put in: a scan refuses bodies like this
    if _RAW.search(html):
        from feeds.posts.frames import linked_frames, without_fallbacks

        html = linked_frames(without_fallbacks(html))
    html = images.repair(clean(_clean(without_stray_parts(html), base)), base)
    if "></a>" in html:
        html = _EMPTY_LINK.sub(lambda link: _named(link, base), html)
    if _PREFIX in html:
        html = _aimed(html, base)
    if ' cite="' in html:
        html = _CITE.sub(lambda cite: _absolute_cite(cite, base), html)
    return html


class _Cleaning(threading.local):
    """The cleaner of a thread, which costs 100 µs to make, and the page that it is at."""

    base = ""

    def __init__(self) -> None:
        self.cleaner = nh3.Cleaner(
            tags=_TAGS,
            clean_content_tags=_GONE_WITH_CONTENT,
            attributes=_ATTRIBUTES,
            url_schemes=SCHEMES,
            url_relative=lambda reference: absolute(reference, self.base) or None,
            link_rel=None,
            id_prefix=_PREFIX,
        )


_CLEANING = _Cleaning()


def _clean(html: str, base: str) -> str:
    _CLEANING.base = base
    return _CLEANING.cleaner.clean(html)


def _aimed(html: str, base: str) -> str:
    """The HTML with ids that are unique where several posts stand on a page, and links that lead to them."""
    prefix = f"p{blake2b(base.encode('utf-8', 'replace'), digest_size=4).hexdigest()}-"
    html = html.replace(_PREFIX, prefix)
    ids = {found[1].removeprefix(prefix) for found in _ID.finditer(html)}
    link = re.compile(f'(<a href="{re.escape(escape(base.partition("#")[0]))}#)([^"]+)"')
    return link.sub(lambda found: f'{found[1]}{prefix if found[2] in ids else ""}{found[2]}"', html)


def _named(link: re.Match[str], base: str) -> str:
    """The link with its address for a text, unless it leads to a place on the same page."""
    own = escape(base).partition("://")[2].partition("#")[0]
    path, hash_, _ = link[2].partition("#")
    return link[0] if hash_ and path == own else f"{link[1]}{link[2].rstrip('/')}</a>"


def _absolute_cite(cite: re.Match[str], base: str) -> str:
    source = absolute(unescape(cite[1]), base)
    return f' cite="{escape(source)}"' if source else ""
