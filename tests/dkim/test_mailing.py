"""Everything that an installation mails is signed, or not mailed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feeds.errors import ConfigurationError
from feeds.model.address import EmailAddress
from feeds.model.subscriber import Cadence
from feeds.service import Service
from tests import databases
from tests.dkim.verifiers import dkimpy

START = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
CONFIG = """\
[site]
title = "瓦版"
url = "https://example.org"
[mail]
from = "瓦版 <news@example.org>"
smtp = "maildir://{folder}/mail"
{keys}
[newsletter]
settle_minutes = 0
"""
BOTH = """
[[mail.dkim]]
selector = "one"
key = "one.pem"
[[mail.dkim]]
selector = "two"
key = "${DKIM_KEY}"
domain = "mail.example.org"
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "posts").mkdir()
    write(tmp_path, "")
    with Service.open(tmp_path / "kawaraban.toml") as service:
        service.make_dkim_key(tmp_path / "one.pem", "rsa")
        service.make_dkim_key(tmp_path / "two.pem", "ed25519")
    return tmp_path


def write(home: Path, keys: str) -> None:
    text = CONFIG.format(folder=home, keys="{keys}").replace("{keys}", keys)
    databases.write(home / "kawaraban.toml", text)


def opened(home: Path, now: datetime = START) -> Service:
    environ = {"DKIM_KEY": (home / "two.pem").read_text()}
    return Service.open(home / "kawaraban.toml", now=now, environ=environ)


def mails(home: Path) -> Iterator[bytes]:
    """The mails that arrived, with the line ends that they had on the wire."""
    for file in sorted((home / "mail" / "new").iterdir()):
        yield file.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def test_digests_notices_and_samples_are_signed_with_every_key(home: Path) -> None:
    write(home, BOTH)
    ann = EmailAddress.parse("ann@example.org")
    with opened(home) as service:
        service.tick()
        service.add_subscriber(ann, cadence=Cadence.EACH, confirmed=True)
        service.add_subscriber(EmailAddress.parse("ben@example.org"))
        front = f"---\ntitle: 第一報\ndate: {START:%Y-%m-%d %H:%M:%S +0000}\n---\n"
        (home / "posts" / "a.md").write_text(f"{front}本文です。  \n", encoding="utf-8")
        service.tick()
    with opened(home, START + timedelta(minutes=1)) as service:
        service.tick()
        service.test_send(ann, [])
        keys = service.dkim_keys
    arrived = list(mails(home))
    subjects = [mail.count(b"List-Unsubscribe-Post: ") for mail in arrived]
    assert sorted(subjects) == [0, 1, 1], "a confirmation, a digest and a sample"
    assert [dkimpy(mail, keys) for mail in arrived] == [[True, True]] * 3
    assert [key.record_name for key in keys] == [
        "one._domainkey.example.org",
        "two._domainkey.mail.example.org",
    ]


@pytest.mark.parametrize("key", ["nothing.pem", "kawaraban.toml", "${DKIM_KEY_THAT_IS_NOT_SET}"])
def test_nothing_is_mailed_unsigned_where_a_key_cannot_be_read(home: Path, key: str) -> None:
    write(home, f'[mail.dkim]\nselector = "one"\nkey = "{key}"\n')
    with opened(home) as service:
        service.build()
        with pytest.raises(ConfigurationError, match=r"mail\.dkim: key 'one'"):
            service.deliver()
        (finding,) = [f for f in service.check().findings if f.key == "mail.dkim"]
        assert finding.severe
        assert "key 'one'" in finding.message


def test_a_missing_file_is_named_with_what_to_do(home: Path) -> None:
    write(home, '[mail.dkim]\nselector = "one"\nkey = "nothing.pem"\n')
    with opened(home) as service, pytest.raises(ConfigurationError) as refused:
        service.refuse_to_mail()
    assert str(refused.value) == (
        f"{home}/kawaraban.toml: mail.dkim: key 'one': the file {home}/nothing.pem cannot be read: "
        "No such file or directory; `kawaraban dkim --new FILE` makes one"
    )


def test_check_tells_what_is_odd_about_keys(home: Path) -> None:
    (home / "two.pem").chmod(0o644)
    write(home, '[mail.dkim]\nselector = "two"\nkey = "two.pem"\ndomain = "example.net"\n')
    with opened(home) as service:
        said = {f.message: f.severe for f in service.check().findings if f.key == "mail.dkim"}
    assert set(said.values()) == {False}
    (alignment,) = [message for message in said if "DMARC" in message]
    assert alignment.startswith("key 'two' signs for example.net, and mail comes from example.org")
    assert f"other users may read {home}/two.pem; chmod 600 it" in said
    assert any("few receivers know Ed25519" in message for message in said)


def test_without_keys_nothing_of_this_is_loaded(home: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from feeds.service import Service\n"
        "with Service.open(Path('kawaraban.toml')) as service: service.tick(); service.check()\n"
        "assert not [name for name in sys.modules if 'cryptography' in name or 'dkim.' in name]"
    )
    where = {"PYTHONPATH": str(Path(__file__).parents[2])}
    assert subprocess.run([sys.executable, "-c", code], cwd=home, env=where, check=False).returncode == 0


def test_keys_that_fit_give_no_remark(home: Path) -> None:
    write(home, BOTH)
    with opened(home) as service:
        assert [f for f in service.check().findings if f.key == "mail.dkim"] == []
