"""What each reader may and must get, told once more in other words than the program's.

The model knows the posts by a marker in their titles, so it follows a post through renames and edits
without asking the program which post is which.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from tests.machine.world import HOLD_ABOVE, MAX_POSTS, SETTLE_MINUTES

CATEGORIES = ("a", "b", "c")
NONE = ""
"""What stands for the category of posts that have none: only who wants everything gets them."""

_SETTLE = timedelta(minutes=SETTLE_MINUTES)


class Broken(AssertionError):
    """An invariant of the design does not hold."""

    def __init__(self, invariant: str, detail: str) -> None:
        super().__init__(f"{invariant}: {detail}")
        self.invariant = invariant


def must(condition: object, invariant: str, detail: object = "") -> None:
    if not condition:
        raise Broken(invariant, str(detail))


# Posts ------------------------------------------------------------------------------------------


@dataclass(eq=False)
class ModelPost:
    """A post: its file as it is now, and what the last scan made of it."""

    marker: int
    path: str
    date: datetime
    category: str
    draft: bool = False
    in_mail: bool = True
    version: int = 0
    on_disk: bool = True

    known_path: str = ""
    """Where the last scan saw it; empty if another post took that path since."""
    known_text: str = ""
    """As the last scan saw it while it was no draft."""
    listed: bool = False
    """Whether the last scan knew it and saw its file."""
    visible: bool = False
    changed: datetime | None = None
    number: int | None = None
    carried: bool = False
    held: bool = False
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        flags = ("draft: true\n" if self.draft else "") + ("" if self.in_mail else "newsletter: false\n")
        category = f"category: {self.category}\n" if self.category else ""
        return (
            f"---\ntitle: Post mark{self.marker}x {self.version}\ndate: {self.date:%Y-%m-%dT%H:%M:%SZ}\n"
            f"{category}{flags}---\nBody of {self.marker}.\n"
        )

    @property
    def known(self) -> bool:
        return self.known_text != ""

    @property
    def may_move(self) -> bool:
        """A rename is recognised by content: never together with an edit (the documentation says so)."""
        return not self.known or (not self.draft and self.text == self.known_text)

    @property
    def may_change(self) -> bool:
        return not self.known or self.path == self.known_path

    def hold(self) -> None:
        self.held = True
        if not self.carried:
            self.number = None

    @property
    def mailable(self) -> bool:
        return self.visible and self.in_mail and not self.held and self.number is not None


@dataclass
class Posts:
    """All posts ever written, and the numbers given to them."""

    all: list[ModelPost] = field(default_factory=list)
    top: int = 0
    scanned: bool = False

    def scan(self, now: datetime) -> None:
        """What a scan at this moment has to make of the folder."""
        for post in self.all:
            self._look_at(post, now)
        taken = {post.path for post in self.all if post.on_disk}
        for post in self.all:
            if not post.on_disk and post.known_path in taken:
                post.known_path = ""
        due = [post for post in self.all if self._is_due(post, now)]
        if len(due) > HOLD_ABOVE and self.scanned:
            for post in due:
                post.held = True
        else:
            self.give_numbers(due, carried=not self.scanned)
        self.scanned = True

    def give_numbers(self, posts: list[ModelPost], *, carried: bool = False) -> None:
        for post in sorted(posts, key=lambda post: (post.date, post.path)):
            self.top += 1
            post.number, post.carried = self.top, carried

    def _look_at(self, post: ModelPost, now: datetime) -> None:
        visible = post.on_disk and not post.draft and post.date <= now
        if visible and (not post.visible or post.text != post.known_text):
            post.changed = now
        if not (visible and post.in_mail) and not post.carried:
            post.number = None
        post.visible = visible
        if post.on_disk and not post.draft:
            post.known_text = post.text
        if post.on_disk and post.known:
            post.known_path = post.path
        post.listed = post.on_disk and post.known

    def _is_due(self, post: ModelPost, now: datetime) -> bool:
        if not post.visible or not post.in_mail or post.held or post.number is not None:
            return False
        assert post.changed is not None
        return not self.scanned or post.changed + _SETTLE <= now

    def release(self, posts: list[ModelPost], now: datetime) -> None:
        for post in posts:
            post.held = False
        scanned = [post for post in posts if self._is_due(post, now)]
        self.give_numbers(scanned)

    @property
    def published(self) -> list[ModelPost]:
        return [post for post in self.all if post.visible]

    def view(self) -> list[tuple[int, str, str]]:
        """All that feeds depend on."""
        return [(post.marker, post.known_path, post.known_text) for post in self.published]


# Readers ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rhythm:
    cadence: str = "weekly"
    hour: int = 7
    weekday: int = 0
    zone: str = "UTC"

    def slot(self, now: datetime) -> tuple[datetime, str]:
        """The latest slot of this rhythm: when it was due, and its local period."""
        today = now.astimezone(ZoneInfo(self.zone)).date()
        days = [today + timedelta(days=n) for n in range(-9, 2)]
        if self.cadence == "weekly":
            days = [day for day in days if day.weekday() == self.weekday]
        due = [(first_instant(day, self.hour, self.zone), day) for day in days]
        when, day = max(slot for slot in due if slot[0] <= now)
        week = day.isocalendar()
        period = day.isoformat() if self.cadence == "daily" else f"{week.year}-W{week.week:02}"
        return when, period

    def next_slot(self, now: datetime) -> datetime:
        step = now
        while self.slot(step)[0] <= now:
            step += timedelta(hours=12)
        return self.slot(step)[0]


@lru_cache(maxsize=10_000)
def first_instant(day: date, hour: int, zone: str) -> datetime:
    """The first quarter of an hour at which clocks there show this hour of this day, or are past it."""
    place, target = ZoneInfo(zone), datetime.combine(day, time(hour))
    instant = (target - timedelta(hours=15)).replace(tzinfo=UTC)
    while instant.astimezone(place).replace(tzinfo=None) < target:
        instant += timedelta(minutes=15)
    return instant


@dataclass(frozen=True)
class Parcel:
    """What one delivery brings."""

    issue: int
    shown: tuple[int, ...]
    all: frozenset[int]
    top: int

    @property
    def more(self) -> int:
        return len(self.all) - len(self.shown)


@dataclass(eq=False)
class ModelReader:
    """An address, and what it was promised."""

    name: str
    key: int = 0
    state: str = ""
    """Empty before the first sign-up and after an erasure."""
    since: dict[str, int] = field(default_factory=dict)
    """The categories that are wanted, each with the number from which on."""
    rhythm: Rhythm = Rhythm()
    watermark: int = 0
    active_since: datetime | None = None
    suppressed: bool = False
    parcel: Parcel | None = None
    """What is on its way."""
    void: bool = False
    """Whether the parcel belongs to a subscription that has ended since."""
    periods: set[tuple[int, str, str]] = field(default_factory=set)
    owed: set[int] = field(default_factory=set)
    """Markers of posts that have to arrive, kept apart from all the numbers."""
    arrived: dict[int, str] = field(default_factory=dict)
    """Markers of posts that arrived, each with the Message-ID that brought it."""
    mails: dict[str, bytes] = field(default_factory=dict)
    """Every mail that was ever on the wire, by its Message-ID."""
    tokens: list[tuple[int, datetime, dict[str, str]]] = field(default_factory=list)
    """Links that arrived: whose they were then, when they were made, and the tokens."""
    asked: datetime | None = None

    @property
    def confirmations(self) -> list[tuple[int, str]]:
        """Whose they were, and the tokens, of every confirmation mail that arrived."""
        return [(key, links["confirm"]) for key, _, links in self.tokens if "confirm" in links]

    @property
    def wanted(self) -> frozenset[str]:
        """The topics as the reader would name them: none for everything."""
        return frozenset() if NONE in self.since else frozenset(self.since)

    def leave(self) -> None:
        self.state = "unsubscribed"
        self.end_promises()

    @property
    def active(self) -> bool:
        return self.state == "confirmed" and not self.suppressed

    def choose(self, topics: frozenset[str], top: int) -> None:
        """A category that is wanted already goes on; one that is added counts from now on."""
        wanted = topics or {*CATEGORIES, NONE}
        self.since = {category: self.since.get(category, top) for category in wanted}

    def wish(self, topics: frozenset[str]) -> None:
        """A subscription that has not begun."""
        self.since = {}
        self.choose(topics, 0)

    def begin(self, now: datetime, top: int) -> None:
        self.state, self.watermark, self.active_since = "confirmed", top, now
        self.end_promises()

    def end_promises(self) -> None:
        self.owed.clear()
        self.void = self.parcel is not None

    def covers(self, post: ModelPost) -> bool:
        return post.category in self.since

    def new(self, posts: Posts) -> list[ModelPost]:
        """What is new to this reader, newest first."""
        new = [
            post
            for post in posts.all
            if post.mailable
            and self.covers(post)
            and (post.number or 0) > max(self.watermark, self.since[post.category])
        ]
        return sorted(new, key=lambda post: (post.date, post.number or 0), reverse=True)


def pack(new: list[ModelPost], issue: int) -> Parcel:
    markers = [post.marker for post in new]
    return Parcel(
        issue, tuple(markers[:MAX_POSTS]), frozenset(markers), max(post.number or 0 for post in new)
    )
