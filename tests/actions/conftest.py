"""An installation in a folder of its own, with a relay in memory."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.machine.world import World


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    """It is a Monday, a minute past seven in London."""
    world = World(tmp_path, datetime(2026, 11, 23, 7, 1, tzinfo=UTC), unknown="resend", database=database_url)
    yield world
    world.close()
