"""Recordings that front matter names."""

from __future__ import annotations

import pytest

from feeds.posts.fields import Fields
from feeds.posts.media import enclosures

MOVIE = "https://example.org/a.mp4"


@pytest.mark.parametrize(
    "written",
    [
        f"{MOVIE}\n1169201\nvideo/mp4\n",
        f"|\n    {MOVIE}\n    1169201\n    video/mp4\n",  # exports from WordPress
        f"{MOVIE} 1169201 video/mp4",
    ],
)
def test_address_length_and_type_may_stand_one_below_the_other(written: str) -> None:
    (found,) = enclosures(Fields({"enclosure": [written]}, {}), "https://example.org/post/")
    assert (found.url, found.length, found.media_type) == (MOVIE, 1169201, "video/mp4")
