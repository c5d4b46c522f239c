"""Hypothesis as publisher, readers, relay, clock and power station of one installation."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from feeds.model.subscriber import Cadence
from tests.machine.failures import Attempt, Fault
from tests.machine.hands import Hands
from tests.machine.judge import ONCE, Judge
from tests.machine.model import CATEGORIES, NONE, Rhythm, must
from tests.machine.world import HOLD_ABOVE, World

_STARTS = (
    datetime(2026, 10, 23, 22, tzinfo=UTC),  # Berlin's long night is that of the 25th
    datetime(2026, 10, 31, 3, tzinfo=UTC),  # New York's that of 1 November
    datetime(2027, 3, 13, 1, tzinfo=UTC),  # and its short one that of 14 March
    datetime(2027, 4, 2, 20, tzinfo=UTC),  # Lord Howe's clocks go back by half an hour on the 4th
)
_ZONES = ("UTC", "Asia/Tokyo", "Asia/Seoul", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe")
_DAY = 24 * 60

_number = st.integers(0, 30)
_minutes = st.sampled_from((0, 1, 5, 9, 10, 11, 30, 60, 6 * 60, _DAY, 3 * _DAY, 8 * _DAY))
_topics = st.sampled_from([frozenset[str](), frozenset("a"), frozenset("ab"), frozenset("bc")])
_categories = st.sampled_from(["a", "a", "b", "c", NONE])
_ages = st.sampled_from((0, 0, 0, -3, -1, 1, 2, 40))
"""Days between a post's date and the moment it is written: some are dated back, some ahead."""
_rhythms = st.builds(
    Rhythm,
    st.sampled_from(["each", "each", "daily", "daily", "weekly"]),
    st.sampled_from([1, 2, 3, 7, 23]),
    st.sampled_from([0, 2, 6]),
    st.sampled_from(_ZONES),
)


