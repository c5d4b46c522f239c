"""Two state folders that share posts, a public folder, a mailbox and a database."""

from __future__ import annotations

from pathlib import Path

NAMES = ("one", "two")

_CONFIG = """\
[site]
title = "T"
url = "https://example.org"
public = "../public"
[posts]
folder = "../posts"
[mail]
from = "T <t@example.org>"
smtp = "maildir://{box}"
[newsletter]
settle_minutes = 0
[database]
url = "{url}"
"""


def config_of(folder: Path, name: str) -> Path:
    """The configuration of one of the two."""
    return folder / name / "kawaraban.toml"


def write_pair(folder: Path, url: str) -> None:
    """Writes both configurations; what the folders have already stays."""
    (folder / "posts").mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        (folder / name).mkdir(exist_ok=True)
        text = _CONFIG.format(box=folder / "box", url=url)
        config_of(folder, name).write_text(text, encoding="utf-8")
