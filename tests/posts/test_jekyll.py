"""Addresses, dates, categories and tags are those that Jekyll itself gives to the same files."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from feeds.model.post import Post
from feeds.posts.folder import list_sources
from feeds.posts.scan import read_posts
from feeds.posts.settings_files import settings_files
from feeds.posts.site import Site

pytestmark = pytest.mark.skipif(
    shutil.which("jekyll") is None, reason="there is no jekyll on this machine (apt-get install jekyll)"
)

LISTING = """---
---
{% for post in site.posts %}{{ post.path }}\t{{ post.url }}\t{{ post.date | date: "%s" }}\t\
{{ post.categories | join: "," }}\t{{ post.tags | join: "," }}\t{{ post.author }}
{% endfor %}"""
SETTINGS = """
timezone: Asia/Tokyo
permalink: {}
collections_dir: {}
defaults:
  - scope: {{path: ""}}
    values: {{author: anybody}}
  - scope: {{path: "", type: posts}}
    values: {{author: posts}}
  - scope: {{path: "_posts/deep", type: posts}}
    values: {{author: deep}}
  - scope: {{path: "_posts/*/er"}}
    values: {{author: star}}
  - scope: {{path: "blog"}}
    values: {{author: blog, category: given}}
"""
POSTS = {
    "_posts/2025-01-02-plain.md": "title: x",
    "_posts/2025-1-2-Short Day.md": "tags: a b\ncategories: One two",
    "_posts/2025-01-03-日本語.md": "categories: [日本, 'two words']",
    "_posts/2025-01-04-Dots.in.name.md": "date: 2025-01-04 23:30:00 -0500\ntag: one tag",
    "_posts/2025-01-05-own.md": "permalink: /own/:year/:title/",
    "_posts/2025-01-06-slug.md": "slug: Own Slug!\ncategory: A B",
    "_posts/2025-01-07-seconds.md": "date: 2025-01-07 20:00:00",
    "_posts/2025-01-08-minutes.md": "date: 2025-01-08 20:00",
    "_posts/2025-01-09-a_b~c'd(e).md": "title: 1.10",
    "_posts/deep/2025-01-10-deep.md": "title: deep",
    "_posts/deep/er/2025-01-11-deeper.md": "title: deeper",
    "blog/News/_posts/2025-01-12-above.md": "categories: [third]\ntags: [x, y z]",
    "_posts/2025-01-13-off.md": "published: false",
    "_posts/2025-01-14-html.html": "title: html",
    "_posts/2025-01-15-Émile.markdown": "title: é",
    "_posts/25-01-16-two-digits.md": "title: two digits",
}
STYLES = ["date", "pretty", "/:categories/:short_year/:i_month/:y_day/:slug:output_ext"]


@pytest.mark.parametrize("style", STYLES)
def test_posts_are_those_that_jekyll_makes(tmp_path: Path, style: str) -> None:
    text = SETTINGS.format(style, '""')
    for path, front in POSTS.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"---\n{front}\n---\nText.\n", encoding="utf-8")
    (tmp_path / "_config.yml").write_text(text, encoding="utf-8")
    (tmp_path / "list.txt").write_text(LISTING, encoding="utf-8")
    theirs = {line.partition("\t")[0]: line for line in jekylls(tmp_path)}
    ours = {line.partition("\t")[0]: line for line in our_own(tmp_path)}
    assert len(theirs) == len(POSTS) - 1  # one is not published
    assert ours == theirs


def jekylls(root: Path) -> Iterator[str]:
    """Path, address, seconds since 1970, categories, tags and author of each post."""
    command = ["jekyll", "build", "--quiet", "--disable-disk-cache"]
    subprocess.run(command, cwd=root, capture_output=True, timeout=60, check=True)
    yield from filter(None, (root / "_site" / "list.txt").read_text("utf-8").split("\n"))


def our_own(root: Path) -> Iterator[str]:
    files = settings_files(root, root, ("_config.yml",))
    zone = ZoneInfo("Asia/Tokyo")
    site = Site("https://example.org", zone, dialect="jekyll", folder="", files=files)
    for post in read_posts(root, list_sources(root), site):
        if isinstance(post, Post):
            address = post.url.removeprefix("https://example.org")
            seconds = f"{post.published.timestamp():.0f}"
            labels = (",".join(post.categories), ",".join(post.tags))
            yield "\t".join((post.path, address, seconds, *labels, post.author))
