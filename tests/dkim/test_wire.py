"""What a mail server gets verifies."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from feeds.delivery.smtp import Security, SmtpTransport
from feeds.delivery.transport import send_once
from feeds.model.address import EmailAddress
from feeds.model.message import Envelope, Message, Sent
from feeds.newsletter.dkim.keys import Key
from feeds.newsletter.dkim.signing import DkimSigner
from tests.delivery.conftest import sink
from tests.dkim.conftest import signed_digest
from tests.dkim.verifiers import dkimpy

__all__ = ["sink"]  # a fixture


def test_a_message_verifies_after_its_way_over_smtp(
    sink: Callable[..., int],  # pytest gives it
    tmp_path: Path,
    keys: Sequence[Key],
    signer: DkimSigner,
) -> None:
    tmp_path.chmod(0o777)
    transport = SmtpTransport("127.0.0.1", sink("-d", "mail."), "client.test", Security.NONE)
    envelope = Envelope("news@example.jp", EmailAddress.parse("reader@example.org"))
    for language in ("ja", "en"):
        message = Message(envelope, signed_digest(signer, language))
        assert isinstance(asyncio.run(send_once(transport, message)), Sent)
    dumps = [file.read_bytes().replace(b"\n", b"\r\n") for file in tmp_path.glob("mail.*")]
    assert len(dumps) == 2
    for dump in dumps:
        arrived = dump[dump.index(b"DKIM-Signature: ") :].removesuffix(b"\r\n")
        assert dkimpy(arrived, keys) == [True, True]
