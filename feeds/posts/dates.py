"""Dates as people write them.

Numbers first (``2017-2-5``, ``2025/09/14 4:36 PM``, ``2025年9月14日``), then English month names in any usual
order. A date without a zone is meant where the site is.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

_CLOCK = (
    r"(?:(?:[T ]|,\s*)\s*(?:at\s+)?(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?(?:[.,]\d+)?"
    r"(?:\s*(?P<half>[AP])\.?M\.?)?)?"
    r"\s*(?P<zone>Z|(?:UTC|GMT)?[+-]\d{1,2}(?::?\d{2})?|[A-Z]{2,5}|[A-Z]\w+/\w[\w/+-]*)?"
    r"(?:\s*\([^)]*\))?"
)
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_NAME = r"(?P<name>[A-Z]{3,9})\.?"
_YEAR = r"(?P<year>\d{4})"
_FORMS = (
    _YEAR + r"(?P<sep>[-/.])(?P<month>\d{1,2})(?P=sep)(?P<day>\d{1,2})",
    _YEAR + r"(?P<month>\d{2})(?P<day>\d{2})",
    _YEAR + r"年\s*(?P<month>\d{1,2})月\s*(?P<day>\d{1,2})日(?:\s*\(.\))?",
    _WEEKDAY + _DAY + r"[\s-]+" + _NAME + r",?[\s-]+" + _YEAR,
    _WEEKDAY + _NAME + r"\s+" + _DAY + r",?\s+" + _YEAR,
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FIXED = re.compile(r"(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d) ([+-])(\d\d):?(\d\d)", re.ASCII)
"""How Jekyll writes dates; 1,544 of 1,544 in the magazine are like this."""

_ZONES = {
    "z": 0, "utc": 0, "gmt": 0, "ut": 0, "wet": 0, "west": 60, "cet": 60, "cest": 120, "eet": 120,
    "eest": 180,
    "msk": 180, "sgt": 480, "hkt": 480, "awst": 480, "jst": 540, "kst": 540, "aest": 600, "aedt": 660,
    "nzst": 720,
    "nzdt": 780, "est": -300, "edt": -240, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420,
    "akst": -540, "akdt": -480, "hst": -600,
}  # fmt: skip
"""Minutes east of Greenwich of the abbreviations that people put into front matter."""
_OF_SEVERAL = {
    "cst": "-0600 or +0800", "ist": "+0530, +0100 or +0200", "bst": "+0100 or +0600", "ast": "-0400 or +0300",
}  # fmt: skip
"""Abbreviations that stand for several zones: the site's own is meant, or nobody knows which."""
_TURNED = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?!\d)")


def read_date(text: str, zone: tzinfo, *, exact_is_utc: bool = False) -> datetime:
    """The moment that a text spells, in UTC. Raises ValueError saying what is wrong with it.

    ``exact_is_utc``: a date and a time with seconds but no zone are UTC, as YAML 1.1 has it and Jekyll obeys;
    without seconds the site's zone counts there too.
    """
    if fixed := _FIXED.fullmatch(text):
        try:
            return _fixed(fixed)
        except (ValueError, OverflowError):
            raise ValueError(f"`{text}` is no date that exists") from None
    return _read(text, zone, exact_is_utc=exact_is_utc)[1]


def turned_by(day: str, text: str) -> str:
    """The text with its date as a file name has it, where ``11-9-2017`` may mean that day; else as it is."""
    turned = _TURNED.match(text) if day else None
    if not turned:
        return text
    numbers = [int(number) for number in day.split("-") if number.isdecimal()]
    year, first, second = int(turned[4]), int(turned[1]), int(turned[3])
    return day + text[turned.end() :] if numbers in ([year, second, first], [year, first, second]) else text


def as_written(text: str, zone: tzinfo) -> datetime:
    """The same moment with the offset that the text names, or with the site's. Raises ValueError."""
    local, _ = _read(text, zone, exact_is_utc=False)
    return local


