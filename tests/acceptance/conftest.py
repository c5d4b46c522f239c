"""Installations for the tests of the whole program."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.publication import Publication
from tests.syndication.sample import Judges


@pytest.fixture
def publication(tmp_path: Path) -> Publication:
    """A new publication without posts."""
    return Publication.found(tmp_path / "publication")


@pytest.fixture(scope="session")
def judges(shared_schemas: Path) -> Judges:
    """The schemas of RSS 2.0, RFC 4287 and JSON Feed 1.1."""
    return Judges(shared_schemas)


@pytest.fixture(autouse=True)
def _tidy_garbage_collection() -> Iterator[None]:
    """Puts back what a command sets for its own short life."""
    import gc

    threshold = gc.get_threshold()
    yield
    gc.set_threshold(*threshold)
