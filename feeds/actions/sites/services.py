"""Articles that Zenn and Qiita show: the repository has them, and says little of who writes them."""

from __future__ import annotations

from pathlib import Path

from feeds.actions.sites.site import GeneratorSite

_REMARKS = {
    "site.url": "Put your name on {name} into this address; the articles' addresses begin with it.",
    "site.public": "The feeds are written below this folder; put it on a web server of yours.",
    "feeds.url": "Put the address of the folder `feeds` on that web server here.",
}


def find_zenn(root: Path) -> GeneratorSite:
    """The articles for Zenn in this folder."""
    return _site(root, "zenn", "https://zenn.dev/NAME", "articles", ("topics",))


def find_qiita(root: Path) -> GeneratorSite:
    """The articles for Qiita in this folder."""
    return _site(root, "qiita", "https://qiita.com/NAME", "public", ("tags",))


def _site(root: Path, name: str, url: str, posts: str, topics: tuple[str, ...]) -> GeneratorSite:
    return GeneratorSite(
        root=root,
        dialect=name,
        told_by="the repository",
        posts_name=posts if (root / posts).is_dir() else ".",
        public_name="www",
        title=root.resolve().name,
        url=url,
        language="ja",
        timezone="Asia/Tokyo",
        feeds_url="https://example.org/feeds",
        remarks={key: remark.format(name=name.capitalize()) for key, remark in _REMARKS.items()},
    )
