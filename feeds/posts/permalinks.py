"""Address templates: Jekyll's placeholders, and Hugo's where they differ."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import NoReturn
from urllib.parse import quote

from feeds.posts.trouble import Trouble

STYLES = {
    "date": "/:categories/:year/:month/:day/:title:output_ext",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "ordinal": "/:categories/:year/:y_day/:title:output_ext",
    "weekdate": "/:categories/:year/W:week/:short_day/:title:output_ext",
    "none": "/:categories/:title:output_ext",
}
"""Jekyll's named styles (lib/jekyll/collection.rb and docs/permalinks)."""

_NOTHING_TO_ENCODE = re.compile(r"[\w/.~-]*", re.ASCII)
_ESCAPED = re.compile("%([0-9A-Fa-f]{2})")
_PLACEHOLDER = re.compile(r":([a-z_]+)")
_PCHAR = "/:@!$&'()*+,;=-._~"  # RFC 3986 §3.3 pchar, and the slash
_NOTHING_TO_HYPHENATE = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*")
_PRETTY_EXTRAS = frozenset("._~!$&'()+,;=@")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

_DATES: Mapping[str, Callable[[datetime], str]] = {
    "year": lambda date: f"{date.year:04}",
    "short_year": lambda date: f"{date.year % 100:02}",
    "month": lambda date: f"{date.month:02}",
    "i_month": lambda date: str(date.month),
    "short_month": lambda date: _MONTHS[date.month - 1][:3],
    "long_month": lambda date: _MONTHS[date.month - 1],
    "monthname": lambda date: _MONTHS[date.month - 1],
    "day": lambda date: f"{date.day:02}",
    "i_day": lambda date: str(date.day),
    "y_day": lambda date: f"{date.timetuple().tm_yday:03}",
    "yearday": lambda date: str(date.timetuple().tm_yday),
    "w_year": lambda date: f"{date.isocalendar().year:04}",
    "week": lambda date: f"{date.isocalendar().week:02}",
    "w_day": lambda date: str(date.isoweekday()),
    "weekday": lambda date: str(date.isoweekday() % 7),
    "short_day": lambda date: _DAYS[date.weekday()][:3],
    "long_day": lambda date: _DAYS[date.weekday()],
    "weekdayname": lambda date: _DAYS[date.weekday()],
    "hour": lambda date: f"{date.hour:02}",
    "minute": lambda date: f"{date.minute:02}",
    "second": lambda date: f"{date.second:02}",
}
"""What comes from the local date of a post; names never follow the locale."""


def date_part(name: str, local: datetime) -> str | None:
    """What a placeholder for a part of the date stands for; None for any other."""
    part = _DATES.get(name)
    return part(local) if part else None


def fill(template: str, local: datetime, value_of: Callable[[str], str | None], *, line: int = 0) -> str:
    """The URL path that a template makes: percent-encoded, begins with one slash, climbs nowhere.

    ``value_of`` gives what a placeholder stands for, where it is not part of the date. Raises Trouble for one
    that does not exist; ``line`` is where the template stands, if in front matter.
    """
    template = STYLES.get(template, template)
    made: list[str] = []
    for literal, name in _parts(template):
        made.append(literal)
        if name:
            filling = _filling(name, local, value_of)
            made.append(_missing(template, name, line) if filling is None else filling)
    return sanitise("".join(made))


@lru_cache(maxsize=64)
def _parts(template: str) -> tuple[tuple[str, str], ...]:
    """The template as pairs of literal text, percent-encoded, and the placeholder behind it."""
    pieces = [*_PLACEHOLDER.split(_ESCAPED.sub(_canonical, template)), ""]
    literals = (quote(piece, safe="%?#" + _PCHAR) for piece in pieces[::2])
    return tuple(zip(literals, pieces[1::2], strict=True))


def _filling(name: str, local: datetime, value_of: Callable[[str], str | None]) -> str | None:
    """What a placeholder stands for, percent-encoded; None if it does not exist."""
    for candidate in (name, name.removesuffix("_")):  # `:month_:day` is `:month`, `_`, `:day`
        if candidate in _DATES:
            return _DATES[candidate](local) + name[len(candidate) :]
        made = value_of(candidate)
        if made is not None:
            return encode(made) + name[len(candidate) :]
    return None


def _missing(template: str, name: str, line: int) -> NoReturn:
    raise Trouble(f"`{template}` has a placeholder that does not exist: :{name}", line=line, key="permalink")


def _canonical(escaped: re.Match[str]) -> str:
    """One way to write an address (RFC 3986 §6.2.2), so that ``%2e%2e`` climbs no more than ``..`` does."""
    character = chr(int(escaped[1], 16))
    return character if _NOTHING_TO_ENCODE.fullmatch(character) and character != "/" else escaped[0].upper()


def encode(path: str) -> str:
    """A path, percent-encoded as RFC 3986 §3.3 asks (``Jekyll::URL.escape_path``)."""
    return path if _NOTHING_TO_ENCODE.fullmatch(path) else quote(path, safe=_PCHAR)


def sanitise(path: str) -> str:
    """The path without ``..``, ``./`` and doubled slashes, as ``Jekyll::URL#sanitize_url`` does it."""
    cleaned = f"/{path}".replace("..", "/").replace("./", "")
    return re.sub("/{2,}", "/", cleaned) if "//" in cleaned else cleaned


def slug(text: str) -> str:
    """``Jekyll::Utils.slugify`` by default: lower case; letters, marks and digits of every script."""
    return _hyphenate(text, pretty=False).lower()


def pretty_slug(text: str) -> str:
    """The same in mode ``pretty``, the case kept: what ``:title`` stands for."""
    return _hyphenate(text, pretty=True)


def _hyphenate(text: str, *, pretty: bool) -> str:
    if _NOTHING_TO_HYPHENATE.fullmatch(text):
        return text
    kept = "".join(c if _is_word(c) or (pretty and c in _PRETTY_EXTRAS) else "\n" for c in text)
    hyphened = re.sub("\n+", "-", kept)
    return hyphened.removeprefix("-").removesuffix("-")


@lru_cache(maxsize=8192)
def _is_word(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] in "LM" or category == "Nd"
