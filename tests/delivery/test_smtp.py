"""SMTP sessions against a server that follows a script."""

from __future__ import annotations

import asyncio
import os
import ssl
from dataclasses import replace

import pytest

from feeds.delivery.smtp import Security, SmtpTransport
from feeds.delivery.timeouts import Timeouts
from feeds.delivery.transport import send_once
from feeds.errors import RelayUnreachable
from feeds.model.address import EmailAddress
from feeds.model.message import Deferred, Envelope, Outcome, Refused, Rejected, Sent, Unknown
from tests.delivery.memory_ledger import message
from tests.delivery.scripted_server import (
    BLACK_HOLE,
    HANGUP,
    RESET,
    SILENCE,
    USUAL,
    Script,
    ScriptedServer,
    Step,
    serving,
)

SHORT = Timeouts(connect=0.3, command=0.3, data=0.3, dot=0.3, parting=0.3)
Contexts = tuple[ssl.SSLContext, ssl.SSLContext]
pytestmark = pytest.mark.usefixtures("wire")


def relay(server: ScriptedServer, **more: object) -> SmtpTransport:
    transport = SmtpTransport("127.0.0.1", server.port, "client.test", Security.NONE, timeouts=SHORT)
    return replace(transport, **more)  # type: ignore[arg-type]


def outcomes(script: Script, count: int = 1, packet: int = 0) -> tuple[list[Outcome], bool, ScriptedServer]:
    """What becomes of so many messages on one session, and whether it could still be used."""

    async def run() -> tuple[list[Outcome], bool, ScriptedServer]:
        async with serving(script, packet=packet) as server:
            session = await relay(server).connect()
            results = [await session.send(message(number)) for number in range(count)]
            usable = session.usable
            await session.close()
            return results, usable, server

    return asyncio.run(run())


def connect_error(script: Script, **more: object) -> str:
    async def run() -> str:
        async with serving(script) as server:
            with pytest.raises(RelayUnreachable) as caught:
                await relay(server, **more).connect()
            assert not [line for line in server.lines if line.startswith("MAIL")]
            return str(caught.value)

    return asyncio.run(run())


def test_the_body_arrives_byte_for_byte() -> None:
    [outcome], usable, server = outcomes({})
    assert outcome == Sent("250 2.0.0 taken")
    assert usable
    assert server.taken == [message(0).body + b".\r\n"]
    assert server.lines == [
        "EHLO client.test",
        "MAIL FROM:<bounce@kawaraban.test>",
        "RCPT TO:<reader0@example.test>",
        "DATA",
        "QUIT",
    ]


def test_a_session_sends_many_messages_without_greeting_again() -> None:
    results, usable, server = outcomes({}, count=5)
    assert results == [Sent("250 2.0.0 taken")] * 5
    assert usable
    assert server.connections == 1
    assert server.lines.count("EHLO client.test") == 1


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "."])
@pytest.mark.parametrize("reply", ["450 4.2.0 later", "451 4.3.0 later", "452 4.3.1 full"])
def test_4yz_defers_and_the_next_message_goes_through(verb: str, reply: str) -> None:
    (first, second), usable, server = outcomes({verb: [reply]}, count=2)
    assert first == Deferred(reply)
    assert isinstance(second, Sent)
    assert usable
    assert server.connections == 1
    assert ("RSET" in server.lines) == (verb != ".")


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "."])
def test_421_defers_and_closes(verb: str) -> None:
    [outcome], usable, _ = outcomes({verb: "421 4.3.2 going down"})
    assert outcome == Deferred("421 4.3.2 going down")
    assert not usable


