"""Every site of ``tests/golden/`` turns out as its ``expected.txt`` says.

A case is a folder ``<dialect>-<what>`` with a ``site`` as its publisher would have it, its configuration of
Kawaraban included; the dialect is recognised. To write the expectations anew, look at what
``python -m tests.posts.test_dialects`` makes of them before you keep it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from feeds.model.post import Parsed, Post, PostIds, Problem, Withheld
from feeds.posts.folder import list_sources
from feeds.posts.scan import read_posts
from feeds.service import Service

GOLDEN = Path(__file__).parents[1] / "golden"
CASES = sorted(case for case in GOLDEN.iterdir() if (case / "site" / "config" / "kawaraban.toml").is_file())
_USUAL = {
    "path": "",
    "fingerprint": "",
    "ids": PostIds("", "", ""),
    "language": "en",
    "in_mail": True,
    "in_feeds": True,
}


def told(case: Path) -> str:
    """What the site's files turn out to be, as lines of text."""
    with Service.open(case / "site" / "config" / "kawaraban.toml") as service:
        seen, folder = service.recognised, service.config.paths.posts
        parsed = read_posts(folder, list_sources(folder), service.site)
        lines = [f"{seen.dialect}, because of {seen.why}"]
        for result in parsed:
            assert result is not None
            lines += ["", *_lines(result)]
    return "\n".join(lines) + "\n"


def _lines(result: Parsed) -> Iterator[str]:
    yield result.path
    match result:
        case Problem(line=line, key=key, message=message):
            yield f"  problem: {line}: {key}: {message}"
        case Withheld(reason=reason):
            yield f"  withheld: {reason}"
        case Post():
            for name in Post.__dataclass_fields__:
                value = getattr(result, name)
                if value not in (_USUAL.get(name), None, "", ()) and name not in {
                    "path",
                    "fingerprint",
                    "ids",
                }:
                    yield f"  {name}: {value}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_sites_of_every_dialect_turn_out_as_expected(case: Path) -> None:
    assert told(case) == (case / "expected.txt").read_text("utf-8")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_dialect_is_recognised_by_itself(case: Path) -> None:
    assert told(case).partition(",")[0] == case.name.partition("-")[0]


if __name__ == "__main__":
    for one in CASES:
        (one / "expected.txt").write_text(told(one), "utf-8")
