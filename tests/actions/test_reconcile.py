"""What a scan's findings mean for the posts that are known."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from feeds.actions.matching import Findings
from feeds.actions.reading import Policy
from feeds.actions.reconcile import Changes, reconcile
from feeds.model.post import Parsed, Post, PostIds, Problem, Source, Withheld
from feeds.store.post_rows import KnownPost

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
POLICY = Policy(future=False, settle=timedelta(minutes=10), hold_above=20)
LATER = NOON + timedelta(hours=1)


def post(path: str, content: str = "", **changes: object) -> Post:
    name = path.removesuffix(".md")
    url = f"https://example.org/{name}/"
    made = Post(
        path=path,
        fingerprint=content or f"content of {path}",
        title=name,
        slug=name,
        url=url,
        published=NOON - timedelta(days=1),
        ids=PostIds(url, url, url),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def known(made: Post, key: int, **changes: object) -> KnownPost:
    stored = KnownPost(replace(made, key=key), "visible", "", NOON, sequence=key, carried=True, hold="")
    return replace(stored, **changes)  # type: ignore[arg-type]


def see(
    before: list[KnownPost],
    *parsed: Parsed,
    gone: str = "",
    first: bool = False,
    now: datetime = NOON,
) -> Changes:
    found = [(Source(p.path, 1, 1, 1), p) for p in parsed]
    return reconcile(before, Findings(found, frozenset(gone.split()), now, first), POLICY)


def test_a_new_post_is_mailable_once_it_has_settled() -> None:
    (new,) = see([], post("a.md")).new
    assert (new.state, new.sequence) == ("visible", None)
    stored = replace(new, post=replace(new.post, key=1))
    assert not see([stored], now=NOON + timedelta(minutes=9)).mailable
    assert [p.key for p in see([stored], now=NOON + timedelta(minutes=10)).mailable] == [1]


def test_the_first_scan_numbers_everything_at_once() -> None:
    changes = see([], *(post(f"{n}.md") for n in range(50)), first=True)
    assert len(changes.mailable) == 50


def test_more_posts_at_once_than_allowed_are_held() -> None:
    lying = [known(post(f"{n}.md"), n, sequence=None, carried=False) for n in range(1, 22)]
    changes = see(lying, now=LATER)
    assert not changes.mailable
    assert {p.hold for p in changes.changed} == {"bulk"}


def test_an_edit_changes_no_id_and_gives_no_new_number() -> None:
    (changed,) = see([known(post("a.md"), 1)], post("a.md", "edited", ids=PostIds("x", "x", "x"))).changed
    assert changed.post.ids == post("a.md").ids
    assert changed.sequence == 1


def test_a_rename_is_recognised_by_content() -> None:
    changes = see([known(post("a.md", "same"), 1)], post("b.md", "same"), gone="a.md")
    assert not changes.new
    assert [(p.key, p.post.path, p.post.ids.rss) for p in changes.changed] == [
        (1, "b.md", "https://example.org/a/")
    ]


def test_two_posts_that_exchange_their_names_stay_who_they_are() -> None:
    before = [known(post("a.md", "one"), 1), known(post("b.md", "two"), 2)]
    changes = see(before, post("a.md", "two"), post("b.md", "one"))
    assert {p.key: p.post.path for p in changes.changed} == {1: "b.md", 2: "a.md"}
    assert set(changes.moved) == {1, 2}


def test_a_rename_with_an_edit_is_a_new_post_unless_an_id_is_declared() -> None:
    before = [known(post("a.md", "old"), 1)]
    assert see(before, post("b.md", "new"), gone="a.md").new
    declared = [known(post("a.md", "old", declared_id="x"), 1)]
    assert not see(declared, post("b.md", "new", declared_id="x"), gone="a.md").new


def test_a_rename_with_an_edit_above_the_body_is_recognised_by_the_body() -> None:
    before = [known(post("a.md", "body:old"), 1)]
    changes = see(before, post("b.md", "body:new"), gone="a.md")
    assert not changes.new
    assert [(p.key, p.post.path) for p in changes.changed] == [(1, "b.md")]


def test_an_empty_body_recognises_nobody() -> None:
    assert see([known(post("a.md", ":old"), 1)], post("b.md", ":new"), gone="a.md").new


def test_a_post_that_went_long_ago_does_not_come_back_by_its_body_alone() -> None:
    before = [known(post("a.md", "body:old"), 1, state="gone")]
    assert see(before, post("b.md", "body:new")).new


def test_two_files_that_declare_one_id_are_a_problem_that_names_the_first() -> None:
    before = [known(post("a.md", declared_id="x"), 1)]
    (problem,) = see(before, post("b.md", declared_id="x")).problems
    assert (problem.path, problem.key) == ("b.md", "id")
    assert "a.md" in problem.message


def test_of_two_new_files_that_declare_one_id_the_second_is_a_problem() -> None:
    changes = see([], post("a.md", declared_id="x"), post("b.md", declared_id="x"))
    assert [p.post.path for p in changes.new] == ["a.md"]
    assert [(p.path, p.key) for p in changes.problems] == [("b.md", "id")]


def test_of_two_posts_with_one_address_the_newer_is_visible() -> None:
    older, newer = (post(f"{n}.md", url="https://example.org/x/") for n in "ab")
    changes = see([], replace(older, published=NOON - timedelta(days=9)), newer)
    assert {p.post.path: (p.state, p.twin) for p in changes.new} == {
        "a.md": ("clash", "b.md"),
        "b.md": ("visible", ""),
    }


def test_a_future_post_becomes_visible_when_its_date_has_come_and_no_file_is_touched() -> None:
    (new,) = see([], post("a.md", published=LATER)).new
    assert new.state == "future"
    (come,) = see([replace(new, post=replace(new.post, key=1))], now=LATER).changed
    assert (come.state, come.changed) == ("visible", LATER)


def test_a_post_that_nobody_got_gives_its_number_back_when_it_is_withdrawn() -> None:
    fresh = known(post("a.md"), 1, carried=False)
    (gone,) = see([fresh], gone="a.md").changed
    assert (gone.state, gone.sequence) == ("gone", None)
    (kept,) = see([known(post("a.md"), 1)], gone="a.md").changed
    assert kept.sequence == 1


def test_a_post_that_became_a_draft_or_a_problem_is_withdrawn_and_comes_back_the_same() -> None:
    for verdict in (Withheld("a.md", "d", "draft"), Problem("a.md", "p", 2, "date", "no date")):
        (away,) = see([known(post("a.md"), 1)], verdict).changed
        assert away.state in {"withheld", "problem"}
        changes = see([away], post("a.md", "again"))
        assert not changes.new
        assert [(p.key, p.state) for p in changes.changed] == [(1, "visible")]


def test_the_same_findings_twice_change_nothing() -> None:
    assert see([known(post("a.md"), 1)], post("a.md")) == Changes((), (), (), (), ())


files = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(["1", "2", "3", "4"]), max_size=5)


@given(files, files)
def test_whatever_is_renamed_edited_or_removed_every_file_is_one_post_and_no_post_is_two(
    before: dict[str, str], after: dict[str, str]
) -> None:
    stored = [known(post(f"{name}.md", text), key) for key, (name, text) in enumerate(before.items(), 1)]
    touched = [post(f"{name}.md", text) for name, text in after.items() if before.get(name) != text]
    gone = " ".join(f"{name}.md" for name in before.keys() - after.keys())
    changes = see(stored, *touched, gone=gone)
    now = {p.key: p for p in stored} | {p.key: p for p in changes.changed}
    visible = [p.post.path for p in (*now.values(), *changes.new) if p.state == "visible"]
    assert sorted(visible) == sorted(f"{name}.md" for name in after)
    assert len({p.post.path for p in (*now.values(), *changes.new)}) == len(now) + len(changes.new)
    assert {key: p.post.ids for key, p in now.items()} == {p.key: p.post.ids for p in stored}