@pytest.mark.parametrize(
    ("verb", "reply", "expected"),
    [
        ("MAIL", "530 5.7.0 log in first", Refused("530 5.7.0 log in first")),
        ("RCPT", "550 5.1.1 nobody", Rejected("550 5.1.1 nobody", suppress=True)),
        ("RCPT", "550 nobody", Rejected("550 nobody")),
        ("RCPT", "550 5.7.1 policy", Refused("550 5.7.1 policy")),
        ("DATA", "554 5.5.1 no recipients", Rejected("554 5.5.1 no recipients")),
        (".", "554 5.6.0 content", Rejected("554 5.6.0 content")),
        (".", "550 5.7.28 spam", Refused("550 5.7.28 spam")),
    ],
)
def test_5yz_is_final_and_the_next_message_goes_through(verb: str, reply: str, expected: Outcome) -> None:
    (first, second), usable, _ = outcomes({verb: [reply]}, count=2)
    assert first == expected
    assert isinstance(second, Sent)
    assert usable


@pytest.mark.parametrize("how", [HANGUP, RESET, SILENCE])
@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
def test_a_break_before_the_dot_is_certainly_not_sent(verb: str, how: Step) -> None:
    [outcome], usable, server = outcomes({verb: how})
    assert isinstance(outcome, Deferred)
    assert f"no reply to {verb}" in outcome.reply
    assert not usable
    assert server.taken == []


@pytest.mark.parametrize("how", [HANGUP, RESET, SILENCE])
def test_a_break_after_the_dot_is_unknown_although_the_server_has_the_message(how: Step) -> None:
    [outcome], usable, server = outcomes({".": how})
    assert isinstance(outcome, Unknown)
    assert not usable
    assert len(server.taken) == 1


def test_a_server_that_stops_reading_after_its_go_ahead_is_given_up_and_leaves_no_socket_open() -> None:
    async def run() -> None:
        async with serving({"BODY": BLACK_HOLE}) as server:
            session = await relay(server).connect()
            files = len(os.listdir("/dev/fd"))
            outcome = await asyncio.wait_for(session.send(message(1, size=30_000_000)), 5)
            assert isinstance(outcome, Unknown)
            assert not session.usable
            await session.close()
            await asyncio.sleep(0)
            assert len(os.listdir("/dev/fd")) == files - 1

    asyncio.run(run())


GARBAGE = [
    b"hello there\r\n",
    b"\r\n",
    b"2\r\n",
    b"999 what\r\n",
    b"101 hm\r\n",
    b"\xff\xfe\r\n",
    b"x" * 40_000,
]


@pytest.mark.parametrize("reply", GARBAGE)
@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "."])
def test_garbage_closes_the_session_and_is_classed_by_phase(verb: str, reply: bytes) -> None:
    [outcome], usable, _ = outcomes({verb: reply})
    assert isinstance(outcome, Unknown if verb == "." else Deferred)
    assert not usable


@pytest.mark.parametrize(
    ("verb", "reply"), [("MAIL", "354 go on"), ("RCPT", "334 more"), ("DATA", "250 ok"), (".", "354 go on")]
)
def test_a_proper_reply_in_the_wrong_place_closes_the_session(verb: str, reply: str) -> None:
    [outcome], usable, _ = outcomes({verb: reply})
    assert isinstance(outcome, Unknown if verb == "." else Deferred)
    assert not usable


def test_two_replies_to_one_command_never_pass_for_a_message_sent() -> None:
    [outcome], usable, _ = outcomes({"RCPT": b"250 ok\r\n250 ok\r\n"})
    assert isinstance(outcome, Deferred)
    assert not usable


def test_replies_in_packets_of_one_byte_and_in_many_lines_are_whole() -> None:
    script = {verb: f"{reply[:3]}-first\r\n{reply[:3]}-second\r\n{reply}" for verb, reply in USUAL.items()}
    results, usable, _ = outcomes(script, count=2, packet=1)
    assert results == [Sent("250 first second 2.0.0 taken")] * 2
    assert usable


def test_a_session_is_unusable_when_the_server_went_away_between_messages() -> None:
    [outcome], _, _ = outcomes({".": "250 2.0.0 last one!"})
    assert outcome == Sent("250 2.0.0 last one")

    async def run() -> None:
        async with serving({".": "250 2.0.0 last one!"}) as server:
            session = await relay(server).connect()
            await session.send(message(0))
            while session.usable:
                await asyncio.sleep(0.001)
            await session.close()

    asyncio.run(run())


