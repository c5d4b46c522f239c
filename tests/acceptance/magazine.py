"""The magazine that this project was asked for, as an installation."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.acceptance.publication import Publication

ADVERTISED = {
    "AI最新ニュース": "/feeds/latest.xml",
    "AI技術ガイド": "/feeds/tech.xml",
    "AI導入戦略": "/feeds/strategy.xml",
    "業界別AI活用": "/feeds/analysis.xml",
    "導入事例": "/feeds/implementation.xml",
    "研究論文": "/feeds/research.xml",
}
"""Category → the address that every page of the magazine advertises for it."""

SEED = "2025-09-14-seed-post.md"

_CONFIGURATION = """\
[site]
title = "AIコンパス"
url = "https://ai-media.co.jp"
language = "ja"
timezone = "Asia/Tokyo"
author = "ALLFORCES編集部"
[posts]
folder = "{folder}"
dialect = "jekyll"
permalink = "/:year/:month/:day/:title/"
future = true
[mail]
from = "AIコンパス <info@ai-media.co.jp>"
smtp = "{relay}"
"""


def magazine(root: Path, folder: Path, more: str = "") -> Publication:
    """The magazine with its posts in this folder, and further settings."""
    return Publication.found(root, _CONFIGURATION.replace("{folder}", str(folder)) + more)


def jekylls_ids(posts: Path) -> dict[str, tuple[str, str]]:
    """File name → permalink and Atom id, as Jekyll made them."""
    with (posts / "allforces/jekyll-ids.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t"))[1:]
    assert len(rows) == 1544
    return {name: (permalink, atom) for name, permalink, atom in rows}
