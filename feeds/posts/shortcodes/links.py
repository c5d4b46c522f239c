"""Links to other posts by their files: ``[x](other.md)``, Zola's ``@/…``, Pelican's ``{filename}…``."""

from __future__ import annotations

import posixpath
import re

from feeds.posts.permalinks import encode
from feeds.posts.shortcodes.page import Page
from feeds.posts.shortcodes.references import named
from feeds.posts.shortcodes.walk import Walk

_TARGET = (
    r"(?:@/|[{|](?:filename|static|attach|index|tag|category|author)[}|]|"
    r"[^\s()<>:\"'{|]{1,500}\.(?:md|markdown|mdx)(?=[#?)>\s\"']|$))"
)
_BEFORE = r"\](?:\([ \t]{0,9}|:[ \t]{0,9})<?"
_LINK = re.compile(rf"({_BEFORE})({_TARGET}[^\s()<>\"']{{0,500}})")
_IN_HTML = re.compile(rf"(href=[\"'])({_TARGET}[^\s()<>\"']{{0,500}})")
_SECTION = re.compile(
    r"(?P<above>(?:[^#?]*/)?)_index(?:\.(?P<language>[A-Za-z-]{2,10}))?\.md(?P<fragment>(?:#.*)?)", re.DOTALL
)
_SPECIAL = re.compile(r"[{|](\w+)[}|](.*)", re.DOTALL)


class Links(Walk):
    """One walk over a body with links to files."""

    openers = rf"{_BEFORE}(?={_TARGET})|href=[\"'](?={_TARGET})"

    def __init__(self, text: str, page: Page, *, markdown: bool = True) -> None:
        super().__init__(text, markdown=markdown)
        self.page = page

    def replace(self, sign: re.Match[str]) -> tuple[str, int]:
        pattern = _LINK if sign[0][0] == "]" else _IN_HTML
        found = pattern.match(self.text, sign.start())
        if not found:
            return sign[0], sign.end()
        address = self._address(found[2], found[2])
        if not address and found[1][:2] == "]:":
            address = "<>"
        return found[1] + address, found.end()

    def _address(self, written: str, snippet: str) -> str:
        if written.startswith("@/"):
            return self._section(written[2:]) or self._post(written[2:], snippet)
        if special := _SPECIAL.fullmatch(written):
            return self._of_pelican(special[1].lower(), special[2], snippet)
        if written.startswith("/"):
            name, fragment = named(written, self.page)
            found = self.page.find(name, snippet)
            return found + fragment if found else written
        return self._post(written, snippet, beside=True)

    def _post(self, written: str, snippet: str, *, beside: bool = False) -> str:
        name, fragment = named(written, self.page, beside=beside)
        found = self.page.find(name, snippet)
        return found + fragment if found else ""

    def _section(self, written: str) -> str:
        """The address of a section by its ``_index.md``: Zola lets nothing change it (SectionFrontMatter)."""
        found = _SECTION.fullmatch(written)
        if not found:
            return ""
        own = self.page.site.language.lower()
        language = found["language"] or ""
        parts = [language if language.lower() != own else "", found["above"].strip("/")]
        path = encode("/".join(filter(None, parts)))
        return f"{self.page.site.root}/{path}{'/' if path else ''}{found['fragment']}"

    def _of_pelican(self, kind: str, path: str, snippet: str) -> str:
        if kind == "filename":
            return self._post(path, snippet, beside=not path.startswith("/"))
        if kind in {"static", "attach"}:
            if not path.startswith("/"):
                path = posixpath.normpath(posixpath.join(posixpath.dirname(self.page.path), path))
            return f"{self.page.from_root}/{path.lstrip('/')}"
        if kind == "index":
            return f"{self.page.from_root}/"
        if kind in {"tag", "category", "author"}:
            from feeds.posts.dialects.pelican import page_of_list

            return f"{self.page.from_root}/{page_of_list(kind, path, self.page.site.files)}"
        self.page.leave_out(snippet)
        return ""