def test_a_message_above_the_announced_size_is_rejected_unsent() -> None:
    [outcome], usable, server = outcomes({"EHLO": "250-scripted\r\n250 SIZE 100"})
    assert isinstance(outcome, Rejected)
    assert "100 at most" in outcome.reply
    assert usable
    assert server.lines == ["EHLO client.test", "QUIT"]


@pytest.mark.parametrize("size", ["SIZE", "SIZE 0", "SIZE many"])
def test_a_size_without_a_limit_limits_nothing(size: str) -> None:
    [outcome], _, _ = outcomes({"EHLO": f"250-scripted\r\n250 {size}"})
    assert isinstance(outcome, Sent)


def test_addresses_that_would_break_out_of_their_command_are_never_written() -> None:
    evil = message(0)
    reader = replace(evil, envelope=Envelope("a@b.test", EmailAddress('x>\r\nRCPT TO:<"', "evil.test")))
    sender = replace(evil, envelope=replace(evil.envelope, sender="a@b.test>\r\nRCPT TO:<evil@x.test"))

    async def run() -> None:
        async with serving() as server:
            assert isinstance(await send_once(relay(server), reader), Rejected)
            assert isinstance(await send_once(relay(server), sender), Refused)
            assert server.lines == ["EHLO client.test", "QUIT"] * 2

    asyncio.run(run())


def test_odd_local_parts_are_quoted_on_the_wire() -> None:
    async def run() -> None:
        async with serving() as server:
            letter = message(0)
            envelope = Envelope("", EmailAddress("a..b.", "docomo.ne.jp"))
            assert isinstance(await send_once(relay(server), replace(letter, envelope=envelope)), Sent)
            assert 'RCPT TO:<"a..b."@docomo.ne.jp>' in server.lines
            assert "MAIL FROM:<>" in server.lines

    asyncio.run(run())


def test_an_old_server_is_greeted_the_old_way() -> None:
    [outcome], _, server = outcomes({"EHLO": "502 5.5.1 what"})
    assert isinstance(outcome, Sent)
    assert "HELO client.test" in server.lines


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ({"CONNECT": "421 4.3.2 too many connections"}, "does not talk to us: 421 4.3.2"),
        ({"CONNECT": "554 5.7.1 go away"}, "does not talk to us: 554 5.7.1"),
        ({"CONNECT": HANGUP}, "does not answer"),
        ({"CONNECT": SILENCE}, "does not answer"),
        ({"CONNECT": b"SSH-2.0-OpenSSH\r\n"}, "does not talk to us"),
        ({"EHLO": "421 4.3.2 going down"}, "does not talk to us: 421"),
        ({"EHLO": HANGUP}, "does not answer"),
    ],
)
def test_a_relay_that_will_not_talk_is_unreachable(script: Script, expected: str) -> None:
    assert expected in connect_error(script)


def test_a_port_where_nobody_listens_is_unreachable() -> None:
    async def run() -> None:
        async with serving() as server:
            transport = relay(server)
        with pytest.raises(RelayUnreachable, match=r"does not answer.*check \[mail\] smtp"):
            await transport.connect()

    asyncio.run(run())


AUTH = "250-scripted\r\n250 AUTH PLAIN LOGIN CRAM-MD5"


def test_login_is_by_one_method_and_tried_once() -> None:
    async def run() -> None:
        async with serving({"EHLO": AUTH}) as server:
            transport = relay(server, username="user", password="geheim 秘密")
            assert isinstance(await send_once(transport, message(0)), Sent)
            assert [line[:10] for line in server.lines if line.startswith("AUTH")] == ["AUTH PLAIN"]

    asyncio.run(run())


