"""Blocks between ``:::`` and embeds as ``@[name](…)``: Zenn, Qiita, and whoever has markdown-it's."""

from __future__ import annotations

import re

from feeds.posts.shortcodes import known
from feeds.posts.shortcodes.arguments import Arguments
from feeds.posts.shortcodes.page import Page
from feeds.posts.shortcodes.pieces import inline
from feeds.posts.shortcodes.walk import MAX_OPEN, Walk

_OPENING = re.compile(r"(:{3,})[ \t]*\{?\.?([A-Za-z][\w-]*)(?:\[([^\]\n]*)\])?\}?[ \t]*([^\n]*)")
_CLOSING = re.compile(r"(:{3,})[ \t]*(?=\n|$)")
_CLOSING_LINE = re.compile(r"^[ \t>]{0,40}:{3,}[ \t]*$", re.MULTILINE)
_EMBED = re.compile(r"@\[([A-Za-z][\w-]*)\]\(([^()\s]{1,2000})\)")
_INLINE_NOTE = re.compile(r"\^\[((?:[^\[\]\n]|\[[^\[\]\n]{0,200}\]){1,500})\]")
_RUBY = re.compile(r"\[([^\[\]\n]{1,50})\]\^\(([^()\n]{1,100})\)")
"""As the themes LoveIt and FixIt have it: a word, and its reading."""
_ALERT = re.compile(r"\[!([A-Za-z]+)\][+-]?[ \t]*([^\n]*)")
_QUOTE = re.compile(r"(?: {0,3}>[ \t]?)+")
_SIZE = re.compile(r"(\]\([^()\s]{1,2000})[ \t]+=\d*x\d*\)")
_FILE = re.compile(r"(`{3,}|~{3,})[ \t]*([\w+#.-]*):([^\s`{}:]+)[ \t]*")
_ALERTS = frozenset({"note", "tip", "important", "warning", "caution", "info", "danger", "error"})
_SIGN_OF_ALERT = "|".join(f"{kind}|{kind.upper()}|{kind.capitalize()}" for kind in sorted(_ALERTS))


class Containers(Walk):
    """One walk over a body with such blocks, embeds or alerts."""

    openers = (
        r"\^\[|\[(?=[^\[\]\n]{1,50}\]\^\([^()\n]{1,100}\))|"
        r"::::*|@\[(?=[a-zA-Z])|\](?=\([^()\s]{1,2000}[ \t]+=\d*x)|`(?<!``)``+(?=[ \t]*[\w+#.-]*:[^\s:])|"
        rf"\[!(?=(?:{_SIGN_OF_ALERT})\])"
    )

    def __init__(self, text: str, page: Page) -> None:
        super().__init__(text)
        self.page = page
        self._open: list[tuple[int, str]] = []
        self._notes: list[str] = []
        self._last_closing: int | None = None

    def run(self) -> str:
        """The text with every construct replaced, and behind it what notes within lines said."""
        text = super().run()
        notes = (f"[^inline-{number}]: {note}" for number, note in enumerate(self._notes, 1))
        return "\n\n".join([text, *notes]) if self._notes else text

    def fence(self, before: str, opening: str) -> str:
        """The opening line with the language alone; a file's name stands above the block."""
        found = _FILE.fullmatch(opening)
        if not found:
            return opening
        ticks, language, file = found.groups()
        return f"{ticks}{language}" if before.strip() else f"`{file}`\n\n{before}{ticks}{language}"

    def replace(self, sign: re.Match[str]) -> tuple[str, int]:
        start, opener = sign.start(), sign[0]
        if opener == "^[":
            return self._inline_note(start)
        if opener == "[":
            return self._ruby(start)
        if opener == "@[":
            return self._embed(start)
        if opener == "]":
            image = _SIZE.match(self.text, start)
            return (f"{image[1]})", image.end()) if image else (opener, sign.end())
        before = self.before(start)
        if opener == "[!":
            return self._alert(before, sign) if _QUOTE.fullmatch(before) else (opener, sign.end())
        if before.strip(" \t>"):
            return opener, sign.end()
        if closing := _CLOSING.match(self.text, start):
            return self._close(closing)
        opening = _OPENING.match(self.text, start)
        if opening is None or len(self._open) >= MAX_OPEN or not self._is_closed(opening.end()):
            return opener, sign.end()
        return self._begin(opening)

    def _begin(self, opening: re.Match[str]) -> tuple[str, int]:
        name, label, title = opening[2].lower(), opening[3] or "", opening[4].strip()
        if "{" in title:  # attributes of remark-directive
            title = title.partition("{")[0].strip()
        if known.is_details(name):
            values = Arguments((), {"title": label or title})
            made = known.opening(name, values, self.page)
            ended = "\n\n</details>\n\n"
        elif name == "message":  # Zenn's; `alert` is its only kind
            made = known.note("alert" if title == "alert" else "message", label, self.page)
            ended = "\n\n</blockquote>\n\n"
        elif name in {"note", "info"} and title in {"info", "warn", "alert"}:  # Qiita's
            made = known.note("" if title == "info" else title, label, self.page)
            ended = "\n\n</blockquote>\n\n"
        elif known.is_note(name):
            made = known.note(name, label or title, self.page)
            ended = "\n\n</blockquote>\n\n"
        else:
            made = f"<div>\n\n{inline(label or title)}\n\n" if label else "<div>\n\n"
            ended = "\n\n</div>\n\n"
        self._open.append((len(opening[1]), ended))
        return f"\n\n{made}", opening.end()

    def _close(self, closing: re.Match[str]) -> tuple[str, int]:
        if not self._open:
            return closing[0], closing.end()
        return self._open.pop()[1], closing.end()

    def _is_closed(self, after: int) -> bool:
        """Whether another closing line than those of the open blocks follows."""
        if self._last_closing is None:
            ends = [found.start() for found in _CLOSING_LINE.finditer(self.text)]
            self._last_closing = ends[-1] if ends else -1
        return self._last_closing >= after

    def _embed(self, start: int) -> tuple[str, int]:
        found = _EMBED.match(self.text, start)
        if not found:
            return "@[", start + 2
        made = known.single(known.name_of(found[1]), Arguments((found[2],), {}))
        if not made:  # somebody's name behind an at sign
            return "@[", start + 2
        return self.block(made, start, found.end()), found.end()

    def _ruby(self, start: int) -> tuple[str, int]:
        found = _RUBY.match(self.text, start) if self.page.site.dialect == "hugo" else None
        return (known.ruby(found[1], found[2]), found.end()) if found else ("[", start + 1)

    def _inline_note(self, start: int) -> tuple[str, int]:
        """Zenn's notes within a line become GitHub's, of which the text stands at the end."""
        found = _INLINE_NOTE.match(self.text, start) if self.page.site.dialect == "zenn" else None
        if not found:
            return "^[", start + 2
        self._notes.append(found[1])
        return f"[^inline-{len(self._notes)}]", found.end()

    def _alert(self, before: str, sign: re.Match[str]) -> tuple[str, int]:
        found = _ALERT.match(self.text, sign.start())
        if not found:
            return sign[0], sign.end()
        title = found[2].strip() or known.title_of(found[1].lower(), self.page)
        return f"**{title}**\n{before.rstrip()}", found.end()
