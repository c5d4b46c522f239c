"""What may stand in the commands of a message, and what they are."""

from __future__ import annotations

import re

from feeds.model.message import Envelope, Message, Outcome, Refused, Rejected

_PATH = re.compile(r"[!-;=?-~]*")
"""What may stand between the angle brackets of MAIL and RCPT: printable, no blanks, no brackets."""


def unfit(message: Message, largest: int) -> Outcome | None:
    """Why no server of this kind can be offered the message; None where it can.

    ``largest``: the octets that it takes at most, 0 where it did not say (RFC 1870 §3).
    """
    if not _PATH.fullmatch(message.envelope.sender):
        return Refused("not sent: the sender's address cannot stand in an SMTP command")
    if not _PATH.fullmatch(message.envelope.recipient.wire):
        return Rejected("not sent: the address cannot stand in an SMTP command")
    if 0 < largest < len(message.body):
        return Rejected(f"not sent: {len(message.body)} octets, and the relay takes {largest} at most")
    return None


def mail_argument(envelope: Envelope, size: int | None) -> str:
    """The argument of MAIL; with the ``size`` of the body in octets where the server asked for it."""
    return f"FROM:<{envelope.sender}>" + ("" if size is None else f" SIZE={size}")


def rcpt_argument(envelope: Envelope) -> str:
    """The argument of RCPT."""
    return f"TO:<{envelope.recipient.wire}>"
