"""Bad mail servers: nothing is lost, nothing comes twice, and the ledger says what happened."""

from __future__ import annotations

import re
import time
from datetime import datetime
from typing import Any

import pytest

from tests.acceptance.publication import MONDAY, SETTLED, Publication, mail_of, text_of
from tests.acceptance.relay import relay
from tests.delivery.scripted_server import HANGUP, RESET, Script
from tests.ports import free_port

READER = "reader@example.org"


@pytest.fixture
def waiting(publication: Publication) -> Publication:
    """A post that its reader gets with the next tick after the settle time."""
    publication.ask("tick", now=MONDAY)
    words = (READER, "--cadence", "each", "--confirmed")
    assert publication.say("subscribers", "add", *words, now=MONDAY).status == 0
    publication.write("post")
    publication.ask("tick", now=MONDAY)
    return publication


def test_a_server_that_is_away_costs_nothing(waiting: Publication) -> None:
    port = free_port()
    _use(waiting, port)
    for _ in range(3):
        said = waiting.say("tick", now=MONDAY + SETTLED)
        assert (said.status, f"127.0.0.1:{port}" in said.err) == (1, True), said
    assert _delivery(waiting)["state"] == "pending"
    with relay() as server:
        _use(waiting, server.port)
        assert waiting.ask("tick", now=MONDAY + SETTLED)["sent"] == 1
        assert waiting.ask("tick", now=MONDAY + SETTLED)["sent"] == 0
    assert len(server.taken) == 1
    assert _delivery(waiting) | {"state": "sent", "attempts": 1} == _delivery(waiting)


@pytest.mark.parametrize("greeting", ["421 4.3.2 busy", "554 5.3.2 go away", HANGUP, b"\xff\xfe\r\n"])
def test_a_server_that_will_not_talk_ends_the_tick_with_1(waiting: Publication, greeting: str) -> None:
    with relay({"CONNECT": [greeting] * 40}) as server:
        _use(waiting, server.port)
        said = waiting.say("tick", now=MONDAY + SETTLED)
        assert said.status == 1, said
    assert _delivery(waiting)["state"] == "pending"
    with relay() as server:
        _use(waiting, server.port)
        assert waiting.ask("tick", now=MONDAY + SETTLED)["sent"] == 1


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "."])
def test_a_temporary_refusal_waits_for_a_later_tick(waiting: Publication, verb: str) -> None:
    with relay({verb: ["451 4.3.0 try later"]}) as server:
        _use(waiting, server.port)
        first = waiting.ask("tick", now=MONDAY + SETTLED)
        assert (first["sent"], first["deferred"], first["waiting"]) == (0, 1, 1)
        assert _delivery(waiting)["reply"] == "451 4.3.0 try later"
        second = waiting.ask("tick", now=MONDAY + SETTLED)
        assert (second["sent"], second["waiting"]) == (1, 0)
        assert waiting.ask("tick", now=MONDAY + 2 * SETTLED)["sent"] == 0
    assert len({_without_dots(body) for body in server.taken}) == 1


def test_an_address_that_does_not_exist_is_never_tried_again(waiting: Publication) -> None:
    with relay({"RCPT": ["550 5.1.1 no such user"]}) as server:
        _use(waiting, server.port)
        assert waiting.ask("tick", now=MONDAY + SETTLED)["rejected"] == 1
        line = _delivery(waiting)
        assert (line["state"], line["reply"]) == ("rejected", "550 5.1.1 no such user")
        _publish_another(waiting, MONDAY + 2 * SETTLED)
        assert waiting.ask("tick", now=MONDAY + 4 * SETTLED)["waiting"] == 0
        said = waiting.say("subscribers", "add", READER, "--confirmed", now=MONDAY + 4 * SETTLED)
        assert said.status == 1 or "suppressed" in said.out + said.err
    assert [line for line in server.lines if line.startswith("RCPT")] == [f"RCPT TO:<{READER}>"]


def test_a_mailbox_that_refuses_one_mail_gets_the_next(waiting: Publication) -> None:
    with relay({"RCPT": ["552 5.2.2 mailbox full"]}) as server:
        _use(waiting, server.port)
        assert waiting.ask("tick", now=MONDAY + SETTLED)["rejected"] == 1
        _publish_another(waiting, MONDAY + 2 * SETTLED)
        assert waiting.ask("tick", now=MONDAY + 4 * SETTLED)["sent"] == 1
    (body,) = server.taken
    text = text_of(mail_of(body), "plain")
    assert "another" in text
    assert "https://example.org/post" in text  # what the failed issue did not bring, the next one brings


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "."])
def test_a_policy_refusal_pauses_the_issue_and_suppresses_nobody(waiting: Publication, verb: str) -> None:
    with relay({verb: ["550 5.7.1 blocked"]}) as server:
        _use(waiting, server.port)
        waiting.say("tick", now=MONDAY + SETTLED)
        (issue,) = waiting.ask("deliveries")
        assert (issue["pending"], issue["sent"], issue["suppressed"]) == (1, 0, 0)
        waiting.say("tick", now=MONDAY + SETTLED)
        assert len([line for line in server.lines if line.startswith("MAIL")]) == 1
        assert waiting.say("resume", str(issue["id"]), now=MONDAY + SETTLED).status == 0
        assert waiting.ask("tick", now=MONDAY + SETTLED)["sent"] == 1


