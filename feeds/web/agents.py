"""User agents of feed readers: whom one fetches for, and how many.

Services that fetch a feed once for many readers say so in their user agent, each in its own words:
``Feedly/1.0 (+http://…; 16 subscribers; …)``, ``Feedbin feed-id:1234 - 12 subscribers``.
"""

from __future__ import annotations

import re

from feeds.model.noun import dataclass

_COUNT = re.compile(
    r"(?<![\w.,])([0-9][0-9,]{0,11})[ _+]*(?:subscriber|reader|user)(?:s|\(s\))?(?![a-z])"
    r"|\b(?:subscribers|readers|users)[ _:=]+([0-9][0-9,]{0,11})(?![\w.])",
    re.IGNORECASE,
)
_FEED_ID = re.compile(r"\bfeed[-_ ]?id[:= ]+([\w-]{1,64})", re.IGNORECASE)
_URL = re.compile(r"https?://\S+", re.IGNORECASE)
_PRODUCT = re.compile(r"[A-Za-z][\w.&+ -]*?(?=/[\dv]|[;,()/]| - | feed[-_ ]?id|$)")
_HOST = re.compile(r"(?:https?://)?(?:www\.)?([a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,})", re.IGNORECASE)
_BROWSER = re.compile(
    r"(?:mozilla|gecko|applewebkit|compatible|khtml|like|x11|linux|windows|macintosh)\b.*|u|en-us|rv",
    re.IGNORECASE,
)
_ROBOT = re.compile(
    r"bot\b|bot[/;]|crawl|spider|slurp|archiver|monitor|uptime|preview|curl/|wget/|scan", re.IGNORECASE
)

_SPELLINGS = {
    "feedbin": "Feedbin",
    "feedfetcher-google": "Google",
    "feedly": "Feedly",
    "inoreader": "Inoreader",
    "inoreader.com": "Inoreader",
    "livejournal.com": "LiveJournal",
    "newsblur feed fetcher": "NewsBlur",
    "theoldreader.com": "The Old Reader",
}
"""Services that have called themselves by several names."""

LARGEST = 100_000_000
"""More readers than this is nobody's report."""


@dataclass(frozen=True, slots=True)
class Aggregator:
    """A service that fetches for many."""

    name: str
    feed_id: str
    """What it calls this feed, where it says so: one service may know a feed by several addresses."""
    readers: int


def aggregator(agent: str) -> Aggregator | None:
    """The service behind the user agent and how many read through it; None where it reports nothing."""
    agent = agent.replace("_", " ")
    found = _COUNT.search(agent)
    if found is None:
        return None
    number = int((found[1] or found[2]).replace(",", ""))
    if number > LARGEST:
        return None
    feed_id = _FEED_ID.search(agent)
    return Aggregator(_name(agent), feed_id[1] if feed_id else "", number)


def is_robot(agent: str) -> bool:
    """True for programs that fetch for nobody: search engines, monitors, scripts."""
    return _ROBOT.search(agent) is not None


def _name(agent: str) -> str:
    """What the service is called: its product, or the host it names where it passes for a browser."""
    words = _URL.sub("", agent)
    for match in _PRODUCT.finditer(words):
        name = match[0].strip(" -+.")
        if name and not _BROWSER.fullmatch(name) and not _COUNT.search(name):
            return _tidy(name)
    host = _HOST.search(agent)
    return host[1].lower()[:40] if host else "unknown"


def _tidy(name: str) -> str:
    name = " ".join(name.split())
    return _SPELLINGS.get(name.lower(), name.lower() if _HOST.fullmatch(name) else name)[:40]
