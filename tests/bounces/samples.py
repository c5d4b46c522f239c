"""Reports as mail servers and providers write them, each naming the token that a test wants."""

from __future__ import annotations

from pathlib import Path

REPORTS = sorted((Path(__file__).parent / "reports").glob("*.eml"))


def report(name: str, token: str = "0" * 42, message_id: str = "<x@y>", way_out: str = "") -> bytes:
    """The report of this name about the mail with this token."""
    mail = (Path(__file__).parent / "reports" / f"{name}.eml").read_bytes()
    values = {"MESSAGE-ID": message_id, "WAY-OUT": way_out, "UPPER": token.upper(), "TOKEN": token}
    for place, value in values.items():
        mail = mail.replace(place.encode(), value.encode())
    return mail
