"""Private keys that sign mails, and what the DNS says of them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from dataclasses import field
from hashlib import sha256
from typing import Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization as pem
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from feeds.model.noun import dataclass

Kind = Literal["rsa", "ed25519"]

SHORTEST, USUAL, LONGEST = 1024, 2048, 4096
"""Bits of RSA: what verifiers may refuse below, what signers should have, what verifiers need not take beyond
(RFC 8301 §3.2)."""

_STRING = 255
"""Bytes that one character string of a TXT record holds (RFC 1035 §3.3)."""


@dataclass(frozen=True, slots=True)
class Key:
    """A private key and the name under which the DNS has its public half."""

    domain: str
    selector: str
    kind: Kind
    bits: int
    public: str
    """The public half as ``p=`` has it."""
    sign: Callable[[bytes], bytes] = field(repr=False)
    """The signature of such bytes; equal for equal bytes."""

    @property
    def algorithm(self) -> str:
        """What ``a=`` says."""
        return f"{self.kind}-sha256"

    @property
    def record_name(self) -> str:
        """Where the record is to be published (RFC 6376 §3.6.2.1)."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def record(self) -> str:
        """The TXT record to publish (RFC 6376 §3.6.1, RFC 8463 §4)."""
        return f"v=DKIM1; k={self.kind}; p={self.public}"

    @property
    def strings(self) -> tuple[str, ...]:
        """The record in parts that are short enough for the DNS."""
        return tuple(self.record[at : at + _STRING] for at in range(0, len(self.record), _STRING))

    @property
    def zone_line(self) -> str:
        """The record as a zone file has it."""
        quoted = " ".join(f'"{one}"' for one in self.strings)
        return f"{self.record_name}. IN TXT ( {quoted} )"


def load_key(text: str, *, domain: str, selector: str) -> Key:
    """The key in this PEM text. Raises ValueError, which says what is wrong and what to do."""
    try:
        private = pem.load_pem_private_key(text.encode(), password=None)
    except TypeError:
        raise ValueError("the key has a passphrase; write it without: openssl pkey -in … -out …") from None
    except (ValueError, UnsupportedAlgorithm):
        seen = "this is a public key" if "PUBLIC KEY-" in text else "this is no private key in PEM"
        raise ValueError(f"{seen}; `kawaraban dkim --new FILE` makes one") from None
    if isinstance(private, RSAPrivateKey):
        return _rsa(private, domain, selector)
    if isinstance(private, Ed25519PrivateKey):
        return _ed25519(private, domain, selector)
    kind = type(private).__name__.removesuffix("PrivateKey").lstrip("_")
    raise ValueError(f"this is a key of the kind {kind}, and DKIM knows RSA and Ed25519; make another")


def new_key(kind: Kind) -> str:
    """The PEM text of a new key."""
    private: RSAPrivateKey | Ed25519PrivateKey
    if kind == "rsa":
        private = generate_private_key(public_exponent=65537, key_size=USUAL)
    else:
        private = Ed25519PrivateKey.generate()
    text = private.private_bytes(pem.Encoding.PEM, pem.PrivateFormat.PKCS8, pem.NoEncryption())
    return text.decode("ascii")


def _rsa(private: RSAPrivateKey, domain: str, selector: str) -> Key:
    if private.key_size < SHORTEST:
        raise ValueError(
            f"an RSA key of {private.key_size} bits is too short, as verifiers want {SHORTEST} at least "
            f"(RFC 8301); `kawaraban dkim --new FILE` makes one of {USUAL}"
        )
    public = private.public_key().public_bytes(pem.Encoding.DER, pem.PublicFormat.SubjectPublicKeyInfo)
    padding, digest = PKCS1v15(), hashes.SHA256()
    return Key(
        domain,
        selector,
        "rsa",
        private.key_size,
        b64encode(public).decode("ascii"),
        lambda content: private.sign(content, padding, digest),
    )


def _ed25519(private: Ed25519PrivateKey, domain: str, selector: str) -> Key:
    public = private.public_key().public_bytes(pem.Encoding.Raw, pem.PublicFormat.Raw)
    return Key(
        domain,
        selector,
        "ed25519",
        256,
        b64encode(public).decode("ascii"),
        lambda content: private.sign(sha256(content).digest()),  # RFC 8463 §3: the hash is what is signed
    )
