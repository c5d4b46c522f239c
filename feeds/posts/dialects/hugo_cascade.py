"""Hugo's ``cascade``: front matter that a section, or the configuration, gives to all pages below.

As resources/page/page_matcher.go and hugolib/page__meta.go have it: a page's own front matter goes first,
then the section nearest to it, in the end the configuration; of several cascades of one section the first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from feeds.model.noun import dataclass
from feeds.posts import frontmatter
from feeds.posts.dialects.globs import glob
from feeds.posts.dialects.settings import Table, table, text
from feeds.posts.fields import Fields, Value
from feeds.posts.trouble import Trouble

_TARGET = frozenset({"_target", "target"})


@dataclass(frozen=True, slots=True)
class Cascade:
    """Values for the pages below a section that it is meant for."""

    section: str
    """Folders of the section, with slashes at both ends; one slash for the whole site."""
    language: str
    """Of the section's page; empty for one without, and for the configuration."""
    path: re.Pattern[str] | None
    """What the page's path has to be like."""
    spoken: re.Pattern[str] | None
    """What its language has to be like."""
    values: Mapping[str, Value]

    def covers(self, path: str, language: str) -> bool:
        """Whether a page at this path, with a slash in front and a suffix, gets the values."""
        if not path.startswith(self.section) or (self.language and self.language != language):
            return False
        if self.spoken is not None and not self.spoken.fullmatch(language):
            return False
        if self.path is None:
            return True
        bare = path.rpartition(".")[0]  # Hugo had the suffix in paths once
        bundle = bare.removesuffix("/index")
        return any(self.path.fullmatch(one) for one in {path, bare, bundle})


def cascades(value: Value | None, section: str = "/", language: str = "") -> Iterator[Cascade]:
    """Those that stand under ``cascade``, in the order in which later ones win."""
    members = value if isinstance(value, list) else [value] if value else []
    for member in reversed(members):
        said = table(member)
        target = table(next((said[key] for key in _TARGET if key in said), None))
        patterns = {key: glob(text(target.get(key)).lower()) for key in target}
        if None in patterns.values() or not _fits(patterns.get("kind"), "page"):
            continue
        if not _fits(patterns.get("environment"), "production"):
            continue
        values = {key: value for key, value in said.items() if key not in _TARGET}
        yield Cascade(section, language, patterns.get("path"), patterns.get("lang"), values)


def section_cascade(text: str) -> Value | None:
    """What stands under ``cascade`` in a section's page; nothing where its front matter is broken."""
    try:
        matter = frontmatter.read(text)
    except Trouble:
        return None
    return Fields(matter.values, {}).folded().value("cascade")


def given(found: tuple[Cascade, ...], path: str, language: str) -> Table:
    """What a page at this path gets, of cascades in the order in which later ones win."""
    values: dict[str, Value] = {}
    for cascade in found:
        if cascade.covers(path.lower(), language):
            values |= cascade.values
    return values


def _fits(pattern: re.Pattern[str] | None, name: str) -> bool:
    return pattern is None or pattern.fullmatch(name) is not None
