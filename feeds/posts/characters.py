"""Bytes to text, and the characters that no feed may carry."""

from __future__ import annotations

import re

from feeds.posts.trouble import Trouble

_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f"  # XML 1.0 §2.2 leaves only tab, LF and CR of the C0 controls
    "\x7f-\x84\x86-\x9f"  # allowed there but discouraged, and refused by libyaml
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_GUESSES = (("cp932", "Shift_JIS"), ("euc_jp", "EUC-JP"))


def clean(text: str) -> str:
    """The text without the characters that XML forbids or discourages."""
    if text.isprintable() or not _FORBIDDEN.search(text):
        return text
    return _FORBIDDEN.sub("", text)


def readable(text: str) -> str:
    r"""A path as it can be shown: a byte that is not UTF-8, which Python keeps as a surrogate, is ``\xNN``.

    Two paths stay two, as a scan tells files by it.
    """
    return _SURROGATE.sub(lambda match: f"\\x{ord(match[0]) & 0xFF:02x}", text)


def decode(data: bytes) -> str:
    """The text of a file: UTF-8, a byte order mark taken off, every line ending a LF. Raises Trouble."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        raise Trouble("the file is UTF-16; save it as UTF-8")
    try:
        text = data.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Trouble(_guess(data), line=line) from None
    if data.count(b"\0", 0, 4096) > len(data[:4096]) // 10:
        raise Trouble("the file is binary, not text")
    if b"\r" in data:  # to look through bytes is quicker than through text
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text


def _guess(data: bytes) -> str:
    if b"\0" in data:
        return "the file is binary, not text"
    for codec, name in _GUESSES:
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            continue
        if any("\u3041" <= c <= "\u30fe" for c in text):  # real Japanese has kana
            return f"the file is not UTF-8 (it looks like {name}); save it as UTF-8"
    return "the file is not UTF-8; save it as UTF-8"
