"""The log: one event a line, as ``key=value`` or as a JSON object, and never an address or a secret.

The program logs through the standard library, with events written as ``event=name key=%s``; so do the
libraries below it, in words of their own. Here each record becomes pairs, and whatever looks like an address,
a reader's link or one of the secrets is taken out of every value, tracebacks and all.

Why not structlog: libraries log through the standard library all the same, a line of theirs costs as much
there (18 µs) as here with all that is taken out (21 µs), and loading it takes 0.1 s against 8 ms.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Literal, TextIO

Form = Literal["text", "json"]

_PAIRS = re.compile(r"\w+=\S*(?: \w+=\S*)*")
_PLACE = re.compile(r"%[-0-9.]*[a-z]")
_PLAIN = re.compile(r"[^\s\"=\\\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_UNSAFE = re.compile(r"[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""What JSON leaves as it is, and what steers a terminal."""

_ADDRESS = re.compile(r"""(?:"[^"\n]*"|[^\s<>"'(),;:=/|\[\]{}\\]+)(?:@|%40)[^\s<>"'(),;:=/|{}\\]+""")
_LINK = re.compile(r"/(confirm|preferences|unsubscribe)/[\w.~-]+")

_QUIET = {"apscheduler": logging.ERROR, "watchfiles": logging.WARNING}
"""Libraries that say of every beat that it happened, or that it did not; the daemon says that itself."""


class Redactor:
    """Takes addresses and these secrets out of a text."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """Shorter secrets than four characters would take the words out of every sentence."""
        known = sorted({secret for secret in secrets if len(secret) >= 4}, key=len, reverse=True)
        self._secrets = re.compile("|".join(map(re.escape, known))) if known else None

    def __call__(self, text: str) -> str:
        if self._secrets is not None:
            text = self._secrets.sub("(secret)", text)
        if "@" in text or "%40" in text:
            text = _ADDRESS.sub("(address)", text)
        return _LINK.sub(r"/\1/(token)", text) if "/" in text else text


def pairs_of(record: logging.LogRecord) -> Iterator[tuple[str, Any]]:
    """What a record says, in its order; ``message`` where it says it in words."""
    template, arguments = record.msg, record.args
    if isinstance(template, str) and isinstance(arguments, tuple) and _PAIRS.fullmatch(template):
        left = list(arguments)
        for pair in template.split(" "):
            name, _, value = pair.partition("=")
            places = _PLACE.findall(value)
            if len(places) > len(left):
                break
            taken, left = left[: len(places)], left[len(places) :]
            if places == [value] and isinstance(taken[0], int | float | tuple):
                yield name, taken[0]
            else:
                yield name, value % tuple(taken) if places else value
    else:
        yield "message", record.getMessage()
    if record.exc_info:
        yield "exception", logging.Formatter().formatException(record.exc_info)


class EventFormatter(logging.Formatter):
    """One record as one line."""

    def __init__(self, form: Form, redact: Redactor) -> None:
        super().__init__()
        self._form, self._redact = form, redact

    def format(self, record: logging.LogRecord) -> str:
        """The line: time, level and module, then what the record says."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        said: dict[str, Any] = {
            "time": moment.replace("+00:00", "Z"),
            "level": record.levelname,
            "module": record.name,
        }
        said |= {name: self._safe(value) for name, value in pairs_of(record)}
        if self._form == "json":
            return _escaped(json.dumps(said, ensure_ascii=False, default=str))
        return " ".join(f"{name}={_quoted(value)}" for name, value in said.items())

    def _safe(self, value: object) -> object:
        if isinstance(value, int | float):
            return value
        if isinstance(value, tuple) and all(isinstance(one, int | float) for one in value):
            return list(value)
        return self._redact(str(value))


def _quoted(value: object) -> str:
    text = json.dumps(value) if isinstance(value, list) else str(value)
    return text if _PLAIN.fullmatch(text) else _escaped(json.dumps(text, ensure_ascii=False))


def _escaped(line: str) -> str:
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", line)


class _Stderr(logging.StreamHandler[TextIO]):
    """Writes to what standard error is at that moment: a terminal may show progress below the log."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]  # as logging.lastResort does it
        return sys.stderr


@contextmanager
def written(form: Form, secrets: Iterable[str], level: int = logging.INFO) -> Iterator[None]:
    """Sends every event of the block to standard error, in this form and without these secrets."""
    handler = _Stderr()
    handler.setFormatter(EventFormatter(form, Redactor(secrets)))
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(level)
    for name, least in _QUIET.items():
        logging.getLogger(name).setLevel(least)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
