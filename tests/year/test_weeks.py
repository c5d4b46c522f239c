"""Three weeks of edits: no reader is shown an old post as a new one, and none is missed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.year.play import play


@pytest.mark.parametrize(("seed", "ids"), [(1, "tag"), (3, "jekyll")])
def test_no_reader_is_shown_an_old_post_as_new_or_misses_one(seed: int, ids: str, tmp_path: Path) -> None:
    weeks = play(tmp_path, days=10, posts=40, seed=seed, ids=ids, newsboat=False)
    assert weeks.faults == []
    assert weeks.shown > 100
    assert weeks.answers["script", 304] > 0
