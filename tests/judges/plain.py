"""A document read by its specification and no further: what every judge should see."""

from __future__ import annotations

import json
from datetime import datetime
from email.utils import parsedate_to_datetime

from lxml import etree

from feeds.model.feed import Format
from tests.judges.documents import Seen

_ATOM = "{http://www.w3.org/2005/Atom}"


def read(body: bytes, form: Format) -> tuple[Seen, ...]:
    """The entries of the document, in its order."""
    if form is Format.JSON:
        return tuple(map(_json, json.loads(body)["items"]))
    root = etree.fromstring(body, etree.XMLParser(huge_tree=True))
    if form is Format.RSS:
        return tuple(_rss(item) for item in root.iterfind("channel/item"))
    return tuple(_atom(entry) for entry in root.iterfind(f"{_ATOM}entry"))


def _rss(item: etree._Element) -> Seen:
    enclosure = item.find("enclosure")
    return Seen(
        id=item.findtext("guid") or "",
        link=item.findtext("link") or "",
        title=item.findtext("title") or "",
        date=int(parsedate_to_datetime(item.findtext("pubDate") or "").timestamp()),
        enclosure="" if enclosure is None else enclosure.get("url", ""),
    )


def _atom(entry: etree._Element) -> Seen:
    return Seen(
        id=entry.findtext(f"{_ATOM}id") or "",
        link=_href(entry, "alternate"),
        title=entry.findtext(f"{_ATOM}title") or "",
        date=seconds(entry.findtext(f"{_ATOM}published") or ""),
        enclosure=_href(entry, "enclosure"),
    )


def _href(entry: etree._Element, rel: str) -> str:
    """RFC 4287 §4.2.7.2: a link without rel is an alternate one."""
    links = (link for link in entry.iterfind(f"{_ATOM}link") if link.get("rel", "alternate") == rel)
    return next((link.get("href", "") for link in links), "")


def _json(item: dict[str, object]) -> Seen:
    attachments = item.get("attachments")
    first = attachments[0] if isinstance(attachments, list) and attachments else {}
    return Seen(
        id=str(item["id"]),
        link=str(item.get("url", "")),
        title=str(item.get("title", "")),
        date=seconds(str(item["date_published"])),
        enclosure=str(first.get("url", "")),
    )


def seconds(text: str) -> int:
    """Seconds since 1970 of a date as RFC 3339 writes it."""
    return int(datetime.fromisoformat(text).timestamp()) if text else 0
