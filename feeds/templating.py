"""Templates and texts: one Jinja2 environment, in which the owner's files stand before ours.

A folder of the owner may hold any file of ``templates/`` under the same name: it takes the place
of that one file. Its ``texts/<language>/*.toml`` take the place of single keys.
"""

from __future__ import annotations

import re
import tomllib
import traceback
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, NoReturn, cast
from zoneinfo import ZoneInfo

from jinja2 import FileSystemLoader, StrictUndefined, TemplateSyntaxError
from jinja2.environment import Environment
from jinja2.sandbox import ImmutableSandboxedEnvironment

from feeds.errors import ConfigurationError, KawarabanError

LANGUAGES = ("ja", "en")
"""The languages of the texts around the posts."""

FALLBACK = "en"

_HOLE = re.compile(r"\{(\w+)\}")


def language_of(tag: str) -> str:
    """The language of our texts that serves a reader of this language tag best."""
    primary = tag.replace("_", "-").split("-")[0].lower()
    return primary if primary in LANGUAGES else FALLBACK


def packaged_templates() -> Path:
    """The folder of the templates that come with the program, in a wheel or in a checkout."""
    package = Path(__file__).resolve().parent
    installed = package / "_templates"
    return installed if installed.is_dir() else package.parent / "templates"


def environment(folders: Sequence[Path] = ()) -> Environment:
    """The environment in which templates of these folders stand before the packaged ones.

    Globals: ``t(key, language, **values)`` and ``texts(language)``. Filter:
    ``longdate(language, zone)``. A template that cannot be used raises ConfigurationError.
    """
    searched = [*folders, packaged_templates()]
    made = _Environment(
        loader=_Loader(searched),
        autoescape=_is_markup,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    @cache
    def shelf(language: str) -> Texts:
        return load_texts(searched, language)

    def texts_of(language: str) -> Texts:
        return shelf(language_of(language))

    def t(key: str, language: str, **values: object) -> str:
        return texts_of(language)(key, **values)

    made.globals.update(t=t, texts=texts_of)
    made.filters["longdate"] = longdate
    return made


def texts(environment: Environment, language: str) -> Texts:
    """The texts that templates of this environment speak with, for those who write no template."""
    found = environment.globals["texts"]
    assert callable(found)  # `environment()` put it there
    return cast(Texts, found(language))


class _TextError(ConfigurationError):
    """A text is missing or asks for too much; the environment adds which template wanted it."""


class Texts:
    """The texts of one language, called with a key such as ``pages.signup.title`` and its values."""

    def __init__(self, language: str, texts: Mapping[str, str]) -> None:
        self.language = language
        self._texts = texts

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __contains__(self, key: str) -> bool:
        return key in self._texts

    def __call__(self, key: str, **values: object) -> str:
        """The text with each ``{name}`` replaced by that value.

        With ``count=1``, the text ``<key>_one`` where there is one. Raises ConfigurationError.
        """
        if values.get("count") == 1 and f"{key}_one" in self._texts:
            key = f"{key}_one"
        if key not in self._texts:
            raise _TextError(f"there is no text {key!r} in texts/{self.language}/")

        def fill(hole: re.Match[str]) -> str:
            if hole[1] not in values:
                raise _TextError(
                    f"the text {key!r} in texts/{self.language}/ asks for {hole[0]}; "
                    f"it can only use {', '.join(f'{{{name}}}' for name in sorted(values)) or 'plain words'}"
                )
            return str(values[hole[1]])

        return _HOLE.sub(fill, self._texts[key])


def load_texts(folders: Sequence[Path], language: str) -> Texts:
    """The texts of the language in these folders; the first folder that has a key gives it."""
    found: dict[str, str] = {}
    for folder in reversed(folders):
        for file in sorted((folder / "texts" / language).glob("*.toml")):
            found.update(_flat(file.stem, _read_toml(file), file))
    return Texts(language, found)


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{file}: these texts cannot be read: {error}") from None


def _flat(prefix: str, table: Mapping[str, Any], file: Path) -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        key = f"{prefix}.{name}"
        if isinstance(value, dict):
            yield from _flat(key, value, file)
        elif isinstance(value, str):
            yield key, value
        else:
            raise ConfigurationError(f"{file}: {key} is not a text; put it in quotes")


def longdate(moment: datetime, language: str, zone: str = "UTC") -> str:
    """The day of the moment in that zone: 2026年11月23日, November 23, 2026."""
    from babel.dates import format_date

    return format_date(moment.astimezone(ZoneInfo(zone)).date(), "long", language_of(language))


def _is_markup(name: str | None) -> bool:
    return name is None or name.endswith((".html", ".xml"))


class _Loader(FileSystemLoader):
    """A loader that says which file it could not read."""

    def get_source(self, environment: Environment, template: str) -> Any:
        try:
            return super().get_source(environment, template)
        except UnicodeDecodeError as error:
            raise ConfigurationError(f"the template {template} is not UTF-8: {error}") from None


class _Environment(ImmutableSandboxedEnvironment):
    """A sandbox whose errors name the template and the line.

    Templates of the owner come from disk only, and still get a sandbox: what posts and readers
    wrote passes through them.
    """

    def handle_exception(self, source: str | None = None) -> NoReturn:
        """Raises ConfigurationError for the exception that is being handled."""
        try:
            super().handle_exception(source)
        except _TextError as error:
            raise ConfigurationError(f"{_place(error)}: {error}") from None
        except KawarabanError:
            raise
        except TemplateSyntaxError as error:
            where = error.filename or error.name or "a template"
            raise ConfigurationError(f"{where}:{error.lineno}: {error.message}") from None
        except Exception as error:
            raise ConfigurationError(f"{_place(error)}: {error or type(error).__name__}") from error


def _place(error: Exception) -> str:
    """File and line of the innermost template frame; Jinja2 rewrites its tracebacks so that there is one."""
    frames = traceback.extract_tb(error.__traceback__)
    place = "a template"
    for frame in frames:
        if not frame.filename.endswith(".py"):
            place = f"{frame.filename}:{frame.lineno}"
    return place
