"""The links of mails: confirm, preferences, unsubscribe."""

from __future__ import annotations

import pytest

from feeds.model.subscriber import EVERYTHING, Cadence, SubscriberState
from tests.web.conftest import Client
from tests.web.standin import StandIn

CHOICES = {
    "scope": "some",
    "topic": ["garden"],
    "cadence": "daily",
    "language": "en",
    "hour": "21",
    "weekday": "4",
    "zone": "Europe/Paris",
}


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_nothing_but_a_post_changes_anything(client: Client, service: StandIn, method: str) -> None:
    service.add("taro@example.org", SubscriberState.PENDING)
    paths = [
        "/",
        "/subscribe?email=taro@example.org&scope=all",
        "/feeds/",
        "/feeds",
        "/embed",
        "/health",
        "/ready",
    ]
    paths += [
        f"/{purpose}/{purpose}-1{more}"
        for purpose in ("confirm", "preferences", "unsubscribe")
        for more in ("", "/", "?List-Unsubscribe=One-Click")
    ]
    before = dict(service.readers)
    for path in paths:
        client.request(method, path)
    assert service.asked == []
    assert service.readers == before


def test_confirming_takes_a_button(client: Client, service: StandIn) -> None:
    service.add("taro@example.org", SubscriberState.PENDING)
    page = client.get("/confirm/confirm-1")
    assert page.status_code == 200
    assert '<form method="post"' in page.text
    assert "登録を完了する" in page.text  # the subscriber's language
    answer = client.post("/confirm/confirm-1")
    assert answer.status_code == 200
    assert "登録が完了しました" in answer.text
    assert service.readers[1].state is SubscriberState.CONFIRMED


def test_confirming_twice_says_that_it_was_done(client: Client, service: StandIn) -> None:
    service.add("taro@example.org", SubscriberState.CONFIRMED)
    page = client.get("/confirm/confirm-1").text
    assert "すでに完了しています" in page
    assert "<form" not in page
    assert "すでに完了していました" in client.post("/confirm/confirm-1").text


