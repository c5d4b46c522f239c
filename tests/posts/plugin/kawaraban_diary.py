"""A dialect of somebody else: a diary with the day in the file's name and topics in its first line."""

from __future__ import annotations

from datetime import datetime

from feeds.posts.dialects.dialect import Dialect, Fields, Location, Site, Surroundings


def locate(path: str, site: Site) -> Location:
    name = path.rpartition("/")[2]  # such as 20250914 Rain.md
    day, _, title = name.removesuffix(".md").partition(" ")
    return Location(stem=title, suffix=".md", slug=title.lower(), date=day)


def address(fields: Fields, location: Location, local: datetime, site: Site) -> str:
    return f"/diary/{local:%Y/%j}/"


def topics(fields: Fields, location: Location, site: Site) -> list[str]:
    return fields.text("about").split(" & ")


def detect(found: Surroundings) -> str:
    return "diary.ini" if "diary.ini" in found.files else ""


DIARY = Dialect("diary", locate, address, categories=topics, detect=detect)
