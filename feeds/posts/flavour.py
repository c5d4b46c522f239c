"""How a generator's Markdown differs from CommonMark, as far as its configuration says so."""

from __future__ import annotations

import re
from functools import lru_cache

from feeds.model.noun import dataclass
from feeds.posts.dialects.settings import Files, Table, flag, folded_settings_of, table, text, texts
from feeds.posts.site import Site

_BREAKS = re.compile(r"\bbreaks\s*:\s*true|\bremark-breaks\b|\bnl2br\b")
"""markdown-it's option, remark's plugin, and Python-Markdown's extension."""
_EMOJI = re.compile(
    r"\b(?:markdown-it-emoji|remark-emoji|remark-gemoji|rehype-github-emoji|pymdownx\.emoji)\b"
)


@dataclass(frozen=True, slots=True)
class Flavour:
    """What is more than CommonMark with GitHub's extensions."""

    keep_ends: bool = False
    """Whether a line's end becomes ``<br>``; CommonMark makes it a blank, which Japanese has none of."""
    emoji: bool = False
    """Whether ``:tada:`` is one."""
    definitions: bool = False
    """Whether ``: text`` below a term is its definition."""


COMMON = Flavour()
_BY_ITSELF = {
    "zenn": Flavour(keep_ends=True),
    "qiita": Flavour(keep_ends=True, emoji=True),
    "jekyll": Flavour(definitions=True),
    "hugo": Flavour(definitions=True),
    "pelican": Flavour(definitions=True),
}
"""What dialects have without any configuration."""


def flavour_of(site: Site) -> Flavour:
    """That of a site's Markdown."""
    if site.dialect in {"zenn", "qiita"} or not site.files:
        return _BY_ITSELF.get(site.dialect, COMMON)
    return _configured(site.dialect, site.files)


@lru_cache(maxsize=4)
def _configured(dialect: str, files: Files) -> Flavour:
    if dialect in {"hugo", "jekyll", "hexo", "zola"}:
        said = folded_settings_of(files)
        return Flavour(_keeps_ends(dialect, said), _has_emoji(dialect, said), _defines(dialect, said))
    programs = [program for _, program in files]
    ends, emoji = (any(map(sign.search, programs)) for sign in (_BREAKS, _EMOJI))
    return Flavour(ends, emoji, definitions=dialect == "pelican")  # whose Markdown has `extra`


def _keeps_ends(dialect: str, said: Table) -> bool:
    match dialect:
        case "hugo":
            goldmark = table(table(said.get("markup")).get("goldmark"))
            return flag(table(goldmark.get("renderer")).get("hardwraps"))
        case "hexo":  # hexo-renderer-marked has it so
            return text(table(said.get("marked")).get("breaks")).lower() != "false"
        case "zola":
            return False
    if not _is_kramdown(said):
        return "HARDBREAKS" in texts(table(said.get("commonmark")).get("options"))
    return flag(table(said.get("kramdown")).get("hard_wrap"))


def _defines(dialect: str, said: Table) -> bool:
    if dialect == "hugo":
        goldmark = table(table(said.get("markup")).get("goldmark"))
        return text(table(goldmark.get("extensions")).get("definitionlist")).lower() != "false"
    return dialect == "jekyll" and _is_kramdown(said)


def _is_kramdown(said: Table) -> bool:
    return not text(said.get("markdown")).lower().startswith("commonmark")


def _has_emoji(dialect: str, said: Table) -> bool:
    match dialect:
        case "hugo":
            return flag(said.get("enableemoji"))
        case "zola":
            return flag(table(said.get("markdown")).get("render_emoji"))
        case "jekyll":
            return "jemoji" in (*texts(said.get("plugins")), *texts(said.get("gems")))
    return False
