"""E-mail addresses: a value of this type can be mailed to."""

from __future__ import annotations

import re
from dataclasses import dataclass

from feeds.errors import InvalidAddress

_CARRIER_DOMAINS = frozenset({"docomo.ne.jp", "ezweb.ne.jp", "au.com"})
"""Japanese carriers gave out local parts with dots in odd places until 2009; they are still in use."""

_CARRIER_LOCAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+?/\-]{0,62}[A-Za-z0-9_.+?/\-]|[A-Za-z0-9]")
_DOT_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")


@dataclass(frozen=True, slots=True, order=True)
class EmailAddress:
    """An address in its normal form: domain in lower case and as A-labels."""

    local: str
    domain: str

    @classmethod
    def parse(cls, text: str) -> EmailAddress:
        """The address that the text spells, checked by syntax only.

        An international domain becomes A-labels. A local part outside ASCII is refused, as few
        relays offer SMTPUTF8. Raises InvalidAddress.
        """
        text = text.strip()
        local, at, domain = text.rpartition("@")
        if at and domain.lower() in _CARRIER_DOMAINS and _CARRIER_LOCAL.fullmatch(local):
            return cls(local, domain.lower())
        from email_validator import EmailNotValidError, validate_email

        try:
            valid = validate_email(
                text, check_deliverability=False, allow_smtputf8=False, test_environment=True
            )
        except EmailNotValidError as error:
            raise InvalidAddress(f"{text!r} is not an e-mail address: {error}") from None
        return cls(valid.ascii_local_part or valid.local_part, valid.ascii_domain.lower())

    @property
    def wire(self) -> str:
        """The form for MAIL, RCPT and header fields: the local part quoted where RFC 5321 §4.1.2 asks."""
        if _DOT_ATOM.fullmatch(self.local):
            return f"{self.local}@{self.domain}"
        return f'"{self.local}"@{self.domain}'

    def __str__(self) -> str:
        return f"{self.local}@{self.domain}"
