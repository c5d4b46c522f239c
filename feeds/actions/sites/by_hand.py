"""Feeds that somebody made by hand, and that stand where ours could go."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

_FEED_FILES = ("*.xml", "*.json", "*.atom", "*.rss", "*.opml", "index.html")
_ROOT_FEEDS = ("feed.xml", "atom.xml", "rss.xml", "index.xml", "feed.json")


def feeds_by_hand(public: Path, labels: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Feed files, relative to the public folder, with the label that alone is quoted in each."""
    files = [public / name for name in _ROOT_FEEDS]
    for pattern in _FEED_FILES:
        files += (public / "feeds").rglob(pattern)
    found = sorted({file for file in files if file.is_file()})
    return tuple((file.relative_to(public).as_posix(), _label_in(file, labels)) for file in found)


def _label_in(file: Path, labels: Sequence[str]) -> str:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""
    quoted = [label for label in labels if f'"{label}"' in text or f"'{label}'" in text]
    return quoted[0] if len(quoted) == 1 else ""