@pytest.mark.parametrize("break_off", [HANGUP, RESET])
@pytest.mark.parametrize("verb", ["EHLO", "MAIL", "RCPT", "DATA"])
def test_a_connection_that_breaks_before_the_mail_is_tried_again(
    waiting: Publication, verb: str, break_off: str
) -> None:
    with relay({verb: [break_off]}) as server:
        _use(waiting, server.port)
        for _ in range(3):
            waiting.say("tick", now=MONDAY + SETTLED)
    assert _delivery(waiting)["state"] == "sent"
    assert len(server.taken) == 1


@pytest.mark.parametrize("script", [{"DATA": ["354 go on!"]}, {".": [HANGUP]}, {".": [RESET]}])
def test_a_mail_in_doubt_is_sent_once_more_as_the_very_same_bytes(
    waiting: Publication, script: Script
) -> None:
    with relay(script) as server:
        _use(waiting, server.port)
        waiting.say("tick", now=MONDAY + SETTLED)
        assert _delivery(waiting)["state"] in {"deferred", "pending"}
        waiting.write("post", body="edited since")
        waiting.say("tick", now=MONDAY + 2 * SETTLED)
        assert _delivery(waiting)["state"] == "sent"
        assert waiting.ask("tick", now=MONDAY + 3 * SETTLED)["sent"] == 0
    assert len(set(server.taken)) == 1
    assert str(mail_of(server.taken[-1])["message-id"]) == _delivery(waiting)["message_id"]
    if script.get("."):
        assert len(server.taken) == 2


@pytest.mark.parametrize("break_off", [HANGUP, RESET])
def test_under_hold_a_mail_in_doubt_is_unknown_and_left_alone(waiting: Publication, break_off: str) -> None:
    waiting.add_settings('[delivery]\nunknown = "hold"\n')
    with relay({".": [break_off]}) as server:
        _use(waiting, server.port)
        assert waiting.say("tick", "--json", now=MONDAY + SETTLED).json["unknown"] == 1
        line = _delivery(waiting)
        assert (line["email"], line["state"]) == (READER, "unknown")
        assert waiting.ask("tick", now=MONDAY + 2 * SETTLED)["sent"] == 0
        _publish_another(waiting, MONDAY + 3 * SETTLED)
        assert waiting.ask("tick", now=MONDAY + 5 * SETTLED)["sent"] == 1
    first, second = (text_of(mail_of(body), "plain") for body in server.taken)
    assert "another" not in first
    assert "another" in second
    assert "https://example.org/post" not in second


def test_a_killed_tick_leaves_nobody_out_and_repeats_at_most_what_was_on_the_wire(
    publication: Publication,
) -> None:
    publication.ask("tick", now=MONDAY)
    readers = publication.root / "readers.csv"
    readers.write_text("email,cadence\n" + "".join(f"r{n}@example.org,each\n" for n in range(200)))
    assert publication.say("subscribers", "import", str(readers), "--confirmed", now=MONDAY).status == 0
    publication.write("post")
    publication.ask("tick", now=MONDAY)
    with relay() as server:
        _use(publication, server.port)
        process = publication.start("tick", now=MONDAY + SETTLED)
        while len(server.taken) < 50 and process.poll() is None:
            time.sleep(0.001)
        process.kill()
        process.communicate()
        assert publication.ask("tick", now=MONDAY + SETTLED)["waiting"] == 0
        (issue,) = publication.ask("deliveries")
        assert (issue["audience"], issue["sent"]) == (200, 200)
        assert publication.ask("tick", now=MONDAY + 2 * SETTLED)["sent"] == 0
    assert len(set(server.taken)) == 200  # who has it twice has the same bytes
    assert len(server.taken) <= 200 + 16  # connections


def test_a_confirmation_survives_a_server_that_is_away(publication: Publication) -> None:
    publication.ask("tick", now=MONDAY)
    _use(publication, free_port())
    assert publication.say("subscribers", "add", READER, now=MONDAY).status == 0
    assert publication.say("tick", now=MONDAY).status == 1
    with relay() as server:
        _use(publication, server.port)
        assert publication.ask("tick", now=MONDAY)["notices"] == 1
        assert publication.ask("tick", now=MONDAY)["notices"] == 0
    assert len(server.taken) == 1


def test_the_bytes_on_the_wire_are_those_that_mail_programs_read(waiting: Publication) -> None:
    with relay() as server:
        _use(waiting, server.port)
        waiting.ask("tick", now=MONDAY + SETTLED)
    (body,) = server.taken
    assert body.isascii()
    assert not re.search(rb"[^\r]\n|\r[^\n]", body)
    assert max(map(len, body.split(b"\r\n"))) <= 998
    mail = mail_of(_without_dots(body))
    assert mail.get_content_type() == "multipart/alternative"
    assert str(mail["list-unsubscribe-post"]) == "List-Unsubscribe=One-Click"


def _use(publication: Publication, port: int) -> None:
    text = publication.config.read_text(encoding="utf-8")
    publication.config.write_text(
        re.sub(r'(?m)^smtp = ".*"$', f'smtp = "smtp://127.0.0.1:{port}"', text), encoding="utf-8"
    )


def _delivery(publication: Publication) -> dict[str, Any]:
    """The reader's line of the first issue."""
    issue = min(each["id"] for each in publication.ask("deliveries"))
    (line,) = publication.ask("deliveries", str(issue))
    assert isinstance(line, dict)
    return line


def _publish_another(publication: Publication, now: datetime) -> None:
    publication.write("another")
    publication.ask("tick", now=now)


def _without_dots(body: bytes) -> bytes:
    return body.removesuffix(b".\r\n")
