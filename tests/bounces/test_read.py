"""What is read out of a mail that came back, whoever wrote it."""

from __future__ import annotations

import time
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeds.bounces.mime import DEEPEST, LARGEST
from feeds.bounces.read import Incoming, read
from feeds.model.bounce import BounceKind, Receipt
from tests.bounces.samples import REPORTS, report

HARD, SOFT, REFUSED, COMPLAINT = BounceKind
TOKEN = "a" * 42


@pytest.mark.parametrize(
    ("name", "kind", "status", "words"),
    [
        ("postfix", HARD, "5.1.1", "User unknown in virtual"),
        ("postfix-expired", SOFT, "4.2.2", "over quota"),
        ("gmail", HARD, "5.1.1", "does not exist"),
        ("gmail-policy", REFUSED, "5.7.26", "unauthenticated"),
        ("exchange", HARD, "5.1.10", "RecipientNotFound"),
        ("sendmail", HARD, "5.1.1", "Unknown user"),
        ("carrier", HARD, "5.1.1", "存在しません"),
        ("qmail", HARD, "5.1.1", "no mailbox here"),
        ("vague", SOFT, "5.0.0", ""),
        ("arf", COMPLAINT, "abuse", ""),
    ],
)
def test_a_report_says_why_a_mail_came_back(name: str, kind: BounceKind, status: str, words: str) -> None:
    found = read(report(name, TOKEN)).report
    assert found is not None
    assert (found.kind, found.status) == (kind, status)
    assert words in found.diagnostic
    assert "\n" not in found.diagnostic


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("postfix-delayed", Receipt.NO_FAILURE),
        ("arf-not-spam", Receipt.NO_FAILURE),
        ("vacation", Receipt.NO_REPORT),
    ],
)
def test_a_delay_and_an_answer_are_no_failures(name: str, why: Receipt) -> None:
    incoming = read(report(name, TOKEN))
    assert (incoming.report, incoming.why_not) == (None, why)


@pytest.mark.parametrize("file", REPORTS, ids=lambda file: file.stem)
def test_line_ends_and_a_pipes_first_line_make_no_difference(file: Path) -> None:
    mail = report(file.stem, TOKEN)
    assert read(mail.replace(b"\n", b"\r\n")) == read(mail)
    assert read(b"From MAILER-DAEMON Mon Nov 23 07:31:02 2026\n" + mail) == read(mail)


def test_a_report_that_was_cut_off_after_its_status_says_the_same() -> None:
    whole = report("postfix", TOKEN)
    end = whole.index(b"--B1D2A1C0E1.1763883062/mail.example.org\nContent-Description: Undelivered")
    assert read(whole[:end]).report == read(whole).report


def test_what_lies_behind_the_first_megabyte_is_not_looked_at() -> None:
    whole = report("postfix", TOKEN)
    assert read(whole + b"x" * 10 * LARGEST).report == read(whole).report
    late = read(
        whole.replace(b"I'm sorry", b"x" * 10 * LARGEST)
    ).report  # all but the text for people is too late
    assert late is not None
    assert late.kind is SOFT


def nested(depth: int, inside: bytes) -> bytes:
    mail = inside
    for level in range(depth):
        mail = b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n%b\n--b%d--\n" % (
            level,
            level,
            mail,
            level,
        )
    return mail


def test_parts_within_parts_are_followed_so_deep_and_no_deeper() -> None:
    mail = report("postfix", TOKEN)
    assert read(nested(DEEPEST - 1, mail)).report == read(mail).report
    assert read(nested(DEEPEST, mail)).report is None


def test_only_words_of_the_server_itself_are_a_reason() -> None:
    mail = report("qmail", TOKEN).replace(b"Remote host said: 550 5.1.1", b"Remote host said:")
    mail = mail.replace(b"no mailbox here by that name", b"sorry")
    found = read(mail).report
    assert found is not None
    assert (found.kind, found.status) == (SOFT, "5.0.0")  # and not the 5.7.1 of the mail that came back


