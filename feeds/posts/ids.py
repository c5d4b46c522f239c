"""The permanent ids that a post proposes at first sight; the store keeps them from then on."""

from __future__ import annotations

import re
from datetime import datetime
from unicodedata import normalize
from urllib.parse import quote, unquote, urlsplit

from feeds.model.post import PostIds
from feeds.posts.site import IdStyle, Site

_URI = re.compile(r"(?:[a-z][a-z0-9+.-]*://|tag:|urn:)\S+", re.IGNORECASE)
_PLAIN = re.compile(r"[\w/.:~-]*", re.ASCII)
_PARTS = re.compile(r"([^#?]*)([#?]?)(.*)", re.DOTALL)
_PATH_SAFE = "-._~!$&'()*+,;=:@/"
_TAG_SAFE = "-._~!$&'()*+,;=:@/?%"


def proposed_ids(
    site: Site, *, url: str, slug: str, published: datetime, declared: str = "", dated: bool = True
) -> PostIds:
    """The ids of a post: what its front matter declares, else as the site's style has them.

    ``slug`` is the one from the file name or the front matter, as it was written. ``dated``: whether somebody
    wrote the date of the post down.
    """
    if not dated:  # an id must not depend on what nobody wrote down
        atom = quote(declared, safe="#[]" + _TAG_SAFE) if _URI.fullmatch(declared) else url
        return PostIds(declared or url, atom, declared or url)
    if declared:
        return PostIds(rss=declared, atom=_declared_uri(site, published, declared), json=declared)
    if site.ids is IdStyle.PERMALINK:
        return PostIds(url, url, url)
    if site.ids is IdStyle.JEKYLL:
        return PostIds(rss=url, atom=_jekyll_id(url, slug), json=url)
    if site.ids is IdStyle.PELICAN:
        tag = _pelican_id(site, published, url)
        return PostIds(tag, tag, tag)
    tag = _tag(site, published, urlsplit(url).path.strip("/") or slug)
    return PostIds(tag, tag, tag)


def _declared_uri(site: Site, published: datetime, declared: str) -> str:
    if _URI.fullmatch(declared):
        return quote(declared, safe="#[]" + _TAG_SAFE)
    return _tag(site, published, declared)


def _tag(site: Site, published: datetime, specific: str) -> str:
    """A tag URI (RFC 4151 §2.1): authority, the day the post was published there, and what it is."""
    day = published.astimezone(site.zone).date().isoformat()
    return f"tag:{site.host},{day}:{quote(specific, safe=_TAG_SAFE)}"


def _jekyll_id(url: str, slug: str) -> str:
    """``post.id | absolute_url``, as jekyll-feed writes it: the folder of the URL, and the slug.

    The filter puts addresses into compatibility form (NFKC), so that a full-width ``？`` becomes ``%3F``;
    a plain ``#`` or ``?`` begins a fragment or a query.
    """
    folder = url.rstrip("/").rpartition("/")[0]
    if _PLAIN.fullmatch(folder) and _PLAIN.fullmatch(slug):
        return f"{folder}/{slug}"
    path, mark, rest = _PARTS.fullmatch(slug).groups()  # type: ignore[union-attr]
    head, last = (quote(normalize("NFKC", unquote(part)), safe=_PATH_SAFE) for part in (folder, path))
    return f"{head}/{last}{mark}{quote(rest, safe=_TAG_SAFE)}"


def _pelican_id(site: Site, published: datetime, url: str) -> str:
    """``get_tag_uri`` of feedgenerator, which escapes nothing: an IRI where names are Japanese."""
    day = published.astimezone(site.zone).date().isoformat()
    path = unquote(urlsplit(url).path)
    fit = path.isprintable() and " " not in path
    return f"tag:{site.host},{day}:{path if fit else quote(path, safe=_TAG_SAFE)}"
