"""Settings as a commented TOML text: the example file, and what ``init`` writes."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from feeds.config.complaints import table_of
from feeds.config.feed_settings import CategorySettings
from feeds.config.section import Section
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


def _tables() -> list[tuple[str, type[BaseModel]]]:
    fields = {name: field.annotation for name, field in Settings.model_fields.items()}
    return [
        (name, model)
        for name, model in fields.items()
        if isinstance(model, type) and issubclass(model, Section)
    ]


def _examples(model: type[BaseModel]) -> dict[str, Any]:
    return {
        field.alias or name: field.examples[0] if field.examples else field.default
        for name, field in model.model_fields.items()
        if (field.examples or field.default != "") and table_of(field) is None
    }


def _table_text(
    table: str, model: type[BaseModel], values: Mapping[str, Any], remarks: Mapping[str, str]
) -> str:
    lines = [*_comment(model.__doc__ or ""), f"[{table}]"]
    tables = {name: inner for name, field in model.model_fields.items() if (inner := table_of(field))}
    for name, field in model.model_fields.items():
        if name in tables:
            continue
        key = field.alias or name
        lines += _comment(_description(field))
        lines += _comment(remarks.get(f"{table}.{key}", ""))
        if key in values:
            lines.append(_assignment(key, values[key]))
        else:
            lines.append(f"# {_assignment(key, field.default)}")
    for name, inner in tables.items():
        lines += ["", *_inner_table(f"{table}.{name}", _description(model.model_fields[name]), inner)]
    return "\n".join(lines) + "\n"


def _inner_table(name: str, description: str, model: type[BaseModel]) -> list[str]:
    """A table of which there may be several, commented out as none is needed."""
    lines = [*_comment(description), f"# [[{name}]]"]
    for key, field in model.model_fields.items():
        lines += _comment(_description(field))
        lines.append(f"# {_assignment(key, field.examples[0] if field.examples else field.default)}")
    return lines


def _categories_text(categories: Values, remarks: Mapping[str, str]) -> str:
    lines = _comment(CategorySettings.__doc__ or "")
    for name, field in CategorySettings.model_fields.items():
        lines += [f"#   {name:<12} {line}" for line in _description(field).splitlines()]
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


def _description(field: FieldInfo) -> str:
    return field.description or ""


def _comment(text: str) -> list[str]:
    width = 110
    return [f"# {line}" for part in text.splitlines() for line in textwrap.wrap(part, width)]
