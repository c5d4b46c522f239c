"""``${VAR}`` and ``${file:PATH}`` in URLs that hold secrets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

_REFERENCE = re.compile(r"\$\{(file:)?([^{}]*)\}")


class MissingSecret(ValueError):  # errors are named for what is wrong, as in feeds.errors
    """A variable that is not set, or a file that cannot be read."""


def expand(text: str, environ: Mapping[str, str], base: Path) -> str:
    """The text with each reference replaced by what it stands for.

    A secret before the ``@`` of a URL is percent-encoded, so that passwords may hold any character.
    A text that is one reference and nothing else is taken as it is. Raises MissingSecret, which
    names the variable or the file and never their content.
    """
    if whole := _REFERENCE.fullmatch(text):
        return _secret(whole, environ, base)
    host_begins = text.rfind("@")

    def put(match: re.Match[str]) -> str:
        secret = _secret(match, environ, base)
        return quote(secret, safe="") if match.start() < host_begins else secret

    return _REFERENCE.sub(put, text)


def _secret(match: re.Match[str], environ: Mapping[str, str], base: Path) -> str:
    from_file, name = match.groups()
    if not from_file:
        if not environ.get(name):
            raise MissingSecret(f"the environment variable {name} is not set")
        return environ[name]
    path = base / name
    try:
        secret = path.read_text(encoding="utf-8").strip("\r\n")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise MissingSecret(f"the file {path} cannot be read: {reason}") from None
    if not secret:
        raise MissingSecret(f"the file {path} is empty")
    return secret
