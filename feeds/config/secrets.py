"""Every spelling in which a login can turn up where it must not."""

from __future__ import annotations

from base64 import b64encode
from urllib.parse import quote, unquote


def secrets_of(url: str) -> tuple[str, ...]:
    """The user and the password of a URL: as they stand there, decoded, and as AUTH sends them (RFC 4954)."""
    login, at, _ = url.partition("://")[2].rpartition("@")
    if not at:
        return ()
    user, _, password = login.partition(":")
    plain = {password, unquote(password), quote(unquote(password), safe=""), user, unquote(user)}
    sent = f"\0{unquote(user)}\0{unquote(password)}"
    encoded = {b64encode(text.encode()).decode() for text in (*plain, sent) if text}
    return tuple(sorted((plain | encoded) - {""}))