@pytest.mark.parametrize("purpose", ["confirm", "preferences", "unsubscribe"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_link_that_does_not_work_says_what_to_do(client: Client, purpose: str, method: str) -> None:
    answer = client.request(method, f"/{purpose}/expired?lang=en")
    assert answer.status_code == 404
    assert "This link does not work" in answer.text
    assert 'href="/?lang=en"' in answer.text


def test_a_token_opens_its_own_door_only(client: Client, service: StandIn) -> None:
    service.add("taro@example.org", SubscriberState.CONFIRMED)
    assert client.get("/preferences/unsubscribe-1").status_code == 404
    assert client.post("/unsubscribe/preferences-1").status_code == 404


@pytest.mark.parametrize("purpose", ["confirm", "preferences", "unsubscribe"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_pages_with_a_token_hide_the_address_and_are_kept_nowhere(
    client: Client, service: StandIn, purpose: str, method: str
) -> None:
    service.add("hanako@suzuki.example", SubscriberState.CONFIRMED)
    answer = client.request(method, f"/{purpose}/{purpose}-1")
    assert "hanako" not in answer.text
    assert "suzuki" not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-robots-tag"] == "noindex"
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_preferences_show_what_was_chosen(client: Client, service: StandIn) -> None:
    service.add("hanako@suzuki.example", SubscriberState.CONFIRMED, "garden", "本")
    page = client.get("/preferences/preferences-1").text
    assert 'name="topic" value="garden" checked' in page
    assert 'name="topic" value="読書" checked' in page  # by its present name
    assert 'name="scope" value="some" checked' in page
    assert page.count('value="Asia/Tokyo" selected') == 1
    assert ">東京</option>" in page


def test_preferences_are_kept(client: Client, service: StandIn) -> None:
    service.add("hanako@suzuki.example", SubscriberState.CONFIRMED)
    answer = client.post("/preferences/preferences-1", data=CHOICES)
    assert answer.status_code == 200
    assert "Your preferences are saved." in answer.text  # in the language just chosen
    kept = service.readers[1].subscription
    assert [topic.slug for topic in kept.topics] == ["garden"]
    assert (kept.cadence, kept.language, kept.hour, kept.weekday, kept.zone) == (
        Cadence.DAILY,
        "en",
        21,
        4,
        "Europe/Paris",
    )


def test_everything_can_be_chosen_again(client: Client, service: StandIn) -> None:
    service.add("hanako@suzuki.example", SubscriberState.CONFIRMED, "garden")
    client.post("/preferences/preferences-1", data={**CHOICES, "scope": "all"})
    assert [topic.slug for topic in service.readers[1].subscription.topics] == [EVERYTHING]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("hour", "24"),
        ("hour", "７"),
        ("weekday", "7"),
        ("zone", "Mars/Olympus"),
        ("zone", "../etc/passwd"),
        ("topic", "x"),
    ],
)
def test_impossible_preferences_are_refused_at_their_field(
    client: Client, service: StandIn, field: str, value: str
) -> None:
    service.add("hanako@suzuki.example", SubscriberState.CONFIRMED)
    answer = client.post("/preferences/preferences-1", data={**CHOICES, field: value})
    assert answer.status_code == 422
    assert f'id="{"topics" if field == "topic" else field}-mistake"' in answer.text
    assert service.asked == []


def test_saving_does_not_lose_a_category_that_has_no_post_now(client: Client, service: StandIn) -> None:
    service.add("hanako@suzuki.example", SubscriberState.CONFIRMED, "winter-2025")
    assert 'value="winter-2025" checked' in client.get("/preferences/preferences-1").text
    client.post("/preferences/preferences-1", data={**CHOICES, "topic": ["winter-2025"]})
    assert [topic.slug for topic in service.readers[1].subscription.topics] == ["winter-2025"]


def test_an_unusual_zone_stays_chosen(client: Client, service: StandIn) -> None:
    service.add("hanako@suzuki.example", SubscriberState.CONFIRMED)
    client.post("/preferences/preferences-1", data={**CHOICES, "zone": "Japan"})
    assert 'value="Japan" selected' in client.get("/preferences/preferences-1").text


@pytest.mark.parametrize("state", [SubscriberState.UNSUBSCRIBED, SubscriberState.PENDING])
def test_preferences_start_no_mail(client: Client, service: StandIn, state: SubscriberState) -> None:
    service.add("hanako@suzuki.example", state)
    assert "<form" not in client.get("/preferences/preferences-1").text
    client.post("/preferences/preferences-1", data=CHOICES)
    assert service.asked == []


def test_unsubscribing_takes_a_button(client: Client, service: StandIn) -> None:
    service.add("hanako@suzuki.example", SubscriberState.CONFIRMED)
    page = client.get("/unsubscribe/unsubscribe-1").text
    assert "h•••@s•••.example" in page
    assert '<form method="post"' in page
    answer = client.post("/unsubscribe/unsubscribe-1?lang=ja")
    assert "配信を停止しました" in answer.text
    assert service.readers[1].state is SubscriberState.UNSUBSCRIBED
    assert "すでに停止しています" in client.get("/unsubscribe/unsubscribe-1").text
    assert client.post("/unsubscribe/unsubscribe-1").status_code == 200


ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.mark.parametrize("body", [{"data": ONE_CLICK}, {"files": {"List-Unsubscribe": (None, "One-Click")}}])
def test_one_click_needs_a_post_and_nothing_else(
    client: Client, service: StandIn, body: dict[str, object]
) -> None:
    """RFC 8058 §3.1 and §3.2: form-encoded or multipart, no cookie, no Origin, no redirect."""
    service.add("hanako@suzuki.example", SubscriberState.CONFIRMED)
    answer = client.post("/unsubscribe/unsubscribe-1", **body)
    assert answer.status_code == 200
    assert answer.text == "Unsubscribed.\n"
    assert "set-cookie" not in answer.headers
    assert service.readers[1].state is SubscriberState.UNSUBSCRIBED


@pytest.mark.parametrize(
    "headers", [{}, {"Content-Type": "text/plain"}, {"Content-Type": "multipart/form-data; boundary=nowhere"}]
)
def test_a_broken_body_does_not_keep_a_reader_subscribed(
    client: Client, service: StandIn, headers: dict[str, str]
) -> None:
    service.add("hanako@suzuki.example", SubscriberState.CONFIRMED)
    answer = client.post("/unsubscribe/unsubscribe-1", content=b"\xff\x00--", headers=headers)
    assert answer.status_code == 200
    assert service.readers[1].state is SubscriberState.UNSUBSCRIBED


def test_nothing_redirects_to_another_slash(client: Client, service: StandIn) -> None:
    service.add("hanako@suzuki.example", SubscriberState.CONFIRMED)
    assert client.post("/unsubscribe/unsubscribe-1/", data=ONE_CLICK).status_code == 404
    assert client.get("/embed/").status_code == 404
