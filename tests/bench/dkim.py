"""Microseconds of CPU to sign a digest of 31 KB, beside dkimpy signing the same bytes with the same keys.

``python -m tests.bench.dkim [MESSAGES]``; both in turns, the median of five rounds. What the algorithm alone
takes shows how much is left to win.
"""

from __future__ import annotations

import argparse
import statistics
import time
from base64 import b64decode
from collections.abc import Callable, Mapping

import dkim
from nacl.encoding import Base64Encoder
from nacl.signing import SigningKey

from feeds.model.issue import Skeleton
from feeds.newsletter.dkim.canonical import signed_names, split_message
from feeds.newsletter.dkim.keys import Key, load_key, new_key
from feeds.newsletter.dkim.signing import DkimSigner
from feeds.newsletter.message import Plate, splice
from tests.dkim.conftest import digest

ROUNDS = 5
SIZE = 31_000
MESSAGES = 400


def main(count: int) -> None:
    """Prints a line for each kind of key and language, and the ratio to dkimpy."""
    for language in ("ja", "en"):
        skeleton, values = _digest_of(SIZE, language)
        message = splice(skeleton, values)
        plate = Plate(skeleton)
        spliced = _cpu(lambda: plate(values), count)  # noqa: B023  # called at once
        print(f"{language}: {len(message)} bytes, a splice without a signature {spliced:.0f} µs")
        for kind in ("rsa", "ed25519"):
            text = new_key("rsa" if kind == "rsa" else "ed25519")
            key = load_key(text, domain="example.jp", selector="kb")
            _compare(key, text, message, (skeleton, values), spliced=spliced, count=count)


def _compare(
    key: Key,
    text: str,
    message: bytes,
    edition: tuple[Skeleton, Mapping[str, str]],
    *,
    spliced: float,
    count: int,
) -> None:
    signer, theirs = DkimSigner([key]), _dkimpy(key, text, message)
    skeleton, values = edition
    splice = signer.cut(skeleton)
    rounds = [
        (
            _cpu(lambda: splice(values), count) - spliced,
            _cpu(lambda: signer.sign(message), count),
            _cpu(theirs, max(count // 20, 1)),
        )
        for _ in range(ROUNDS)
    ]
    quick, whole, other = (statistics.median(column) for column in zip(*rounds, strict=True))
    alone = _cpu(lambda: key.sign(message[:1500]), count)
    print(
        f"  {key.algorithm:14}  {quick:5.0f} µs with the edition's skeleton, {whole:5.0f} µs without   "
        f"dkimpy {other:6.0f} µs, ratio {quick / other:.3f}   {alone:4.0f} µs are the algorithm's"
    )


def _dkimpy(key: Key, text: str, message: bytes) -> Callable[[], bytes]:
    """dkimpy signing the same fields."""
    names = list(dict.fromkeys(signed_names(split_message(message)[0])))
    private = text.encode() if key.kind == "rsa" else _seed(text)
    return lambda: dkim.sign(
        message,
        key.selector.encode(),
        key.domain.encode(),
        private,
        canonicalize=(b"relaxed", b"relaxed"),
        signature_algorithm=key.algorithm.encode(),
        include_headers=names,
    )


def _seed(text: str) -> bytes:
    """An Ed25519 key as dkimpy reads it."""
    seed = b64decode("".join(text.splitlines()[1:-1]))[-32:]
    return SigningKey(seed).encode(Base64Encoder)


def _digest_of(size: int, language: str) -> tuple[Skeleton, Mapping[str, str]]:
    """A digest whose message has at least so many bytes, as near as whole posts allow."""
    posts = 1
    while len(splice(*digest(language, posts))) < size:
        posts += 1
    return digest(language, posts)


def _cpu(work: Callable[[], object], count: int) -> float:
    """Microseconds of CPU that the work takes."""
    work()
    began = time.process_time()
    for _ in range(count):
        work()
    return (time.process_time() - began) / count * 1e6


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench.dkim", description=__doc__)
    parser.add_argument("messages", metavar="MESSAGES", type=int, nargs="?", default=MESSAGES)
    main(parser.parse_args().messages)
