"""Every body in ``tests/golden/bodies/`` renders as its ``expected.html`` and ``expected.txt`` say.

A case is named ``<dialect>-<what it shows>``. ``python -m tests.posts.test_golden_bodies`` writes what is
expected anew, to be read before it is committed.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from feeds.model.post import Post, PostIds
from feeds.posts.remarks import remarks_on
from feeds.posts.render import render
from feeds.posts.shortcodes.references import Addresses
from feeds.posts.site import Site

FOLDER = Path(__file__).parents[1] / "golden" / "bodies"
CASES = sorted(path for path in FOLDER.iterdir() if path.is_dir())
URL = "https://example.jp/blog/2025/09/14/post/"
OTHERS = [
    ("2020-01-01-other.md", "https://example.jp/blog/other/"),
    ("notes/other.md", "https://example.jp/blog/o/"),
]


def told(case: Path) -> tuple[str, str]:
    """The HTML of a case, and what else its rendering and its remarks say."""
    (file,) = (path for path in case.iterdir() if not path.name.startswith("expected"))
    dialect = case.name.partition("-")[0]
    site = Site("https://example.jp", ZoneInfo("Asia/Tokyo"), "ja", dialect=dialect, baseurl="/blog")
    when = datetime(2025, 9, 14, tzinfo=UTC)
    post = Post(file.name, "", "題", "post", URL, when, PostIds(URL, URL, URL), authors=("編集部",))
    body, addresses = file.read_text("utf-8"), Addresses(OTHERS, site)
    rendering = render(post, body, site, addresses.find)
    lines = [f"excerpt: {rendering.excerpt}", f"minutes: {rendering.minutes}"]
    lines += [f"image: {rendering.image} ({rendering.image_alt})"] if rendering.image else []
    lines += [f"reference: {name}" for name in rendering.references]
    remarks = remarks_on(post, body, site, addresses.find)
    lines += [f"line {line + 1}: {message}" for line, message in remarks]
    return rendering.html, "\n".join(lines) + "\n"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_posts_render_as_expected(case: Path) -> None:
    html, more = told(case)
    assert html == (case / "expected.html").read_text("utf-8")
    assert more == (case / "expected.txt").read_text("utf-8")


if __name__ == "__main__":
    for each in CASES:
        made = told(each)
        (each / "expected.html").write_text(made[0], "utf-8")
        (each / "expected.txt").write_text(made[1], "utf-8")
