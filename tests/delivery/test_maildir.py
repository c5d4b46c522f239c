"""Delivery into a Maildir, read back by the standard library's reader."""

from __future__ import annotations

import asyncio
import mailbox
import os
from dataclasses import replace
from pathlib import Path

import pytest

from feeds.delivery.maildir import MaildirTransport
from feeds.delivery.transport import send_once
from feeds.errors import RelayUnreachable
from feeds.model.message import Deferred, Message, Outcome, Sent
from tests.delivery.memory_ledger import message


def store(folder: Path, letter: Message) -> Outcome:
    return asyncio.run(send_once(MaildirTransport(folder), letter))


def read(folder: Path) -> list[mailbox.MaildirMessage]:
    box = mailbox.Maildir(folder, create=False)
    try:
        return list(box)
    finally:
        box.close()


def test_a_message_is_whole_and_says_from_and_to_whom(tmp_path: Path) -> None:
    outcome = store(tmp_path / "box", message(7))
    assert isinstance(outcome, Sent)
    [stored] = read(tmp_path / "box")
    assert stored["Message-ID"] == "<i1.s7@kawaraban.test>"
    assert stored["Return-Path"] == "<bounce@kawaraban.test>"
    assert stored["Delivered-To"] == "reader7@example.test"
    [path] = (tmp_path / "box" / "new").iterdir()
    assert path.read_bytes().endswith(message(7).body.replace(b"\r\n", b"\n"))
    assert b"\r" not in path.read_bytes()
    assert list((tmp_path / "box" / "tmp").iterdir()) == []


def test_a_resend_replaces_itself(tmp_path: Path) -> None:
    for _ in range(3):
        store(tmp_path, message(7))
    assert len(read(tmp_path)) == 1


def test_a_resend_replaces_what_a_mail_program_has_already_shown(tmp_path: Path) -> None:
    store(tmp_path, message(7))
    [new] = (tmp_path / "new").iterdir()
    new.rename(tmp_path / "cur" / f"{new.name}:2,S")
    store(tmp_path, message(7))
    assert [path.name for path in (tmp_path / "cur").iterdir()] == [f"{new.name}:2,S"]
    assert list((tmp_path / "new").iterdir()) == []


def test_readers_and_issues_do_not_replace_each_other(tmp_path: Path) -> None:
    one = message(1)
    same_id_other_reader = replace(one, envelope=message(2).envelope)
    no_id = replace(one, body=b"Subject: x\r\n\r\nMessage-ID: <i1.s1@kawaraban.test>\r\n")
    for letter in (one, message(2), same_id_other_reader, no_id):
        store(tmp_path, letter)
    assert len(read(tmp_path)) == 4


def test_a_folder_that_cannot_be_made_is_unreachable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RelayUnreachable, match="no Maildir can be made"):
        store(tmp_path / "file" / "box", message(1))


def test_a_message_that_cannot_be_stored_is_deferred_and_leaves_no_trace(tmp_path: Path) -> None:
    async def run() -> Outcome:
        session = await MaildirTransport(tmp_path).connect()
        os.rmdir(tmp_path / "new")
        outcome = await session.send(message(1))
        assert not session.usable
        return outcome

    assert isinstance(asyncio.run(run()), Deferred)
    assert list((tmp_path / "tmp").iterdir()) == []
