"""The keys that sign mail, read when mail is sent or they are shown."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from feeds.errors import ConfigurationError
from feeds.service.publishing import Publishing

if TYPE_CHECKING:
    from feeds.model.report import Finding
    from feeds.newsletter.dkim.keys import Key, Kind
    from feeds.newsletter.dkim.signing import DkimSigner

_NOT_INSTALLED = "signing needs a package that is not installed: pip install 'kawaraban[dkim]'"


class Signing(Publishing):
    """The values of DKIM."""

    @cached_property
    def dkim_keys(self) -> tuple[Key, ...]:
        """The keys that sign mail; none where the mail server signs. Raises ConfigurationError."""
        if not self.config.mail.dkim:
            return ()
        place = f"{self.config.paths.file}: mail.dkim"
        try:
            from feeds.newsletter.dkim.keys import load_key
        except ImportError:
            raise ConfigurationError(f"{place}: {_NOT_INSTALLED}") from None
        keys = []
        for text in self.config.dkim_keys():
            try:
                keys.append(load_key(text.pem, domain=text.domain, selector=text.selector))
            except ValueError as error:
                where = f" in {text.file}" if text.file else ""
                raise ConfigurationError(f"{place}: key {text.selector!r}{where}: {error}") from None
        return tuple(keys)

    @cached_property
    def dkim(self) -> DkimSigner | None:
        """What signs mail; None where the mail server does. Raises ConfigurationError."""
        if not self.dkim_keys:
            return None
        from feeds.newsletter.dkim.signing import DkimSigner

        return DkimSigner(self.dkim_keys)

    def make_dkim_key(self, file: Path, kind: Kind) -> tuple[Key, str]:
        """Writes a new key; returns it, and how the configuration names its file.

        Raises UsageError where there is one of this name, ConfigurationError where the web would see it.
        """
        try:
            from feeds.actions.dkim import make_key, selector_for
            from feeds.newsletter.dkim.keys import load_key
        except ImportError:
            raise ConfigurationError(f"{self.config.paths.file}: mail.dkim: {_NOT_INSTALLED}") from None
        paths = self.config.paths
        file = file.resolve()
        if paths.copies_out(file):
            raise ConfigurationError(f"{file} lies in the public folder and would be copied to the web")
        text = make_key(file, kind)
        name = file.relative_to(paths.base) if file.is_relative_to(paths.base) else file
        domain = self.config.mail.sender[1].rpartition("@")[2] if self.config.mail.from_ else "example.org"
        return load_key(text, domain=domain, selector=selector_for(file)), str(name)

    def dkim_remarks(self, sender_domain: str) -> Iterator[Finding]:
        """What keeps mail from being signed, and what is odd about the keys.

        ``sender_domain`` is empty where nothing is mailed.
        """
        from feeds.actions.dkim import remarks, remarks_on_all
        from feeds.model.report import Finding

        place = str(self.config.paths.file)
        try:
            keys = self.dkim_keys
        except ConfigurationError as error:
            yield Finding(True, place, 0, "mail.dkim", str(error).partition("mail.dkim: ")[2])
            return
        if keys and sender_domain:
            files = [text.file for text in self.config.dkim_keys()]
            for key, file in zip(keys, files, strict=True):
                for remark in remarks(key, file, sender_domain):
                    yield Finding(False, place, 0, "mail.dkim", remark)
        for remark in remarks_on_all(keys):
            yield Finding(False, place, 0, "mail.dkim", remark)