def _read(text: str, zone: tzinfo, *, exact_is_utc: bool) -> tuple[datetime, datetime]:
    """The moment as it was written, and in UTC."""
    tidy = unicodedata.normalize("NFKC", text).strip()
    found = _match(tidy)
    if found is None:
        raise ValueError(f"`{_short(text)}` is not a date{_advice(tidy)}")
    try:
        local = _moment(found, zone, exact_is_utc=exact_is_utc)
        return local, local.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        said = str(error) if isinstance(error, _UnknownZone) else "is no date that exists"
        raise ValueError(f"`{_short(text)}` {said}") from None


def _advice(text: str) -> str:
    """How to write what was meant; a day and a month in figures may be meant either way round."""
    if turned := _TURNED.match(text):
        first, second = int(turned[1]), int(turned[3])
        meant = [(day, month) for day, month in ((first, second), (second, first)) if day < 32 and month < 13]
        spelt = dict.fromkeys(f"{turned[4]}-{month:02}-{day:02}" for day, month in meant)
        if spelt:
            said = " that has one meaning" if len(spelt) > 1 else ""
            return f"{said}; write it {' or '.join(spelt)}"
    return "; write it like 2025-09-14 18:30:00 +0900"


class _UnknownZone(ValueError):
    """The text names a time zone that nobody knows."""


def _match(text: str) -> re.Match[str] | None:
    return next((found for form in _FORMS if (found := _pattern(form).fullmatch(text))), None)


@lru_cache
def _pattern(form: str) -> re.Pattern[str]:
    """Compiled at first use: most sites write every date in one form."""
    return re.compile(form + _CLOCK, re.ASCII | re.IGNORECASE)


def _fixed(found: re.Match[str]) -> datetime:
    year, month, day, hour, minute, second = map(int, found.groups()[:6])
    offset = timedelta(hours=int(found[8]), minutes=int(found[9]))
    moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    return moment - offset if found[7] == "+" else moment + offset


def _moment(found: re.Match[str], zone: tzinfo, *, exact_is_utc: bool) -> datetime:
    part = found.groupdict()
    hour, minute, second = (int(part[name] or 0) for name in ("hour", "minute", "second"))
    if part["half"]:
        if not 1 <= hour <= 12:
            raise ValueError(hour)
        hour = hour % 12 + (12 if part["half"] in "pP" else 0)
    days, hour = (1, 0) if (hour, minute, second) == (24, 0, 0) else (0, hour)
    if part["zone"]:
        zone = _named_zone(part, zone)
    elif exact_is_utc and part["second"]:
        zone = UTC
    second = 59 if second == 60 else second  # a leap second
    midnight = datetime(int(part["year"] or 0), _month(part), int(part["day"] or 0), tzinfo=UTC)
    local = midnight + timedelta(days=days) + timedelta(hours=hour, minutes=minute, seconds=second)
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError(hour)
    return local.replace(tzinfo=zone)


def _named_zone(part: dict[str, str | None], site_zone: tzinfo) -> tzinfo:
    name = part["zone"] or ""
    if meant := _OF_SEVERAL.get(name.lower()):
        day = datetime(int(part["year"] or 0), _month(part), int(part["day"] or 0), 12, tzinfo=site_zone)
        if day.tzname() != name.upper():
            raise _UnknownZone(f"names a zone that is one of several; write {meant} for {name}")
        return site_zone
    return _zone(name)


def _month(part: dict[str, str | None]) -> int:
    name = part.get("name")
    return _MONTHS.index(name[:3].lower()) + 1 if name else int(part["month"] or 0)


@lru_cache(maxsize=64)
def _zone(name: str) -> tzinfo:
    if name.lower() in _ZONES:
        return timezone(timedelta(minutes=_ZONES[name.lower()]))
    if offset := re.fullmatch(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d{2}))?", name, re.IGNORECASE):
        minutes = int(offset[2]) * 60 + int(offset[3] or 0)
        return timezone(timedelta(minutes=-minutes if offset[1] == "-" else minutes))
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise _UnknownZone(f"has a time zone that is not known: {name}") from None


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"
