"""A few rounds of ``python -m tests.fuzz`` with a seed of their own."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from tests.fuzz.__main__ import TESTS, _seeds
from tests.fuzz.rounds import try_site, write_site


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_broken_posts_never_stop_a_build(seed: int, tmp_path: Path) -> None:
    seeds = _seeds([TESTS / "bad_posts", TESTS / "golden"])
    write_site(tmp_path / "site", Random(seed), seeds, 25)
    assert try_site(tmp_path / "site") == []
