"""How the configuration of generators is read: whole tables, and texts out of programs that nobody runs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from feeds.errors import ConfigurationError
from feeds.posts.dialects.settings import Table, read_settings
from feeds.posts.trouble import Trouble

_LARGEST = 1 << 20
"""Bytes of a configuration file."""


def read_text(file: Path) -> str:
    """The text of a file; empty if there is none, or none that can be read."""
    try:
        if file.stat().st_size > _LARGEST:
            return ""
        return file.read_text(encoding="utf-8-sig")
    except (OSError, ValueError):
        return ""


def read_table(file: Path) -> Table:
    """The table in a TOML, YAML or JSON file. Raises ConfigurationError where it is broken."""
    try:
        return read_settings(file.name, read_text(file))
    except Trouble as trouble:
        line = f":{trouble.line}" if trouble.line else ""
        raise ConfigurationError(f"{file}{line}: {trouble.message}") from None


def first_file(root: Path, names: Iterable[str]) -> Path | None:
    """The first of these files that is there."""
    return next((root / name for name in names if (root / name).is_file()), None)


def said_in(texts: Sequence[str], *names: str) -> str:
    """The first text that a program gives to one of these names: ``title: "T"``, ``TITLE = 'T'``."""
    for name in names:
        pattern = re.compile(rf"""(?<![\w.$]){name}["']?\s*[:=]\s*(["'`])((?:\\.|(?!\1)[^\\\n])*)\1""")
        for text in texts:
            if (found := pattern.search(text)) and "${" not in found[2]:
                return re.sub(r"\\(.)", r"\1", found[2]).strip()
    return ""


def folder_with_posts(root: Path, names: Iterable[str]) -> str:
    """The first of these folders that has Markdown in it, else the first that is there, else the first."""
    candidates = list(names)
    present = [name for name in candidates if (root / name).is_dir()]
    full = [name for name in present if any(True for _ in (root / name).rglob("*.md*"))]
    return next(iter([*full, *present, *candidates]))


def is_of_trials(url: str) -> bool:
    """Whether an address is that of the machine on which somebody tries the site out (RFC 6761 §6.3)."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return True
    return host in {"127.0.0.1", "0.0.0.0", "::1"} or f".{host}".endswith(".localhost")  # noqa: S104


def joined_url(url: str, base: str = "") -> str:
    """The address of a site whose path is named apart; empty where it is no whole one, or that of a trial."""
    if not url.startswith(("http://", "https://")) or is_of_trials(url):
        return ""
    return f"{url.rstrip('/')}/{base.strip('/')}".rstrip("/")
