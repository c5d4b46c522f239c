"""Signing up: what the form shows, what it asks of the service, and that its answer tells nothing."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import FormData

from feeds.model.subscriber import Cadence, SubscriberState
from feeds.web.choices import Choices, Offer, Typed, choose, typed
from feeds.web.rates import SignUpRate, network_of
from tests.web.conftest import HOST, Client
from tests.web.standin import CATEGORIES, StandIn

FORM = {"email": "taro@example.org", "scope": "all", "cadence": "weekly", "language": "ja"}


def test_the_form_offers_every_category_and_everything_is_chosen(client: Client) -> None:
    page = client.get("/?lang=ja").text
    for slug in ("ai技術ガイド", "読書", "garden"):
        assert f'<input type="checkbox" name="topic" value="{slug}">' in page
    assert '<input type="radio" name="scope" value="all" checked>' in page
    assert "これから増えるカテゴリーも含みます" in page


def test_the_sender_stands_next_to_the_form(client: Client) -> None:
    page = client.get("/?lang=ja").text
    form = page[page.index("<form") : page.index("</form>")]
    assert "瓦版編集部が新しい記事のお知らせ" in form
    assert "news@magazine.example" in form
    assert "同意" in form


@pytest.mark.parametrize("state", [None, *SubscriberState])
def test_signing_up_answers_alike_for_every_address(
    client: Client, service: StandIn, state: SubscriberState | None
) -> None:
    stranger = client.post("/subscribe?lang=ja", data={**FORM, "email": "nobody@example.org"})
    if state is not None:
        service.add("taro@example.org", state)
    answer = client.post("/subscribe?lang=ja", data=FORM)
    assert (answer.status_code, answer.text) == (stranger.status_code, stranger.text)
    assert dict(answer.headers) == dict(stranger.headers)
    assert [call[0] for call in service.asked] == ["subscribe", "subscribe"]


def test_no_answer_repeats_the_address_in_a_url_or_in_its_text(client: Client) -> None:
    answer = client.post("/subscribe", data=FORM)
    assert answer.status_code == 200
    assert "location" not in answer.headers
    assert "taro" not in answer.text


def test_chosen_categories_reach_the_service_by_slug(client: Client, service: StandIn) -> None:
    form = {**FORM, "scope": "some", "topic": ["garden", "読書"], "cadence": "daily", "language": "en"}
    client.post("/subscribe", data=form)
    assert service.asked == [("subscribe", "taro@example.org", ("garden", "読書"), Cadence.DAILY, "en")]


def test_a_pasted_form_with_an_address_alone_subscribes_to_everything(
    client: Client, service: StandIn
) -> None:
    client.post(
        "/subscribe?lang=en",
        data={"email": "taro@example.org"},
        headers={"Origin": "https://elsewhere.example"},
    )
    assert service.asked == [("subscribe", "taro@example.org", (), Cadence.WEEKLY, "en")]


def test_a_pasted_form_may_use_the_former_name_of_a_category(client: Client, service: StandIn) -> None:
    client.post("/subscribe", data={"email": "taro@example.org", "topic": "本"})
    assert service.asked[0][2] == ("読書",)


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"email": "taro@@x"}, "email", "メールアドレスの形になっていません"),
        ({"email": ""}, "email", "メールアドレスを入力してください"),
        ({"scope": "some"}, "topics", "カテゴリーを一つ以上選ぶか"),
        ({"scope": "some", "topic": "no-such"}, "topics", "いまはありません"),
        ({"cadence": "hourly"}, "cadence", "お届けの間隔を選んでください"),
        ({"language": "fr"}, "language", "メールの言語を選んでください"),
    ],
)
def test_a_mistake_stands_at_its_field_and_what_was_typed_stays(
    client: Client, service: StandIn, change: dict[str, str], field: str, words: str
) -> None:
    answer = client.post("/subscribe?lang=ja", data={**FORM, "email": "hanako@example.org", **change})
    assert answer.status_code == 422
    under = answer.text.index(f'id="{field}-mistake"')
    assert words in answer.text[under : under + 200]
    if field != "email":
        assert 'value="hanako@example.org"' in answer.text
    assert service.asked == []


def test_what_a_reader_typed_is_escaped(client: Client) -> None:
    answer = client.post("/subscribe", data={**FORM, "email": '"><script>alert(1)</script>'})
    assert "<script" not in answer.text
    assert "&lt;script&gt;" in answer.text


def test_a_program_that_fills_the_hidden_field_gets_the_same_answer_and_no_mail(
    client: Client, service: StandIn
) -> None:
    honest = client.post("/subscribe", data=FORM)
    service.asked.clear()
    answer = client.post("/subscribe", data={**FORM, "nickname_check": "http://spam.example"})
    assert (answer.status_code, answer.text) == (200, honest.text)
    assert service.asked == []


def test_a_client_that_signs_up_too_often_is_told_when_to_come_back(
    client: Client, service: StandIn, clock: SimpleNamespace
) -> None:
    for _ in range(5):
        assert client.post("/subscribe", data=FORM).status_code == 200
    refused = client.post("/subscribe", data=FORM, client="192.0.2.77")  # the same network
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) == 60
    assert client.post("/subscribe", data=FORM, client="198.51.100.1").status_code == 200
    assert client.get("/").status_code == 200
    clock.now = 60
    assert client.post("/subscribe", data=FORM).status_code == 200
    assert len(service.asked) == 7


def test_a_network_is_a_24_or_a_64() -> None:
    assert network_of("192.0.2.200") == network_of("::ffff:192.0.2.1") == "192.0.2.0/24"
    assert network_of("2001:db8::1") == network_of("2001:db8::ffff:1") == "2001:db8::/64"


def test_the_memory_of_the_rate_is_bounded() -> None:
    rate = SignUpRate(burst=1, seconds=60, remembered=2)
    assert [rate.wait(f"192.0.{n}.1", 0) for n in range(4)] == [0, 0, 0, 0]
    assert rate.wait("192.0.3.1", 0) == 60
    assert rate.wait("192.0.0.1", 0) == 0  # forgotten


def test_the_form_to_paste_is_the_form_that_works(client: Client, service: StandIn) -> None:
    import html5lib

    page = html5lib.parse(client.get("/embed?lang=ja").text, namespaceHTMLElements=False)
    code = "".join(page.find(".//pre").itertext())
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    form = parser.parseFragment(code).find("form")
    assert parser.errors == []
    assert form.get("action") == f"{HOST}/subscribe?lang=ja"
    assert {field.get("name") for field in form.iter("input")} == {
        "email",
        "topic",
        "language",
        "nickname_check",
    }
    client.post(form.get("action"), data={"email": "taro@example.org", "topic": ["garden"], "language": "ja"})
    assert service.asked == [("subscribe", "taro@example.org", ("garden",), Cadence.WEEKLY, "ja")]


USUAL = Typed(cadence="weekly", language="ja", hour="7", weekday="0", zone="Asia/Tokyo")
FIELDS = st.sampled_from(["email", "scope", "topic", "cadence", "language", "hour", "weekday", "zone", "x"])
VALUES = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["all", "some", "garden", "本", "each", "23", "²", "UTC", "../UTC", "\0"]),
)


@given(st.lists(st.tuples(FIELDS, VALUES), max_size=12))
def test_any_form_is_a_choice_that_exists_or_a_list_of_mistakes(fields: list[tuple[str, str]]) -> None:
    offer = Offer(CATEGORIES, (Cadence.EACH, Cadence.WEEKLY))
    answer = choose(typed(FormData(fields), USUAL), offer)
    if isinstance(answer, Choices):
        assert set(answer.topics) <= {category.slug for category in CATEGORIES.all}
        assert answer.cadence in offer.cadences
        assert answer.hour in range(24)
        assert answer.weekday in range(7)
    else:
        assert answer


def test_a_chosen_category_that_has_no_post_now_is_kept() -> None:
    written = replace(USUAL, scope="some", topics=("gone", "garden"))
    assert not isinstance(choose(written, Offer(CATEGORIES, (Cadence.WEEKLY,))), Choices)
    kept = choose(written, Offer(CATEGORIES, (Cadence.WEEKLY,), kept=("gone",)))
    assert isinstance(kept, Choices)
    assert kept.topics == ("gone", "garden")
