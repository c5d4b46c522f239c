"""Addresses of transports."""

from __future__ import annotations

from pathlib import Path

import pytest

from feeds.delivery.maildir import MaildirTransport
from feeds.delivery.smtp import Security, SmtpTransport
from feeds.delivery.transport import open_transport
from feeds.errors import ConfigurationError
from feeds.model.host import is_loopback


def opened(url: str) -> SmtpTransport:
    transport = open_transport(url, local_hostname="client.test")
    assert isinstance(transport, SmtpTransport)
    return transport


@pytest.mark.parametrize(
    ("url", "host", "port", "security"),
    [
        ("smtp://user:pw@mail.example:2587", "mail.example", 2587, Security.STARTTLS),
        ("smtp://user:pw@mail.example", "mail.example", 587, Security.STARTTLS),
        ("smtp://mail.example/", "mail.example", 25, Security.STARTTLS),
        ("smtps://user:pw@mail.example", "mail.example", 465, Security.TLS),
        ("smtp://localhost:1025", "localhost", 1025, Security.NONE),
        ("smtp://127.0.0.9:1025", "127.0.0.9", 1025, Security.NONE),
        ("smtp://[::1]:1025", "::1", 1025, Security.NONE),
        ("smtp://127.evil.example", "127.evil.example", 25, Security.STARTTLS),
    ],
)
def test_a_url_names_host_port_and_protection(url: str, host: str, port: int, security: Security) -> None:
    transport = opened(url)
    assert (transport.host, transport.port, transport.security) == (host, port, security)


@pytest.mark.parametrize("password", ["p%40ss", "p@ss", "a/b#c?d", "a:b", "50%"])
def test_a_password_may_be_escaped_or_stand_as_it_is(password: str) -> None:
    transport = opened(f"smtp://us%40er:{password}@mail.example:587")
    assert transport.username == "us@er"
    assert transport.password == password.replace("%40", "@")
    assert transport.host == "mail.example"
    assert transport.password not in repr(transport)


def test_a_maildir_is_named_by_three_slashes(tmp_path: Path) -> None:
    transport = open_transport(f"maildir://{tmp_path}/my%20mail", local_hostname="client.test")
    assert transport == MaildirTransport(tmp_path / "my mail")
    assert transport.local


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example:587",
        "http://mail.example",
        "smtp://",
        "smtp://user:hushhush@",
        "smtp://user:hushhush@host:port",
        "smtp://user:hushhush@host:99999",
        "smtp://host/folder",
        "maildir://folder",
    ],
)
def test_a_url_that_names_nothing_is_an_error_without_the_password(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        open_transport(url, local_hostname="client.test")
    assert "hushhush" not in str(caught.value)


def test_loopback_is_told_by_name_and_number_only() -> None:
    assert all(map(is_loopback, ["localhost", "LOCALHOST.", "a.localhost", "127.1.2.3", "::1"]))
    assert not any(map(is_loopback, ["mail.example", "10.0.0.1", "localhost.example", ""]))
