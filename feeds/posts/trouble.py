"""Why a file cannot be a post: raised inside this stage, and turned into a Problem by ``parse``."""

from __future__ import annotations


class Trouble(Exception):
    """A reason, with the line and the front matter key to blame."""

    def __init__(self, message: str, *, line: int = 0, key: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.key = key


class Withhold(Exception):
    """The file is not shown, for one of the reasons that ``Withheld`` names."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
