"""Time zones as readers choose them."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from zoneinfo import available_timezones

COMMON = (
    "Asia/Tokyo",
    "Asia/Seoul",
    "Asia/Shanghai",
    "Asia/Taipei",
    "Asia/Singapore",
    "Asia/Kolkata",
    "Australia/Sydney",
    "Europe/London",
    "Europe/Paris",
    "Europe/Berlin",
    "America/New_York",
    "America/Chicago",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "UTC",
)


@cache
def is_zone(name: str) -> bool:
    """True for an IANA name, also one that the list does not offer."""
    return name in available_timezones()


@cache
def zone_groups(language: str) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """(area, ((zone, city), …)) with the common ones first, under the area ``Common``."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for zone in _cities():
        groups.setdefault(zone.split("/")[0], []).append((zone, city(zone, language)))
    common = ("Common", tuple((zone, city(zone, language)) for zone in COMMON))
    rest = ((area, tuple(sorted(groups[area], key=lambda pair: pair[1]))) for area in sorted(groups))
    return (common, *rest)


def is_offered(zone: str, language: str) -> bool:
    """True for a zone of the list; an alias such as ``Japan`` has to be added for the reader who has it."""
    return any(zone == name for _, places in zone_groups(language) for name, _ in places)


@cache
def city(zone: str, language: str) -> str:
    """東京 for Asia/Tokyo, by Unicode's names."""
    from babel.dates import get_timezone_location

    return zone if "/" not in zone else get_timezone_location(zone, locale=language, return_city=True)


def _cities() -> list[str]:
    """One zone for each place with a clock of its own, by the tz database's own table."""
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8")
    return [line.split("\t")[2] for line in table.splitlines() if line and not line.startswith("#")]
