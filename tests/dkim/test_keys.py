"""Keys: which can be used, and what the DNS says of them."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
from cryptography.hazmat.primitives import serialization as pem
from cryptography.hazmat.primitives.asymmetric import ec, rsa, x25519
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from feeds.newsletter.dkim.keys import load_key, new_key


def text_of(
    private: PrivateKeyTypes,
    form: pem.PrivateFormat = pem.PrivateFormat.PKCS8,
    secret: pem.KeySerializationEncryption | None = None,
) -> str:
    return private.private_bytes(pem.Encoding.PEM, form, secret or pem.NoEncryption()).decode()


RSA = rsa.generate_private_key(65537, 2048)
SHORT = """\
-----BEGIN PRIVATE KEY-----
MIIBVQIBADANBgkqhkiG9w0BAQEFAASCAT8wggE7AgEAAkEAu0Jqv8Jx1nqAqgqj
-----END PRIVATE KEY-----
"""


def refusal(text: str) -> str:
    with pytest.raises(ValueError, match=r"this|the key|an RSA") as refused:
        load_key(text, domain="example.jp", selector="a")
    return str(refused.value)


def test_a_record_is_what_openssl_says_of_the_key() -> None:
    key = load_key(text_of(RSA), domain="example.jp", selector="kb")
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl is not installed")
    command = [program, "pkey", "-pubout"]
    said = subprocess.run(command, input=text_of(RSA), capture_output=True, text=True, check=True).stdout
    public = "".join(said.splitlines()[1:-1])
    assert key.record == f"v=DKIM1; k=rsa; p={public}"
    assert key.record_name == "kb._domainkey.example.jp"
    assert "".join(key.strings) == key.record
    assert max(map(len, key.strings)) <= 255
    assert re.fullmatch(r'kb\._domainkey\.example\.jp\. IN TXT \( "[^"]{255}" "[^"]+" \)', key.zone_line)


def test_the_record_of_an_ed25519_key_is_the_one_of_rfc_8463() -> None:
    seed = "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g"  # RFC 8463 §A.1, as PKCS #8
    text = f"-----BEGIN PRIVATE KEY-----\n{seed}\n-----END PRIVATE KEY-----\n"
    key = load_key(text, domain="football.example.com", selector="brisbane")
    assert key.record == "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
    assert key.record_name == "brisbane._domainkey.football.example.com"


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
def test_new_keys_can_be_used(kind: str) -> None:
    key = load_key(new_key("rsa" if kind == "rsa" else "ed25519"), domain="example.jp", selector="a")
    assert (key.kind, key.algorithm) == (kind, f"{kind}-sha256")
    assert "BEGIN" not in repr(key)


def test_the_older_form_of_rsa_keys_is_read() -> None:
    text = text_of(RSA, pem.PrivateFormat.TraditionalOpenSSL)
    assert load_key(text, domain="example.jp", selector="a").bits == 2048


def test_short_rsa_keys_are_refused() -> None:
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl is not installed")
    command = [program, "genrsa", "-traditional", "512"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "too short" in refusal(text)


def test_every_other_key_is_refused_with_what_to_do() -> None:
    public = RSA.public_key().public_bytes(pem.Encoding.PEM, pem.PublicFormat.SubjectPublicKeyInfo).decode()
    assert "this is a public key" in refusal(public)
    assert "no private key in PEM" in refusal("hello")
    assert "has a passphrase" in refusal(text_of(RSA, secret=pem.BestAvailableEncryption(b"x")))
    assert "kind EC" in refusal(text_of(ec.generate_private_key(ec.SECP256R1())))
    assert "kind X25519" in refusal(text_of(x25519.X25519PrivateKey.generate()))
