"""A test's configuration names the database that the test is about, whatever the one before was about."""

from __future__ import annotations

import pytest

from tests import databases


@pytest.mark.databases
def test_on_either_database(database_kind: str) -> None:
    assert (databases.new_url is not None) == (database_kind == "postgres")


def test_on_the_usual_one_after_that(database_kind: str) -> None:
    assert (databases.new_url is not None) == (database_kind == "postgres")
