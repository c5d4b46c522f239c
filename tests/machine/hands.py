"""What anybody can do to the installation, done to the program and to the model at once."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine

from feeds.errors import InvalidToken
from feeds.model.subscriber import Cadence
from feeds.newsletter.tokens import Purpose
from feeds.store import subscribers as subscribers_store
from tests.machine.failures import Attempt, Fault
from tests.machine.judge import ALLOWED, READS_ONLY, Judge
from tests.machine.model import ModelPost, ModelReader, Posts, Rhythm, must
from tests.machine.world import World, address


class Hands(RuleBasedStateMachine):
    """The acts; which of them happen when is decided elsewhere."""

    world: World
    judge: Judge

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="kawaraban-machine-"))
        self.readers = [ModelReader(name) for name in ("ann", "ben", "eve")]
        self.posts = Posts()
        self.names = 0

    def put_away(self) -> None:
        if hasattr(self, "world"):
            self.world.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def service(self) -> Any:
        return self.world.service

    def wait(self, minutes: int) -> None:
        self.world.now += timedelta(minutes=minutes)

    # Readers ----------------------------------------------------------------------------------

    def pick_reader(
        self, number: int, fits: Callable[[ModelReader], object] = lambda reader: True
    ) -> ModelReader | None:
        found = [reader for reader in self.readers if fits(reader)]
        return found[number % len(found)] if found else None

    def pick_active(self, number: int) -> ModelReader:
        """A reader who gets mail; somebody new where nobody does any more."""
        reader = self.pick_reader(number, lambda reader: reader.active)
        if reader is None:
            reader = self.newcomer()
            self.join(reader, frozenset(), Rhythm("each"))
        return reader

    def newcomer(self) -> ModelReader:
        reader = ModelReader(f"new{len(self.readers)}")
        self.readers.append(reader)
        return reader

    def react(self, reader: ModelReader, how: str) -> None:
        """What a reader does whose mail is on its way and does not come."""
        if how == "unsubscribes":
            self.unsubscribe(reader)
        elif how == "comes back":
            self.come_back(reader, frozenset())
        elif how == "complains" and not reader.suppressed:
            self.complain(reader)

    def sign_up(self, reader: ModelReader, topics: frozenset[str], cadence: Cadence) -> None:
        """By the form: nothing changes for whoever is confirmed."""
        self.service.subscribe(address(reader.name), topics=sorted(topics), cadence=cadence, language="en")
        self.judge.meet(reader)
        if reader.state != "confirmed":
            reader.state = "pending"
            reader.wish(topics)
            reader.rhythm = Rhythm(cadence.value)

    def join(self, reader: ModelReader, topics: frozenset[str], rhythm: Rhythm) -> None:
        """By the operator, as confirmed; whoever unsubscribed is only asked."""
        expected = {"confirmed": "already confirmed", "unsubscribed": "asked again"}.get(
            reader.state, "added"
        )
        cadence = Cadence(rhythm.cadence)
        said, _ = self.service.add_subscriber(
            address(reader.name), topics=sorted(topics), cadence=cadence, confirmed=True
        )
        expected = "suppressed" if reader.suppressed else expected
        must(said == expected, ALLOWED, f"adding {reader.name} ({reader.state}): {said}")
        if said in ("added", "asked again"):
            self.judge.meet(reader)
            reader.wish(topics)
            reader.rhythm, reader.state = Rhythm(rhythm.cadence), "pending"
        if said == "added":
            reader.begin(self.world.now, self.posts.top)
            self.decide(reader, topics, rhythm)

    def follow_link(self, reader: ModelReader) -> None:
        """Confirms with the newest token that a mail brought: it may be old, or of an erased subscriber."""
        key, token = reader.confirmations[-1]
        try:
            self.service.signer.verify(token, Purpose.CONFIRM, self.world.now)
            good = key == reader.key and reader.state in ("pending", "confirmed")
        except InvalidToken:
            good = False
        try:
            self.service.confirm(token)
        except InvalidToken:
            must(not good, ALLOWED, f"{reader.name} cannot confirm")
            return
        must(good, ALLOWED, f"{reader.name} ({reader.state}) was confirmed")
        if reader.state == "pending":
            reader.begin(self.world.now, self.posts.top)

    def end(self, reader: ModelReader) -> None:
        self.service.unsubscribe(self.service.signer.token(Purpose.UNSUBSCRIBE, reader.key, 0))

    def unsubscribe(self, reader: ModelReader) -> None:
        self.end(reader)
        reader.leave()

    def come_back(self, reader: ModelReader, topics: frozenset[str]) -> None:
        """Unsubscribes, signs up anew and confirms, before anything else happens."""
        self.unsubscribe(reader)
        self.sign_up(reader, topics, Cadence.EACH)
        self.service.confirm(self.service.signer.token(Purpose.CONFIRM, reader.key, 0, self.world.now))
        reader.begin(self.world.now, self.posts.top)

    def decide(self, reader: ModelReader, topics: frozenset[str], rhythm: Rhythm) -> None:
        """Chooses by a preferences link."""
        token = self.service.signer.token(Purpose.PREFERENCES, reader.key, 0, self.world.now)
        cadence, hour, weekday = Cadence(rhythm.cadence), rhythm.hour, rhythm.weekday
        chosen = {"cadence": cadence, "hour": hour, "weekday": weekday, "zone": rhythm.zone, "language": "en"}
        self.service.choose(token, topics=sorted(topics), **chosen)
        reader.choose(topics, self.posts.top)
        if reader.rhythm != rhythm:
            reader.rhythm, reader.active_since = rhythm, self.world.now
        self.judge.review_promises()

    def forget(self, reader: ModelReader) -> None:
        must(self.service.remove_subscriber(address(reader.name)), ALLOWED, f"erasing {reader.name}")
        reader.state, reader.key, reader.active_since = "", 0, None
        reader.watermark, reader.parcel, reader.void = 0, None, False
        reader.owed.clear()

    def complain(self, reader: ModelReader) -> None:
        """A complaint came in: the address is never mailed again."""
        with self.service.database.write() as connection:
            subscribers_store.suppress(connection, reader.key, reason="complaint", now=self.world.now)
        reader.suppressed = True
        reader.owed.clear()

    # Posts ------------------------------------------------------------------------------------

    def pick_post(self, number: int, fits: Callable[[ModelPost], object]) -> ModelPost | None:
        found = [post for post in self.posts.all if fits(post)]
        return found[number % len(found)] if found else None

    def write(self, category: str, age: int, *, draft: bool = False) -> None:
        """A new post, its date so many days from now."""
        marker = len(self.posts.all)
        date = self.world.now.replace(second=0) + timedelta(days=age, minutes=marker)
        post = ModelPost(marker, f"p{marker}.md", date - timedelta(hours=1), category, draft)
        self.posts.all.append(post)
        self.world.put(post.path, post.text)

    def move(self, post: ModelPost, path: str) -> None:
        self.world.move(post.path, path)
        post.path = path

    def fresh_path(self, post: ModelPost) -> str:
        """A name that no post ever had."""
        self.names += 1
        return f"r{self.names}-{post.marker}.md"

    def remove(self, post: ModelPost) -> None:
        self.world.remove(post.path)
        post.on_disk = False

    def bring_back(self, post: ModelPost, *, moved: bool) -> None:
        """Where it was, or by another name, as far as that is still the same post."""
        taken = {p.path for p in self.posts.all if p.on_disk}
        if (moved or post.path in taken) and post.may_move:
            post.path = self.fresh_path(post)
        if post.path not in taken and (post.may_change or post.may_move):
            post.on_disk = True
            self.world.put(post.path, post.text)

    def hold(self, post: ModelPost) -> None:
        self.service.hold([post.path])
        post.hold()
        self.judge.review_promises()

    # Time and trouble -------------------------------------------------------------------------

    def ripen(self, reader: ModelReader, category: int, age: int, *, until_slot: bool = True) -> None:
        """A new post that the reader wants, and the moment at which it is due; no tick at that moment yet."""
        wanted = sorted(reader.since)
        self.write(wanted[category % len(wanted)], age)
        self.judge.tick()
        self.wait(11)
        if reader.rhythm.cadence != "each":
            self.judge.tick()
            if until_slot:
                self.world.now = reader.rhythm.next_slot(self.world.now)

    def tick_with(self, reader: ModelReader, fault: Fault | None) -> None:
        self.world.wire.faults = {} if fault is None else {str(address(reader.name)): fault}
        self.judge.tick()
        self.world.wire.faults = {}

    def tick_while_leaving(self, reader: ModelReader) -> None:
        """The reader unsubscribes while another's mail is on the wire."""
        wire = self.world.wire

        def leave() -> None:
            last = wire.attempts[-1]
            if isinstance(last, Attempt) and last.address != str(address(reader.name)) and reader.state:
                self.end(reader)
                wire.attempts.append(reader.leave)

        wire.on_send = leave
        self.judge.tick()
        wire.on_send = lambda: None

    # Looking ----------------------------------------------------------------------------------

    def look(self) -> None:
        """What GET does, and the verbs that only tell."""
        before = self.world.tables()
        self.service.plan()
        self.service.check()
        self.service.feeds()
        self.service.document("/feeds/all.json")
        for reader in self.readers:
            if reader.state:
                key, now, signer = reader.key, self.world.now, self.service.signer
                self.service.unsubscribing(signer.token(Purpose.UNSUBSCRIBE, key, 0))
                self.service.reader(signer.token(Purpose.PREFERENCES, key, 0, now))
                self.service.confirming(signer.token(Purpose.CONFIRM, key, 0, now))
        must(self.world.tables() == before, READS_ONLY, "the tables changed")
