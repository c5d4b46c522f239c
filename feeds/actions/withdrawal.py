"""Withdrawal: whether so many posts left at once that the folder is doubted, and not the posts.

A drive that is not mounted, a checkout in the middle and a wrong path look like an owner who withdraws
everything. An owner can say so; the others happen by themselves, and would empty every feed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from feeds.actions.matching import Findings
from feeds.actions.reconcile import Changes
from feeds.store import posts as posts_store
from feeds.store import sources as sources_store
from feeds.store import state
from feeds.store.post_rows import KnownPost

_ARCHIVE = 20
"""Posts from which on the loss of more than half is doubted: of fewer, an owner may well tidy away most."""

_YOUNG = 3
"""As long as there are fewer, others may take the place of all: somebody begins anew."""

_LATELY = timedelta(minutes=10)
"""Files that go one after the other, as in a slow checkout, count together for so long."""

_SHOWN = "shown_lately"
"""The name of the fact that says since when, and how many posts were shown then."""

_REASONS = {
    "gone": "have no file",
    "withheld": "are withheld",
    "problem": "cannot be read",
    "clash": "have the address of another",
    "future": "are dated in the future",
}
"""States by which a scan takes a post from readers; one that expires goes by its own date."""

_REMEDY = (
    "nothing was changed, and the feeds stay as they are. Mount the folder, let the checkout end, or correct "
    "[posts] folder; if these posts are to go, say `kawaraban build --withdraw`"
)


def doubt(
    connection: Connection, folder: Path, known: Sequence[KnownPost], changes: Changes, findings: Findings
) -> str:
    """Why what a scan found there is not to be believed; empty where it is. Asked before it is stored."""
    lost = _lost(known, changes)
    if not lost:
        return ""
    before = posts_store.count_visible(connection)
    left = before - lost.total()
    if lost["gone"] == before and _is_another_folder(connection, before, changes, findings):
        return f"the posts folder {folder} has none of the {before:,} posts that are shown; {_REMEDY}"
    shown = max(before, _shown_lately(connection, findings.now)[1])
    if shown >= _ARCHIVE and 2 * left < shown:
        why = ", ".join(f"{number:,} {_REASONS[state]}" for state, number in sorted(lost.items()))
        few = f"only {left:,} of the {shown:,} posts that are shown, or were a moment ago"
        return f"the posts folder {folder} has {few}: {why}; {_REMEDY}"
    return ""


def note(
    connection: Connection, known: Sequence[KnownPost], changes: Changes, now: datetime, *, meant: bool
) -> None:
    """Remembers for a while what was shown before these changes, unless the owner ``meant`` them."""
    if _lost(known, changes):
        since, shown = _shown_lately(connection, now)
        shown = max(shown, posts_store.count_visible(connection))
        state.put(connection, _SHOWN, "" if meant else f"{since.isoformat()} {shown}")


def _lost(known: Sequence[KnownPost], changes: Changes) -> Counter[str]:
    """How many posts are shown no more, by their new state."""
    shown = {post.key for post in known if post.state == "visible"}
    states = (post.state for post in changes.changed if post.key in shown)
    return Counter(state for state in states if state in _REASONS)


def _is_another_folder(connection: Connection, before: int, changes: Changes, findings: Findings) -> bool:
    """Whether it has no file that is known, and what it has instead is not the beginning of an archive."""
    if sources_store.count(connection) > len(findings.vanished):
        return False
    return before >= _YOUNG or not any(post.state == "visible" for post in changes.new)


def _shown_lately(connection: Connection, now: datetime) -> tuple[datetime, int]:
    """Since when that counts, and how many posts were shown then; 0 where nothing was withdrawn lately."""
    since, _, shown = (state.get(connection, _SHOWN) or "").partition(" ")
    moment = datetime.fromisoformat(since) if since else now
    return (moment, int(shown)) if shown and now - _LATELY < moment <= now else (now, 0)
