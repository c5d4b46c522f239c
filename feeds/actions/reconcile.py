"""Decides what a scan's findings mean for the posts that are known: pure, no input or output.

Which file is which post, ``matching`` has told by then.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import replace
from datetime import datetime
from itertools import count

from feeds.actions.matching import Findings, match
from feeds.actions.reading import Policy
from feeds.model.noun import dataclass
from feeds.model.post import UNDATED, Guess, Parsed, Post, PostIds, Problem, Withheld
from feeds.store.post_rows import KnownPost

_ON_DISK = frozenset({"visible", "future", "expired", "clash"})


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be stored."""

    new: tuple[KnownPost, ...]
    changed: tuple[KnownPost, ...]
    problems: tuple[Problem, ...]
    """Files that declare an id which another post has."""
    mailable: tuple[KnownPost, ...]
    """Those of ``new`` and ``changed`` (the same objects) that are to get numbers, in this order."""
    moved: tuple[int, ...]
    """Keys of those of ``changed`` whose path is another than before."""


def reconcile(known: Sequence[KnownPost], findings: Findings, policy: Policy) -> Changes:
    """The new posts, the changed ones, and those that become mailable.

    ``known`` has at least the posts that the findings can concern, and those that are due.
    """
    matched, fresh, problems = match(known, findings)
    lost = findings.vanished | {parsed.path for _, parsed in findings.parsed}
    after: list[KnownPost] = [_follow(post, matched.get(post.key), lost) for post in known]
    after += [_first_sight(post, findings.now) for post in fresh]
    after = _give_ids(after)
    after = _decide_states(after, policy, findings.now)
    before: dict[int, KnownPost] = {post.key: post for post in known}
    after = [_note_change(before.get(post.post.key or 0), post, findings.now) for post in after]
    after, mailable = _number(_free_paths(after), policy, findings)
    numbered = {id(post) for post in mailable}
    new = tuple(post for post in after if post.post.key is None)
    changed = tuple(
        post for post in after if post.post.key and (id(post) in numbered or post != before[post.post.key])
    )
    moved = tuple(post.key for post in changed if post.post.path != before[post.key].post.path)
    return Changes(new, changed, problems, mailable, moved)


def _follow(known: KnownPost, parsed: Parsed | None, lost: Set[str]) -> KnownPost:
    """The known post after this scan, before its visibility is decided; what was at ``lost`` paths is not."""
    if isinstance(parsed, Post):
        post = replace(_dated(parsed, known.post), key=known.post.key, ids=known.post.ids)
        return replace(known, post=post, state="visible", twin="")
    if isinstance(parsed, Withheld):
        return replace(known, state="withheld", twin="")
    if isinstance(parsed, Problem):
        return replace(known, state="problem", twin="")
    if known.state != "gone" and known.post.path in lost:
        return replace(known, state="gone", twin="")
    return known


def _dated(post: Post, before: Post) -> Post:
    """The post with the earliest date of those that were guessed: it was there then."""
    if post.guess is None or UNDATED < post.published <= before.published:
        return post
    updated = post.published if post.guess is Guess.UPDATED else post.updated
    return replace(post, published=before.published, updated=updated)


def _first_sight(post: Post, now: datetime) -> KnownPost:
    if post.guess is Guess.SIGHT:
        post = replace(post, published=now.replace(microsecond=0), updated=None)
    return KnownPost(post, "visible", "", now, sequence=None, carried=False, hold="")


def _give_ids(posts: Sequence[KnownPost]) -> list[KnownPost]:
    """Makes the proposed ids of new posts differ from those of every other post.

    Also from those of a post at the same address: the two may part again. Of new ones at one address
    the newest, which is the one that shows, keeps what it proposed.
    """
    taken = {id_ for post in posts if post.post.key is not None for id_ in _each_id(post.post.ids)}
    given: dict[int, KnownPost] = {}
    for known in sorted((post for post in posts if post.post.key is None), key=_recency, reverse=True):
        ids = known.post.ids
        if not taken.isdisjoint(_each_id(ids)):
            ids = _distinct(ids, taken)
            given[id(known)] = replace(known, post=replace(known.post, ids=ids))
        taken |= _each_id(ids)
    return [given.get(id(post), post) for post in posts]


def _each_id(ids: PostIds) -> set[tuple[str, str]]:
    """The ids, each with the format within which it has to be the only one."""
    return {("rss", ids.rss), ("atom", ids.atom), ("json", ids.json)}


def _distinct(ids: PostIds, taken: Set[tuple[str, str]]) -> PostIds:
    candidates = (PostIds(f"{ids.rss}#{n}", f"{ids.atom}#{n}", f"{ids.json}#{n}") for n in count(2))
    return next(candidate for candidate in candidates if taken.isdisjoint(_each_id(candidate)))


def _decide_states(posts: Sequence[KnownPost], policy: Policy, now: datetime) -> list[KnownPost]:
    """Visible, future or expired by date; of several posts at one address the newest is visible."""
    dated = [
        _in_state(post, _state_at(post.post, policy, now)) if post.state in _ON_DISK else post
        for post in posts
    ]
    newest: dict[str, KnownPost] = {}
    for post in dated:
        if post.state == "visible":
            rival = newest.get(post.post.url)
            if rival is None or _recency(post) > _recency(rival):
                newest[post.post.url] = post
    return [
        _in_state(post, "clash", newest[post.post.url].post.path)
        if post.state == "visible" and newest[post.post.url] is not post
        else post
        for post in dated
    ]


def _in_state(known: KnownPost, state: str, twin: str = "") -> KnownPost:
    same = (known.state, known.twin) == (state, twin)
    return known if same else replace(known, state=state, twin=twin)


def _state_at(post: Post, policy: Policy, now: datetime) -> str:
    if post.expires is not None and post.expires <= now:
        return "expired"
    return "visible" if policy.future or post.published <= now else "future"


def _free_paths(posts: Sequence[KnownPost]) -> list[KnownPost]:
    """Takes the path from a post that is gone where another post has it now."""
    taken = {post.post.path for post in posts if post.state != "gone"}
    return [
        replace(post, post=replace(post.post, path=f"gone:{post.post.key}:{post.post.path}"))
        if post.state == "gone" and post.post.path in taken
        else post
        for post in posts
    ]


def _recency(known: KnownPost) -> tuple[datetime, str]:
    return known.post.published, known.post.path


def _note_change(before: KnownPost | None, after: KnownPost, now: datetime) -> KnownPost:
    """Restarts the settle time where content or visibility changed; a withdrawal gives the number back."""
    if before is None:
        return after
    if not (after.state == "visible" and after.post.in_mail) and not after.carried:
        after = replace(after, sequence=None)
    if after.state != "visible":
        return after
    if before.state != "visible" or before.post.fingerprint != after.post.fingerprint:
        return replace(after, changed=now)
    return after


def _number(
    posts: Sequence[KnownPost], policy: Policy, findings: Findings
) -> tuple[list[KnownPost], tuple[KnownPost, ...]]:
    """Which posts become mailable now; too many at once are held for the owner to release."""
    due = [post for post in posts if _is_due(post, policy, findings)]
    if 0 < policy.hold_above < len(due) and not findings.first:
        held = {id(post) for post in due}
        return [replace(post, hold="bulk") if id(post) in held else post for post in posts], ()
    return list(posts), tuple(sorted(due, key=_recency))


def _is_due(known: KnownPost, policy: Policy, findings: Findings) -> bool:
    if known.state != "visible" or known.sequence is not None or known.hold or not known.post.in_mail:
        return False
    return findings.first or known.changed + policy.settle <= findings.now
