"""Header fields: read back by the standard library as they were meant."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.model.address import EmailAddress
from feeds.newsletter import headers
from feeds.newsletter.publication import Mailbox
from feeds.newsletter.wording import one_line

ADDRESS = EmailAddress.parse("news@example.jp")
WORDS = [
    "AI",
    "Compass",
    "新着",
    "3本",
    "「次の一手」：",
    "👨‍👩‍👧‍👦",
    "🎉",
    "a,b",
    '"x"',
    "naïve",
    "=?utf-8?Q?x?=",
    "—",
    "x" * 90,
]

titles = st.one_of(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=25).map(" ".join),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=25).map("  ".join),
    st.text(min_size=1, max_size=200).map(one_line).filter(bool),
)


def read(field: bytes) -> EmailMessage:
    message = message_from_bytes(field + b"\r\n", policy=default)
    assert message.defects == []
    assert isinstance(message, EmailMessage)
    return message


def check_lines(field: bytes, width: int = 76) -> None:
    assert field.endswith(b"\r\n")
    lines = field[:-2].split(b"\r\n")
    assert all(len(line) <= width for line in lines)
    assert all(line.startswith(b" ") and line.strip() for line in lines[1:])
    assert not re.search(rb"[^ -~]", b"".join(lines))
    words = re.findall(rb"=\?[^?]+\?[BbQq]\?[^?]*\?=", field)
    assert all(len(word) <= 75 for word in words)


@given(titles)
def test_subjects_come_back_as_they_were_with_every_space(title: str) -> None:
    field = headers.text_field("Subject", title)
    check_lines(field)
    assert str(read(field)["Subject"]) == title


@given(titles)
def test_each_encoded_word_is_whole_by_itself(title: str) -> None:
    from base64 import b64decode

    if title.isascii():
        return
    field = headers.text_field("Subject", title)
    chunks = [b64decode(chunk).decode("utf-8") for chunk in re.findall(rb"=\?utf-8\?B\?([^?]*)\?=", field)]
    assert "".join(chunks) == title


def test_a_plain_subject_stays_readable() -> None:
    assert headers.text_field("Subject", "The Compass: first and 2 more") == (
        b"Subject: The Compass: first and 2 more\r\n"
    )


def test_a_long_plain_subject_is_folded_at_spaces() -> None:
    title = " ".join(["word"] * 60)
    field = headers.text_field("Subject", title)
    check_lines(field)
    assert b"=?" not in field
    assert read(field)["Subject"] == title


@given(titles)
def test_display_names_come_back_as_they_were(name: str) -> None:
    field = headers.mailbox_field("From", Mailbox(name, ADDRESS))
    check_lines(field)
    value = field.removeprefix(b"From: ").decode("ascii").replace("\r\n", "")
    (mailbox,) = read(field)["From"].addresses
    assert mailbox.addr_spec == "news@example.jp"
    if value.count("=?utf-8?B?") > 1:
        # Python's newer parser puts a space between two encoded-words of a name, against RFC 2047 §6.2.
        encoded, address = value.rsplit(" ", 1)
        assert str(make_header(decode_header(encoded))) == name
        assert address == "<news@example.jp>"
    else:
        shown, meant = (re.sub(" +", " ", text) for text in (mailbox.display_name, name))  # RFC 5322 §3.2.2
        assert shown == meant


@pytest.mark.parametrize(
    "name", ['Doe, Jane "JD"', "back\\slash", "(a comment)", "a@b", "AI.com", "編集部, 東京", "O'Hara"]
)
def test_display_names_with_quotes_and_commas_are_one_mailbox(name: str) -> None:
    (mailbox,) = read(headers.mailbox_field("From", Mailbox(name, ADDRESS)))["From"].addresses
    assert (mailbox.display_name, mailbox.addr_spec) == (name, "news@example.jp")


def test_a_mailbox_without_a_name_is_its_address() -> None:
    assert headers.mailbox_field("Reply-To", Mailbox("", ADDRESS)) == b"Reply-To: news@example.jp\r\n"


def test_an_old_carrier_address_is_quoted() -> None:
    address = EmailAddress.parse("a..b.@docomo.ne.jp")
    assert headers.mailbox_field("From", Mailbox("", address)) == b'From: "a..b."@docomo.ne.jp\r\n'


def test_urls_of_list_fields_are_never_encoded_and_fold_at_commas_only() -> None:
    long = "https://mail.example.jp/unsubscribe/" + "Ab3_-" * 40
    field = headers.url_list_field("List-Unsubscribe", [long, "mailto:u@example.jp?subject=x"])
    assert field == f"List-Unsubscribe: <{long}>,\r\n <mailto:u@example.jp?subject=x>\r\n".encode()


@given(titles)
def test_a_list_id_keeps_its_identifier_last_and_plain(title: str) -> None:
    field = headers.list_id_field(title, "news.example.jp")
    check_lines(field)
    assert re.search(rb"[ :]<news\.example\.jp>\r\n$", field)


@pytest.mark.parametrize(
    "breaker", ["\r\nBcc: x@example.org", "\n", "\r", "\x00", "\x0b", "\x85", "\u2028", "\ud800", "\x7f"]
)
def test_nothing_breaks_out_of_its_field(breaker: str) -> None:
    bad = f"a{breaker}b"
    with pytest.raises(ValueError, match="cannot"):
        headers.text_field("Subject", bad)
    with pytest.raises(ValueError, match="cannot"):
        headers.mailbox_field("From", Mailbox(bad, ADDRESS))
    with pytest.raises(ValueError, match="cannot"):
        headers.mailbox_field("From", Mailbox("x", EmailAddress(bad, "example.jp")))
    with pytest.raises(ValueError, match="cannot"):
        headers.list_id_field(bad, "news.example.jp")
    with pytest.raises(ValueError, match="cannot"):
        headers.url_list_field("List-Help", [f"https://example.jp/{bad}"])
    with pytest.raises(ValueError, match="cannot"):
        headers.raw_field("Precedence", bad)


@pytest.mark.parametrize(
    "url", ["https://example.jp/a b", "https://example.jp/>x", "https://example.jp/日本", ""]
)
def test_what_is_no_url_is_refused_in_list_fields(url: str) -> None:
    with pytest.raises(ValueError, match="cannot stand"):
        headers.url_list_field("List-Help", [url])


def test_a_line_that_no_server_would_take_is_refused() -> None:
    with pytest.raises(ValueError, match="longer than 998"):
        headers.raw_field("X", "x" * 1000)


def test_an_empty_subject_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        headers.text_field("Subject", "")


def test_the_date_is_written_in_utc() -> None:
    field = headers.date_field(datetime(2026, 11, 22, 22, 0, tzinfo=UTC))
    assert field == b"Date: Sun, 22 Nov 2026 22:00:00 +0000\r\n"
