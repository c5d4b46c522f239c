"""Files of subscribers: what is read from them and what is written to them."""

from __future__ import annotations

import contextlib
import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.cli.lists import EXPORTED, BadRow, NotAList, Row, read_list, write_list
from feeds.model.subscriber import Cadence, SubscriberState

JAPANESE = "メールアドレス,お名前,タイムスタンプ\r\nhanako@example.jp,山田 花子,2026/11/23 10:00\r\n"


def rows_of(content: bytes) -> list[Row]:
    rows = read_list(content).rows
    assert not [row for row in rows if isinstance(row, BadRow)]
    return [row for row in rows if isinstance(row, Row)]


@pytest.mark.parametrize(
    ("codec", "name"),
    [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("cp932", "Shift_JIS"), ("utf-16", "UTF-16")],
)
def test_the_encodings_that_japanese_services_and_excel_export_are_read(codec: str, name: str) -> None:
    listed = read_list(JAPANESE.encode(codec))
    assert listed.encoding == name
    assert listed.ignored == ("タイムスタンプ",)
    (row,) = rows_of(JAPANESE.encode(codec))
    assert (str(row.email), row.name) == ("hanako@example.jp", "山田 花子")


def test_a_file_in_no_known_encoding_is_refused() -> None:
    with pytest.raises(NotAList, match="neither UTF-8 nor UTF-16 nor Shift_JIS"):
        read_list(b"email\n\x81\x20")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_found_in_the_header_line(delimiter: str) -> None:
    (row,) = rows_of(
        delimiter.join(["name", "email"]).encode() + b"\n" + f"A{delimiter}a@example.org".encode()
    )
    assert (row.name, str(row.email)) == ("A", "a@example.org")


def test_every_column_says_what_it_means() -> None:
    content = "Email,name,language,categories,cadence\na@example.org,A,ja-JP,AI技術ガイド; 研究論文 ;,Daily\n"
    (row,) = rows_of(content.encode())
    assert row.language == "ja"
    assert row.categories == ("AI技術ガイド", "研究論文")
    assert row.cadence is Cadence.DAILY


def test_only_the_address_is_needed() -> None:
    (row,) = rows_of(b"email\na@example.org")
    assert (row.name, row.language, row.categories, row.cadence) == ("", None, (), None)


def test_bad_rows_are_named_by_line_and_stop_no_other() -> None:
    content = (
        b"email,name,cadence,language\n"
        b'a@example.org,"two\nlines",,\n'
        b"nobody,,,\n"
        b"\n"
        b"b@example.org,,hourly,\n"
        b"c@example.org,,,tlh\n"
        b"d@example.org,,weekly,en\n"
        b"\xe2\x80\x8b,,,\n"
    )
    rows = read_list(content).rows
    assert [row.line for row in rows] == [2, 4, 6, 7, 8, 9]
    assert [str(row.email) for row in rows if isinstance(row, Row)] == ["a@example.org", "d@example.org"]
    said = [row.message for row in rows if isinstance(row, BadRow)]
    assert said[0].startswith("email: 'nobody' is not an e-mail address")
    assert said[1] == "cadence: 'hourly' is not one of each, daily, weekly"
    assert said[2] == "language: 'tlh' is not one of ja, en"


def test_a_short_row_is_read_as_far_as_it_goes() -> None:
    (row,) = rows_of(b"email,name,cadence\na@example.org\n")
    assert row.name == ""


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"\n\n", "no column is called `email`"),
        (b"name,address\nA,a@example.org\n", "the header line says: name, address"),
        (b'email\n"a@example.org', "line 2: this is not CSV"),
    ],
)
def test_a_file_that_is_no_list_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(NotAList, match=message):
        read_list(content)


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reading(content: bytes) -> None:
    with contextlib.suppress(NotAList):
        read_list(b"email,name\n" + content)


@given(st.text(max_size=30))
def test_no_exported_cell_is_a_formula_and_every_name_comes_back(name: str) -> None:
    name = " ".join(name.replace("\x00", "").split())
    text = "".join(write_list([("a@example.org", name, "ja", "", "weekly", "confirmed")]))
    cell = list(csv.reader(io.StringIO(text, newline="")))[1][1]
    assert not cell.startswith(tuple("=+-@＝＋－＠\t\r"))
    (row,) = rows_of(text.encode("utf-8", "surrogatepass")) if _is_text(name) else (None,)
    if row:
        assert row.name == name


def test_what_is_exported_is_read_back_whole() -> None:
    cells = ("+ai@example.org", "=HYPERLINK(1)", "ja", "ai技術ガイド;研究論文", "daily", "unsubscribed")
    (row,) = rows_of("".join(write_list([cells])).encode())
    assert (str(row.email), row.name, row.language) == ("+ai@example.org", "=HYPERLINK(1)", "ja")
    assert row.categories == ("ai技術ガイド", "研究論文")
    assert (row.cadence, row.state) == (Cadence.DAILY, SubscriberState.UNSUBSCRIBED)


def test_the_header_names_the_columns_that_import_reads() -> None:
    assert next(iter(write_list([]))) == ",".join(EXPORTED) + "\n"


def _is_text(name: str) -> bool:
    return not any(0xD800 <= ord(character) <= 0xDFFF for character in name)
