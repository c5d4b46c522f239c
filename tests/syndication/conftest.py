"""Judges and readers of feeds."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.syndication.sample import Judges


@pytest.fixture(scope="session")
def judges(shared_schemas: Path) -> Judges:
    """The schemas of RSS 2.0, RFC 4287 and JSON Feed 1.1."""
    return Judges(shared_schemas)
