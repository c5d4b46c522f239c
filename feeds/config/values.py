"""What texts must look like: each check returns the normal form or says what is wrong."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from pathlib import PurePosixPath
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

from feeds.model.category import slugify

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")  # RFC 5646 §2.1, as far as sites use it
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"  # RFC 1035 §2.3.1, and RFC 1123 §2.1
_LABELS = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*")
_MAILBOX = re.compile(
    r""""?(?P<name>[^"<>]*?)"?\s*<(?P<inner>[^<>\s@]+@[^<>\s@]+)>   # Name <news@example.org>
    |(?P<bare>[^<>\s@]+@[^<>\s@]+)                               # news@example.org
    """,
    re.VERBOSE,
)
_NOT_IN_PATHS = re.compile(r"[?#%\\\x00-\x20\x7f]|//|/$")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def web_url(text: str) -> str:
    """An absolute http(s) URL in ASCII, without a slash at its end."""
    parts = _split(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f'{text!r} is not an absolute URL; write it whole, such as "https://example.org"')
    if parts.query or parts.fragment or parts.username:
        raise ValueError(f"{text!r} must have no user name, no ? and no #")
    path = quote(parts.path.rstrip("/"), safe="/%:@!$&'()*+,;=-._~")
    return urlunsplit((parts.scheme, _ascii_host(parts, text) + _port(parts, text), path, "", ""))


def relay_url(text: str) -> str:
    """A URL of a mail server or a Maildir; no error repeats it, as it may hold a password."""
    parts = _split(text)
    if parts.scheme == "maildir":
        if parts.netloc or not parts.path:
            raise ValueError("a Maildir is written maildir:///path/to/folder")
        return text
    if parts.scheme not in {"smtp", "smtps"}:
        raise ValueError("the mail server must begin with smtp://, smtps:// or maildir:///")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("nothing may follow host and port; write / ? # @ in a password as %2F %3F %23 %40")
    if not parts.hostname:
        raise ValueError("the host is missing; write smtp://user:${SMTP_PASSWORD}@mail.example.org:587")
    _port(parts, "the mail server's URL")
    return text


def database_url(text: str) -> str:
    """A URL of a SQLite file or of a PostgreSQL database; no error repeats it."""
    if re.match(r"sqlite:///.", text):
        return text
    parts = _split(text)
    if parts.scheme not in {"postgresql", "postgres"}:
        raise ValueError("the database must begin with sqlite:/// or postgresql://")
    if not parts.path.strip("/") or "/" in parts.path.strip("/") or parts.fragment:
        raise ValueError("one database must follow the host; write / ? # @ in a password as %2F %3F %23 %40")
    _port(parts, "the database's URL")
    return text.replace("postgres://", "postgresql://", 1)


def zone(text: str) -> str:
    """An IANA time zone name."""
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(text)
    except (ValueError, OSError, KeyError):  # unknown; a folder such as "Asia"; a path
        from zoneinfo import available_timezones

        raise ValueError(f"{text!r} is no time zone{nearest(text, available_timezones())}") from None
    return text


def language(text: str) -> str:
    """A language tag such as ``ja`` or ``en-GB``."""
    if not _LANGUAGE.fullmatch(text):
        raise ValueError(f'{text!r} is no language tag; write it such as "ja" or "en"')
    return text


def one_line(text: str) -> str:
    """A text without control characters or line ends, trimmed."""
    text = text.strip()
    if _CONTROL.search(text):
        raise ValueError("must be one line without control characters")
    return text


def title(text: str) -> str:
    """One line with something on it."""
    if not (text := one_line(text)):
        raise ValueError("must not be empty")
    return text


def split_mailbox(text: str) -> tuple[str, str]:
    """The display name and the address of ``Name <address>`` or of a bare address."""
    match = _MAILBOX.fullmatch(one_line(text))
    if match is None:
        raise ValueError(f'{text!r} is no mail address; write it such as "Name <news@example.org>"')
    return (match["name"] or "").strip(), match["inner"] or match["bare"]


def mailbox(text: str) -> str:
    """A mail address with or without a display name."""
    if text.strip():
        split_mailbox(text)
    return text.strip()


def bounce_address(text: str) -> str:
    """An address whose local part leaves room for a plus sign and 42 characters within 64 octets."""
    local, _, host = text.strip().rpartition("@")
    if not re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*", local) or len(local) > 21:
        raise ValueError(
            f'{text!r} must be an address such as "bounces@example.org": up to 21 letters, digits and . _ - '
            "before the @, as each mail puts + and a token there"
        )
    return f"{local}@{domain(host)}"


def list_id(text: str) -> str:
    """The identifier of a mailing list: labels of a host name, joined by dots (RFC 2919 §2)."""
    if not _HOST.fullmatch(text) or "." not in text or ".." in text:
        raise ValueError(f'{text!r} is no list id; write it such as "news.example.org"')
    return text.lower()


def domain(text: str) -> str:
    """A domain of the DNS, in ASCII and small letters."""
    try:
        ascii_domain = text.rstrip(".").encode("idna").decode("ascii").lower()
    except UnicodeError:
        ascii_domain = ""
    if not _LABELS.fullmatch(ascii_domain) or "." not in ascii_domain:
        raise ValueError(f'{text!r} is no domain; write it such as "example.org"')
    return ascii_domain


def selector(text: str) -> str:
    """A DKIM selector: labels of the DNS, joined by dots (RFC 6376 §3.1)."""
    if not _LABELS.fullmatch(text):
        raise ValueError(f'{text!r} is no selector; write it such as "kb2026"')
    return text.lower()


def bind_address(text: str) -> str:
    """``host:port``; the host may be an IPv6 address in brackets."""
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ValueError(f'{text!r} is no address to listen at; write it such as "127.0.0.1:8400"')
    if ":" in host and not (host.startswith("[") and host.endswith("]")):
        raise ValueError(f'{text!r}: write an IPv6 address in brackets, such as "[::1]:8400"')
    return text


def slug(text: str) -> str:
    """A slug as ``slugify`` would make it."""
    if text != slugify(text) or not text:
        suggestion = slugify(text)
        hint = f"; write {suggestion!r}" if suggestion else ""
        raise ValueError(f"{text!r} is no slug: small letters and digits, joined by single hyphens{hint}")
    return text


def site_path(text: str) -> str:
    """A URL path of a file below the site's URL."""
    if not text.startswith("/"):
        raise ValueError(f'{text!r} must be a path on the site, such as "/feeds/tech.xml"')
    parts = PurePosixPath(text).parts[1:]
    if ".." in parts or _NOT_IN_PATHS.search(text):
        raise ValueError(
            f'{text!r} must name a file, such as "/feeds/tech.xml", without "..", ?, #, % or blanks'
        )
    return text


