"""Accept-Encoding as clients write it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.web.encodings import wanted

OFFERED = ("br", "gzip")


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        ("", "identity"),
        ("gzip", "gzip"),
        ("GZIP", "gzip"),
        ("x-gzip", "gzip"),
        ("br,gzip", "br"),  # miniflux
        ("gzip, deflate, br, zstd", "br"),  # browsers
        ("deflate, gzip", "gzip"),  # newsboat
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("gzip;q=0.5", "gzip"),  # named is better than not named
        ("gzip;q=0.5, identity", "identity"),
        ("gzip;q=0", "identity"),
        ("gzip;q=0.000, br;q=0", "identity"),
        ("gzip ; q = 0.8 , br;q=0.1", "gzip"),
        ("*", "br"),
        ("*;q=0", "identity"),
        ("br;q=0, *", "gzip"),
        ("identity;q=0", "identity"),  # nothing else is offered that it takes
        ("identity;q=0, gzip", "gzip"),
        ("identity", "identity"),
        ("gzip;q=x", "identity"),
        ("gzip;q=nan, br;q=inf", "identity"),
        ("gzip;q=7", "gzip"),
        ("zstd", "identity"),
        (",,;q=1, gzip", "gzip"),
    ],
)
def test_the_client_gets_the_best_that_it_takes(header: str, coding: str) -> None:
    assert wanted(header, OFFERED) == coding


def test_without_brotli_a_browser_gets_gzip() -> None:
    assert wanted("gzip, deflate, br", ("gzip",)) == "gzip"
    assert wanted("gzip", ()) == "identity"


@given(st.text(max_size=80))
def test_no_header_breaks_it(header: str) -> None:
    assert wanted(header, OFFERED) in {"br", "gzip", "identity"}


@given(st.sampled_from(["gzip", "br", "identity", "*"]), st.text("0123456789.;=q ,", max_size=12))
def test_a_coding_that_was_forbidden_is_never_sent(name: str, noise: str) -> None:
    sent = wanted(f"{noise},{name};q=0", OFFERED)
    assert sent == "identity" or sent != name