class Machine(Hands):
    """Everything that anybody can do, in any order."""

    examples = 0
    """How many were begun."""

    @staticmethod
    def new_database() -> str:
        """The URL of the database of an example; empty: a file in its folder."""
        return ""

    @initialize(
        start=st.sampled_from(_STARTS),
        unknown=st.sampled_from(["resend", "resend", "hold"]),
        archive=st.integers(0, HOLD_ABOVE + 2),
        joining=st.lists(st.tuples(_rhythms, _topics), min_size=2, max_size=3),
    )
    def found(
        self, start: datetime, unknown: str, archive: int, joining: list[tuple[Rhythm, frozenset[str]]]
    ) -> None:
        Machine.examples += 1
        self.world = World(self.folder, start, unknown=unknown, database=self.new_database())
        self.judge = Judge(self.world, self.posts, self.readers)
        for number in range(archive):
            self.write(CATEGORIES[number % 3], -number - 1)
        for reader, (rhythm, topics) in zip(self.readers, joining, strict=False):
            self.join(reader, topics, rhythm)

    # Readers ----------------------------------------------------------------------------------

    @rule(
        who=_number,
        topics=_topics,
        cadence=st.sampled_from(list(Cadence)),
        minutes=_minutes,
        follow=st.booleans(),
    )
    def signs_up(
        self, who: int, topics: frozenset[str], cadence: Cadence, minutes: int, follow: bool
    ) -> None:
        """By the form; and then follows the link, or one of earlier days."""
        reader = self.pick_reader(who)
        assert reader
        self.sign_up(reader, topics, cadence)
        self.judge.tick()
        self.wait(minutes)
        if follow and reader.confirmations:
            self.follow_link(reader)

    @precondition(lambda self: any(not reader.active for reader in self.readers))
    @rule(who=_number, topics=_topics, rhythm=_rhythms)
    def is_added(self, who: int, topics: frozenset[str], rhythm: Rhythm) -> None:
        """One who is there already, or somebody new where too few are left."""
        reader = self.pick_reader(who, lambda reader: not reader.suppressed)
        if reader is None or sum(reader.active for reader in self.readers) < 2:
            reader = self.newcomer()
        self.join(reader, topics, rhythm)

    @rule(who=_number, how=st.sampled_from(["unsubscribes", "unsubscribes", "is erased"]))
    def leaves(self, who: int, how: str) -> None:
        if reader := self.pick_reader(who, lambda reader: reader.state):
            self.unsubscribe(reader) if how == "unsubscribes" else self.forget(reader)

    @rule(who=_number, topics=_topics, rhythm=_rhythms, same=st.booleans(), twice=st.booleans())
    def chooses(self, who: int, topics: frozenset[str], rhythm: Rhythm, same: bool, twice: bool) -> None:
        """Other topics, perhaps another rhythm; some press the button twice."""
        if reader := self.pick_reader(who, lambda reader: reader.state):
            for _ in range(1 + twice):
                self.decide(reader, topics, reader.rhythm if same else rhythm)

    # Posts ------------------------------------------------------------------------------------

    @rule(category=_categories, age=_ages, draft=st.sampled_from([False, False, False, True]))
    def publishes(self, category: str, age: int, draft: bool) -> None:
        self.write(category, age, draft=draft)

    @rule(category=_categories, age=_ages, minutes=st.sampled_from([10, 11, 60, _DAY]))
    def publishes_and_waits(self, category: str, age: int, minutes: int) -> None:
        self.write(category, age)
        self.judge.tick()
        self.wait(minutes)
        self.judge.tick()

    @rule(count=st.integers(HOLD_ABOVE - 1, HOLD_ABOVE + 2), age=_ages)
    def imports_many(self, count: int, age: int) -> None:
        for number in range(count):
            self.write(CATEGORIES[number % 3], age)

    @rule(who=_number, category=_number, ages=st.lists(_ages, min_size=2, max_size=4))
    def publishes_for_one_mail(self, who: int, category: int, ages: list[int]) -> None:
        """Several posts, one after the other, before the mail that brings them all."""
        if reader := self.pick_reader(who, lambda reader: reader.active and reader.rhythm.cadence != "each"):
            for age in ages:
                self.ripen(reader, category, age, until_slot=False)
            self.world.now = reader.rhythm.next_slot(self.world.now)
            self.judge.tick()

    @rule(which=_number, age=_ages, category=_categories, how=st.integers(0, 4))
    def edits(self, which: int, age: int, category: str, how: int) -> None:
        """Retitles, redates, recategorises, makes it a draft or no draft, or keeps it out of mail."""
        post = self.pick_post(which, lambda post: post.on_disk and post.may_change)
        if post is None:
            return
        if how == 1:
            post.date += timedelta(days=age)
        elif how == 2:
            post.category = category
        elif how == 3:
            post.draft = not post.draft
        elif how == 4:
            post.in_mail = not post.in_mail
        else:
            post.version += 1
        self.world.put(post.path, post.text)

    @rule(which=_number, onto=_number, how=st.integers(0, 2))
    def renames(self, which: int, onto: int, how: int) -> None:
        """To a fresh name, to the name of a post that is gone, or by exchanging names with another."""
        post = self.pick_post(which, lambda post: post.on_disk and post.may_move)
        if post is None:
            return
        other = self.pick_post(onto, lambda p: p is not post and (p.may_move if p.on_disk else p.known))
        here = [p for p in self.posts.all if p.on_disk]
        taken = {p.path for p in here} | {p.known_path for p in here}
        if how == 0 or other is None:
            self.move(post, self.fresh_path(post))
        elif other.on_disk and how == 1:
            mine, theirs = post.path, other.path
            self.move(post, self.fresh_path(post))
            self.move(other, mine)
            self.move(post, theirs)
        elif not other.on_disk and post.known and other.path not in taken:
            self.move(post, other.path)

    @rule(which=_number)
    def withdraws(self, which: int) -> None:
        if post := self.pick_post(which, lambda post: post.on_disk):
            self.remove(post)

    @rule(which=_number, moved=st.booleans())
    def gives_back(self, which: int, moved: bool) -> None:
        if post := self.pick_post(which, lambda post: not post.on_disk):
            self.bring_back(post, moved=moved)

    @rule(which=_number, moved=st.booleans())
    def switches_branches(self, which: int, moved: bool) -> None:
        """A post is away for a while and comes back."""
        if post := self.pick_post(which, lambda post: post.on_disk):
            self.remove(post)
            self.judge.tick()
            self.bring_back(post, moved=moved)
            self.judge.tick()
            self.wait(11)
            self.judge.tick()

    @rule(which=_number)
    def holds(self, which: int) -> None:
        if post := self.pick_post(which, lambda post: post.listed and post.path == post.known_path):
            self.hold(post)

    @precondition(lambda self: any(post.held for post in self.posts.all))
    @rule(which=_number, everything=st.booleans())
    def releases(self, which: int, everything: bool) -> None:
        held = [post for post in self.posts.all if post.held and post.listed]
        chosen = held if everything else held[which : which + 1]
        if chosen:
            self.service.release([post.known_path for post in chosen])
            self.judge.releases(chosen)

    # Time, the relay and the power -------------------------------------------------------------

    @rule(minutes=_minutes, look=st.booleans())
    def ticks(self, minutes: int, look: bool) -> None:
        self.wait(minutes)
        if self.judge.tick() and look:
            self.look()

    @rule(who=_number, late=st.sampled_from([0, 0, 1, 60]))
    def ticks_at_slot(self, who: int, late: int) -> None:
        """At the very moment at which a reader's mail is due, or a little later."""
        if reader := self.pick_reader(who, lambda reader: reader.active and reader.rhythm.cadence != "each"):
            self.world.now = reader.rhythm.next_slot(self.world.now) + timedelta(minutes=late)
            self.judge.tick()

    @rule(minutes=_minutes)
    def relay_is_away(self, minutes: int) -> None:
        self.wait(minutes)
        self.world.wire.reachable = False
        self.judge.tick()
        self.world.wire.reachable = True

    @rule(
        who=_number,
        category=_number,
        thought=st.sampled_from(["hold", "remove", "choose", "choose twice", "another hour", "want more"]),
        topics=_topics,
        rhythm=_rhythms,
    )
    def second_thoughts(
        self, who: int, category: int, thought: str, topics: frozenset[str], rhythm: Rhythm
    ) -> None:
        """The publisher or the reader changes something about what is on its way, before the mail is due."""
        reader = self.pick_active(who)
        if thought == "want more":
            for other in CATEGORIES:
                self.write(other, 0)
        self.ripen(reader, category, 0, until_slot=False)
        post = self.posts.all[-1]
        if thought == "hold" and post.listed:
            self.hold(post)
        elif thought == "remove":
            self.remove(post)
        elif thought == "another hour":
            self.decide(reader, reader.wanted, rhythm)
        elif thought == "want more":
            self.decide(reader, frozenset(), reader.rhythm)
        else:
            for _ in range(1 + thought.endswith("twice")):
                self.decide(reader, topics, reader.rhythm)
        self.judge.tick()
        if reader.rhythm.cadence != "each":
            self.world.now = reader.rhythm.next_slot(self.world.now)
            self.judge.tick()

    @rule(
        who=_number,
        category=_number,
        fault=st.sampled_from([Fault.DEFER, Fault.DEFER, Fault.REJECT, Fault.REFUSE, Fault.BLAME]),
        then=st.sampled_from(["nothing", "unsubscribes", "comes back", "complains"]),
    )
    def relay_says_no(self, who: int, category: int, fault: Fault, then: str) -> None:
        """To what a reader waits for, who perhaps loses patience."""
        reader = self.pick_active(who)
        self.ripen(reader, category, 0)
        self.tick_with(reader, fault)
        if reader.parcel is not None:
            self.react(reader, then)
        self.wait(60)
        self.judge.tick()

    @rule(
        who=_number,
        category=_number,
        fault=st.sampled_from([Fault.LOST, Fault.ARRIVED, Fault.KILL_BEFORE, Fault.KILL_AFTER]),
        then=st.sampled_from(["nothing", "nothing", "comes back"]),
        again=st.sampled_from([None, Fault.ARRIVED, Fault.REJECT, Fault.REJECT]),
    )
    def mail_is_in_doubt(self, who: int, category: int, fault: Fault, then: str, again: Fault | None) -> None:
        """Nobody knows whether it arrived; the second try may fail as well."""
        reader = self.pick_active(who)
        self.ripen(reader, category, 0)
        self.tick_with(reader, fault)
        if reader.parcel is not None:
            self.react(reader, then)
        self.wait(5)
        self.tick_with(reader, again)

    @rule(who=_number, category=_number, step=st.integers(1, 30), after=st.booleans(), ripe=st.booleans())
    def power_fails(self, who: int, category: int, step: int, after: bool, ripe: bool) -> None:
        """At a transaction or a document: before it, or after it."""
        if ripe:
            self.ripen(self.pick_active(who), category, 0)
        else:
            self.write(CATEGORIES[category % 3], 0)
        self.world.power.steps, self.world.power.after = step, after
        self.judge.tick()

    @rule(who=_number, other=_number, category=_number)
    def leaves_while_we_send(self, who: int, other: int, category: int) -> None:
        """A reader unsubscribes while another's mail is on the wire."""
        reader = self.pick_active(who)
        if leaver := self.pick_reader(other, lambda other: other.active and other is not reader):
            self.ripen(reader, category, 0)
            self.tick_while_leaving(leaver)

    @precondition(lambda self: any(issue.state == "paused" for issue in self.world.issues()))
    @rule()
    def resumes(self) -> None:
        for issue in self.world.issues():
            if issue.state == "paused":
                self.service.resume(issue.key)

    # The end ----------------------------------------------------------------------------------

    def teardown(self) -> None:
        try:
            if sys.exc_info()[0] is None and hasattr(self, "judge"):  # no rule has failed
                self._keep_promises()
        finally:
            self.put_away()

    def _keep_promises(self) -> None:
        """With a relay that works, nine days bring everybody everything, and then nothing more."""
        self.resumes()
        self.judge.tick()
        for category in (
            *CATEGORIES,
            NONE,
        ):  # also to those who refused an earlier mail and wait for the next
            self.write(category, 0)
        for minutes in (0, 11):
            self.wait(minutes)
            self.judge.tick()
            self.releases(0, True)
        promised = [(reader, post) for reader in self.readers for post in reader.owed]
        for minutes in (_DAY, 7 * _DAY, _DAY):
            self.wait(minutes)
            self.judge.tick()
        self.judge.all_kept(promised)
        self.judge.tick()
        digests = [a for a in self.world.wire.attempts if isinstance(a, Attempt) and b"<i" in a.body]
        must(not digests, ONCE, "a mail without anything new")
