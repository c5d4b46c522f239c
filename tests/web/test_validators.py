"""Entity tags and dates, compared as RFC 9110 §13 says."""

from __future__ import annotations

import pytest

from feeds.web.validators import http_date, matches, modified_since, tag_in

TAG = '"1f0c"'


@pytest.mark.parametrize(
    "header",
    [
        '"1f0c"',
        'W/"1f0c"',
        '"x", "1f0c"',
        '"x",W/"1f0c"',
        "*",
        " * ",
        '"1f0c-gzip"',
        'W/"1f0c-gzip"',
        '"1f0c--gzip"',
        '"1f0c;gzip"',
        '"1f0c-br"',
        '"1f0c-zstd"',
        "1f0c",
        "1f0c-gzip",
    ],
)
def test_every_form_of_the_tag_is_the_tag(header: str) -> None:
    assert matches(header, TAG)


@pytest.mark.parametrize(
    "header", ["", '""', '"1f0"', '"1f0c', '"1F0C"', '"x1f0c"', '"1f0c-x"', '"a", "b"', "W/"]
)
def test_another_tag_is_not(header: str) -> None:
    assert not matches(header, TAG)


def test_each_coding_has_its_own_tag() -> None:
    assert tag_in(TAG, "gzip") == '"1f0c-gzip"'


def test_a_date_that_is_still_to_come_is_none() -> None:
    """It was given out by a clock that was wrong, and would answer 304 until it comes (FreshRSS #1020)."""
    assert modified_since("Tue, 01 Jan 2041 00:00:00 GMT", modified=1_000, now=2_000_000_000)
    assert not modified_since("Tue, 01 Jan 2019 00:00:00 GMT", modified=1_000, now=2_000_000_000)


@pytest.mark.parametrize(
    "date", ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
)
def test_all_three_forms_of_a_date_are_understood(date: str) -> None:
    """RFC 9110 §5.6.7."""
    assert not modified_since(date, modified=784_111_777, now=2e9)
    assert modified_since(date, modified=784_111_778, now=2e9)


def test_dates_are_written_in_the_preferred_form() -> None:
    assert http_date(784_111_777) == b"Sun, 06 Nov 1994 08:49:37 GMT"
