"""The log: one event a line in either form, and never an address or a secret."""

from __future__ import annotations

import io
import json
import logging
import shlex
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from feeds import logs
from tests.acceptance.publication import Publication
from tests.acceptance.relay import relay
from tests.delivery.scripted_server import HANGUP, Script, ScriptedServer
from tests.ops.conftest import Sending, lines_of_json

Write = Callable[..., logging.Logger]


@pytest.fixture
def written() -> Iterator[tuple[logging.Logger, Callable[[str], list[str]]]]:
    """A log, and the lines that it has in a form."""
    log = logging.getLogger("feeds.test")
    records: list[logging.LogRecord] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record)

    keep = Keep()
    log.addHandler(keep)
    log.setLevel(logging.INFO)
    log.propagate = False

    def lines(form: Any) -> list[str]:
        formatter = logs.EventFormatter(form, logs.Redactor(["pass word", "geheim"]))
        return [formatter.format(record) for record in records]

    yield log, lines
    log.removeHandler(keep)
    log.propagate = True


def test_an_event_is_pairs_on_one_line(written: Any) -> None:
    log, lines = written
    log.info(
        "event=delivery_ended sent=%d rate=%.1f ref=%s reason=%s", 3, 2.25, (1, 2), 'two\nlines, "so" = x'
    )
    (line,) = lines("text")
    pairs = dict(pair.split("=", 1) for pair in shlex.split(line))
    assert pairs["module"] == "feeds.test"
    assert (pairs["event"], pairs["sent"], pairs["rate"]) == ("delivery_ended", "3", "2.25")
    assert "\n" not in line
    (said,) = map(json.loads, lines("json"))
    assert said["time"].endswith("Z")
    assert {key: said[key] for key in ("level", "event", "sent", "rate", "ref", "reason")} == {
        "level": "INFO",
        "event": "delivery_ended",
        "sent": 3,
        "rate": 2.25,
        "ref": [1, 2],
        "reason": 'two\nlines, "so" = x',
    }


def test_what_libraries_say_in_words_is_a_message(written: Any) -> None:
    log, lines = written
    log.warning("Execution of job %s skipped", "x")
    log.warning("event=message_%s ref=%s", "deferred", (1, 2))
    first, second = map(json.loads, lines("json"))
    assert first["message"] == "Execution of job x skipped"
    assert (second["event"], second["ref"]) == ("message_deferred", [1, 2])


def test_a_traceback_stays_on_its_line_without_addresses(written: Any) -> None:
    log, lines = written
    try:
        raise ValueError("[parameters: ('ann@example.org', 'pass word')]")
    except ValueError:
        log.exception("event=beat_failed job=%s", "deliver")
    for form in ("text", "json"):
        (line,) = lines(form)
        assert "Traceback" in line
        assert "\n" not in line
        assert "ann" not in line
        assert "pass word" not in line


@pytest.mark.parametrize(
    "text",
    [
        "550 5.1.1 <zanthoxylum@example.org>: no such user",
        "zanthoxylum@localhost",
        '"zanthoxylum x"@example.org',
        "zanthoxylum+tag%40example.org",
        "rcpt=zanthoxylum@[192.0.2.1]",
        "zanthoxylum@例え.jp, zanthoxylum.ü@example.org",
        "smtp://zanthoxylum@example.org:geheim@mail.example.org:25",
        "GET /unsubscribe/zanthoxylum_AbC-1 failed",
    ],
)
def test_no_address_link_or_secret_is_left_in_a_value(written: Any, text: str) -> None:
    log, lines = written
    log.info("event=x reason=%s", text)
    log.info("%s", text)
    for line in (*lines("text"), *lines("json")):
        assert "zanthoxylum" not in line, line
        assert "geheim" not in line


@pytest.mark.parametrize("text", ["\x1b[2J", "a\u202eb", "\x9b31m", "a\u2028b"])
def test_nothing_in_a_log_steers_a_terminal(written: Any, text: str) -> None:
    log, lines = written
    log.info("event=x reason=%s", text)
    for line in (*lines("text"), *lines("json")):
        assert text not in line
        assert line.splitlines() == [line]
    assert json.loads(lines("json")[0])["reason"] == text


