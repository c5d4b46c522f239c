"""Signed messages, before verifiers that nobody here wrote."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeds.newsletter import headers
from feeds.newsletter.dkim.keys import Key
from feeds.newsletter.dkim.signing import DkimSigner
from feeds.newsletter.holes import holes_for
from feeds.newsletter.message import build_skeleton, splice
from feeds.newsletter.tokens import Purpose
from tests.dkim.conftest import DUE, digest, signed_digest
from tests.dkim.verifiers import OpenDkim, dkimpy, mail_dkim

BASE = b"From: A <a@example.jp>\r\nDate: Sun, 22 Nov 2026 22:00:00 +0000\r\n"
HOLES = holes_for("a mail", (Purpose.UNSUBSCRIBE,))

words = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=12)
blanks = st.sampled_from([" ", "  ", "\t", " \t ", "\r\n ", "\r\n\t", " \r\n  "])
values = st.lists(st.one_of(words, blanks), max_size=12).map(lambda parts: "x" + "".join(parts) + "x")
names = st.sampled_from(
    [
        "To",
        "Reply-To",
        "SUBJECT",
        "List-Id",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "Feedback-ID",
        "X-Own",
    ]
)
extra_fields = st.lists(st.tuples(names, values), max_size=6).map(
    lambda fields: "".join(f"{name}: {value}\r\n" for name, value in fields).encode()
)
lines = st.lists(st.one_of(words, st.sampled_from([" ", "  ", "\t", "。", "."])), max_size=8).map("".join)
bodies = st.tuples(st.lists(lines, max_size=8), st.integers(0, 3)).map(
    lambda body: ("\r\n".join(body[0]) + "\r\n" * (body[1] + 1)).encode()
)


@given(extra_fields, bodies)
def test_any_message_verifies(keys: Sequence[Key], signer: DkimSigner, extra: bytes, body: bytes) -> None:
    message = BASE + extra + b"\r\n" + body
    signed = signer.sign(message)
    assert signed.endswith(message)
    assert dkimpy(signed, keys) == [True, True]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(extra=extra_fields, body=bodies)
def test_opendkim_agrees(
    tmp_path: Path, keys: Sequence[Key], signer: DkimSigner, extra: bytes, body: bytes
) -> None:
    judge = OpenDkim(tmp_path, keys)
    assert judge(signer.sign(BASE + extra + b"\r\n" + body)) == ["dkim=pass", "dkim=pass"]


@given(extra_fields, bodies, st.data())
def test_a_changed_message_does_not_verify(
    keys: Sequence[Key], signer: DkimSigner, extra: bytes, body: bytes, data: st.DataObject
) -> None:
    extra += b"To: b@example.org\r\nSubject: hello\r\n"
    body += b"The end.\r\n"
    signed = signer.sign(BASE + extra + b"\r\n" + body)
    words = [match.start() for match in re.finditer(rb"hello|example\.org|22 Nov|The end|A <a", signed)]
    place = data.draw(st.sampled_from(words))
    changed = signed[:place] + bytes([signed[place] ^ 1]) + signed[place + 1 :]
    assert dkimpy(changed, keys) == [False, False]


@given(st.sampled_from([b"From", b"To", b"Subject", b"List-Unsubscribe", b"Content-Type"]))
def test_no_signed_field_can_be_added(keys: Sequence[Key], signer: DkimSigner, name: bytes) -> None:
    skeleton, values = digest()
    signed = signer.cut(skeleton)(values)
    assert dkimpy(name + b": <https://evil.example>\r\n" + signed, keys) == [False, False]


scraps = st.one_of(
    st.sampled_from([HOLES["unsubscribe"].mark, "\n", " \n", "  ", "\t", ".", "=", "\n\n\n"]),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=60),
    st.text("abc .=<>", max_size=150),
)


@given(
    st.lists(scraps, max_size=15).map("".join),
    st.sampled_from(["a@example.org", '"a  b"@example.org', "x\ty"]),
)
def test_a_spliced_message_is_signed_as_if_it_had_been_written_for_its_reader(
    keys: Sequence[Key], signer: DkimSigner, text: str, to: str
) -> None:
    fields = [
        BASE,
        headers.raw_field("To", HOLES["to"].mark),
        headers.raw_field("Message-ID", HOLES["message_id"].mark),
        headers.url_list_field("List-Unsubscribe", [f"https://example.jp/u/{HOLES['unsubscribe'].mark}"]),
    ]
    skeleton = build_skeleton(fields, text, text + "。" * 50, HOLES.values())
    values = {"to": to, "message_id": "<1@example.jp>", "unsubscribe": "T" * len(HOLES["unsubscribe"].mark)}
    if "\t" in to:
        with pytest.raises(ValueError, match="cannot be put into a mail"):
            signer.cut(skeleton)(values)
        return
    signed = signer.cut(skeleton)(values)
    assert signed == signer.sign(splice(skeleton, values))
    assert dkimpy(signed, keys) == [True, True]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_digest_verifies_everywhere(
    tmp_path: Path, keys: Sequence[Key], signer: DkimSigner, language: str
) -> None:
    skeleton, values = digest(language)
    signed = signer.cut(skeleton)(values)
    assert dkimpy(signed, keys) == [True, True]
    assert OpenDkim(tmp_path, keys)(signed) == ["dkim=pass", "dkim=pass"]


def test_mail_dkim_agrees(tmp_path: Path, keys: Sequence[Key]) -> None:
    signer = DkimSigner(keys[:1])
    messages = [signed_digest(signer, language) for language in ("ja", "en")]
    messages += [
        signer.sign(
            BASE + b"To:  b@example.org \r\nSubject: =?utf-8?B?55Om54mI?=\r\n\t folded \r\n\r\n" + body
        )
        for body in (b"\r\n", b"a  b \t\r\n\r\n\r\n", " 瓦版 \r\n.\r\n \t \r\n".encode())
    ]
    changed = [message[:-20] + b"X" + message[-19:] for message in messages[:1]]
    said = mail_dkim(tmp_path, messages + changed, keys)
    assert said == ["rsa-sha256=pass"] * len(messages) + ["rsa-sha256=fail"]


def test_what_a_digest_has_signed(signer: DkimSigner) -> None:
    signed = signed_digest(signer)
    for field in message_from_bytes(signed, policy=default).get_all("DKIM-Signature", []):
        tags = dict(re.findall(r"(\w+)=([^;]*)", "".join(str(field).split())))
        listed = tags["h"].split(":")
        assert sorted(set(listed)) == [
            "content-type",
            "date",
            "feedback-id",
            "from",
            "list-id",
            "list-unsubscribe",
            "list-unsubscribe-post",
            "message-id",
            "mime-version",
            "reply-to",
            "subject",
            "to",
        ]
        assert all(listed.count(name) == 2 for name in listed), (
            "one more than there are, so that none is added"
        )
        assert (tags["v"], tags["c"], tags["d"]) == ("1", "relaxed/relaxed", "example.jp")
        assert "l" not in tags
        assert datetime.fromtimestamp(int(tags["t"]), DUE.tzinfo) == DUE


def test_signatures_are_folded_and_seven_bit(signer: DkimSigner) -> None:
    signed = signed_digest(signer)
    assert signed.isascii()
    beginning = signed[: signed.index(b"From: ")]
    assert max(map(len, beginning.split(b"\r\n"))) <= 76


def test_every_try_sends_the_same_bytes(keys: Sequence[Key], signer: DkimSigner) -> None:
    skeleton, values = digest()
    splice = signer.cut(skeleton)
    first = splice(values)
    assert splice(values) == first
    assert DkimSigner(keys).cut(skeleton)(values) == first, "after a restart as well"


def test_each_key_signs_without_the_other(keys: Sequence[Key]) -> None:
    skeleton, values = digest()
    signed = DkimSigner(keys).cut(skeleton)(values)
    for key in keys:
        alone = DkimSigner([key]).cut(skeleton)(values)
        assert alone[: alone.index(b"From: ")] in signed


@pytest.mark.parametrize(
    ("message", "lacks"),
    [
        (b"To: x\r\nDate: Sun, 22 Nov 2026 22:00:00 +0000\r\n\r\nx\r\n", "From"),
        (b"From: x\r\n\r\nx\r\n", "Date"),
    ],
)
def test_a_message_without_what_a_signature_needs_is_refused(
    signer: DkimSigner, message: bytes, lacks: str
) -> None:
    with pytest.raises(ValueError, match=f"without {lacks} cannot be signed"):
        signer.sign(message)
