"""What Hugo's configuration says that posts depend on: languages, permalinks, taxonomies, dates."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from feeds.model.noun import dataclass
from feeds.posts.dialects.hugo_cascade import Cascade, cascades, section_cascade
from feeds.posts.dialects.settings import Files, Table, flag, folded_settings_of, table, text, texts
from feeds.posts.fields import Value

SETTINGS = (
    "hugo.toml", "hugo.yaml", "hugo.yml", "hugo.json", "config.toml", "config.yaml", "config.yml",
    "config.json",
    "config/_default/*.toml", "config/_default/*.yaml", "config/_default/*.yml", "config/_default/*.json",
    "config/production/*.toml", "config/production/*.yaml", "config/production/*.yml",
    "config/production/*.json",
)  # fmt: skip
SECTIONS = ("{posts}/**/_index.*",)
"""Pages of sections, of which those matter that have a ``cascade``."""

_DATE = (
    "date",
    "publishdate",
    "pubdate",
    "published",
)  # Hugo goes on to lastmod; what has no other is a page
_DATES: Mapping[str, tuple[str, ...]] = {
    "date": _DATE,
    "publishdate": ("publishdate", "pubdate", "published"),
    "lastmod": ("lastmod", "modified", "date", "publishdate", "pubdate", "published"),
    "expirydate": ("expirydate", "unpublishdate"),
}
"""Under which keys Hugo looks for each date, unless ``[frontmatter]`` says otherwise."""


@dataclass(frozen=True, slots=True)
class HugoSettings:
    """The part of Hugo's configuration that posts depend on."""

    folders: tuple[tuple[str, str], ...]
    """Content folder and its language, or an empty text; longest first."""
    languages: frozenset[str]
    """None, where there is no configuration."""
    own_language: str
    """That of files that name none."""
    all_prefixed: bool
    """Whether addresses in that language have a prefix as well."""
    permalinks: Mapping[str, str]
    """Section → template."""
    ugly: bool
    ugly_sections: frozenset[str]
    lower: bool
    """Whether addresses are in lower case."""
    accents: bool
    """Whether accents stay."""
    categories: tuple[str, ...]
    """Front matter keys of the taxonomy of that name."""
    tags: tuple[str, ...]
    dates: Mapping[str, tuple[str, ...]]
    date_from_name: bool
    cascades: tuple[Cascade, ...]
    """In the order in which they apply: later ones win."""


@lru_cache(maxsize=4)
def hugo_settings(files: Files, language: str) -> HugoSettings:
    """The settings in these files; ``language`` is the site's where they name no default."""
    said = folded_settings_of(files)
    languages = {
        code: table(one)
        for code, one in table(said.get("languages")).items()
        if not flag(table(one).get("disabled"))
    }
    own = text(said.get("defaultcontentlanguage")).lower() or (language if not files else "en")
    ugly = said.get("uglyurls")
    kinds = table(said.get("taxonomies")) if isinstance(said.get("taxonomies"), dict) else None
    dates = _dates(table(said.get("frontmatter")))
    folders = _folders(text(said.get("contentdir")) or "content", languages)
    return HugoSettings(
        folders=folders,
        languages=frozenset(languages or ({own} if files else ())),
        own_language=own,
        all_prefixed=flag(said.get("defaultcontentlanguageinsubdir")),
        permalinks=_permalinks(table(said.get("permalinks"))),
        ugly=flag(ugly),
        ugly_sections=frozenset(name for name, value in table(ugly).items() if flag(value)),
        lower=not flag(said.get("disablepathtolower")),
        accents=not flag(said.get("removepathaccents")),
        categories=_taxonomy(kinds, "categories", "category"),
        tags=_taxonomy(kinds, "tags", "tag"),
        dates=dates,
        date_from_name=":filename" in dates["date"],
        cascades=_cascades(files, folders, frozenset(languages), own),
    )


def _folders(content: str, languages: Mapping[str, Table]) -> tuple[tuple[str, str], ...]:
    own = {code: text(said.get("contentdir")).strip("/") for code, said in languages.items()}
    found = {} if own and all(own.values()) else {content.strip("/"): ""}
    found |= {folder: code for code, folder in own.items() if folder}
    return tuple(sorted(found.items(), key=lambda pair: -len(pair[0])))


def _cascades(
    files: Files, folders: tuple[tuple[str, str], ...], languages: frozenset[str], own_language: str
) -> tuple[Cascade, ...]:
    own = folded_settings_of(files).get("cascade")
    found = [*cascades(table(own).get("cascade") or own)]  # a table in config/_default/cascade.toml
    pages = [(name, page) for name, page in files if name.rpartition("/")[2].startswith("_index.")]
    for name, page in sorted(pages, key=lambda page: page[0].count("/")):
        inside = (pair for pair in folders if name.startswith(f"{pair[0]}/"))
        folder, language = next(inside, ("", ""))
        above, _, base = name[len(folder) :].strip("/").rpartition("/")
        spoken = base.split(".")[1] if base.count(".") == 2 else ""
        language = spoken if spoken in languages else language or own_language
        section = f"/{above}/".replace("//", "/").lower()
        found += cascades(section_cascade(page), section, language)
    return tuple(found)


def _permalinks(said: Table) -> dict[str, str]:
    """Newer Hugo has a table for each kind: ``[permalinks.page]``."""
    pages = table(said.get("page"))
    flat = {section: value for section, value in said.items() if isinstance(value, str)}
    return {section: value for section, value in {**flat, **pages}.items() if isinstance(value, str)}


def _taxonomy(kinds: Table | None, plural: str, singular: str) -> tuple[str, ...]:
    """The key of a taxonomy; where the site has it under another singular, still its plural."""
    if kinds is None or plural in kinds.values():
        return (plural, singular)
    return ()


def _dates(said: Mapping[str, Value]) -> dict[str, tuple[str, ...]]:
    found = {}
    for kind, usual in _DATES.items():
        named = [name.lower() for name in texts(said.get(kind))]
        keys: list[str] = []
        for name in named or [":default"]:
            keys += usual if name == ":default" else [name]
        found[kind] = tuple(dict.fromkeys(key for key in keys if key == ":filename" or key[:1] != ":"))
    return found
