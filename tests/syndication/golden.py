"""Feeds as TOML, and the bytes that each format makes of them.

    python -m tests.syndication.golden

writes the expected documents anew; the change is then to be read.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from feeds.model.category import Category
from feeds.model.feed import Alternate, Feed, Format, Media, Podcast, Translation
from feeds.model.post import Episode
from feeds.syndication.render import render
from tests.syndication.sample import entry, feed

FOLDER = Path(__file__).resolve().parents[1] / "golden" / "feeds"
CASES = sorted(folder for folder in FOLDER.iterdir() if folder.is_dir())

Nouns = Mapping[str, Callable[[Any], Any]]


def _each(noun: Callable[..., Any]) -> Callable[[Any], Any]:
    return lambda tables: tuple(noun(**table) for table in tables)


ENTRY: Nouns = {
    "image": lambda table: Media(**table),
    "enclosures": _each(Media),
    "episode": lambda table: Episode(**table),
    "categories": _each(Category),
    "translations": _each(Translation),
    "tags": tuple,
    "authors": tuple,
}
FEED: Nouns = {
    "podcast": lambda table: Podcast(**{**table, "categories": tuple(map(tuple, table["categories"]))}),
    "hubs": tuple,
    "alternates": lambda tables: tuple(
        replace(Alternate(**table), format=Format(table["format"])) for table in tables
    ),
    "pages": lambda table: {
        relation: {Format(name): url for name, url in addresses.items()}
        for relation, addresses in table.items()
    },
}


def case_of(folder: Path) -> Feed:
    """The feed that the case describes; what it leaves out is as in the sample."""
    table = tomllib.loads((folder / "feed.toml").read_text("utf-8"))
    entries = [
        entry(number, **_made({"image": None, **values}, ENTRY))
        for number, values in enumerate(table["entries"], start=1)
    ]
    return feed(*entries, **_made(table["feed"], FEED))


def _made(values: Mapping[str, Any], nouns: Nouns) -> dict[str, Any]:
    return {
        name: nouns[name](value) if name in nouns and value is not None else value
        for name, value in values.items()
    }


def document_of(folder: Path, form: Format) -> tuple[Path, bytes]:
    """Where the expected bytes are, and those that the program makes."""
    name = f"feed{form.suffix}"
    return folder / name, render(case_of(folder), form, path=name).body


if __name__ == "__main__":
    for case in CASES:
        for one in Format:
            file, body = document_of(case, one)
            file.write_bytes(body)
