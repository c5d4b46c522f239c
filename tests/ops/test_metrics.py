"""What watches over a daemon sees: figures, health and readiness, in whole daemons and in parts."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as prometheus

from feeds.service.vitals import BOUNDS, Vitals, reply_class
from tests.acceptance.publication import REPOSITORY
from tests.acceptance.relay import relay
from tests.ops.conftest import Sending, eventually
from tests.ports import free_port, wait_for

READERS = 20

Figures = dict[tuple[str, ...], float]


class Watcher:
    """Asks a daemon at its address for what is not for readers."""

    def __init__(self, port: int) -> None:
        self.port = port

    def figures(self, accept: str = "") -> Figures:
        """Every sample by its name and the values of its labels."""
        answer = httpx.get(f"http://127.0.0.1:{self.port}/metrics", headers={"Accept": accept})
        assert answer.status_code == 200
        parse = openmetrics if "openmetrics" in answer.headers["content-type"] else prometheus
        return {
            (sample.name.removeprefix("kawaraban_"), *sample.labels.values()): sample.value
            for family in parse(answer.text)
            for sample in family.samples
        }

    def status(self, probe: str) -> tuple[int, Any]:
        answer = httpx.get(f"http://127.0.0.1:{self.port}/{probe}")
        return answer.status_code, answer.json()


def watched(one: Sending, *parts: str) -> tuple[Any, Watcher]:
    """A daemon of these parts and who watches it."""
    port = free_port()
    process = one.start(*parts, words=("--metrics", f"127.0.0.1:{port}"))
    wait_for(port)
    return process, Watcher(port)


def test_a_send_is_seen_from_the_first_message_to_the_last(sending: Callable[..., Sending]) -> None:
    one = sending()
    one.readers(READERS)
    with one.gate(8) as server:
        daemon, watcher = watched(one, "scheduler", "delivery")
        before = watcher.figures()
        assert before["deliveries_total", "sent"] == 0
        one.publication.write("post")
        one.until(lambda issue: (issue["sent"], issue["inflight"]) == (8, 4))
        skipped = ("beats_skipped_total", "deliver", "at_work")
        during = eventually(watcher.figures, lambda seen: skipped in seen)
        assert during["issues", "open"] == 1
        assert during["deliveries_total", "sent"] == during["attempts_total", "sent"] == 8
        assert during["deliveries_open", "pending"] == READERS - 12
        assert during["deliveries_open", "inflight"] == during["connections_open",] == 4
        assert during["oldest_issue_seconds",] > 0
        assert during["send_rate",] > 0
        server.allowed = None
        one.until(lambda issue: issue["state"] == "finished")
        eventually(watcher.figures, lambda seen: not seen["connections_open",])
    after = watcher.figures("application/openmetrics-text; version=1.0.0")
    assert after["deliveries_total", "sent"] == after["attempts_total", "sent"] == READERS
    assert (after["deliveries_open", "pending"], after["deliveries_open", "inflight"]) == (0, 0)
    assert (after["issues", "finished"], after["oldest_issue_seconds",]) == (1, 0)
    assert after["connections_total", "made"] == 4
    assert after["connections_open",] == 0
    assert after["commit_seconds_count",] > READERS / 4
    assert after["scans_total", "done"] >= 2
    assert after["documents_written_total",] > 0
    assert after["beats_skipped_total", "deliver", "at_work"] >= 1
    assert 0 <= after["beat_age_seconds", "compose"] < 15
    assert after["beat_seconds_count", "compose"] > 1
    assert after["database_up",] == 1
    assert after["process_resident_memory_bytes",] > 1e6
    one.stop(daemon)


def test_what_is_put_off_is_counted_by_its_reply(sending: Callable[..., Sending]) -> None:
    one = sending()
    one.readers(3)
    with relay({"RCPT": ["450 4.2.1 <r0@example.org> full", "499 what", "550 5.1.1 nobody"]}) as server:
        text = one.publication.config.read_text()
        port = text.partition("smtp://127.0.0.1:")[2].partition('"')[0]
        one.publication.config.write_text(text.replace(port, str(server.port)).replace("= 4", "= 1"))
        daemon, watcher = watched(one, "scheduler", "delivery")
        one.publication.write("post")
        one.until(lambda issue: issue["sent"] == 2)
        seen = watcher.figures()
        one.stop(daemon)
    assert (seen["deferred_total", "450"], seen["deferred_total", "other"]) == (1, 1)
    assert (seen["deliveries_total", "sent"], seen["deliveries_total", "rejected"]) == (2, 1)


def test_labels_are_our_own_words(sending: Callable[..., Sending]) -> None:
    one = sending()
    one.readers(3)
    one.publication.write("post")
    daemon, watcher = watched(one, "scheduler", "delivery", "web")
    one.until(lambda issue: issue["state"] == "finished")
    base = f"http://127.0.0.1:{web_port(one)}"
    for path in (
        "/",
        "/feeds/all.json",
        "/feeds/all.json",
        "/unsubscribe/abcSECRETabc",
        "/wp-login.php",
        "/healthz",
    ):
        httpx.get(f"{base}{path}")
    text = httpx.get(f"http://127.0.0.1:{watcher.port}/metrics").text
    for word in ("@", "example", "SECRET", "wp-login"):
        assert word not in text
    seen = watcher.figures()
    assert seen["http_requests_total", "feed", "200"] == 2
    assert seen["http_requests_total", "signup", "200"] == 1
    assert seen["http_requests_total", "unsubscribe", "404"] == 1
    assert seen["http_requests_total", "other", "404"] == 1
    assert seen["http_requests_total", "probe", "200"] == 1
    one.stop(daemon)


def web_port(one: Sending) -> int:
    return int(one.publication.config.read_text().partition('bind = "127.0.0.1:')[2].partition('"')[0])


def test_parts_have_the_figures_of_their_own_work_and_all_of_the_ledger(
    sending: Callable[..., Sending],
) -> None:
    one = sending()
    one.readers(5)
    composing, composer = watched(one, "scheduler")
    serving, server = watched(one, "web")
    for watcher in (composer, server):
        assert watcher.figures()["deliveries_total", "sent"] == 0
    delivering, sender = watched(one, "delivery")
    one.publication.write("post")
    one.until(lambda issue: issue["state"] == "finished")
    for watcher in (composer, server):
        seen = watcher.figures()
        assert seen["issues", "finished"] == 1
        assert seen["deliveries_total", "sent"] == 5
        assert ("attempts_total", "sent") not in seen
    assert sender.figures()["attempts_total", "sent"] == 5
    assert ("beat_age_seconds", "deliver") in sender.figures()
    assert ("beat_age_seconds", "deliver") not in composer.figures()
    for watcher in (composer, server, sender):
        assert watcher.status("healthz") == (200, {"status": "ok"})
        assert watcher.status("readyz") == (200, {"status": "ready"})
    for process in (composing, serving, delivering):
        one.stop(process)


def test_a_daemon_that_was_told_to_stop_is_not_ready_any_more(sending: Callable[..., Sending]) -> None:
    one = sending()
    one.readers(4)
    with one.gate(0) as server:
        daemon, watcher = watched(one, "scheduler", "delivery")
        assert watcher.status("readyz")[0] == 200
        one.publication.write("post")
        one.until(lambda issue: issue["inflight"] > 0)
        daemon.terminate()
        seen = eventually(lambda: watcher.status("readyz"), lambda seen: seen[0] != 200)
        assert seen == (503, {"status": "not ready", "reason": "it was told to stop"})
        server.allowed = None
        daemon.wait(timeout=60)
    issue = one.issues()[0]
    assert (issue["inflight"], issue["sent"] > 0) == (0, True)


@pytest.mark.sqlite("kawaraban backup")
def test_a_copy_that_nobody_took_into_use_serves_readers_and_says_that_it_mails_nobody(
    sending: Callable[..., Sending],
) -> None:
    one = sending()
    one.readers(1)
    kept = one.publication.root / "kept"
    said = one.publication.say("backup", str(kept))
    assert said.status == 0, said
    state = one.publication.root / ".kawaraban"
    state.rename(one.publication.root / "old")
    state.mkdir(mode=0o700)
    kept.rename(state / "kawaraban.sqlite3")
    daemon, watcher = watched(one, "delivery", "web")
    status, said = watcher.status("readyz")
    assert (status, said["status"]) == (200, "ready")
    assert "nothing is mailed: this database is a copy: it is the backup of" in said["mail"]
    assert watcher.figures()["database_copy",] == 1
    readers = httpx.get(f"http://127.0.0.1:{web_port(one)}/readyz")
    assert (readers.status_code, readers.json()) == (200, {"status": "ready"})
    assert one.publication.say("restored", "--moved").status == 0
    assert watcher.status("readyz") == (200, {"status": "ready"})
    assert watcher.figures()["database_copy",] == 0
    one.stop(daemon)


def test_nothing_is_ready_before_the_first_scan(sending: Callable[..., Sending]) -> None:
    one = sending()
    daemon, watcher = watched(one, "web")
    said = {"status": "not ready", "reason": "the first scan is not done"}
    assert watcher.status("readyz") == (503, said)
    assert watcher.status("healthz")[0] == 200
    one.publication.ask("build")
    assert watcher.status("readyz")[0] == 200
    one.stop(daemon)


def test_without_an_address_nothing_is_listened_at_and_one_that_is_taken_is_a_sentence(
    sending: Callable[..., Sending],
) -> None:
    one = sending()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        said = one.publication.run("run", "--metrics", f"127.0.0.1:{taken.getsockname()[1]}")
    assert said.status == 1
    assert "another address in [metrics] bind or --metrics" in said.err
    assert one.publication.run("run", "--metrics", "9464").status == 2


# Without a daemon --------------------------------------------------------------------------------


class Hands:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_beat_is_late_after_three_intervals() -> None:
    clock = Hands()
    vitals = Vitals(clock)
    vitals.expect("compose", 10)
    clock.now += 30
    assert vitals.late() == ()
    clock.now += 1
    assert vitals.late() == ("compose",)
    with vitals.beating("compose"):
        clock.now += 600
        assert vitals.late() == ()  # a reply to a final dot may take that long
        clock.now += 3600
        assert vitals.late() == ("compose",)
        vitals.alive("compose")
        assert vitals.late() == ()
    assert vitals.late() == ()
    clock.now += 31
    vitals.draining = True
    assert vitals.late() == ()  # whoever restarts what is late must not cut off what is on the wire


def test_the_rate_is_that_of_the_last_quarter_minute() -> None:
    clock = Hands()
    vitals = Vitals(clock)
    for _ in range(60):
        clock.now += 1
        for _ in range(5):
            vitals.attempted("sent", "250 ok")
        vitals.attempted("deferred", "450 later")
        rate = vitals.rate()
    assert rate == pytest.approx(5, rel=0.1)
    clock.now += 60
    vitals.rate()
    assert vitals.rate() == 0


def test_every_duration_is_in_one_bucket() -> None:
    vitals = Vitals()
    for seconds in (0, 0.001, 0.0011, 300, 301):
        vitals.took(seconds, "commit")
    buckets = vitals.durations["commit",].buckets
    assert (buckets[0], buckets[1], buckets[len(BOUNDS) - 1], buckets[len(BOUNDS)]) == (2, 1, 1, 1)


@pytest.mark.parametrize(
    ("reply", "label"),
    [("450 4.2.0", "450"), ("421", "421"), ("499 x", "other"), ("", "network"), ("no answer", "network")],
)
def test_a_reply_is_one_of_few_labels(reply: str, label: str) -> None:
    assert reply_class(reply) == label


@pytest.mark.parametrize("guide", ["OPERATIONS.md", "OPERATIONS.ja.md"])
def test_every_metric_is_in_the_guide(sending: Callable[..., Sending], guide: str) -> None:
    one = sending()
    one.publication.ask("build")
    daemon, watcher = watched(one, "scheduler", "delivery", "web")
    text = httpx.get(f"http://127.0.0.1:{watcher.port}/metrics").text
    one.stop(daemon)
    told = (REPOSITORY / "config" / guide).read_text(encoding="utf-8")
    names = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE kawaraban")}
    assert len(names) > 20
    assert {name for name in names if f"`{name}`" not in told} == set()
