"""An issue is stopped in the middle, by the command line beside a daemon that sends into Postfix's sink."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.ops.conftest import Sending

READERS = 20
SLOW = ("-p", "-W", ".:1")
"""Each of four connections takes a second for a message: five seconds for all."""


@pytest.mark.parametrize("verb", ["pause", "cancel"])
def test_nobody_is_mailed_after_a_stop_that_was_committed(sending: Callable[..., Sending], verb: str) -> None:
    one = sending(*SLOW)
    one.readers(READERS)
    one.publication.write("post")
    daemon = one.start()
    one.until(lambda issue: issue["sent"] >= 4)
    said = one.publication.ask(verb, "1", "--reason", "wrong link")
    assert (
        said["sent"] + said["inflight"] + said["pending"] + said["cancelled"] == said["audience"] == READERS
    )
    assert said["sent"] < READERS - 4
    after = one.until(lambda issue: issue["inflight"] == 0 and issue["state"] != "cancelling")
    assert after["sent"] == said["sent"] + said["inflight"]
    assert (after["state"], after["trouble"]) == ("paused" if verb == "pause" else "cancelled", "wrong link")
    assert after["pending" if verb == "pause" else "cancelled"] == READERS - after["sent"]
    assert sum(one.arrived().values()) == after["sent"]
    had = {
        line["email"].partition("@")[0] for line in one.publication.ask("deliveries", "1", "--state", "sent")
    }
    assert one.arrived().keys() == had

    if verb == "pause":
        one.publication.ask("resume", "1")
        one.until(lambda issue: issue["state"] == "finished")
    else:
        one.publication.write("another")
        one.until(lambda issue: issue["id"] == 2 and issue["state"] == "finished")
    one.stop(daemon)
    assert set(one.message_ids().values()) == {1}
    assert len(one.arrived()) == READERS
    assert "beat_failed" not in one.log
