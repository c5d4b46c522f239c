"""Which file is which post: pure, no input or output.

A parsed file is the same post as a known one if, in this order, both declare the same id; both
have the same content, or else the same body, one to one, and the known one's file is gone or has
changed; both have the same path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter

from feeds.model.noun import dataclass
from feeds.model.post import Parsed, Post, Problem, Source
from feeds.store.post_rows import KnownPost

ID = "id"
"""The key to blame where two files declare one id."""

_Matches = Mapping[int, Parsed]
"""Key of a known post → what is in its file now."""


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


def match(known: Sequence[KnownPost], findings: Findings) -> tuple[_Matches, list[Post], tuple[Problem, ...]]:
    """Which parsed file is which known post, which are new posts, and which claim another's id."""
    touched = {parsed.path for _, parsed in findings.parsed} | findings.vanished
    movable = [post for post in known if post.post.path in touched or post.state == "gone"]
    matches: dict[int, Parsed] = {}
    left, problems = _match_by_id(known, movable, findings, matches)
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


def _match_by_id(
    known: Sequence[KnownPost],
    movable: Sequence[KnownPost],
    findings: Findings,
    matches: dict[int, Parsed],
) -> tuple[list[Post], list[Problem]]:
    """Pairs files with posts by the id that both declare; returns what is left, and who claims another's."""
    left: list[Post] = []
    problems: list[Problem] = []
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
    return left, problems


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


def _body(post: Post) -> str:
    """The digest of the body alone; empty where there is none."""
    return post.fingerprint.partition(":")[0] if ":" in post.fingerprint else ""