def test_the_log_follows_standard_error_where_a_terminal_shows_progress(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with logs.written("text", ()):
        other = io.StringIO()
        monkeypatch.setattr("sys.stderr", other)
        logging.getLogger("feeds.daemon").info("event=here")
    logging.getLogger("feeds.daemon").warning("event=gone")
    assert "event=here" in other.getvalue()
    assert "event=gone" not in other.getvalue()


# A whole send ------------------------------------------------------------------------------------

USER, PASSWORD = "zwiebel.user", "kNoBl4uch/w0rd"
READERS = [f"schnittlauch{n}@petersilie{n}.example.org" for n in range(6)]
FAILURES: list[Script] = [
    {"RCPT": [f"450 4.2.1 <{READERS[0]}> is full", f"550 5.1.1 <{READERS[1]}>: no such user"]},
    {".": [HANGUP, f"451 4.3.0 {READERS[2]} later"]},
    {"MAIL": [f"421 4.3.2 too busy for {READERS[0]} {PASSWORD}"] * 30},
    {"AUTH": [f"535 5.7.8 {USER} {PASSWORD} are wrong"] * 30},
    {"CONNECT": [f"554 5.3.2 go away, {READERS[1]}"] * 30},
    {"EHLO": ["250 scripted"] * 30},  # and no AUTH
    {"DATA": [f"550 5.7.1 {READERS[3]} is blocked"]},  # the last one: nothing is sent any more
]


@pytest.mark.parametrize(("form", "failures"), [("text", FAILURES[:2]), ("json", FAILURES)])
def test_nothing_logged_in_failing_sends_has_an_address_or_a_secret(
    sending: Callable[..., Sending], form: str, failures: list[Script]
) -> None:
    one = sending()
    one.publication.ask("build")
    for reader in READERS:
        assert (
            one.publication.say("subscribers", "add", reader, "--cadence", "each", "--confirmed").status == 0
        )
    for number, script in enumerate(failures):
        with relay({"EHLO": "250-scripted\r\n250 AUTH PLAIN LOGIN", **script}) as server:
            _use(one.publication, server.port, form)
            one.publication.write(f"post{number}")
            runs = one.log.count("delivery_ended") if number else 0
            daemon = one.start(environ={"SMTP_PASSWORD": PASSWORD})
            _until(partial(_tried, one, server, runs + 2))
            one.stop(daemon)
    log = one.log
    events = log.splitlines()
    assert len(events) > 5 * len(failures)
    if form == "json":
        lines_of_json(log)
    for seen in ("line_failed", "message_", "event"):
        assert seen in log
    secrets = {PASSWORD, PASSWORD.replace("/", "%2F"), USER, f"\0{USER}\0{PASSWORD}"}
    secrets |= {b64encode(secret.encode()).decode() for secret in secrets}
    for word in ("schnittlauch", "petersilie", "@", *secrets):
        assert word not in log, [line for line in events if word in line]


@pytest.mark.parametrize("extensions", ["SIZE 10", "SIZE 10\r\n250-PIPELINING"])
def test_a_message_that_is_larger_than_the_server_takes_is_logged_without_its_reader(
    sending: Callable[..., Sending], extensions: str
) -> None:
    one = sending()
    one.publication.ask("build")
    added = one.publication.say("subscribers", "add", READERS[0], "--cadence", "each", "--confirmed")
    assert added.status == 0
    with relay({"EHLO": [f"250-scripted\r\n250-{extensions}\r\n250 AUTH PLAIN LOGIN"] * 30}) as server:
        _use(one.publication, server.port, "json")
        one.publication.write("post")
        daemon = one.start(environ={"SMTP_PASSWORD": PASSWORD})
        _until(lambda: "message_rejected" in one.log)
        one.stop(daemon)
        assert not any(line.startswith("MAIL") for line in server.lines)
    (said,) = [line for line in lines_of_json(one.log) if line.get("event") == "message_rejected"]
    assert (said["ref"], said["code"]) == ([1, 1], "none")
    for word in ("schnittlauch", "petersilie", "@", PASSWORD):
        assert word not in one.log
    (delivery,) = one.publication.ask("deliveries", "1")
    assert (delivery["state"], "takes 10 at most" in delivery["reply"]) == ("rejected", True)


def _tried(one: Sending, server: ScriptedServer, runs: int) -> bool:
    return server.connections > 0 and one.log.count("delivery_ended") >= runs


def _use(publication: Publication, port: int, form: str) -> None:
    text = publication.config.read_text(encoding="utf-8")
    kept = [line for line in text.splitlines() if not line.startswith(("smtp = ", "[log]", "format"))]
    place = kept.index("[mail]") + 1
    kept.insert(place, f'smtp = "smtp://{USER}:${{SMTP_PASSWORD}}@127.0.0.1:{port}"')
    publication.config.write_text("\n".join([*kept, "[log]", f'format = "{form}"', ""]), encoding="utf-8")


def _until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.05)
