"""Bodies that refer to other posts, and what check says of templates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feeds.service import Service
from tests import databases

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SITE = """
[site]
url = "https://example.jp/blog"
title = "瓦版"
timezone = "Asia/Tokyo"

[posts]
folder = "_posts"
dialect = "jekyll"
permalink = "/:title/"
"""
FIRST = """---
title: 一
---
[次]({{ site.baseurl }}{% post_url 2025-01-02-second %})、{% include form.html %}本文。
"""
SECOND = "---\ntitle: 二\n---\n本文。\n"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    databases.write(tmp_path / "kawaraban.toml", SITE)
    (tmp_path / "_posts").mkdir()
    (tmp_path / "_posts" / "2025-01-01-first.md").write_text(FIRST, "utf-8")
    return tmp_path


def built(site: Path, now: datetime = NOW) -> str:
    with Service.open(site / "kawaraban.toml", now=now, environ={}) as service:
        service.build()
        return (service.config.paths.feeds / "all.atom.xml").read_text("utf-8")


def test_a_link_to_another_post_has_its_address(site: Path) -> None:
    (site / "_posts" / "2025-01-02-second.md").write_text(SECOND, "utf-8")
    assert 'href="https://example.jp/blog/second/"' in built(site).replace("&quot;", '"')


def test_a_link_to_a_post_that_comes_later_has_its_address_then(site: Path) -> None:
    assert "次、本文。" in built(site)
    (site / "_posts" / "2025-01-02-second.md").write_text(SECOND, "utf-8")
    later = built(site, NOW + timedelta(hours=1))
    assert 'href="https://example.jp/blog/second/"' in later.replace("&quot;", '"')


@pytest.mark.parametrize(
    ("page", "address"),
    [
        ("+++\ntitle = 'P'\nslug = 'there'\n+++\n", "https://example.jp/blog/deep/there/"),
        ("+++\ntitle = 'P'\ndraft = true\n+++\n", ""),
        ("+++\ntitle = 'P'\nrender = false\n+++\n", ""),
        ("+++\nbroken\n+++\n", ""),
    ],
)
def test_a_link_to_a_page_that_is_no_post_has_its_address(site: Path, page: str, address: str) -> None:
    zola = SITE.replace("_posts", "content").replace("jekyll", "zola").replace('permalink = "/:title/"', "")
    databases.write(site / "kawaraban.toml", zola)
    (site / "config.toml").write_text('base_url = "https://example.jp/blog"\n', "utf-8")
    (site / "content" / "deep").mkdir(parents=True)
    (site / "content" / "deep" / "page.md").write_text(page, "utf-8")
    text = "+++\ntitle = 'T'\ndate = 2025-01-01\n+++\n[頁](@/deep/page.md#x)へ\n"
    (site / "content" / "post.md").write_text(text, "utf-8")
    made = built(site).replace("&quot;", '"')
    assert (f'href="{address}#x"' in made) is bool(address)
    with Service.open(site / "kawaraban.toml", now=NOW, environ={}) as service:
        remarks = [finding for finding in service.check().findings if "names no post" in finding.message]
    assert bool(remarks) is not bool(address)


def test_check_names_what_is_left_out_by_file_and_line(site: Path) -> None:
    with Service.open(site / "kawaraban.toml", now=NOW, environ={}) as service:
        found = [(f.file, f.line, f.message) for f in service.check().findings if f.line and not f.severe]
    assert found == [
        (
            "2025-01-01-first.md",
            4,
            "`{% include form.html %}` is nothing that Kawaraban can render; feeds and mails leave it out",
        ),
        (
            "2025-01-01-first.md",
            4,
            "`{% post_url 2025-01-02-second %}` names no post that is visible; it is shown without a link",
        ),
    ]


def test_a_post_over_a_cap_is_a_problem_and_the_others_are_published(site: Path) -> None:
    (site / "_posts" / "2025-01-03-third.md").write_text("---\ntitle: 三\n---\n" + "<div>\n" * 9000, "utf-8")
    assert "本文。" in built(site)
    with Service.open(site / "kawaraban.toml", now=NOW, environ={}) as service:
        (problem,) = [finding for finding in service.check().findings if finding.severe]
    assert (problem.file, problem.line) == ("2025-01-03-third.md", 504)
    assert "nested too deep; 500 is the most" in problem.message
