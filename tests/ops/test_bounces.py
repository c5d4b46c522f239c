"""A daemon that reads what a mail server delivers into a Maildir."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import httpx

from feeds.actions.secret import signing_key
from feeds.newsletter.tokens import Signer
from tests.bounces.samples import report
from tests.ops.conftest import Sending
from tests.ports import free_port, wait_for

BOUNCES = '[bounces]\naddress = "bounces@example.org"\nmaildir = "back"\n'


def deliver(folder: Path, name: str, mail: bytes) -> None:
    """As a mail server does: whole at once."""
    for part in ("tmp", "new", "cur"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / "tmp" / name).write_bytes(mail)
    (folder / "tmp" / name).rename(folder / "new" / name)


def until_read(folder: Path) -> None:
    deadline = time.monotonic() + 30
    while any((folder / "new").iterdir()):
        assert time.monotonic() < deadline, "nobody reads what came back"
        time.sleep(0.1)


def test_what_comes_back_is_read_beside_the_send_and_counted(sending: Callable[..., Sending]) -> None:
    one = sending(settings=BOUNCES)
    one.readers(2)
    port = free_port()
    daemon = one.start("scheduler", "delivery", words=("--metrics", f"127.0.0.1:{port}"))
    one.publication.write("post")
    one.until(lambda issue: issue["state"] == "finished")
    back = one.publication.root / "back"
    signer = Signer(signing_key(one.publication.root / ".kawaraban"))
    deliver(back, "1.a", report("postfix", signer.bounce_token(1, 1)))
    deliver(back, "2.b", report("arf", signer.bounce_token(1, 2)))
    deliver(back, "3.c", b"From: spam@example.net\n\nbuy\n")
    until_read(back)
    assert sorted(file.name for file in (back / "cur").iterdir()) == ["1.a:2,S", "2.b:2,S", "3.c:2,S"]
    issue = one.until(lambda issue: issue["complaints"] == 1)
    assert (issue["sent"], issue["bounced"], issue["complaints"]) == (2, 1, 1)
    wait_for(port)
    figures = httpx.get(f"http://127.0.0.1:{port}/metrics").text
    for result, number in (("hard", 1), ("complaint", 1), ("no_token", 1), ("soft", 0)):
        assert f'kawaraban_bounce_reports_total{{result="{result}"}} {number}.0' in figures
    one.stop(daemon)
    assert "event=bounce kind=hard status=5.1.1 issue=1 subscriber=1 suppressed=yes" in one.log
    assert "@example" not in one.log


def test_a_tick_reads_it_before_it_sends(sending: Callable[..., Sending]) -> None:
    one = sending(settings=BOUNCES)
    one.readers(2)
    one.publication.write("first")
    assert one.publication.ask("tick")["sent"] == 2  # type: ignore[call-overload,index]
    signer = Signer(signing_key(one.publication.root / ".kawaraban"))
    deliver(one.publication.root / "back", "1.a", report("postfix", signer.bounce_token(1, 1)))
    one.publication.write("second")
    told = one.publication.ask("tick")
    assert (told["received"], told["sent"]) == (1, 1)  # type: ignore[call-overload,index]
