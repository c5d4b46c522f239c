"""What a generator's own configuration says, with every scalar as text; read once for each text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache

from feeds.posts.fields import Value, as_text
from feeds.posts.trouble import Trouble

Files = tuple[tuple[str, str], ...]
"""Path below the site's root, and text, of each file of the generator's configuration."""
Table = Mapping[str, Value]

_SUFFIXES = {"toml": "toml", "yaml": "yaml", "yml": "yaml", "json": "json"}
_PARTED = ("config/_default/", "config/production/")
"""Hugo's folders of parts; what is built for readers is built with the second over the first."""
_MAIN_NAMES = frozenset({"config", "hugo", "_config", "zola"})


@lru_cache(maxsize=16)
def settings_of(files: Files) -> Table:
    """Everything that the files say in TOML, YAML or JSON, as one table; what is broken says nothing."""
    settings: dict[str, Value] = {}
    for name, text in files:
        try:
            said = read_settings(name, text)
        except Trouble:
            continue
        stem = name.rpartition("/")[2].rpartition(".")[0]
        if name.startswith(_PARTED) and stem not in _MAIN_NAMES:
            _merge_part(settings, stem, said)  # config/_default/permalinks.toml is the table [permalinks]
        else:
            settings.update(_over(settings, said) if name.startswith(_PARTED[1]) else said)
    return settings


def _over(below: Table, said: Table) -> dict[str, Value]:
    """What is said, and in its tables what only those below say."""
    made = dict(said)
    for key, value in said.items():
        under = below.get(key)
        if isinstance(value, dict) and isinstance(under, dict):
            made[key] = {**under, **_over(under, value)}
    return made


@lru_cache(maxsize=16)
def folded_settings_of(files: Files) -> Table:
    """The same with every key in lower case, as Hugo has it."""
    folded = _folded(dict(settings_of(files)))
    return folded if isinstance(folded, dict) else {}


def broken_settings(files: Files) -> list[tuple[str, int, str]]:
    """File, line and message of what cannot be read."""
    found = []
    for name, text in files:
        try:
            read_settings(name, text)
        except Trouble as trouble:
            found.append((name, trouble.line, f"{trouble.message}; posts are read as if it said nothing"))
    return found


def _merge_part(settings: dict[str, Value], stem: str, said: Table) -> None:
    name, _, language = stem.partition(".")
    if language:  # languages.ja.toml is [languages.ja], params.ja.toml is [languages.ja.params]
        said = {language: said if name in {"languages", *_MAIN_NAMES} else {name: dict(said)}}  # type: ignore[dict-item]
        name = "languages"
    present = dict(table(settings.get(name)))
    for key, value in said.items():
        both = language and isinstance(value, dict) and isinstance(present.get(key), dict)
        present[key] = {**table(present[key]), **table(value)} if both else value
    settings[name] = present


def read_settings(name: str, text: str) -> Table:
    """The table in a file, read by its suffix; empty for what is no table. Raises Trouble if it is broken."""
    kind = _SUFFIXES.get(name.rpartition(".")[2], "")
    if kind == "yaml":
        return _yaml(text)
    try:
        loaded = _loaded(kind, text)
    except (ValueError, RecursionError) as error:
        raise Trouble(f"broken {kind.upper()}: {str(error) or 'nested too deep'}") from None
    return {key: as_text(value) for key, value in loaded.items()} if isinstance(loaded, dict) else {}


def _loaded(kind: str, text: str) -> object:
    if kind == "json":
        return json.loads(text)
    if kind == "toml":
        import tomllib

        return tomllib.loads(text)
    return {}


def _yaml(text: str) -> Table:
    from feeds.posts import yaml_text

    try:
        value = yaml_text.load(text).value
    except Trouble:  # anchors, tags: generators read them
        value = _yaml_with_anchors(text)
    return value if isinstance(value, dict) else {}


def _yaml_with_anchors(text: str) -> Value:
    import yaml

    try:
        return as_text(yaml.load(text, Loader=yaml.SafeLoader))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        said = getattr(error, "problem", None) or str(error).partition("\n")[0]
        raise Trouble(f"broken YAML: {said}", line=mark.line + 1 if mark else 0) from None


def table(value: Value | None) -> Table:
    """The value if it is a table, else an empty one."""
    return value if isinstance(value, dict) else {}


def text(value: Value | None) -> str:
    """The value on one line if it is text, else an empty text."""
    return " ".join(value.split()) if isinstance(value, str) else ""


def texts(value: Value | None) -> tuple[str, ...]:
    """The texts of a list, or a text as a list of one."""
    if isinstance(value, str):
        return (value,) if value else ()
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def flag(value: Value | None) -> bool:
    """Whether the value says yes."""
    return isinstance(value, str) and value.strip().lower() in {"true", "yes", "on"}


def _folded(value: Value) -> Value:
    if isinstance(value, dict):
        return {key.lower(): _folded(inner) for key, inner in value.items()}
    return [_folded(inner) for inner in value] if isinstance(value, list) else value