@pytest.mark.parametrize("reply", ["535 5.7.8 wrong", "454 4.7.0 later"])
def test_a_refused_login_is_unreachable_and_shows_no_password(reply: str) -> None:
    async def run() -> None:
        async with serving({"EHLO": AUTH, "AUTH": reply}) as server:
            with pytest.raises(RelayUnreachable) as caught:
                await relay(server, username="user", password="geheim").connect()
            assert f"did not let us log in: {reply}" in str(caught.value)
            assert "geheim" not in repr(caught.value)
            assert len([line for line in server.lines if line.startswith("AUTH")]) == 1

    asyncio.run(run())


def test_a_server_without_login_is_unreachable_when_a_user_is_given() -> None:
    assert "no way to log in" in connect_error({}, username="user", password="x")


STARTTLS = "250-scripted\r\n250 STARTTLS"


def test_starttls_encrypts_before_any_mail(certificate: Contexts) -> None:
    async def run() -> None:
        async with serving({"EHLO": STARTTLS}, tls=certificate[0]) as server:
            transport = relay(
                server, host="localhost", security=Security.STARTTLS, tls_context=certificate[1]
            )
            assert isinstance(await send_once(transport, message(0)), Sent)
            assert server.lines[:3] == ["EHLO client.test", "STARTTLS", "EHLO client.test"]

    asyncio.run(run())


def test_smtps_encrypts_from_the_first_byte(certificate: Contexts) -> None:
    async def run() -> None:
        async with serving(tls=certificate[0], implicit_tls=True) as server:
            transport = relay(server, host="localhost", security=Security.TLS, tls_context=certificate[1])
            assert isinstance(await send_once(transport, message(0)), Sent)

    asyncio.run(run())


def test_a_server_that_offers_no_starttls_gets_no_mail() -> None:
    assert "does not offer STARTTLS" in connect_error({}, security=Security.STARTTLS)


@pytest.mark.parametrize(
    "reply", ["454 4.7.0 not now", "220 go ahead!", HANGUP, b"220 go\r\nnonsense, not TLS\r\n"]
)
def test_a_starttls_that_fails_gets_no_mail(reply: Step) -> None:
    assert connect_error({"EHLO": STARTTLS, "STARTTLS": reply}, security=Security.STARTTLS)


@pytest.mark.parametrize("implicit", [True, False])
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_certificate_that_nobody_vouches_for_or_that_names_another_gets_no_mail(
    certificate: Contexts, implicit: bool, host: str
) -> None:
    trusting = certificate[1] if host == "127.0.0.1" else None  # trusted, but made for another name

    async def run() -> None:
        async with serving({"EHLO": STARTTLS}, tls=certificate[0], implicit_tls=implicit) as server:
            security = Security.TLS if implicit else Security.STARTTLS
            transport = relay(server, host=host, security=security, tls_context=trusting)
            with pytest.raises(RelayUnreachable, match=r"certificate of .* is not trusted"):
                await transport.connect()
            assert not [line for line in server.lines if line.startswith("MAIL")]

    asyncio.run(run())


def test_smtps_to_a_server_that_speaks_plainly_says_which_port_to_try() -> None:
    assert "port 465" in connect_error({}, security=Security.TLS)


def test_a_cancelled_send_leaves_a_session_that_cannot_be_used() -> None:
    async def run() -> None:
        async with serving({".": SILENCE}) as server:
            session = await relay(server, timeouts=Timeouts()).connect()
            sending = asyncio.ensure_future(session.send(message(0)))
            while not server.taken:
                await asyncio.sleep(0.001)
            sending.cancel()
            await asyncio.wait([sending])
            assert not session.usable
            await session.close()
            assert "QUIT" not in server.lines

    asyncio.run(run())


def test_a_body_that_may_not_be_completed_any_more_is_not_begun() -> None:
    async def run() -> None:
        async with serving() as server:
            session = await relay(server, pipelining=False).connect()
            session.until = 0.0  # a process that was stopped between its intent and its body
            assert await session.send(message(0)) == Deferred("not sent: too late after its intent")
            assert not session.usable
            assert server.taken == []

    asyncio.run(run())
