"""Messages: skeleton and splice, against the standard library's parser and encoders."""

from __future__ import annotations

import re
from base64 import encodebytes
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.model.issue import Skeleton
from feeds.newsletter import headers
from feeds.newsletter.holes import Hole, holes_for
from feeds.newsletter.message import build_skeleton, splice
from feeds.newsletter.tokens import Purpose

HOLES = holes_for("a mail", (Purpose.UNSUBSCRIBE, Purpose.PREFERENCES))
UNSUBSCRIBE, PREFERENCES = HOLES["unsubscribe"], HOLES["preferences"]
FIELDS = [
    headers.raw_field("To", HOLES["to"].mark),
    headers.text_field("Subject", "新着 3本: first and 2 more"),
    headers.raw_field("Message-ID", HOLES["message_id"].mark),
    headers.raw_field("MIME-Version", "1.0"),
    headers.url_list_field("List-Unsubscribe", [f"https://example.jp/unsubscribe/{UNSUBSCRIBE.mark}"]),
]

tokens = st.text("ABCxyz019-_", min_size=32, max_size=32)
readers = st.builds(
    lambda number, first, second: {
        "to": f"reader{number}@example.org",
        "message_id": f"<i1.s{number}@example.jp>",
        "unsubscribe": first,
        "preferences": second + "0123",
    },
    st.integers(0, 10**9),
    tokens,
    tokens,
)
scraps = st.one_of(
    st.sampled_from(
        [
            UNSUBSCRIBE.mark,
            PREFERENCES.mark,
            "\n",
            ".",
            "\n.",
            "\n..\n",
            "From ",
            "\nFrom x",
            " \n",
            "=",
            "\t",
        ]
    ),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=80),
    st.text("abc .=<>", max_size=200),
)
bodies = st.lists(scraps, max_size=25).map("".join)


def filled(text: str, values: dict[str, str]) -> str:
    for hole in HOLES.values():
        text = text.replace(hole.mark, values[hole.name])
    return text


def canonical(text: str) -> str:
    """A body as it reads at the other end, without its last line end (which may be the boundary's)."""
    return text.rstrip("\n").replace("\n", "\r\n")


def parts_of(message: bytes) -> list[EmailMessage]:
    parsed = message_from_bytes(message, policy=default)
    assert isinstance(parsed, EmailMessage)
    assert all(part.defects == [] for part in parsed.walk())
    assert parsed.get_content_type() == "multipart/alternative"
    return list(parsed.iter_parts())  # type: ignore[arg-type]


def decoded(part: EmailMessage) -> str:
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode("utf-8").removesuffix("\r\n")


def check_wire(message: bytes) -> None:
    """RFC 5321 and 5322 lines, seven bits, and nothing that SMTP or mbox files would change."""
    assert message.isascii()
    assert message.endswith(b"\r\n")
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", message)
    for line in message.split(b"\r\n"):
        assert len(line) <= (998 if line.startswith(b"List-") else 76)
        assert not line.startswith((b".", b"From "))


@given(bodies, bodies, st.lists(readers, min_size=1, max_size=3))
def test_every_copy_reads_as_it_was_written(text: str, html: str, some: list[dict[str, str]]) -> None:
    skeleton = build_skeleton(FIELDS, text, html, HOLES.values())
    for values in some:
        message = splice(skeleton, values)
        check_wire(message)
        plain, rich = parts_of(message)
        assert (plain.get_content_type(), rich.get_content_type()) == ("text/plain", "text/html")
        assert decoded(plain) == canonical(filled(text, values))
        assert decoded(rich) == canonical(filled(html, values))


@given(bodies, bodies, readers)
def test_every_copy_equals_one_that_was_built_for_its_reader(
    text: str, html: str, values: dict[str, str]
) -> None:
    spliced = splice(build_skeleton(FIELDS, text, html, HOLES.values()), values)
    own = [filled(field.decode("ascii"), values).encode("ascii") for field in FIELDS]
    alone = splice(build_skeleton(own, filled(text, values), filled(html, values)), {})
    plain, rich = parts_of(spliced), parts_of(alone)
    assert [decoded(part) for part in plain] == [decoded(part) for part in rich]
    assert (
        message_from_bytes(spliced, policy=default).items()[:-1]
        == (
            message_from_bytes(alone, policy=default).items()[:-1]  # the last one has the boundary
        )
    )


@given(bodies, readers)
def test_japanese_bodies_are_what_the_standard_library_would_encode(
    text: str, values: dict[str, str]
) -> None:
    text += "瓦版" * len(text) + "瓦"
    message = splice(build_skeleton(FIELDS, text, text, HOLES.values()), values)
    expected = encodebytes(f"{canonical(filled(text, values))}\r\n".encode()).replace(b"\n", b"\r\n")
    assert message.count(b"Content-Transfer-Encoding: base64\r\n\r\n" + expected + b"--=_") == 2


@given(bodies, bodies)
def test_same_input_gives_same_bytes(text: str, html: str) -> None:
    first, second = (build_skeleton(FIELDS, text, html, HOLES.values()) for _ in range(2))
    assert first == second


def test_english_is_quoted_printable_and_japanese_base64() -> None:
    skeleton = build_skeleton(FIELDS, "Plain — mostly.\n", "<p>新着記事です。</p>\n", HOLES.values())
    wire = b"".join(skeleton.parts)
    assert wire.index(b"quoted-printable") < wire.index(b"base64")


def test_only_the_lines_around_a_hole_are_encoded_for_each_reader() -> None:
    text = "あ" * 5000 + UNSUBSCRIBE.mark + "い" * 5000 + PREFERENCES.mark + "\n"
    skeleton = build_skeleton(FIELDS, text, "x\n", HOLES.values())
    in_bodies = [hole for hole in skeleton.holes if hole.startswith("base64:")]
    assert len(in_bodies) == 2
    assert all(len(hole) < 300 for hole in in_bodies)


def test_a_value_of_another_length_is_refused_where_it_would_shift_a_body() -> None:
    text = "あ" * 100 + UNSUBSCRIBE.mark + "い" * 100
    skeleton = build_skeleton([], text, text, [UNSUBSCRIBE])
    with pytest.raises(ValueError, match="not as long as its hole"):
        splice(skeleton, {"unsubscribe": "short"})


@pytest.mark.parametrize("breaker", ["a\r\nBcc: x@example.org", "a\nb", "é", "a\x00b", "日本"])
def test_a_value_that_would_break_out_is_refused(breaker: str) -> None:
    skeleton = build_skeleton([headers.raw_field("To", "MARK")], "x", "x", [Hole("to", "MARK")])
    with pytest.raises(ValueError, match="cannot be put into a mail"):
        splice(skeleton, {"to": breaker})


def test_parts_and_holes_alternate() -> None:
    skeleton = build_skeleton(FIELDS, UNSUBSCRIBE.mark, PREFERENCES.mark, HOLES.values())
    assert isinstance(skeleton, Skeleton)
    assert len(skeleton.parts) == len(skeleton.holes) + 1
    assert all(b"\r\n" not in hole.encode() for hole in skeleton.holes)


def test_a_content_never_holds_its_own_marks() -> None:
    assert holes_for("one", Purpose)["unsubscribe"] != holes_for("another", Purpose)["unsubscribe"]
    marks = [hole.mark for hole in holes_for("one", Purpose).values()]
    assert len(set(marks)) == len(marks)
