"""Files of subscribers: CSV as people and form services export it, and as we do.

Reading is generous about encoding (UTF-8, UTF-16 with a byte order mark, Shift_JIS), about the
delimiter, and about what the columns are called; it is strict about what a row says.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from feeds.errors import InvalidAddress, KawarabanError
from feeds.model.address import EmailAddress
from feeds.model.noun import dataclass
from feeds.model.subscriber import Cadence, SubscriberState

COLUMNS = ("email", "name", "language", "categories", "cadence")
EXPORTED = (*COLUMNS, "state")
LANGUAGES = ("ja", "en")

_OTHER_NAMES = {
    "e-mail": "email",
    "mail": "email",
    "email address": "email",
    "メールアドレス": "email",
    "メール": "email",
    "お名前": "name",
    "名前": "name",
    "氏名": "name",
}
_FORMULA = tuple("=+-@\t\r＝＋－＠")
"""A cell that begins so is run by spreadsheets (OWASP, CSV Injection), in Japan full width too."""


class NotAList(KawarabanError):  # errors are named for what is wrong, as in feeds.errors
    """The file is no CSV file with a column of e-mail addresses."""


@dataclass(frozen=True, slots=True)
class Row:
    """A subscriber as a file names them; None where the file leaves the choice to the configuration."""

    line: int
    email: EmailAddress
    name: str = ""
    language: str | None = None
    categories: tuple[str, ...] = ()
    cadence: Cadence | None = None
    state: SubscriberState | None = None
    """Only our own export says it."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be imported, and why."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class SubscriberList:
    """What a file holds."""

    encoding: str
    ignored: tuple[str, ...]
    """Columns that mean nothing to us."""
    rows: tuple[Row | BadRow, ...]


def read_list(content: bytes) -> SubscriberList:
    """The subscribers in a CSV file. Raises NotAList."""
    encoding, text = _decode(content)
    lines = text.splitlines()
    if not lines:
        raise NotAList("the file is empty; it needs a header line with at least `email`")
    delimiter = max(",;\t", key=lines[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [_column(name) for name in next(reader)]
        if "email" not in header:
            raise NotAList(f"no column is called `email`; the header line says: {', '.join(header)}")
        rows = tuple(_rows(reader, header))
    except csv.Error as error:
        raise NotAList(f"line {reader.line_num}: this is not CSV: {error}") from None
    ignored = tuple(name for name in header if name and name not in EXPORTED)
    return SubscriberList(encoding, ignored, rows)


def write_list(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a CSV file with the columns ``EXPORTED``; no cell can be run as a formula."""
    for row in (EXPORTED, *rows):
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow([_guarded(cell) for cell in row])
        yield line.getvalue()


def _decode(content: bytes) -> tuple[str, str]:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = (("UTF-16", "utf-16"),)
    else:
        candidates = (("UTF-8", "utf-8-sig"), ("Shift_JIS", "cp932"))  # type: ignore[assignment]  # one or two
    for name, codec in candidates:
        try:
            return name, content.decode(codec)
        except UnicodeDecodeError:
            continue
    raise NotAList("the file is neither UTF-8 nor UTF-16 nor Shift_JIS text")


def _column(name: str) -> str:
    name = name.strip().casefold()
    return _OTHER_NAMES.get(name, name)


def _rows(reader: Any, header: Sequence[str]) -> Iterator[Row | BadRow]:
    line = reader.line_num + 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            named = {
                name: _unguarded(" ".join(cell.split())) for name, cell in zip(header, cells, strict=False)
            }
            yield _row(line, named)
        line = reader.line_num + 1


def _row(line: int, cells: dict[str, str]) -> Row | BadRow:
    try:
        email = EmailAddress.parse(cells.get("email", ""))
    except InvalidAddress as error:
        return BadRow(line, f"email: {error}")
    language = cells.get("language", "").casefold().replace("_", "-").partition("-")[0]
    if language and language not in LANGUAGES:
        return BadRow(line, f"language: {cells['language']!r} is not one of {', '.join(LANGUAGES)}")
    cadence = cells.get("cadence", "").casefold()
    if cadence and cadence not in list(Cadence):
        return BadRow(line, f"cadence: {cells['cadence']!r} is not one of {', '.join(Cadence)}")
    state = cells.get("state", "").casefold()
    return Row(
        line=line,
        email=email,
        name=cells.get("name", ""),
        language=language or None,
        categories=tuple(name for part in cells.get("categories", "").split(";") if (name := part.strip())),
        cadence=Cadence(cadence) if cadence else None,
        state=SubscriberState(state) if state in list(SubscriberState) else None,
    )


def _guarded(cell: str) -> str:
    return f"'{cell}" if cell.lstrip("'").startswith(_FORMULA) else cell


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(_FORMULA) else cell
