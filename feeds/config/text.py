"""Settings as a commented TOML text: the example file, and what ``init`` writes."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import Field
from typing import Any

from feeds.config.checking import kinds_of, table_of
from feeds.config.feed_settings import CategorySettings
from feeds.config.section import Section, key_of, keys_of
from feeds.config.settings import Settings

Values = Mapping[str, Mapping[str, Any]]
"""Table name → key → value."""

_HEAD = """\
# The configuration of Kawaraban. Paths are relative to the directory above `config/`, or to this file's
# where it lies in no folder of that name. A key that is commented out has the value shown.
"""

_EXAMPLE_CATEGORIES: Values = {
    "AI技術ガイド": {
        "slug": "tech",
        "title": "AI技術ガイド",
        "description": "LLM, RAG and agents explained",
        "path": "/feeds/tech.xml",
        "formerly": ["技術解説"],
    },
}

_EXAMPLE_REDIRECTS = {"/atom.xml": "/feeds/all.atom.xml"}


def example_text() -> str:
    """An example that shows every key and loads as it stands."""
    values = {table: _examples(model) for table, model in _tables()}
    return settings_text(values, _EXAMPLE_CATEGORIES, redirects=_EXAMPLE_REDIRECTS)


def settings_text(
    values: Values,
    categories: Values,
    remarks: Mapping[str, str] | None = None,
    redirects: Mapping[str, str] | None = None,
) -> str:
    """A configuration with these values, and every other key commented out with its default.

    ``remarks`` maps a key such as ``site.language``, or ``categories.LABEL``, to a sentence above it.
    """
    remarks = remarks or {}
    blocks = [_HEAD]
    for table, model in _tables():
        blocks.append(_table_text(table, model, values.get(table, {}), remarks))
        if table == "podcast":
            blocks.append(_categories_text(categories, remarks))
            blocks.append(_redirects_text(redirects or {}))
    return "\n".join(blocks)


def toml_value(value: Any) -> str:
    """The value as TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # TOML 1.0 has the escapes of JSON, and wants one for DEL as well.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Iterable):
        return f"[{', '.join(toml_value(member) for member in value)}]"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _tables() -> list[tuple[str, type[Section]]]:
    return [
        (name, kind)
        for name, kind in kinds_of(Settings).items()
        if isinstance(kind, type) and issubclass(kind, Section)
    ]


def _inner_tables(table: type[Section]) -> dict[str, type[Section]]:
    """The tables of which there may be several in this one, by key."""
    kinds = kinds_of(table)
    return {name: inner for name, one in keys_of(table).items() if (inner := table_of(kinds[one.name]))}


def _examples(table: type[Section]) -> dict[str, Any]:
    inner = _inner_tables(table)
    return {
        name: _shown(one)
        for name, one in keys_of(table).items()
        if (key_of(one).examples or one.default != "") and name not in inner
    }


def _shown(one: Field[Any]) -> Any:
    """An example of the key, else its default."""
    return next(iter(key_of(one).examples), one.default)


def _table_text(
    table: str, model: type[Section], values: Mapping[str, Any], remarks: Mapping[str, str]
) -> str:
    lines = [*_comment(model.__doc__ or ""), f"[{table}]"]
    tables = _inner_tables(model)
    keys = keys_of(model)
    for name, one in keys.items():
        if name in tables:
            continue
        lines += _comment(key_of(one).description)
        lines += _comment(remarks.get(f"{table}.{name}", ""))
        if name in values:
            lines.append(_assignment(name, values[name]))
        else:
            lines.append(f"# {_assignment(name, one.default)}")
    for name, inner in tables.items():
        lines += ["", *_inner_table(f"{table}.{name}", key_of(keys[name]).description, inner)]
    return "\n".join(lines) + "\n"


def _inner_table(name: str, description: str, model: type[Section]) -> list[str]:
    """A table of which there may be several, commented out as none is needed."""
    lines = [*_comment(description), f"# [[{name}]]"]
    for key, one in keys_of(model).items():
        lines += _comment(key_of(one).description)
        lines.append(f"# {_assignment(key, _shown(one))}")
    return lines


def _categories_text(categories: Values, remarks: Mapping[str, str]) -> str:
    lines = _comment(CategorySettings.__doc__ or "")
    for name, one in keys_of(CategorySettings).items():
        lines += [f"#   {name:<12} {line}" for line in key_of(one).description.splitlines()]
    if not categories:
        lines += ['# [categories."News"]', "#"]
    for label, values in categories.items():
        lines += _comment(remarks.get(f"categories.{label}", ""))
        lines += [f"[categories.{toml_value(label)}]"]
        lines += [_assignment(key, value) for key, value in values.items()]
        lines.append("")
    return "\n".join(lines).rstrip("\n#") + "\n"


def _redirects_text(redirects: Mapping[str, str]) -> str:
    lines = _comment(
        "Old addresses of feeds, as paths below the site's URL, and the paths or URLs that took their place. "
        "`kawaraban run` answers them with 301; `kawaraban redirects` writes the rules for a web server."
    )
    lines += ["[redirects]", *(f"{toml_value(old)} = {toml_value(new)}" for old, new in redirects.items())]
    if not redirects:
        lines.append('# "/feed.xml" = "/feeds/all.rss.xml"')
    return "\n".join(lines) + "\n"


def _assignment(key: str, value: Any) -> str:
    return f"{key} = {toml_value(value)}"


def _comment(text: str) -> list[str]:
    width = 110
    return [f"# {line}" for part in text.splitlines() for line in textwrap.wrap(part, width)]
