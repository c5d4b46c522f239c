"""Fixtures that several folders of tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared_posts() -> Path:
    """The folder of real posts that is not part of this repository."""
    folder = SHARED / "posts"
    if not folder.is_dir():
        pytest.skip("the folder of real posts is not on this machine")
    return folder


@pytest.fixture(scope="session")
def shared_schemas() -> Path:
    """The folder of feed schemas that is not part of this repository."""
    folder = SHARED / "schemas"
    if not folder.is_dir():
        pytest.skip("the folder of feed schemas is not on this machine")
    return folder
