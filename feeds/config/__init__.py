"""The configuration: one TOML file, checked at load.

::

    settings.py   every key, its type, its default and its documentation, once;
                  feed_settings.py those of feeds, mail_settings.py those of mail and its delivery,
                  section.py what they have in common
    podcast.py    Apple's categories of podcasts
    values.py     what a text must look like to be a URL, an address, a time zone …
    glance.py     what the file seems to say of posts, before it is checked
    config.py     Config: what the rest of the program sees; paths.py where things are on disk
    loading.py    file → Config: base directory, absolute paths, defaults that depend on other keys
    redirects.py  old addresses that lead nowhere, in circles, or away from a document
    dkim.py       the keys that sign mail
    categories.py what two categories must not share
    checking.py   what TOML gives → tables, every key checked
    complaints.py what is wrong → file, line, key, what to do
    references.py ``${VAR}`` and ``${file:PATH}``; secrets.py how a login must not be seen
    text.py       settings → a commented TOML text: the example file, and what ``init`` writes

All of it is imported when something is loaded, and not before.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from feeds.config.config import Config

__all__ = ["Config", "example", "load"]

_NO_VARIABLES: Mapping[str, str] = MappingProxyType({})


def load(path: Path, environ: Mapping[str, str] = _NO_VARIABLES) -> Config:
    """The configuration in this file, complete and checked.

    Raises ConfigurationError, one line for each fault: ``file:line: key: what is wrong``.
    """
    from feeds.config.loading import load_config

    return load_config(path, environ)


def example() -> str:
    """The text of ``config/kawaraban.example.toml``."""
    from feeds.config.text import example_text

    return example_text()


def __getattr__(name: str) -> Any:
    if name == "Config":
        from feeds.config.config import Config

        return Config
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
