"""``1~15 and 16~31``: a single tilde strikes nothing out in Hugo, in kramdown and in markdown-it.

GitHub's Markdown, which ours is, has it otherwise, and so have remark and marked.
"""

from __future__ import annotations

import re

from feeds.posts.shortcodes.walk import Walk

STRIKING = frozenset({"astro", "docusaurus", "hexo", "zola"})
"""The dialects whose single tildes strike out."""
_IN_BRACKETS = re.compile(r"<[A-Za-z/][^<>\n]*$")


class SingleTildes(Walk):
    """One walk over a body that writes single tildes as what they are in text."""

    openers = r"~(?<!~~)(?!~)"

    def replace(self, sign: re.Match[str]) -> tuple[str, int]:
        start = sign.start()
        escaped = self.text[start - 1 : start] == "\\" or _IN_BRACKETS.search(self.before(start)[-2000:])
        return ("~" if escaped else "&#126;"), sign.end()
