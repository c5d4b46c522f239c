"""Feeds that stand in folders, with the bytes of each format: a changed byte is a changed file."""

from __future__ import annotations

from pathlib import Path

import pytest

from feeds.model.feed import Format
from tests.syndication.golden import CASES, document_of
from tests.syndication.sample import Judges


@pytest.mark.parametrize("form", list(Format))
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_golden_feeds_keep_their_bytes_and_are_valid(judges: Judges, case: Path, form: Format) -> None:
    file, body = document_of(case, form)
    assert body == file.read_bytes(), "if it is meant: python -m tests.syndication.golden"
    assert judges.complaints(body, form) == []
