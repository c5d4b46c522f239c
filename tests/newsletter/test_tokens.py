"""Tokens: what links in mails may do."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import InvalidToken
from feeds.newsletter.tokens import Purpose, Signer, token_length

SIGNER = Signer(b"s" * 32)
NOW = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
YEARS = timedelta(days=3650)

purposes = st.sampled_from(Purpose)
subscribers = st.integers(0, 2**40 - 1)
generations = st.integers(0, 2**24 - 1)
instants = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


@given(purposes, subscribers, generations, instants)
def test_a_token_says_what_was_signed(
    purpose: Purpose, subscriber: int, generation: int, issued: datetime
) -> None:
    token = SIGNER.token(purpose, subscriber, generation, issued)
    claim = SIGNER.verify(token, purpose, issued)
    assert (claim.purpose, claim.subscriber, claim.generation) == (purpose, subscriber, generation)
    assert re.fullmatch(r"[A-Za-z0-9_-]+", token)
    assert len(token) == token_length(purpose)
    assert token == SIGNER.token(purpose, subscriber, generation, issued)


@given(purposes, st.integers(0, 100), st.characters(codec="utf-8"), subscribers)
def test_an_altered_token_is_refused(purpose: Purpose, place: int, character: str, subscriber: int) -> None:
    token = SIGNER.token(purpose, subscriber, 1, NOW)
    place %= len(token)
    altered = token[:place] + character + token[place + 1 :]
    if altered != token:
        with pytest.raises(InvalidToken, match=r"^This link"):
            SIGNER.verify(altered, purpose, NOW)


@given(purposes, purposes, st.integers(0, 39))
def test_a_token_serves_one_purpose_and_only_whole(purpose: Purpose, other: Purpose, length: int) -> None:
    token = SIGNER.token(purpose, 7, 1, NOW)
    if other is not purpose:
        with pytest.raises(InvalidToken):
            SIGNER.verify(token, other, NOW)
    if length < len(token):
        with pytest.raises(InvalidToken, match="not complete"):
            SIGNER.verify(token[:length], purpose, NOW)


@given(purposes, st.text(max_size=60))
def test_any_text_is_refused_in_plain_words(purpose: Purpose, text: str) -> None:
    with pytest.raises(InvalidToken, match=r"^This link is not"):
        SIGNER.verify(text, purpose, NOW)


def test_another_key_verifies_nothing() -> None:
    token = Signer(b"t" * 32).token(Purpose.UNSUBSCRIBE, 7, 1)
    with pytest.raises(InvalidToken, match="not valid"):
        SIGNER.verify(token, Purpose.UNSUBSCRIBE, NOW)


def test_an_unsubscribe_link_never_expires() -> None:
    token = SIGNER.token(Purpose.UNSUBSCRIBE, 7, 1)
    assert len(token) == 32
    assert SIGNER.verify(token, Purpose.UNSUBSCRIBE, NOW + YEARS).issued is None


def test_a_preferences_link_lasts_thirty_days_and_is_the_same_all_day() -> None:
    midnight = datetime(2026, 11, 23, tzinfo=UTC)
    token = SIGNER.token(Purpose.PREFERENCES, 7, 1, NOW)
    assert token == SIGNER.token(Purpose.PREFERENCES, 7, 1, NOW + timedelta(hours=16))
    last = midnight + timedelta(days=31) - timedelta(seconds=1)
    assert SIGNER.verify(token, Purpose.PREFERENCES, last).issued == midnight
    with pytest.raises(InvalidToken, match="newest mail"):
        SIGNER.verify(token, Purpose.PREFERENCES, last + timedelta(seconds=1))


def test_a_confirm_link_lasts_seventy_two_hours() -> None:
    token = SIGNER.token(Purpose.CONFIRM, 7, 1, NOW)
    assert SIGNER.verify(token, Purpose.CONFIRM, NOW + timedelta(hours=72)).issued == NOW
    with pytest.raises(InvalidToken, match="sign up again"):
        SIGNER.verify(token, Purpose.CONFIRM, NOW + timedelta(hours=72, seconds=1))


def test_a_shorter_age_can_be_asked_for() -> None:
    token = SIGNER.token(Purpose.CONFIRM, 7, 1, NOW)
    with pytest.raises(InvalidToken, match="too old"):
        SIGNER.verify(token, Purpose.CONFIRM, NOW + timedelta(hours=2), timedelta(hours=1))


def test_a_token_that_expires_needs_its_time() -> None:
    with pytest.raises(ValueError, match="time of its issue"):
        SIGNER.token(Purpose.CONFIRM, 7, 1)


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="signing key"):
        Signer(b"short")


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_message_ids_are_well_formed_and_repeat(issue: int, subscriber: int) -> None:
    made = SIGNER.message_id(issue, subscriber, "example.jp")
    assert re.fullmatch(r"<[a-z0-9]+(\.[a-z0-9]+)*@example\.jp>", made)
    assert made == SIGNER.message_id(issue, subscriber, "example.jp")


def test_message_ids_differ_by_issue_reader_and_key() -> None:
    made = {SIGNER.message_id(i, s, "example.jp") for i in range(30) for s in range(30)}
    made |= {SIGNER.notice_id(n, "example.jp") for n in range(30)}
    made.add(Signer(b"t" * 32).message_id(1, 1, "example.jp"))
    assert len(made) == 931


@given(st.integers(0, 2**32 - 1), subscribers)
def test_a_bounce_token_names_its_mail_whatever_relays_make_of_its_case(issue: int, number: int) -> None:
    token = SIGNER.bounce_token(issue, number)
    assert len(f"a-name-of-21-letters+{token}") <= 64  # RFC 5321 §4.5.3.1.1
    assert {SIGNER.bounced(t) for t in (token, token.upper(), token.swapcase())} == {(issue, number)}
    assert Signer(b"t" * 32).bounced(token) is None


@given(st.integers(0, 41), st.sampled_from("0123456789abcdef"), subscribers)
def test_an_altered_bounce_token_names_nothing(place: int, character: str, number: int) -> None:
    token = SIGNER.bounce_token(7, number)
    altered = token[:place] + character + token[place + 1 :]
    assert (SIGNER.bounced(altered) is None) == (altered != token)


@given(st.text(max_size=60))
def test_any_text_is_no_bounce_token(text: str) -> None:
    assert SIGNER.bounced(text) is None
