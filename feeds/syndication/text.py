"""Texts, addresses, languages and dates as the feed formats admit them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from html import escape
from urllib.parse import quote, urlsplit, urlunsplit

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_MASK = re.compile("[\U0001fffe\U0001ffff\U0002fffe]")
_LIKE_MARKUP = re.compile("&#?[A-Za-z0-9]|<[/A-Za-z]")
# Two characters that Unicode has for internal use, and that no text keeps here.
_MASKS = {ord("&"): "\U0001fffe", ord("<"): "\U0001ffff"}
_REFERENCES = (("\U0001fffe".encode(), b"&#x26;"), ("\U0001ffff".encode(), b"&#x3C;"))
_FIRST_BYTE = b"\xf0"
"""Of the masks, and of little else: to look for one byte is quick."""
_BLANKS = re.compile("[\t\n\r ]+")
_FOREIGN_IN_URI = re.compile(r'[^!-~]|["<>\[\]\\^`{|}]|%(?![0-9A-Fa-f]{2})|#.*#')
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")
_LANGUAGE_TAG = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")


def xml_text(text: str) -> str:
    """The text without our masks and what XML 1.0 §2.2 forbids, lone surrogates among it."""
    if _FORBIDDEN.search(text):
        text = _FORBIDDEN.sub("", text)
    # Quick looks: one class with characters of all planes would take twice the time.
    return _MASK.sub("", text) if any(mask in text for mask in _OURS) else text


BODY = "\U0002fffe"
"""Stands for the body of a post while a feed is serialised; no text keeps such a character here."""

_OURS = ("\U0001fffe", "\U0001ffff", BODY)


_KEPT = 2048
"""Short texts that are kept in their tidy form: entries have the same labels, authors and addresses."""

_body_text = lru_cache(maxsize=256)(xml_text)


def html_text(html: str) -> str:
    """The same for the body of a post, which every format asks for in turn."""
    return html if html is BODY else _body_text(html)


@lru_cache(maxsize=256)
def escaped(html: str) -> bytes:
    """The body of a post as a serialiser of XML writes it, for RSS and Atom alike."""
    text = escape(html_text(html), quote=False)
    return (text.replace("\r", "&#13;") if "\r" in text else text).encode()


@lru_cache(maxsize=_KEPT)
def line(text: str) -> str:
    """The text as one line that XML admits; wide blanks of Japanese typography stay inside it."""
    return _BLANKS.sub(" ", xml_text(text)).strip()


@lru_cache(maxsize=_KEPT)
def plain(text: str) -> str:
    """The text as one line, for an element of plain text; ``unmasked`` has to follow in the bytes.

    Where it could be taken for markup, ``&`` and ``<`` are masked so that they become the hexadecimal
    references that the RSS profile asks for and validators look for; to a parser they are the same.
    https://www.rssboard.org/rss-profile#data-types-characterdata
    """
    text = line(text)
    return text.translate(_MASKS) if like_markup(text) else text


def like_markup(text: str) -> bool:
    """Whether plain text could be taken for HTML."""
    return _LIKE_MARKUP.search(text) is not None


def unmasked(document: bytes) -> bytes:
    """The bytes with what ``plain`` has masked."""
    if _FIRST_BYTE in document:
        for mask, reference in _REFERENCES:
            document = document.replace(mask, reference)
    return document


@lru_cache(maxsize=_KEPT)
def uri(url: str) -> str:
    """The URL with everything percent-encoded that RFC 3986 does not admit; a valid one stays as it is.

    RSS and the validators know URIs only, while addresses of posts may be IRIs (RFC 3987 §3.1).
    """
    url = xml_text(url).strip()
    if not _FOREIGN_IN_URI.search(url):
        return url
    try:
        parts = urlsplit(url)
        host = parts.netloc if parts.netloc.isascii() else parts.netloc.encode("idna").decode("ascii")
    except ValueError:
        return _quoted(url, "/:?#")
    return urlunsplit(
        (
            parts.scheme,
            host,
            _quoted(parts.path, "/"),
            _quoted(parts.query, "/?"),
            _quoted(parts.fragment, "/?"),
        )
    )


def _quoted(part: str, also: str) -> str:
    return quote(_STRAY_PERCENT.sub("%25", part), safe="%:@!$&'()*+,;=~" + also)


@lru_cache(maxsize=_KEPT)
def language_tag(language: str) -> str:
    """The language as a tag of RFC 5646, or empty where it is none."""
    tag = language.strip().replace("_", "-")
    return tag if _LANGUAGE_TAG.fullmatch(tag) else ""


@lru_cache(maxsize=_KEPT)
def media_type(text: str) -> str:
    """The media type without parameters, in lower case, or empty where it is none (RFC 6838 §4.2)."""
    name = text.partition(";")[0].strip().lower()
    return name if _MEDIA_TYPE.fullmatch(name) else ""


def whole_second(moment: datetime) -> datetime:
    """The moment in UTC without its fraction of a second."""
    return moment.astimezone(UTC).replace(microsecond=0)


def rfc3339(moment: datetime) -> str:
    """The moment as Atom and JSON Feed write it: ``2026-11-23T04:36:02+00:00``."""
    return whole_second(moment).isoformat()
