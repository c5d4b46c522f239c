"""Compares what the program did with what the model says that it may and must do."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from feeds.model.report import TickReport
from tests.machine.failures import Attempt, Fault
from tests.machine.model import ModelPost, ModelReader, Parcel, Posts, must, pack
from tests.machine.world import Mail, World, address, read_feeds, read_mail

STABLE_IDS = "2 ids are permanent"
FIRST_SCAN = "4 the first scan mails nobody"
UNTOUCHED = "5 an unchanged catalog leaves the files alone"
ONE_SNAPSHOT = "6 feeds are the visible posts, and nothing else leaks"
ONCE = "9 at most once"
NO_BACKLOG = "9 no backlog"
ON_TIME = "9 everything new arrives by the reader's next slot"
NO_EMPTY = "10 no empty digest"
ALLOWED = "10 nobody unconfirmed, unsubscribed or suppressed is mailed"
LEDGER = "11 the ledger balances"
SAME_BYTES = "11 a copy has the same Message-ID and the same bytes"
READS_ONLY = "12 looking changes nothing"

_OPEN = {"pending", "deferred", "inflight"}
_ENDS = {
    None: {"sent"},
    Fault.DEFER: {"deferred"},
    Fault.REJECT: {"rejected", "unknown"},
    Fault.BLAME: {"rejected", "unknown"},
    Fault.REFUSE: {"pending"},
    Fault.LOST: {"deferred", "unknown"},
    Fault.ARRIVED: {"deferred", "unknown"},
}


class Judge:
    """Ticks the world, and moves the model along."""

    def __init__(self, world: World, posts: Posts, readers: list[ModelReader]) -> None:
        self.world = world
        self.posts = posts
        self.readers = readers
        self._names: dict[int, ModelReader] = {}
        self._rows: dict[tuple[int, int], Any] = {}
        self._parcels: dict[tuple[int, int], Parcel] = {}
        """What every delivery brought or was to bring, by its issue and the reader's key."""
        self._composed: datetime | None = None
        """When slots were last looked at for sure."""
        self._perhaps: datetime | None = None
        """When a run died that may have looked at them."""
        self._view: list[tuple[int, str, str]] | None = None
        self._files: dict[str, tuple[int, bytes]] = {}

    @property
    def now(self) -> datetime:
        return self.world.now

    def meet(self, reader: ModelReader) -> None:
        """Notes the key under which the program knows the reader now."""
        known = self.world.service.subscriber(address(reader.name))
        must(known is not None, LEDGER, f"{reader.name} signed up and is not there")
        assert known is not None
        reader.key = known.key
        self._names[known.key] = reader

    def tick(self) -> bool:
        """One tick and everything that follows from it; False where the run died."""
        wire = self.world.wire
        wire.attempts.clear()
        scans = self.world.scans_stored()
        report: TickReport | None = self.world.run(self.world.service.tick)
        if report is not None or self.world.scans_stored() != scans:
            first = not self.posts.scanned
            self.numbering(lambda: self.posts.scan(self.now), owed=not first)
            if first:
                for reader in self.readers:
                    reader.watermark = max(reader.watermark, self.posts.top)
        if report is not None:
            self._scanned(report)
            self._published(report)
        self._rows = {(row.issue, row.subscriber): row for row in self.world.ledger()}
        self._composed_now(complete=report is not None)
        self._attempted()
        self._settled(complete=report is not None)
        if report is not None:
            self._balanced(report)
        return report is not None

    def numbering(self, change: Any, *, owed: bool = True) -> None:
        """Does what may give numbers to posts, and notes to whom these are owed from now on."""
        before = {post.marker: post.number for post in self.posts.all}
        change()
        for reader in self.readers:
            new = (p for p in self.posts.all if p.mailable and p.number != before.get(p.marker))
            if reader.active and owed:
                reader.owed |= {post.marker for post in new if reader.covers(post)}
        self.review_promises()

    def releases(self, chosen: list[ModelPost]) -> None:
        """Lets held posts go; one that an issue showed and that nobody can have had is as new as ever."""
        for post in chosen:
            if post.carried and self._nobody_had(post):
                post.number, post.carried = None, False
        self.numbering(lambda: self.posts.release(chosen, self.now))

    def _nobody_had(self, post: ModelPost) -> bool:
        """Whether each mail that showed the post, or counted more than it showed, certainly never arrived."""
        rows = {(row.issue, row.subscriber): row for row in self.world.ledger()}
        carried = {k: p for k, p in self._parcels.items() if post.marker in p.shown or p.more}
        had = [
            key
            for key, parcel in carried.items()
            if parcel.top >= (post.number or 0)
            and (rows[key].state not in ("rejected", "suppressed", "cancelled") or rows[key].doubts)
        ]
        return not had and any(post.marker in parcel.shown for parcel in carried.values())

    def review_promises(self) -> None:
        """Takes back what cannot be kept: the post is held or gone, or no longer wanted."""
        still = {post.marker: post for post in self.posts.all if post.mailable}
        for reader in self.readers:
            reader.owed = {m for m in reader.owed if m in still and reader.covers(still[m])}

    # Posts and feeds --------------------------------------------------------------------------

    def _scanned(self, report: TickReport) -> None:
        assert report.scan is not None
        must(report.scan.visible == len(self.posts.published), ONE_SNAPSHOT, report.scan)
        held = sorted(p.path for p in self.posts.published if p.held)
        must(list(report.scan.held) == held, NO_BACKLOG, f"held are {report.scan.held} and not {held}")

    def _published(self, report: TickReport) -> None:
        assert report.publish is not None
        files = self.world.public_files()
        view = self.posts.view()
        if self._view == view:
            must(files == self._files and not report.publish.written, UNTOUCHED, report.publish.written)
            return
        self._view, self._files = view, files
        for form, name, items in read_feeds(self.world.folder):
            expected = [p for p in self.posts.published if name in ("all", f"category/{p.category}")]
            expected.sort(key=lambda post: (post.date, post.path), reverse=True)
            shown = [item.marker for item in items]
            must(shown == [post.marker for post in expected], ONE_SNAPSHOT, f"{name}.{form}: {shown}")
            for post, item in zip(expected, items, strict=True):
                before = post.ids.setdefault(form, item.id)
                must(before == item.id, STABLE_IDS, f"{post.marker} was {before} and is {item.id}")
        for form in ("rss", "atom", "json"):
            given = Counter(post.ids[form] for post in self.posts.all if form in post.ids)
            must(max(given.values(), default=1) == 1, STABLE_IDS, f"two posts have one id: {given}")

    # Issues -----------------------------------------------------------------------------------

    def _composed_now(self, *, complete: bool) -> None:
        rows = {self._names[key]: row for (_, key), row in self._rows.items() if self._is_new(row)}
        for reader in self.readers:
            self._compose_for(reader, rows.get(reader), complete=complete)
        if complete:
            self._composed, self._perhaps = self.now, None
        else:
            self._perhaps = self.now

    def _is_new(self, row: Any) -> bool:
        reader = self._names[row.subscriber]
        return (row.subscriber, row.cadence, row.period) not in reader.periods

    def _compose_for(self, reader: ModelReader, row: Any, *, complete: bool) -> None:
        """Whether the program enqueued a delivery for this reader exactly if it had to."""
        new = reader.new(self.posts)
        period, certain = self._due(reader, new)
        due = period is not None and new and reader.active and reader.parcel is None
        if row is None:
            missed = f"{reader.name} at {self.now}: {[post.marker for post in new]} for {period}"
            must(not (due and certain and complete), ON_TIME, missed)
            return
        who = f"{reader.name} at {self.now}: issue {row.issue}, {row.period}"
        must(reader.active, ALLOWED, who)
        must(self.posts.scanned, FIRST_SCAN, who)
        must(new, NO_BACKLOG, who)
        must(reader.parcel is None, LEDGER, f"{who}: {reader.parcel} is still open")
        must(period == row.period, ON_TIME, f"{who}: not at {period}")
        reader.parcel = self._parcels[row.issue, row.subscriber] = pack(new, row.issue)
        reader.periods.add((row.subscriber, row.cadence, row.period))
        for post in new:
            post.carried = True

    def _due(self, reader: ModelReader, new: list[ModelPost]) -> tuple[str | None, bool]:
        """The period for which the reader should get mail now, and whether that is certain."""
        cadence, certain = reader.rhythm.cadence, True
        if cadence == "each":
            period = f"#{max((post.number or 0 for post in new), default=0)}"
        else:
            due, period = reader.rhythm.slot(self.now)
            joined = reader.active_since
            if joined is None or due <= joined or (self._composed is not None and due <= self._composed):
                return None, True
            certain = self._perhaps is None or due > self._perhaps
        if (reader.key, cadence, period) in reader.periods:
            return None, True
        return period, certain

    # Mails ------------------------------------------------------------------------------------

    def _attempted(self) -> None:
        """Every message that was on the wire, in order."""
        by_name = {str(address(reader.name)): reader for reader in self.readers}
        for attempt in self.world.wire.attempts:
            if isinstance(attempt, Attempt):
                self._attempt(by_name[attempt.address], attempt)
            else:
                attempt()

    def _attempt(self, reader: ModelReader, attempt: Attempt) -> None:
        mail = read_mail(attempt.body)
        who = f"{mail.id} to {reader.name} ({reader.state}) at {self.now}"
        must(reader.mails.setdefault(mail.id, attempt.body) == attempt.body, SAME_BYTES, who)
        must(not reader.suppressed, ALLOWED, who)
        if mail.notice:
            must(reader.state in ("pending", "confirmed"), ALLOWED, who)
        else:
            must(reader.state == "confirmed", ALLOWED, who)
            self._digest(reader, mail, who)
            row = self._row_of(reader)
            must(row.attempts > 0, LEDGER, f"{who} was sent without an intent")
            if attempt.arrived:
                reader.arrived |= dict.fromkeys(self._parcel(reader, who).all, mail.id)
                must(row.state != "pending" or row.doubts, LEDGER, f"{who} arrived unknown to the ledger")
        if attempt.arrived:
            reader.tokens.append((reader.key, self.now, mail.links))

    def _digest(self, reader: ModelReader, mail: Mail, who: str) -> None:
        must(mail.markers, NO_EMPTY, who)
        parcel = self._parcel(reader, who)
        brought = {*mail.markers, *parcel.all}  # also what is only counted as one of "n more"
        again = [post for post in brought if reader.arrived.get(post, mail.id) != mail.id]
        must(not again, ONCE, f"{who}: {again}")
        extra = set(mail.markers) - parcel.all
        hidden = [p.marker for p in self.posts.all if p.marker in extra and not p.visible]
        must(not hidden, ONE_SNAPSHOT, f"{who}: {hidden}")
        must(not extra, NO_BACKLOG, f"{who}: {extra}")
        must(mail.markers == parcel.shown, ON_TIME, f"{who}: shows {mail.markers} and not {parcel.shown}")
        must(mail.more == parcel.more, ON_TIME, f"{who}: {mail.more} more and not {parcel.more}")

    def _parcel(self, reader: ModelReader, who: str) -> Any:
        must(reader.parcel is not None and not reader.void, NO_BACKLOG, f"{who}: nothing was due")
        return reader.parcel

    def _row_of(self, reader: ModelReader) -> Any:
        assert reader.parcel is not None
        return next(
            row
            for (issue, key), row in self._rows.items()
            if issue == reader.parcel.issue and self._names[key] is reader
        )

    def _settled(self, *, complete: bool) -> None:
        """What the ledger says became of each open delivery is what became of it."""
        last = {
            a.address: a.fault
            for a in self.world.wire.attempts
            if isinstance(a, Attempt) and not read_mail(a.body).notice
        }
        for reader in self.readers:
            if reader.parcel is None:
                continue
            row, name = self._row_of(reader), str(address(reader.name))
            tried, fault = name in last, last.get(name)
            who = f"{reader.name}, issue {row.issue}: {row.state} after {fault}"
            if complete and tried:
                must(row.state in _ENDS[fault], LEDGER, who)
            if fault is Fault.BLAME and row.state != "inflight":
                reader.suppressed = True
                reader.owed.clear()
            self._end(reader, row, who)

    def _end(self, reader: ModelReader, row: Any, who: str) -> None:
        """Closes the parcel as its row says."""
        parcel = reader.parcel
        assert parcel is not None
        if row.state in _OPEN:
            return
        if row.state == "sent":
            must(parcel.all <= reader.arrived.keys(), ON_TIME, f"{who}: it never arrived")
        elif row.state == "cancelled":
            must(reader.state != "confirmed" or reader.void, ON_TIME, who)
        elif row.state == "suppressed":
            must(reader.suppressed, ON_TIME, who)
        if row.state in ("sent", "unknown") and not reader.void:
            reader.watermark = max(reader.watermark, parcel.top)
            reader.owed -= parcel.all
        reader.parcel, reader.void = None, False

    # The ledger -------------------------------------------------------------------------------

    def _balanced(self, report: TickReport) -> None:
        """After a run that ended by itself nothing hangs, and the counts agree."""
        issues = {issue.key: issue for issue in self.world.issues()}
        rows = list(self._rows.values())
        audience = Counter(row.issue for row in rows)
        still_open = Counter(row.issue for row in rows if row.state in _OPEN)
        for key, issue in issues.items():
            must(issue.audience == audience[key] > 0, LEDGER, f"issue {key} has {audience[key]} rows")
            finished = issue.state == "finished"
            must(finished == (not still_open[key]) or issue.state == "paused", LEDGER, f"issue {key}")
        for row in rows:
            must(row.state != "inflight", LEDGER, row)
            waits = issues[row.issue].state == "paused" or (row.next_at and row.next_at > self.now)
            idle = row.state in ("pending", "deferred") and not waits
            tried = any(row.subscriber == reader.key and self._tried(reader) for reader in self.readers)
            must(not idle or tried or not self.world.wire.reachable, ON_TIME, f"{row} was not tried")
        sent = [a for a in self.world.wire.attempts if isinstance(a, Attempt) and a.fault is None]
        digests = sum(not read_mail(a.body).notice for a in sent)
        must(report.sent == digests, LEDGER, f"{report.sent} sent, {digests} arrived")

    def _tried(self, reader: ModelReader) -> bool:
        attempts = self.world.wire.attempts
        return any(isinstance(a, Attempt) and a.address == str(address(reader.name)) for a in attempts)

    def all_kept(self, promised: list[tuple[ModelReader, int]]) -> None:
        """Nothing that was promised is still on its way."""
        lost = [(r.name, post) for r, post in promised if post in r.owed and post not in r.arrived]
        must(not lost, ON_TIME, f"never arrived: {lost}")
        must(not any(row.state in _OPEN for row in self._rows.values()), LEDGER, "deliveries are open")
