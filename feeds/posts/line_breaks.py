"""Whether the end of a line is one for readers too, as the generator has it."""

from __future__ import annotations

import re
from functools import lru_cache

from feeds.posts.dialects.settings import Files, Table, flag, folded_settings_of, table, text, texts
from feeds.posts.site import Site

_IN_PROGRAM = re.compile(r"\bbreaks\s*:\s*true|\bremark-breaks\b|\bnl2br\b")
"""markdown-it's option, remark's plugin, and Python-Markdown's extension."""
_ALWAYS = frozenset({"zenn", "qiita"})


def ends_are_kept(site: Site) -> bool:
    """Whether a line's end becomes ``<br>``; CommonMark makes it a blank, which Japanese has none of."""
    return site.dialect in _ALWAYS or (bool(site.files) and _configured(site.dialect, site.files))


@lru_cache(maxsize=4)
def _configured(dialect: str, files: Files) -> bool:
    if dialect in {"hugo", "jekyll", "hexo"}:
        return _in_table(dialect, folded_settings_of(files))
    return any(_IN_PROGRAM.search(program) for _, program in files)


def _in_table(dialect: str, said: Table) -> bool:
    match dialect:
        case "hugo":
            goldmark = table(table(said.get("markup")).get("goldmark"))
            return flag(table(goldmark.get("renderer")).get("hardwraps"))
        case "hexo":  # hexo-renderer-marked has it so
            return text(table(said.get("marked")).get("breaks")).lower() != "false"
    if text(said.get("markdown")).lower().startswith("commonmark"):
        return "HARDBREAKS" in texts(table(said.get("commonmark")).get("options"))
    return flag(table(said.get("kramdown")).get("hard_wrap"))
