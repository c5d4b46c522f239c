"""When files of a git work tree first said that they are published.

Only dialects whose posts need no date ask for it. A shallow clone knows too little, and is asked nothing.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

LONGEST = 5.0
"""Seconds that git may take for all of it; a history that takes longer counts as none."""

_GIT = ("git", "--no-optional-locks", "-c", "core.fsmonitor=false", "-c", "log.showSignature=false")
_LOG = ("log", "-z", "--relative", "-M", "--no-textconv", "--no-ext-diff", "--no-color", "--name-status")


def first_published(folder: Path, pattern: str) -> Mapping[str, datetime]:
    """By path below the folder, when the commit was written in which a line first was like the pattern.

    The pattern is one of git's extended regular expressions. Renames are followed. Empty where there is no
    git, no history, or one that takes too long.
    """
    deadline = time.monotonic() + LONGEST
    try:
        said = _git(folder, deadline, "rev-parse", "--is-shallow-repository", "HEAD").split()
        return _first(folder, pattern, said[1], deadline) if said[0] == "false" else {}
    except (OSError, subprocess.SubprocessError, ValueError, IndexError, OverflowError):
        return {}


_known: dict[tuple[str, str], tuple[str, Mapping[str, datetime]]] = {}
"""What was found last: by folder and pattern, with the commit that it was found at."""


def _first(folder: Path, pattern: str, head: str, deadline: float) -> Mapping[str, datetime]:
    place = os.fspath(folder), pattern
    if place in _known and _known[place][0] == head:
        return _known[place][1]
    fitting = ("-G", pattern, "--diff-filter=AMR")
    hits = {(commit, path) for commit, _, paths in _changes(folder, deadline, fitting) for path in paths[-1:]}
    found: dict[str, datetime] = {}
    now_called: dict[str, str] = {}
    for commit, written, paths in _changes(folder, deadline, ("--diff-filter=AMR",)):
        path = now_called.get(paths[-1], paths[-1])
        if (commit, paths[-1]) in hits:
            found[path] = written  # newest first, so the oldest stays
        if len(paths) > 1:
            now_called.pop(paths[1], None)
            now_called[paths[0]] = path
    _known[place] = head, found
    return found


def _changes(
    folder: Path, deadline: float, options: tuple[str, ...]
) -> Iterator[tuple[str, datetime, list[str]]]:
    """Commit, when it was written, and path, or former path and path, of each change; newest first."""
    said = _git(folder, deadline, *_LOG, *options, "--format=%x00%H %at", "--", ".")
    commit, written = "", datetime.fromtimestamp(0, UTC)
    parts = iter(said.split("\0"))
    for part in parts:
        head = part.strip("\n")
        if len(head) > 40 and head[40:41] == " ":
            commit, _, seconds = head.partition(" ")
            written = datetime.fromtimestamp(int(seconds), UTC)
        elif head[:1] in {"R", "A", "M"} and (head[1:].isdigit() or len(head) == 1):
            yield commit, written, [next(parts, "") for _ in range(2 if head[0] == "R" else 1)]


def _git(folder: Path, deadline: float, *arguments: str) -> str:
    """What git says. Raises OSError, SubprocessError."""
    # Inside a hook these name another repository.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(  # noqa: S603 - no shell, and what is not ours stands behind an option
        [*_GIT, "-C", os.fspath(folder), *arguments],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        env=environment | {"LC_ALL": "C"},
        timeout=max(0.1, deadline - time.monotonic()),
        check=True,
    )
    return done.stdout.decode("utf-8", "surrogateescape")
