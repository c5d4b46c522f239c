"""Hubs are told which documents changed, beside everything else."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from feeds.actions.announce import Agenda, Announcer, announce
from feeds.delivery.hub import Answer, ping
from feeds.errors import UsageError
from feeds.service import Service
from tests.actions.hubs import Hub, at_work

FEEDS = ["https://example.org/feeds/all.rss.xml", "https://example.org/feeds/all.json?a=1&b=日本"]
ELSEWHERE = "https://hub.example/"
TOOK, DOWN, WRONG = Answer(204, ""), Answer(503, ""), Answer(400, "")


@pytest.fixture
def hub() -> Iterator[Hub]:
    with at_work(Hub()) as made:
        yield made


def test_a_hub_is_told_by_one_form_with_every_changed_document(hub: Hub) -> None:
    assert ping(hub.url, FEEDS) == Answer(204, "No Content")
    assert hub.told == [{"hub.mode": ["publish"], "hub.url": FEEDS}]
    assert hub.paths == ["/secret?token=geheim"]
    assert hub.types == ["application/x-www-form-urlencoded"]


def test_a_hub_elsewhere_is_spoken_to_over_https_only() -> None:
    assert not ping("http://hub.example/", FEEDS).accepted


def test_a_hub_that_moved_is_not_followed() -> None:
    with at_work(Hub([302], [("Location", "http://127.0.0.1:1/")])) as hub:
        assert ping(hub.url, FEEDS).status == 302


def test_a_hub_that_asks_for_patience_gets_it() -> None:
    with at_work(Hub([429], [("Retry-After", "120")])) as hub:
        assert ping(hub.url, FEEDS).wait == 120
    with at_work(Hub([503], [("Retry-After", "Wed, 21 Oct 2026 07:28:00 GMT")])) as hub:
        assert ping(hub.url, FEEDS).wait == 0


def test_a_hub_that_is_not_there_is_no_accident() -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    answer = ping(f"http://127.0.0.1:{port}/", FEEDS)
    assert (answer.status, answer.may_change) == (0, True)
    assert answer.reason.startswith("ConnectionRefusedError")


def test_a_hub_that_never_answers_is_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        answer = ping(f"http://127.0.0.1:{silent.getsockname()[1]}/", FEEDS, timeout=0.05)
    assert answer == Answer(0, "no answer in time")


def test_a_hub_that_answers_byte_by_byte_is_left_as_well() -> None:
    def drip(server: socket.socket) -> None:
        peer, _ = server.accept()
        with peer:
            try:
                while True:
                    peer.sendall(b"x")
                    time.sleep(0.01)
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=drip, args=(server,), daemon=True).start()
        began = time.monotonic()
        answer = ping(f"http://127.0.0.1:{server.getsockname()[1]}/", FEEDS, longest=0.2)
    assert answer.status == 0
    assert time.monotonic() - began < 5


def test_every_hub_is_told_before_a_command_ends(hub: Hub) -> None:
    with at_work(Hub()) as other:
        announce([hub.url, other.url], FEEDS)
        assert hub.told == other.told == [{"hub.mode": ["publish"], "hub.url": FEEDS}]


@pytest.fixture
def config(tmp_path: Path, hub: Hub) -> Path:
    (tmp_path / "posts").mkdir()
    file = tmp_path / "kawaraban.toml"
    file.write_text(
        '[site]\ntitle = "T"\nurl = "https://example.org"\n'
        f'[feeds]\nformats = ["json"]\nhubs = ["{hub.url.partition("?")[0]}"]\n',
        encoding="utf-8",
    )
    write(file, "a", "one")
    return file


def write(config: Path, name: str, category: str) -> None:
    post = f"---\ntitle: {name}\ndate: 2026-01-01\ncategory: {category}\n---\nText.\n"
    (config.parent / "posts" / f"{name}.md").write_text(post, encoding="utf-8")


def addresses(*names: str) -> list[str]:
    return [f"https://example.org/feeds/{name}.json" for name in names]


def test_after_an_upload_hubs_are_told_of_what_changed_since_they_last_were(config: Path, hub: Hub) -> None:
    with Service.open(config) as service:
        service.build(announce=False)
        assert hub.told == []
        assert service.announce().urls == tuple(addresses("all", "category/one"))
        write(config, "b", "two")
        service.build(announce=False)
        assert service.announce().urls == tuple(addresses("all", "category/two"))
        assert service.announce().urls == ()
    assert [form["hub.url"] for form in hub.told] == [
        addresses("all", "category/one"),
        addresses("all", "category/two"),
    ]


def test_a_hub_that_was_down_is_told_by_the_next_call(config: Path, hub: Hub) -> None:
    with Service.open(config) as service:
        service.build(announce=False)
        hub.statuses = [503, 204]
        assert service.announce().failed == (("127.0.0.1", "503 Service Unavailable"),)
        assert service.announce().told == ("127.0.0.1",)
        assert service.announce().urls == ()


def test_a_build_tells_hubs_unless_that_waits(config: Path, hub: Hub) -> None:
    with Service.open(config) as service:
        service.build()
    assert [form["hub.url"] for form in hub.told] == [addresses("all", "category/one")]


def test_without_hubs_there_is_nobody_to_announce_to(config: Path) -> None:
    text = config.read_text("utf-8")
    config.write_text(text[: text.index("hubs")], encoding="utf-8")
    with Service.open(config) as service, pytest.raises(UsageError, match="names no hub"):
        service.announce()


def test_without_hubs_or_changes_nothing_happens(hub: Hub) -> None:
    announce([], FEEDS)
    announce([hub.url], [])
    assert hub.told == []
    assert "announcer" not in {thread.name for thread in threading.enumerate()}


def test_publishing_does_not_wait_for_a_hub(hub: Hub) -> None:
    hub.open.clear()
    announcer = Announcer([hub.url])
    began = time.monotonic()
    announcer.announce(FEEDS)
    announcer.close(patience=0.05)
    assert time.monotonic() - began < 2


def test_a_hub_that_is_down_for_a_while_is_told_later() -> None:
    with at_work(Hub([503, 500, 204])) as hub:
        told = threading.Event()

        def post(url: str, urls: list[str]) -> Answer:
            answer = ping(url, urls)
            if answer.accepted:
                told.set()
            return answer

        announcer = Announcer([hub.url], post, waits=(0.0, 0.0))
        announcer.announce(FEEDS)
        assert told.wait(10)
        announcer.close(patience=10)
        assert [form["hub.url"] for form in hub.told] == [FEEDS] * 3


def test_a_document_that_changes_while_its_hub_is_busy_is_told_once_more(hub: Hub) -> None:
    hub.open.clear()
    announcer = Announcer([hub.url])
    announcer.announce(FEEDS)
    assert hub.asked.wait(10)
    for _ in range(3):
        announcer.announce(FEEDS[:1])
    hub.open.set()
    announcer.close(patience=10)
    assert [form["hub.url"] for form in hub.told] == [FEEDS, FEEDS[:1]]


def test_the_log_names_the_host_of_a_hub_and_no_more(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO), at_work(Hub([403])) as hub:
        announce([hub.url], FEEDS)
    assert "event=hub_given_up host=127.0.0.1 documents=2 status=403" in caplog.text
    assert "geheim" not in caplog.text
    assert "secret" not in caplog.text


# The agenda, without a clock ----------------------------------------------------------------------


def test_tries_are_further_and_further_apart_and_end() -> None:
    agenda = Agenda([ELSEWHERE], waits=(5, 30))
    agenda.add(FEEDS)
    moments = []
    while (due := agenda.next_due()) is not None:
        moments.append(due)
        assert agenda.take(due - 0.1) is None
        hub, urls = agenda.take(due) or ("", [])
        assert (hub, urls) == (ELSEWHERE, FEEDS)
        goes_on = agenda.settle(hub, urls, DOWN, due)
        assert goes_on == (len(moments) < 3)
    assert moments == [0, 5, 35]


def test_a_hub_is_waited_for_as_long_as_it_asks() -> None:
    agenda = Agenda([ELSEWHERE], waits=(5,))
    agenda.add(FEEDS)
    agenda.settle(*(agenda.take(0) or ("", [])), Answer(429, "", 100), 0)
    assert agenda.next_due() == 100


def test_a_refusal_is_final_and_harms_no_other_hub() -> None:
    agenda = Agenda([ELSEWHERE, "https://other.example/"])
    agenda.add(FEEDS)
    assert not agenda.settle(*(agenda.take(0) or ("", [])), WRONG, 0)
    assert agenda.take(0) == ("https://other.example/", FEEDS)
    assert agenda.next_due() is None


def test_what_changes_during_a_pause_is_told_after_it_together() -> None:
    agenda = Agenda([ELSEWHERE], waits=(5,))
    agenda.add(FEEDS[:1])
    agenda.settle(*(agenda.take(0) or ("", [])), DOWN, 0)
    agenda.add(FEEDS)
    assert agenda.take(1) is None
    assert agenda.take(5) == (ELSEWHERE, FEEDS)


def test_many_documents_are_told_in_several_requests() -> None:
    agenda = Agenda([ELSEWHERE])
    agenda.add(f"https://example.org/{number}" for number in range(250))
    sizes = []
    while (task := agenda.take(0)) is not None:
        sizes.append(len(task[1]))
        agenda.settle(*task, TOOK, 0)
    assert sizes == [100, 100, 50]
