"""What Zola's configuration says of a site, and where its feeds lie."""

from __future__ import annotations

from pathlib import Path

from feeds.actions.sites.reading import first_file, joined_url, read_table
from feeds.actions.sites.site import GeneratorSite, no_feed
from feeds.posts.dialects.settings import Table, flag, table, text, texts
from feeds.posts.dialects.zola import latin
from feeds.posts.fields import Value

_NO_FEEDS = """\
Zola makes feeds of its own. Once yours are served, keep it from that in {file}:

generate_feeds = false"""


def find(root: Path) -> GeneratorSite:
    """The Zola site in this folder. Raises ConfigurationError where its configuration is broken."""
    file = first_file(root, ("zola.toml", "config.toml")) or root / "config.toml"
    said = read_table(file)
    extra = table(said.get("extra"))
    names = _feed_names(said)
    listed = [table(one) for one in _members(said, "taxonomies")]
    taxonomies = {text(one.get("name")): flag(one.get("feed")) for one in listed}
    own = _categories(taxonomies)
    return GeneratorSite(
        root=root,
        dialect="zola",
        told_by=file.name,
        posts_name="content",
        public_name="static",
        title=text(said.get("title")),
        url=joined_url(text(said.get("base_url"))),
        language=text(said.get("default_language")) or ("en" if said else ""),
        author=text(said.get("author")) or text(extra.get("author")),
        description=text(said.get("description")),
        categories_from=() if own in {"", "categories"} else (f"taxonomies.{own}",),
        feeds=tuple((f"/{name}", _suffix(name)) for name in names),
        category_feed=(
            (lambda label: f"/{own}/{latin(label) or label}/{names[0]}")
            if names and taxonomies.get(own)
            else no_feed
        ),
        language_feed=lambda language: f"/{language}/{names[0]}" if names else "",
        category_suffix=_suffix(names[0]) if names else ".atom.xml",
        advice=(_NO_FEEDS.format(file=file.name),) if names else (),
    )


def _members(said: Table, name: str) -> list[Value]:
    value = said.get(name)
    return list(value) if isinstance(value, list) else []


def _feed_names(said: Table) -> tuple[str, ...]:
    if not flag(said.get("generate_feeds")) and not flag(said.get("generate_feed")):
        return ()
    names = texts(said.get("feed_filenames")) or texts(said.get("feed_filename")) or ("atom.xml",)
    return tuple(name for name in names if not name.endswith(".json") or "feed" in name)


def _suffix(name: str) -> str:
    if name.endswith(".json"):
        return ".json"
    return ".rss.xml" if "rss" in name else ".atom.xml"


def _categories(taxonomies: dict[str, bool]) -> str:
    """The taxonomy that stands for categories."""
    if not taxonomies or "categories" in taxonomies:
        return "categories" if taxonomies else ""
    return next((name for name in taxonomies if name not in {"tags", "authors", ""}), "")
