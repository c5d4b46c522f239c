"""Which header fields a mail carries."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from feeds.newsletter import headers
from feeds.newsletter.holes import MESSAGE_ID, TO, Hole
from feeds.newsletter.publication import Publication
from feeds.newsletter.tokens import Purpose


def common_fields(
    publication: Publication, holes: Mapping[str, Hole], *, subject: str, date: datetime, language: str
) -> Iterator[bytes]:
    """What every mail carries. The recipient and the Message-ID are holes."""
    yield headers.mailbox_field("From", publication.sender)
    yield headers.raw_field("To", holes[TO].mark)
    if publication.reply_to:
        yield headers.mailbox_field("Reply-To", publication.reply_to)
    yield headers.text_field("Subject", subject)
    yield headers.date_field(date)
    yield headers.raw_field("Message-ID", holes[MESSAGE_ID].mark)
    yield headers.raw_field("MIME-Version", "1.0")
    yield headers.raw_field("Content-Language", language)
    yield headers.raw_field("Auto-Submitted", "auto-generated")  # RFC 3834 §5: nobody's robot shall answer


def list_fields(publication: Publication, holes: Mapping[str, Hole]) -> Iterator[bytes]:
    """What makes mail programs show a button to unsubscribe (RFC 2369, RFC 8058 §3.1)."""
    mark = holes[Purpose.UNSUBSCRIBE].mark
    ways = [f"{publication.base_url}/unsubscribe/{mark}"]
    if publication.unsubscribe_mailbox:
        ways.append(f"mailto:{publication.unsubscribe_mailbox}?subject=unsubscribe%20{mark}")
    yield headers.list_id_field(publication.title, publication.list_id)
    yield headers.url_list_field("List-Unsubscribe", ways)
    yield headers.raw_field("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
    if publication.home:
        yield headers.url_list_field("List-Archive", [publication.home])
    yield headers.url_list_field("List-Help", [f"{publication.base_url}/"])


def bulk_fields(publication: Publication, *, period: str, cadence: str) -> Iterator[bytes]:
    """What tells filters and Gmail's reports that many readers get the same (not for notices)."""
    yield headers.raw_field("Precedence", "bulk")
    parts = (period, cadence, "digest", _sender_id(publication.list_id))
    yield headers.raw_field("Feedback-ID", ":".join(re.sub(r"[^A-Za-z0-9.-]+", "-", part) for part in parts))


def _sender_id(list_id: str) -> str:
    """Gmail's SenderId: 5 to 15 characters that never change."""
    return re.sub(r"[^a-z0-9]", "", list_id.lower())[:15].ljust(5, "0")
