"""What all mails of one publisher have in common."""

from __future__ import annotations

from feeds.model.address import EmailAddress
from feeds.model.noun import dataclass


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address with the name that mail programs show for it."""

    name: str
    address: EmailAddress


@dataclass(frozen=True, slots=True)
class Publication:
    """The publisher as mails name it."""

    title: str
    home: str
    """Absolute URL of the site."""
    base_url: str
    """Absolute URL of the pages for readers, without a slash at its end."""
    sender: Mailbox
    list_id: str
    """RFC 2919 identifier, such as ``news.example.org``: readers filter by it, so it never changes."""
    reply_to: Mailbox | None = None
    postal_address: str = ""
    unsubscribe_mailbox: str = ""
    """Address that takes unsubscribe requests by mail, where somebody reads them; or empty."""

    @property
    def domain(self) -> str:
        """The domain of Message-IDs."""
        return self.sender.address.domain
