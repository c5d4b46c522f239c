"""Programs that nobody here wrote, asked about signatures; the keys reach them as the DNS would give them."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import dkim
import pytest

from feeds.newsletter.dkim.keys import Key
from tests.dkim.name_server import NameServer

PERL = """
use Mail::DKIM::Verifier;
use Mail::DKIM::DNS;
use Net::DNS::Resolver;
my ($port, @files) = @ARGV;
Mail::DKIM::DNS::resolver(Net::DNS::Resolver->new(nameservers => ['127.0.0.1'], port => $port, recurse => 0));
for my $file (@files) {
    my $verifier = Mail::DKIM::Verifier->new();
    open my $stream, '<:raw', $file or die $!;
    local $/;
    $verifier->PRINT(<$stream>);
    $verifier->CLOSE;
    print join(' ', map { $_->algorithm . '=' . $_->result } $verifier->signatures), "\\n";
}
"""


def dkimpy(message: bytes, keys: Sequence[Key]) -> list[bool]:
    """What dkimpy says of each signature, first the uppermost."""
    records = {f"{key.record_name}.".encode(): key.record.encode() for key in keys}
    judge = dkim.DKIM(message)

    def passes(index: int) -> bool:
        try:
            return bool(judge.verify(idx=index, dnsfunc=lambda name, timeout=0: records.get(name)))
        except dkim.DKIMException:
            return False

    return [passes(index) for index in range(message.count(b"DKIM-Signature: "))]


class OpenDkim:
    """OpenDKIM in its test mode, which reads the keys from a file. It knows both algorithms."""

    def __init__(self, folder: Path, keys: Sequence[Key]) -> None:
        program = shutil.which("opendkim", path="/usr/sbin:/usr/bin:/usr/local/sbin")
        if program is None:
            pytest.skip("opendkim is not installed (apt-get install opendkim)")
        self._folder = folder
        records = folder / "records"
        records.write_text("".join(f"{key.record_name} {key.record}\n" for key in keys))
        settings = folder / "opendkim.conf"
        settings.write_text(f"Mode v\nSyslog no\nTestPublicKeys {records}\n")
        self._command = [program, "-vv", "-x", str(settings), "-t"]

    def __call__(self, message: bytes) -> list[str]:
        """``dkim=pass`` or ``dkim=fail`` for each signature."""
        file = self._folder / "message"
        file.write_bytes(message)
        said = subprocess.run([*self._command, str(file)], capture_output=True, text=True, check=True)
        return [word for word in said.stdout.replace(";", " ").split() if word.startswith("dkim=")]


def mail_dkim(folder: Path, messages: Sequence[bytes], keys: Sequence[Key]) -> list[str]:
    """What Perl's Mail::DKIM says of each message: ``rsa-sha256=pass``, and so on. It knows RSA only."""
    perl = shutil.which("perl")
    if (
        perl is None
        or subprocess.run([perl, "-MMail::DKIM", "-e1"], check=False, capture_output=True).returncode
    ):
        pytest.skip("Mail::DKIM is not installed (apt-get install libmail-dkim-perl)")
    files = []
    for number, message in enumerate(messages):
        files.append(folder / f"perl-{number}")
        files[-1].write_bytes(message)
    with name_server(keys) as port:
        command = [perl, "-e", PERL, str(port), *map(str, files)]
        said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return said.stdout.splitlines()


@contextmanager
def name_server(keys: Sequence[Key]) -> Iterator[int]:
    """The port of a name server on loopback that knows the records of these keys."""
    with NameServer(keys) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
