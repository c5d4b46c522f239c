"""What ``_config.yml`` says that posts depend on: defaults, collections, permalinks, languages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from feeds.model.noun import dataclass
from feeds.posts.dialects.globs import glob
from feeds.posts.dialects.settings import Files, Table, flag, settings_of, table, text, texts
from feeds.posts.fields import Value

_SOURCES = ("", "src/", "source/", "docs/", "site/", "jekyll/")
"""What a site's ``source`` is called: to look into every folder would take long where one has all posts."""
AUTHORS = tuple(f"{place}_data/authors.{kind}" for place in _SOURCES for kind in ("yml", "yaml", "json"))
"""Where sites keep what they say of authors."""
PROSE = tuple(f"{place}_includes/{deep}*.md" for place in _SOURCES for deep in ("", "*/"))
"""Text that several posts share; other includes are templates."""
_AUTHORS = re.compile(r"(?:(.+)/)?_data/authors\.\w+")


@dataclass(frozen=True, slots=True)
class Scope:
    """One member of ``defaults``."""

    path: str
    pattern: re.Pattern[str] | None
    """For a path with ``*``."""
    kind: str
    """``posts``, the name of another collection, or empty for all."""
    values: Mapping[str, Value]

    def covers(self, path: str, kind: str) -> bool:
        """Whether a post at this path gets the values."""
        if self.kind and self.kind != kind:
            return False
        return self.pattern.match(path) is not None if self.pattern else path.startswith(self.path)


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection other than ``posts``."""

    permalink: str
    output: bool


@dataclass(frozen=True, slots=True)
class JekyllSettings:
    """The part of ``_config.yml`` that posts depend on."""

    source: tuple[str, ...]
    """Folders from the root to the site's source."""
    permalink: str
    scopes: tuple[Scope, ...]
    """In the order in which they apply: later ones win."""
    collections: Mapping[str, Collection]
    collections_dir: str
    unpublished: bool
    """Whether posts with ``published: false`` show."""
    languages: tuple[str, ...]
    """Those of jekyll-polyglot, whose first folder of an address names the language; or none."""
    own_language: str


@lru_cache(maxsize=4)
def jekyll_settings(files: Files) -> JekyllSettings:
    """The settings in these files."""
    said = settings_of(tuple((name, text) for name, text in files if not _AUTHORS.fullmatch(name)))
    posts = table(table(said.get("collections")).get("posts"))
    languages = texts(said.get("languages")) if "default_lang" in said else ()
    return JekyllSettings(
        source=tuple(part for part in text(said.get("source")).split("/") if part not in {"", "."}),
        permalink=text(posts.get("permalink")) or text(said.get("permalink")),
        scopes=_scopes(said.get("defaults")),
        collections=_collections(said.get("collections")),
        collections_dir=text(said.get("collections_dir")).strip("/"),
        unpublished=flag(said.get("unpublished")),
        languages=languages,
        own_language=text(said.get("default_lang")),
    )


@lru_cache(maxsize=4)
def authors_table(files: Files) -> Table:
    """What ``_data/authors.yml`` says of authors by their keys; nothing where it is not there."""
    source = "/".join(jekyll_settings(files).source)
    found = ((_AUTHORS.fullmatch(name), name, text) for name, text in files)
    return settings_of(tuple((name, text) for own, name, text in found if own and (own[1] or "") == source))


def _collections(value: Value | None) -> dict[str, Collection]:
    if isinstance(value, list):
        return {name: Collection("", output=False) for name in texts(value)}
    named = {name: table(said) for name, said in table(value).items()}
    return {
        name: Collection(text(said.get("permalink")), flag(said.get("output")))
        for name, said in named.items()
        if name != "posts"
    }


def _scopes(value: Value | None) -> tuple[Scope, ...]:
    """Short paths first, then those without a type: ``FrontmatterDefaults#has_precedence?``."""
    members = value if isinstance(value, list) else []
    scopes = [_scope(table(member)) for member in members]
    return tuple(sorted(scopes, key=lambda scope: (len(scope.path), bool(scope.kind))))


def _scope(member: Table) -> Scope:
    scope = table(member.get("scope"))
    path = text(scope.get("path")).strip("/")
    pattern = glob(path, any_depth=True) if "*" in path else None
    return Scope(path, pattern, text(scope.get("type")), table(member.get("values")))
