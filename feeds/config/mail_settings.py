"""Every key of mail and of its delivery."""

from __future__ import annotations

from typing import Annotated, Literal

from feeds.config import values
from feeds.config.section import Field, Line, Mailbox, Section, numbered, or_empty


class DkimSettings(Section):
    """A key that signs all mail."""

    selector: Annotated[str, values.selector] = Field(
        description="Name of the key in the DNS, below _domainkey.", examples=["kb2026"]
    )
    key: str = Field(
        repr=False,
        min_length=1,
        description=(
            "The private key, RSA or Ed25519, in PEM: the path of its file, or ${file:/run/secrets/dkim} or\n"
            "${DKIM_KEY} for the text itself."
        ),
        examples=[".kawaraban/kb2026.pem"],
    )
    domain: Annotated[str, or_empty(values.domain)] = Field(
        default="", description="The domain that signs; empty: that of `from`."
    )


class RelaySettings(Section):
    """One of several mail servers."""

    url: str = Field(
        repr=False,
        min_length=1,
        description="The mail server, written as in `smtp`.",
        examples=["smtp://user:${SMTP_PASSWORD}@mail.example.org:587"],
    )
    weight: int = Field(
        default=1,
        ge=1,
        le=100,
        description="Its share of the connections: with 3 it has three times as many as one with 1.",
    )
    connections: int = Field(
        default=0, ge=0, description="How many connections to it at once, at most; 0: its share."
    )
    messages_per_connection: int = Field(
        default=0,
        ge=0,
        description="After so many mails a connection is closed and opened anew; 0: never.",
    )


class MailSettings(Section):
    """Mail."""

    from_: Mailbox = Field(
        default="",
        alias="from",
        description="Sender of all mail. Nothing is mailed without it.",
        examples=["Example Magazine <news@example.org>"],
    )
    reply_to: Mailbox = Field(default="", description="Where answers go; empty: to the sender.")
    smtp: str = Field(
        default="smtp://localhost:25",
        repr=False,
        description=(
            "The mail server: smtp://user:${SMTP_PASSWORD}@host:587, smtps://user:${file:/run/secrets/smtp}@host:465,\n"
            "or maildir:///path to write mails into a folder. ${NAME} is read from the environment."
        ),
    )
    postal_address: Line = Field(
        default="",
        description="Postal address in the foot of every mail; needed before mail leaves this machine.",
    )
    list_id: Annotated[str, or_empty(values.list_id)] = Field(
        default="",
        description="Name of the mailing list for mail programs (List-Id); empty: made of the site's host.",
    )

    relays: tuple[RelaySettings, ...] = Field(
        default=(),
        description=(
            "One of several mail servers, in place of `smtp`. The connections of `[delivery]` are shared out "
            "by weight; when one fails, the others have its connections, and it is tried again later."
        ),
    )
    dkim: tuple[DkimSettings, ...] = Field(
        default=(),
        description=(
            "A key that signs all mail (DKIM), where the mail server does not sign; with several keys, each "
            "mail has several signatures. A server that changes Date or Message-ID, as Amazon SES does, has "
            "to sign by itself. `kawaraban dkim` makes keys, and prints what the DNS has to say of them.\n"
            "A mail that is sent once more has the same signature, unless the keys were changed meanwhile."
        ),
    )

    @property
    def sender(self) -> tuple[str, str]:
        """Display name and address of ``from``."""
        return values.split_mailbox(self.from_)


class BouncesSettings(Section):
    """Reports about mail that came back, and complaints."""

    address: Annotated[str, or_empty(values.bounce_address)] = Field(
        default="",
        description=(
            "Where they go, such as bounces@example.org. Each mail has an envelope sender of its own,\n"
            "bounces+TOKEN@example.org, by which they are known. The domain needs an MX record, and SPF\n"
            "for your mail server. Empty: they go to the address of `mail.from`, and nobody reads them."
        ),
    )
    maildir: str = Field(
        default="",
        description=(
            "A Maildir that your mail server delivers them into; mails that were read go from new/ to cur/.\n"
            "Empty: none, as where the mail server calls `kawaraban receive`."
        ),
    )


class DeliverySettings(Section):
    """How mail is sent."""

    unknown: Literal["resend", "hold"] = Field(
        default="resend",
        description=(
            "What to do about a mail whose connection broke before the server's last answer: send the very\n"
            'same once more ("resend"), or leave it ("hold").'
        ),
    )
    connections: int = Field(
        default=16,
        ge=1,
        le=256,
        description="How many connections to the mail server at once, at most; to all of them together.",
    )
    per_domain: int = Field(
        default=0,
        ge=0,
        description="How many mails to addresses of one domain may be on their way at once; 0: no limit.",
    )
    per_second: int = Field(
        default=0,
        ge=0,
        le=10_000,
        description="How many mails may go out in a second, at most; 0: no limit.",
    )
    per_hour: int = Field(
        default=0,
        ge=0,
        description=(
            "How many in an hour. Limits hold across restarts, and for all who share the database. Digests\n"
            "leave a twentieth of it to confirmations and the like."
        ),
    )
    per_day: int = Field(default=0, ge=0, description="How many in a day, likewise.")


def relay_tables(mail: MailSettings) -> list[tuple[str, RelaySettings]]:
    """The mail servers, each with the key that names it."""
    if not mail.relays:
        return [("mail.smtp", RelaySettings(url=mail.smtp))]
    return [
        (".".join(("mail", "relays", *numbered(index), "url")), relay)
        for index, relay in enumerate(mail.relays)
    ]
