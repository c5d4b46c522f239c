"""No domain has more mails under way than it may."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from feeds.delivery.domains import DomainQueue
from feeds.delivery.ledger import Claim
from feeds.model.address import EmailAddress
from feeds.model.message import Envelope, Message


def claim(number: int, domain: str = "a.example") -> Claim[int]:
    message = Message(Envelope("x@kawaraban.test", EmailAddress(str(number), domain)), b"\r\n")
    return Claim(number, 1, lambda: message, domain)


def refs(queue: DomainQueue[int], count: int) -> list[int]:
    return [taken.ref for _ in range(count) if (taken := queue.take())]


def test_without_a_limit_it_is_a_queue() -> None:
    queue = DomainQueue[int]()
    queue.extend(map(claim, range(4)))
    assert refs(queue, 9) == [0, 1, 2, 3]


def test_others_pass_by_a_domain_that_has_enough() -> None:
    queue = DomainQueue[int](1)
    first, second = claim(0), claim(2, "b.example")
    queue.extend([first, claim(1), second, claim(3, "b.example"), claim(4)])
    assert refs(queue, 9) == [0, 2]
    assert len(queue) == 3
    queue.done(first)
    assert refs(queue, 9) == [1]
    queue.done(second)
    assert refs(queue, 9) == [3]


def test_what_is_given_back_comes_first() -> None:
    queue = DomainQueue[int](1)
    queue.extend([claim(0), claim(1), claim(2, "b.example")])
    first = queue.take()
    assert first is not None
    queue.give_back(first)
    assert refs(queue, 9) == [0, 2]


steps = st.lists(st.sampled_from(["take", "done", "back"]), max_size=80)


@given(st.lists(st.sampled_from("abc"), max_size=40), st.integers(1, 4), steps)
def test_the_limit_holds_and_nothing_is_lost(domains: list[str], most: int, moves: list[str]) -> None:
    queue = DomainQueue[int](most)
    queue.extend(claim(number, domain) for number, domain in enumerate(domains))
    under_way: list[Claim[int]] = []
    finished = 0
    for move in [*moves, *["take", "done"] * 2 * len(domains)]:
        if move == "take":
            if taken := queue.take():
                under_way.append(taken)
        elif under_way and move == "done":
            queue.done(under_way.pop(0))
            finished += 1
        elif under_way and move == "back":
            queue.give_back(under_way.pop())
        assert max(Counter(one.domain for one in under_way).values(), default=0) <= most
        assert len(queue) + len(under_way) + finished == len(domains)
    assert finished == len(domains)
