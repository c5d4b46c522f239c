"""The sample publication, laid out in a folder of its own.

Its posts are dated around ``PRESS_DAY``; in the copy they are moved so that this day is today, as a
digest of old news would look odd.
"""

from __future__ import annotations

import json
import re
import shutil
from datetime import date, timedelta
from pathlib import Path

from feeds.model.noun import dataclass

PUBLICATION = Path(__file__).resolve().parent / "publication"
PRESS_DAY = date(2026, 11, 24)
TITLE = "瓦版 The Kawaraban"
ZONE = "Asia/Tokyo"

_DATE = re.compile(r"^date: (\d{4}-\d\d-\d\d)$", re.MULTILINE)
_WEEK = timedelta(days=8)

_CONFIGURATION = """\
# The configuration of the demo. `kawaraban init` writes one for your own posts.
[site]
title = {title}
url = {site_url}
language = "ja"
timezone = "Asia/Tokyo"
author = "編集部"
description = "江戸の刷り物と、読むこと書くこと / About printing, reading and letters"

[posts]
folder = "posts"
dialect = "plain"

[categories."江戸の町"]
slug = "edo"
description = "瓦版と、それが売られた町のこと / The town, and those who called its news"
path = "/edo.xml"

[categories."Craft of Printing"]
description = "Wood, paper, ink, and type"

[categories."読書"]
slug = "reading"
description = "読むこと、借りること、組むこと / Reading, lending, setting"

[categories."Letters"]
description = "The post and those who write"

[categories."Small News"]
description = "What is new here"

[mail]
from = {sender}
smtp = {smtp_url}
postal_address = "Nihonbashi, Edo (a sample address)"

[newsletter]
settle_minutes = 0.0166  # one second, so that the demo need not wait for ten minutes

[web]
bind = {bind}
base_url = {web_url}
"""


@dataclass(frozen=True, slots=True)
class SamplePost:
    """A post of the sample, its dates moved."""

    name: str
    day: date
    text: str


@dataclass(frozen=True, slots=True)
class Sample:
    """The sample publication: what was there, what came in the last week, and what comes now."""

    archive: tuple[SamplePost, ...]
    week: tuple[SamplePost, ...]
    """By day."""
    extra: SamplePost


@dataclass(frozen=True, slots=True)
class Workspace:
    """Where the demo plays."""

    folder: Path
    site_url: str
    web_url: str

    @property
    def config(self) -> Path:
        return self.folder / "kawaraban.toml"

    @property
    def posts(self) -> Path:
        return self.folder / "posts"

    @property
    def public(self) -> Path:
        return self.folder / "public"

    @property
    def mail(self) -> Path:
        return self.folder / "mail"

    def drop(self, post: SamplePost) -> None:
        """Save a post into the posts folder."""
        (self.posts / post.name).write_text(post.text, encoding="utf-8")


def sample(today: date) -> Sample:
    """The sample publication as of a day."""
    shift = today - PRESS_DAY
    every = [_read(file, shift) for file in sorted((PUBLICATION / "posts").iterdir())]
    week = [post for post in every if today - _WEEK < post.day <= today]
    return Sample(
        archive=tuple(post for post in every if post not in week),
        week=tuple(sorted(week, key=lambda post: (post.day, post.name))),
        extra=_read(next((PUBLICATION / "arrivals").iterdir()), shift),
    )


def lay_out(workspace: Workspace, smtp_url: str) -> None:
    """Make the folders, copy the images, and write the configuration."""
    workspace.posts.mkdir()
    shutil.copytree(PUBLICATION / "public", workspace.public)
    values = {
        "title": TITLE,
        "site_url": workspace.site_url,
        "sender": f"{TITLE} <news@kawaraban.example>",
        "smtp_url": smtp_url,
        "bind": workspace.web_url.removeprefix("http://"),
        "web_url": workspace.web_url,
    }
    # A JSON string is a basic string of TOML too.
    quoted = {name: json.dumps(value, ensure_ascii=False) for name, value in values.items()}
    workspace.config.write_text(_CONFIGURATION.format(**quoted), encoding="utf-8")


def _read(file: Path, shift: timedelta) -> SamplePost:
    text = file.read_text(encoding="utf-8")
    moved = _DATE.sub(lambda found: f"date: {date.fromisoformat(found[1]) + shift}", text)
    first = _DATE.search(moved)
    if first is None:
        raise ValueError(f"{file} has no date")
    return SamplePost(file.name, date.fromisoformat(first[1]), moved)