def site_file(text: str) -> str:
    """A URL path of a file below the site's URL, or an absolute http(s) URL of one."""
    if text.startswith("/"):
        return site_path(text)
    if "://" not in text:
        raise ValueError(f'{text!r} must be a path on the site, such as "/images/icon.png", or a whole URL')
    return web_url(text)


def site_page(text: str) -> str:
    """A URL path of a page below the site's URL, or its absolute http(s) URL; a slash at its end stays."""
    bare = text.rstrip("/")
    return site_file(bare) + "/" * text.endswith("/") if bare else "/"


def hub_url(text: str) -> str:
    """The URL of a WebSub hub: https, unless it is on this machine; a slash at its end stays."""
    from feeds.model.host import is_loopback

    url = web_url(text) + "/" * text.endswith("/")
    if url.startswith("http:") and not is_loopback(urlsplit(url).hostname or ""):
        raise ValueError(f"{text!r} must begin with https://")
    return url


def old_path(text: str) -> str:
    """A URL path, in NFC, that once was the address of something."""
    text = unicodedata.normalize("NFC", text)
    if not text.startswith("/") or _NOT_IN_PATHS.search(text.rstrip("/")) or "/.." in text or text == "/":
        raise ValueError(
            f'{text!r} must be a path on the site, such as "/feed.xml", without "..", ?, #, % or blanks'
        )
    return text


def path_or_url(text: str) -> str:
    """A URL path on the site, in NFC, or an absolute http(s) URL."""
    if text.startswith("/") and not text.startswith("//"):
        return old_path(text)
    parts = _split(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or not text.isascii():
        raise ValueError(f'{text!r} is no path such as "/feeds/all.rss.xml" and no absolute URL in ASCII')
    return text


def label(text: str) -> str:
    """A category's name as posts are compared to it: NFC, trimmed."""
    return title(unicodedata.normalize("NFC", text))


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint such as ``; did you mean "limit"?``, or nothing."""
    from difflib import get_close_matches

    names = {name.casefold(): name for name in known}
    close = get_close_matches(word.casefold(), names, n=1, cutoff=0.65)
    return f'; did you mean "{names[close[0]]}"?' if close else ""


def _split(text: str) -> SplitResult:
    if _CONTROL.search(text) or text != text.strip():
        raise ValueError("a URL has no blanks or control characters around it")
    try:
        return urlsplit(text)
    except ValueError:
        raise ValueError("this is no URL") from None


def _port(parts: SplitResult, text: str) -> str:
    try:
        return f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        raise ValueError(f"the port of {text} is no number from 0 to 65535") from None


def _ascii_host(parts: SplitResult, text: str) -> str:
    host = parts.hostname or ""
    if ":" in host:
        return f"[{host}]"
    try:
        ascii_host = host.encode("idna").decode("ascii")
    except UnicodeError:
        ascii_host = ""
    if not _HOST.fullmatch(ascii_host):
        raise ValueError(f"the host of {text!r} is no host name")
    return ascii_host
