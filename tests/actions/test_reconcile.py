"""What a scan's findings mean for the posts that are known."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.actions.reading import Policy
from feeds.actions.reconcile import Changes, Findings, reconcile
from feeds.model.post import Parsed, Post, PostIds, Source, Withheld
from feeds.store.posts import KnownPost

NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
SETTLE = timedelta(minutes=10)
POLICY = Policy(future=False, settle=SETTLE, hold_above=3)

Folder = dict[str, Parsed]


def a_post(path: str, content: int = 0, *, url: str = "", declared: str = "", days: int = -1) -> Post:
    url = url or f"https://example.org/{path}"
    ids = PostIds(declared or f"rss:{url}", declared or f"atom:{url}", declared or f"json:{url}")
    published = NOW + timedelta(days=days)
    return Post(path, f"content {content}", path, path, url, published, ids, declared_id=declared)


@dataclass
class Store:
    """Keeps what reconcile says, as the real one does."""

    posts: list[KnownPost] = field(default_factory=list)
    folder: Folder = field(default_factory=dict)
    top: int = 0
    scans: int = 0

    def scan(self, folder: Folder, now: datetime = NOW, policy: Policy = POLICY) -> Changes:
        parsed = [
            (Source(path, 0, 0, 0), found) for path, found in folder.items() if self.folder.get(path) != found
        ]
        gone = frozenset(self.folder.keys() - folder.keys())
        changes = reconcile(self.posts, Findings(parsed, gone, now, first=not self.scans), policy)
        numbers = {id(post): self.top + n for n, post in enumerate(changes.mailable, start=1)}
        self.top += len(numbers)
        changed = {post.key: self._numbered(post, numbers) for post in changes.changed}
        self.posts = [changed.get(post.key, post) for post in self.posts]
        for post in changes.new:
            key = len(self.posts) + 1
            self.posts.append(replace(self._numbered(post, numbers), post=replace(post.post, key=key)))
        self.folder, self.scans = folder, self.scans + 1
        return changes

    def _numbered(self, post: KnownPost, numbers: dict[int, int]) -> KnownPost:
        return replace(post, sequence=numbers.get(id(post), post.sequence))

    @property
    def visible(self) -> list[KnownPost]:
        return [post for post in self.posts if post.state == "visible"]

    def only(self) -> KnownPost:
        (post,) = self.posts
        return post


paths = st.sampled_from("abcde")
found = st.builds(
    a_post,
    paths,
    st.integers(0, 4),
    url=st.sampled_from(["", "", "https://example.org/shared"]),
    declared=st.sampled_from(["", "", "", "urn:x"]),
    days=st.sampled_from([-2, -1, 1]),
)
drafts = st.builds(Withheld, paths, st.just("content 9"), st.just("draft"))
folders = st.lists(st.one_of(found, found, found, drafts), max_size=5).map(
    lambda files: {file.path: file for file in files}
)


@given(st.lists(folders, max_size=6))
@settings(max_examples=300, deadline=None)
def test_whatever_happens_to_the_folder_every_post_has_one_place(history: list[Folder]) -> None:
    store, now = Store(), NOW
    given_ids: dict[int, PostIds] = {}
    for folder in history:
        changes = store.scan(folder, now)
        now += timedelta(minutes=7)
        assert all(post.post.ids == given_ids.setdefault(post.key, post.post.ids) for post in store.posts)
        assert len({post.post.path for post in store.posts}) == len(store.posts)
        urls = [post.post.url for post in store.visible]
        assert len(set(urls)) == len(urls)
        ids = [post.post.ids.atom for post in store.visible]
        assert len(set(ids)) == len(ids)
        problems = {problem.path for problem in changes.problems}
        shown = {post.post.path for post in store.posts if post.state in ("visible", "future", "clash")}
        expected = {path for path, file in folder.items() if isinstance(file, Post)}
        assert shown <= expected
        assert expected <= shown | problems | {post.path for post in _rejected(store)}
        numbers = [post.sequence for post in store.posts if post.sequence is not None]
        assert len(set(numbers)) == len(numbers)
        assert all(post.state == "visible" or post.carried for post in store.posts if post.sequence)


def _rejected(store: Store) -> list[Post]:
    """Posts that declare an id which another file of the folder declares too."""
    declared = [f for f in store.folder.values() if isinstance(f, Post) and f.declared_id]
    return declared if len(declared) > 1 else []


@given(folders, folders)
@settings(max_examples=200, deadline=None)
def test_scanning_the_same_folder_again_changes_nothing(before: Folder, folder: Folder) -> None:
    store = Store()
    store.scan(before)
    store.scan(folder)
    changes = store.scan(folder)
    assert (changes.new, changes.changed, changes.mailable) == ((), (), ())


def test_the_first_scan_numbers_everything_at_once_from_the_oldest_on() -> None:
    store = Store()
    changes = store.scan({name: a_post(name, n, days=n - 9) for n, name in enumerate("abcdef")})
    assert [post.post.path for post in changes.mailable] == list("abcdef")


def test_a_new_post_is_mailable_once_it_lay_still_for_the_settle_time() -> None:
    store = Store()
    store.scan({})
    assert not store.scan({"a": a_post("a")}).mailable
    assert not store.scan({"a": a_post("a", 1)}, NOW + SETTLE).mailable  # edited: it starts again
    assert store.scan({"a": a_post("a", 1)}, NOW + 2 * SETTLE).mailable


def test_more_new_posts_than_the_limit_are_held_and_0_means_no_limit() -> None:
    for limit, held in ((3, 4), (4, 0), (0, 0)):
        store, policy = Store(), Policy(False, SETTLE, limit)
        store.scan({})
        folder: Folder = {name: a_post(name, n) for n, name in enumerate("abcd")}
        store.scan(folder, NOW, policy)
        store.scan(folder, NOW + SETTLE, policy)
        assert sum(post.hold == "bulk" for post in store.posts) == held


def test_a_rename_keeps_the_post() -> None:
    store = Store()
    store.scan({"a": a_post("a")})
    store.scan({"b": a_post("b")})
    post = store.only()
    assert (post.post.path, post.post.ids) == ("b", a_post("a").ids)


def test_two_posts_can_exchange_their_names() -> None:
    store = Store()
    store.scan({"a": a_post("a", 1), "b": a_post("b", 2)})
    store.scan({"a": a_post("a", 2), "b": a_post("b", 1)})
    assert [(post.post.path, post.post.fingerprint) for post in store.posts] == [
        ("b", "content 1"),
        ("a", "content 2"),
    ]


def test_a_copy_removed_long_ago_does_not_hide_a_rename() -> None:
    store = Store()
    store.scan({"a": a_post("a"), "copy": a_post("copy")})
    store.scan({"a": a_post("a")})
    store.scan({"z": a_post("z")})
    assert [(post.post.path, post.state) for post in store.posts] == [("z", "visible"), ("copy", "gone")]


def test_a_rename_together_with_an_edit_is_a_new_post_unless_an_id_says_otherwise() -> None:
    for declared, posts in (("", 2), ("urn:x", 1)):
        store = Store()
        store.scan({"a": a_post("a", 1, declared=declared)})
        store.scan({"b": a_post("b", 2, declared=declared)})
        assert len(store.posts) == posts


def test_a_post_that_vanished_and_returns_is_the_same_post() -> None:
    store = Store()
    store.scan({"a": a_post("a")})
    store.scan({})
    assert store.only().state == "gone"
    store.scan({"a": a_post("a")})
    assert (store.only().state, store.only().sequence) == ("visible", None)


def test_a_new_post_under_a_former_name_of_another_gets_ids_of_its_own() -> None:
    store = Store()
    store.scan({"a": a_post("a", 1)})
    store.scan({"z": a_post("z", 1)})
    store.scan({"z": a_post("z", 1), "a": a_post("a", 2)})
    first, second = (post.post.ids.atom for post in store.posts)
    assert (first, second) == ("atom:https://example.org/a", "atom:https://example.org/a#2")


def test_two_files_with_one_id_are_one_post_and_one_problem() -> None:
    store = Store()
    store.scan({"a": a_post("a", 1, declared="urn:x")})
    changes = store.scan({"a": a_post("a", 1, declared="urn:x"), "b": a_post("b", 2, declared="urn:x")})
    (problem,) = changes.problems
    assert (problem.path, problem.key) == ("b", "id")
    assert "a" in problem.message


def test_a_post_that_is_kept_out_of_mail_gives_its_number_back() -> None:
    store = Store()
    store.scan({"a": a_post("a")})
    store.scan({"a": replace(a_post("a", 1), in_mail=False)})
    assert (store.only().state, store.only().sequence) == ("visible", None)
