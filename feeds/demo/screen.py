"""What the demo says: pleasant on a terminal, one plain line after the other in a pipe."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from feeds.model.noun import dataclass


@dataclass(frozen=True, slots=True)
class Mailed:
    """A mail as the demo reports it."""

    recipient: str
    subject: str
    posts: tuple[str, ...]
    """Titles of the posts in it; none in a notice."""


class Screen:
    """Says what happens, on standard output."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console()

    @property
    def is_terminal(self) -> bool:
        return self._console.is_terminal

    def title(self, text: str) -> None:
        self._say(Text(text, style="bold red"))

    @contextmanager
    def step(self, doing: str) -> Iterator[list[str]]:
        """A step; the texts that are put into the list say what came of it."""
        done: list[str] = []
        if self.is_terminal:
            with self._console.status(doing):
                yield done
        else:
            yield done
        for text in done:
            self._say(Text.assemble(("✓ ", "green"), text) if self.is_terminal else Text(text))

    def mails(self, mails: Sequence[Mailed]) -> None:
        """The mails that arrived, with their readers and posts."""
        if not self.is_terminal:
            for mail in mails:
                self._say(Text(f"mailed to {mail.recipient}: {mail.subject}{_counted(mail.posts)}"))
                for title in mail.posts:
                    self._say(Text(f"  - {title}"))
            return
        table = Table(box=None, pad_edge=False, padding=(0, 3, 1, 0), show_header=False)
        table.add_column("to", no_wrap=True, style="dim")
        table.add_column("what", overflow="fold")
        for mail in mails:
            posts = "\n" + " · ".join(mail.posts) if len(mail.posts) > 1 else ""
            table.add_row(mail.recipient, Text.assemble((mail.subject, "bold"), (posts, "dim")))
        self._console.print(Padding(table, (1, 0, 0, 2)))

    def places(self, places: Sequence[tuple[str, str]]) -> None:
        """Where to look: what, and its address or folder, each on a line that can be copied."""
        width = max(len(name) for name, _ in places)
        for name, place in places:
            if self.is_terminal:
                self._say(Text.assemble("  ", (name.ljust(width + 2), "dim"), (place, "cyan")))
            else:
                self._say(Text(f"{name}: {place}"))

    def note(self, text: str) -> None:
        self._say(Text(text))

    def arrived(self, mail: Mailed) -> None:
        """A mail that came while the demo stays."""
        self._say(
            Text.assemble(("✉ ", "green"), mail.recipient, "  ", (mail.subject, "bold"), _counted(mail.posts))
        )

    def trouble(self, text: str) -> None:
        self._say(Text(text, style="bold red"))

    def _say(self, text: Text) -> None:
        # soft_wrap: paths and addresses stay in one piece, however narrow the terminal.
        self._console.print(text, soft_wrap=True, highlight=False)


def _counted(posts: Sequence[str]) -> str:
    return f" ({len(posts)} {'post' if len(posts) == 1 else 'posts'})" if posts else ""
