"""One round: a site of broken posts is scanned, built, and checked, in a process of its own."""

from __future__ import annotations

import json
import os
import resource
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from lxml import etree

from feeds.service import Service
from tests.fuzz.mutations import mutated
from tests.posts.safety import complaints

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DIALECTS = ("jekyll", "hugo", "zola", "eleventy", "astro", "pelican", "zenn", "qiita", "plain")
SECONDS = 120
"""Of processor time that a round may take; a build of so few posts takes less than one."""
MEMORY = 3 * 2**30

CONFIGURATION = """
[site]
url = "https://example.jp/blog"
title = "瓦版"
language = "ja"
timezone = "Asia/Tokyo"

[posts]
dialect = "{dialect}"
folder = "{folder}"

[feeds]
limit = {limit}
"""


@dataclass(frozen=True, slots=True)
class Seed:
    """A file to begin with."""

    name: str
    data: bytes


def write_site(folder: Path, random: Random, seeds: Sequence[Seed], files: int) -> None:
    """A site of so many broken posts."""
    dialect = random.choice(DIALECTS)
    posts = folder / ("_posts" if dialect == "jekyll" else "content")
    posts.mkdir(parents=True)
    settings = CONFIGURATION.format(dialect=dialect, folder=posts.name, limit=random.choice((0, 5, 20)))
    (folder / "kawaraban.toml").write_text(settings, "utf-8")
    contents = [seed.data for seed in seeds]
    for number in range(files):
        seed = random.choice(seeds)
        suffix = random.choice((Path(seed.name).suffix, ".md", ".md", ".mdx", ".html"))
        (posts / f"2025-09-{number % 28 + 1:02d}-post-{number}{suffix}").write_bytes(
            mutated(random, seed.data, contents)
        )


def try_site(folder: Path) -> list[str]:
    """What goes wrong when the site is built twice and checked; empty if nothing does."""
    child = os.fork()
    said = folder / "said.txt"
    if not child:
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        try:
            lines = _build_and_judge(folder)
        except BaseException:  # whatever it is, it should not have been
            lines = [traceback.format_exc()]
        said.write_text("\n".join(lines), "utf-8", "backslashreplace")
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if status:
        return [f"the process ended with {status}: too long, too large, or a crash"]
    return [line for line in said.read_text("utf-8").split("\n") if line]


def _build_and_judge(folder: Path) -> list[str]:
    with Service.open(folder / "kawaraban.toml", now=NOW, environ={}) as service:
        first = service.build()
        again = service.build()
        report = service.check()
    files = len(list((folder / service.config.paths.posts.name).iterdir()))
    told = report.visible + len(report.withheld) + sum(finding.severe for finding in report.findings)
    lines = [f"{files} files, and only {told} of them are told of"] if told < files else []
    if again.publish.written:
        lines.append(f"the second build wrote {again.publish.written}")
    if not first.publish.written:
        lines.append("nothing was written")
    return lines + [line for path in sorted(service.config.paths.feeds.rglob("*")) for line in _judge(path)]


def _judge(path: Path) -> list[str]:
    if path.suffix in {".rss", ".atom", ".xml"}:
        tree = etree.parse(path)
        texts = [text for node in tree.iter() if (text := node.text) and "<" in text and _is_html(node)]
    elif path.suffix == ".json":
        texts = [item.get("content_html", "") for item in json.loads(path.read_bytes())["items"]]
    else:
        return []
    return [f"{path.name}: {said}" for text in texts for said in complaints(text)]


def _is_html(node: etree._Element) -> bool:
    tag = str(node.tag)
    return tag.endswith("}encoded") or (tag.endswith("}content") and node.get("type") == "html")