@cache
def bombs() -> dict[str, bytes]:
    """Mails of a megabyte that are made to take long."""
    head = b"Content-Type: multipart/report; boundary=x\n\n"
    return {
        "parts": head + b"--x\n" * (LARGEST // 4),
        "parts with fields": head + b"--x\nContent-Type: multipart/mixed; boundary=x\n\n" * (LARGEST // 47),
        "nested": nested(16_000, b"x"),
        "one header": b"A: " + b"x" * LARGEST,
        "folds": b"Content-Type: multipart/report;\n" + b" ;boundary=\n" * (LARGEST // 12),
        "blanks": head + b"--x\nContent-Type: message/delivery-status\n\n" + b"\n \t" * (LARGEST // 3),
        "blank line": head + b"--x\nContent-Type: message/delivery-status\n\n\n" + b" " * LARGEST,
        "dashes": b"From: mailer-daemon@x\n\n" + b"-" * LARGEST,
        "digits": b"From: mailer-daemon@x\n\n" + b"5.1." * (LARGEST // 4),
        "tokens": b"".join(b"To: %s@x\n" % (b"a" * 42) for _ in range(LARGEST // 48)) + b"\n",
        "base64": head
        + b"--x\nContent-Type: message/delivery-status\nContent-Transfer-Encoding: base64\n\n"
        + b"\n=" * (LARGEST // 2),
        "quoted": head
        + b"--x\nContent-Type: message/rfc822\nContent-Transfer-Encoding: quoted-printable\n\n"
        + b"=\n" * (LARGEST // 2),
        "punycode": b"From: mailer-daemon@x\nContent-Type: text/plain; charset=punycode\n\n"
        + b"a-b" * (LARGEST // 3),
    }


@pytest.mark.parametrize("name", list(bombs()))
def test_no_mail_takes_long(name: str) -> None:
    mail = bombs()[name]
    started = time.process_time()
    read(mail)
    assert time.process_time() - started < 2  # most take a few hundredths


def check(incoming: Incoming) -> None:
    texts = (*incoming.recipients, *incoming.senders, *incoming.message_ids, *incoming.ways_out)
    assert all(len(text) <= 2000 for text in texts)
    assert incoming.report is None or len(incoming.report.diagnostic) <= 500


@given(st.binary(max_size=2000))
def test_any_bytes_are_at_least_no_report(mail: bytes) -> None:
    check(read(mail))


files = [file.read_bytes() for file in REPORTS]


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(files),
    st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 80), st.binary(max_size=40)), max_size=6),
)
def test_a_garbled_report_is_read_without_harm(mail: bytes, changes: list[tuple[int, int, bytes]]) -> None:
    for place, length, put in changes:
        mail = mail[:place] + put + mail[place + length :]
    check(read(mail))


def test_a_mail_servers_mail_without_a_word_is_no_report() -> None:
    assert read(report("vague", TOKEN).partition(b"\n\n")[0] + b"\n\n \n").report is None


@pytest.mark.parametrize(
    ("status", "diagnostic", "told"),
    [
        ("5.0.0", "smtp; 550 5.1.1 gone", "5.1.1"),
        ("5.0.0", "smtp; 550 Unknown user gone@docomo.ne.jp", "5.1.1"),
        ("5.0.0", "smtp; 550 the sender's domain does not exist", "5.0.0"),
        ("5.0.0", "smtp; 554 from 5.1.1.1", "5.0.0"),
        ("5.2.2", "smtp; 550 5.1.1 gone", "5.2.2"),
        ("2.0.0", "smtp; what", "5.0.0"),
        ("", "", "5.0.0"),
        ("4.0.0", "x; user unknown", "4.0.0"),
    ],
)
def test_a_vague_status_is_made_precise_by_the_servers_words(status: str, diagnostic: str, told: str) -> None:
    mail = report("postfix").replace(b"Status: 5.1.1", f"Status: {status}".encode())
    start, end = (
        mail.index(b"Diagnostic-Code:"),
        mail.index(b"\n\n--B1D2A1C0E1", mail.index(b"Diagnostic-Code:")),
    )
    found = read(mail[:start] + f"Diagnostic-Code: {diagnostic}".encode() + mail[end:]).report
    assert found is not None
    assert found.status == told


@pytest.mark.parametrize("cut", range(5))
def test_base64_that_was_cut_off_is_read_as_far_as_it_goes(cut: int) -> None:
    whole = report("exchange", TOKEN)
    end = whole.index(b"--f7e6d5c4-b3a2-4190-8f7e-6d5c4b3a2190\nContent-Type: message/rfc822") - 40 - cut
    found = read(whole[:end]).report
    assert found is not None
    assert found.status == "5.1.10"
