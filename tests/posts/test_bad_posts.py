"""Every case of ``tests/bad_posts/`` turns out as its ``expected.txt`` says.

The file beside it is parsed: as a post of the magazine if its name begins with a date, else as one of a plain
folder. ``expected.txt`` holds what ``told`` makes of it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from feeds.model.post import Parsed, Post, Problem, Withheld
from feeds.posts.site import Site

CASES = sorted((Path(__file__).parents[1] / "bad_posts").iterdir())


def told(found: Parsed) -> str:
    """The outcome as a few lines of text."""
    match found:
        case Problem(line=line, key=key, message=message):
            return f"problem\nline: {line}\nkey: {key}\n{message}\n"
        case Withheld(reason=reason):
            return f"withheld\n{reason}\n"
        case Post(title=title, categories=categories, tags=tags, published=published, notes=notes):
            shown = [f"title: {title}", f"date: {published:%Y-%m-%dT%H:%M:%SZ}"]
            shown += [f"categories: {', '.join(categories)}"] if categories else []
            shown += [f"tags: {', '.join(tags)}"] if tags else []
            return "\n".join(["post", *shown, *(f"note: {note}" for note in notes)]) + "\n"


def is_jekylls(case: Path, file: Path) -> bool:
    return file.name[:1].isdigit() or case.name == "name-without-date"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_bad_posts_turn_out_as_expected(
    case: Path, parsed: Callable[..., Parsed], magazine: Site, plain_site: Site
) -> None:
    (file,) = (path for path in case.iterdir() if path.name != "expected.txt")
    site = magazine if is_jekylls(case, file) else plain_site
    assert told(parsed(file.read_bytes(), file.name, site)) == (case / "expected.txt").read_text("utf-8")
