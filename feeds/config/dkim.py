"""The keys of ``[mail.dkim]``: where they are, and what two of them must not share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from feeds.config import values
from feeds.config.complaints import Complaint
from feeds.config.mail_settings import DkimSettings, MailSettings
from feeds.config.references import expand
from feeds.config.section import numbered
from feeds.model.noun import dataclass

if TYPE_CHECKING:
    from feeds.config.paths import Paths

_BEGINNING = "-----BEGIN"
"""How PEM begins; a path does not."""

_LARGEST = 1 << 16
"""Bytes; no key is larger."""


@dataclass(frozen=True, slots=True)
class KeyText:
    """A key as the configuration has it."""

    domain: str
    selector: str
    pem: str = field(repr=False)
    file: Path | None
    """Where it was read, if ``key`` is the path of a file."""


def read_key(settings: DkimSettings, environ: Mapping[str, str], base: Path) -> KeyText:
    """The text of the key. Raises ValueError, which says what is missing."""
    text = expand(settings.key, environ, base)
    if _BEGINNING in text:
        return KeyText(settings.domain, settings.selector, text, None)
    file = key_file(text, base)
    try:
        if file.stat().st_size > _LARGEST:
            raise ValueError(f"the file {file} is larger than a key")
        pem = file.read_text(encoding="utf-8")
    except OSError as error:
        hint = "; `kawaraban dkim --new FILE` makes one" if isinstance(error, FileNotFoundError) else ""
        raise ValueError(f"the file {file} cannot be read: {error.strerror}{hint}") from None
    except UnicodeDecodeError:
        raise ValueError(f"the file {file} is no key in PEM") from None
    return KeyText(settings.domain, settings.selector, pem, file)


def key_file(text: str, base: Path) -> Path:
    """The file that ``key`` names."""
    return (base / Path(text).expanduser()).resolve()


def complete_keys(mail: MailSettings) -> tuple[DkimSettings, ...]:
    """The keys, each with the domain that it signs for."""
    try:
        domain = values.domain(mail.sender[1].rpartition("@")[2]) if mail.from_ else ""
    except ValueError:
        domain = ""  # `Config.obstacles_to_mail` says what is wrong with the sender
    return tuple(replace(key, domain=key.domain or domain) for key in mail.dkim)


def key_complaints(keys: Iterable[DkimSettings], paths: Paths) -> list[Complaint]:
    """Keys of one name, and keys that would be copied to the web."""
    complaints: list[Complaint] = []
    named: set[tuple[str, str]] = set()
    for index, key in enumerate(keys):
        where = ("mail", "dkim", *numbered(index))
        if (key.domain, key.selector) in named:
            complaints.append(Complaint((*where, "selector"), f'"{key.selector}" names another key already'))
        if not key.domain:
            complaints.append(Complaint((*where, "domain"), "must be set, as `from` names none"))
        named.add((key.domain, key.selector))
        if "$" in key.key or _BEGINNING in key.key:
            continue
        file = key_file(key.key, paths.base)
        if paths.copies_out(file):
            message = f"{file} lies in the public folder and would be copied to the web"
            complaints.append(Complaint((*where, "key"), message))
    return complaints
