"""What ``feeds.model.noun`` makes is what the standard library would make of the same class."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from dataclasses import field, replace
from inspect import signature
from typing import Any, get_type_hints

import pytest

from feeds.model.noun import dataclass


class _Body:
    """A noun with every kind of field."""

    name: str
    size: int = 7
    words: list[str] = field(default_factory=list)
    secret: str = field(default="hidden", repr=False)
    noted: int = field(default=0, compare=False)
    last: str = field(default="z", kw_only=True)


def _class(make: Any, **options: Any) -> Any:
    body = {name: value for name, value in vars(_Body).items() if name not in ("__dict__", "__weakref__")}
    return make(frozen=True, **options)(type("Noun", (), body | {"__module__": __name__}))


@pytest.fixture(params=[{"slots": True}, {}, {"kw_only": True}], ids=["slots", "open", "keywords"])
def both(request: pytest.FixtureRequest) -> tuple[Any, Any]:
    """The same class as we make it and as the standard library does."""
    return _class(dataclass, **request.param), _class(dataclasses.dataclass, **request.param)


def test_it_shows_itself_in_the_same_words(both: tuple[Any, Any]) -> None:
    for values in ({"name": "a"}, {"name": "b%s", "size": 1, "words": ["c"], "last": "d", "secret": "s"}):
        ours, theirs = (noun(**values) for noun in both)
        assert repr(ours) == repr(theirs)
        assert "secret" not in repr(ours)
        assert dataclasses.asdict(ours) == dataclasses.asdict(theirs)


def test_it_takes_the_same_arguments(both: tuple[Any, Any]) -> None:
    ours, theirs = both
    assert [*signature(ours).parameters] == [*signature(theirs).parameters]
    assert [p.kind for p in signature(ours).parameters.values()] == [
        p.kind for p in signature(theirs).parameters.values()
    ]
    assert get_type_hints(ours.__init__) == get_type_hints(theirs.__init__)
    assert ours.__match_args__ == theirs.__match_args__
    for wrong in ({}, {"name": "a", "other": 1}):
        with pytest.raises(TypeError):
            ours(**wrong)


def test_it_is_equal_by_the_fields_that_compare(both: tuple[Any, Any]) -> None:
    ours, theirs = both
    assert ours(name="a", noted=1) == ours(name="a", noted=2)
    assert ours(name="a") != ours(name="b")
    assert ours(name="a") != theirs(name="a")
    assert hash(ours(name="a", words=(), noted=1)) == hash(ours(name="a", words=(), noted=2))
    assert ours(name="a").words is not ours(name="a").words


def test_it_cannot_be_changed(both: tuple[Any, Any]) -> None:
    noun = both[0](name="a")
    with pytest.raises(dataclasses.FrozenInstanceError):
        noun.name = "b"
    with pytest.raises(dataclasses.FrozenInstanceError):
        noun.other = "b"
    with pytest.raises(dataclasses.FrozenInstanceError):
        del noun.name
    assert replace(noun, name="b") == both[0](name="b")


@dataclass(frozen=True, slots=True)
class Pair:
    """A noun that can be imported, with a check of its own."""

    first: int
    second: int = 2

    def __post_init__(self) -> None:
        if self.first > self.second:
            raise ValueError("the first is the smaller one")


@dataclass(frozen=True, slots=True)
class Named(Pair):
    """With one field more, and its own way to show itself."""

    name: str = ""

    def __repr__(self) -> str:
        return self.name


def test_it_travels_is_copied_and_matched() -> None:
    for noun in (Pair(1), Named(1, 5, "n")):
        assert pickle.loads(pickle.dumps(noun)) == noun
        assert copy.deepcopy(noun) == copy.copy(noun) == noun
    match Pair(1, 3):
        case Pair(first, second):
            assert (first, second) == (1, 3)
    assert not hasattr(Pair(1), "__dict__")


def test_it_keeps_what_the_class_says_itself() -> None:
    assert repr(Named(1, 2, "shown")) == "shown"
    assert Named(1, 2) != Pair(1, 2)
    with pytest.raises(ValueError, match="smaller"):
        Named(3, 2)
