"""Decides what a scan's findings mean for the posts that are known: pure, no input or output.

A parsed file is the same post as a known one if, in this order, both declare the same id; both
have the same content, or else the same body, one to one, and the known one's file is gone or has
changed; both have the same path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime
from itertools import count
from operator import attrgetter

from feeds.actions.reading import Policy
from feeds.model.noun import dataclass
from feeds.model.post import UNDATED, Guess, Parsed, Post, PostIds, Problem, Source, Withheld
from feeds.store.post_rows import KnownPost

ID = "id"
"""The key to blame where two files declare one id."""

_ON_DISK = frozenset({"visible", "future", "expired", "clash"})


@dataclass(frozen=True, slots=True)
class Findings:
    """What a scan saw."""

    parsed: Sequence[tuple[Source, Parsed]]
    """Files that are new or changed."""
    vanished: frozenset[str]
    """Paths that the last scan saw and this one did not."""
    now: datetime
    first: bool
    """True for the first scan of all."""


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
    matched, fresh, problems = _match(known, findings)
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


_Matches = Mapping[int, Parsed]


def _match(
    known: Sequence[KnownPost], findings: Findings
) -> tuple[_Matches, list[Post], tuple[Problem, ...]]:
    """Which parsed file is which known post, which are new posts, and which claim another's id."""
    touched = {parsed.path for _, parsed in findings.parsed} | findings.vanished
    movable = [post for post in known if post.post.path in touched or post.state == "gone"]
    matches: dict[int, Parsed] = {}
    problems: list[Problem] = []
    left: list[Post] = []

    moving = {post.key for post in movable}
    settled_ids = {p.post.declared_id: p for p in known if p.post.declared_id and p.key not in moving}
    by_id = {post.post.declared_id: post for post in movable if post.post.declared_id}
    claimed: dict[str, str] = {}
    """Paths of the files that took an id in this scan, by the id."""
    for post in _owners_first(findings.parsed, by_id):
        declared = post.declared_id
        twin = settled_ids.get(declared) if declared else None
        holder = twin.post.path if twin is not None else claimed.get(declared)
        if holder is not None:
            message = f"this id is already that of {holder}; give one of them another"
            problems.append(Problem(post.path, post.fingerprint, 0, ID, message))
            continue
        if declared:
            claimed[declared] = post.path
        if declared in by_id:
            matches[by_id[declared].key] = post
        else:
            left.append(post)

    left = _match_by(attrgetter("fingerprint", "path"), movable, left, matches)
    # A copy that was removed long ago must not make the rename of the original ambiguous.
    left = _match_by(attrgetter("fingerprint"), [p for p in movable if p.state != "gone"], left, matches)
    left = _match_by(attrgetter("fingerprint"), movable, left, matches)
    # A renamed file whose front matter was changed as well, as a new date asks for in Jekyll.
    moved = [p for p in movable if p.state != "gone" and _body(p.post)]
    left = _match_by(_body, moved, left, matches)
    left = _match_by(attrgetter("path"), movable, left, matches)
    clashing = {problem.path: problem for problem in problems}
    by_path = {post.post.path: post for post in movable if post.key not in matches}
    for _, parsed in findings.parsed:
        verdict = clashing.get(parsed.path, parsed)
        if not isinstance(verdict, Post) and parsed.path in by_path:
            matches[by_path[parsed.path].key] = verdict
    return matches, left, tuple(problems)


def _body(post: Post) -> str:
    """The digest of the body alone; empty where there is none."""
    return post.fingerprint.partition(":")[0] if ":" in post.fingerprint else ""


def _owners_first(parsed: Iterable[tuple[Source, Parsed]], by_id: Mapping[str, KnownPost]) -> list[Post]:
    """The posts among the files; of those that declare one id, the one whose post has it comes first."""

    def elsewhere(post: Post) -> bool:
        owner = by_id.get(post.declared_id)
        return owner is not None and owner.post.path != post.path

    return sorted((post for _, post in parsed if isinstance(post, Post)), key=elsewhere)


def _match_by(
    trait: Callable[[Post], object],
    candidates: Iterable[KnownPost],
    parsed: Iterable[Post],
    matches: dict[int, Parsed],
) -> list[Post]:
    """Pairs what has a trait in common with exactly one other, and returns what is left."""
    known_by: dict[object, list[KnownPost]] = {}
    for known in candidates:
        if known.key not in matches:
            known_by.setdefault(trait(known.post), []).append(known)
    parsed_by: dict[object, list[Post]] = {}
    for post in parsed:
        parsed_by.setdefault(trait(post), []).append(post)
    left: list[Post] = []
    for value, posts in parsed_by.items():
        owners = known_by.get(value, [])
        if len(posts) == 1 and len(owners) == 1:
            matches[owners[0].key] = posts[0]
        else:
            left.extend(posts)
    return left


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
