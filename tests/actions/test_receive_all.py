"""A Maildir of reports is read once, whatever lies in it and whenever we die."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from feeds.actions.receive_all import receive_all
from feeds.errors import ConfigurationError

NEW = ("1.a", "2.b", "3.c")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("tmp", "new", "cur"):
        (tmp_path / name).mkdir()
    for name in NEW:
        (tmp_path / "new" / name).write_text(name)
    return tmp_path


def names(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


def test_each_mail_is_put_away_once_it_is_taken_in(folder: Path) -> None:
    taken: list[bytes] = []
    assert receive_all(folder, taken.append) == 3
    assert taken == [name.encode() for name in NEW]
    assert (names(folder / "new"), names(folder / "cur")) == ([], [f"{name}:2,S" for name in NEW])
    assert receive_all(folder, taken.append) == 0


def test_one_that_could_not_be_taken_in_stays_with_those_behind_it(folder: Path) -> None:
    taken: list[bytes] = []

    def die_at_the_second(mail: bytes) -> None:
        if taken:
            raise KeyboardInterrupt
        taken.append(mail)

    with pytest.raises(KeyboardInterrupt):
        receive_all(folder, die_at_the_second)
    assert (names(folder / "new"), names(folder / "cur")) == (["2.b", "3.c"], ["1.a:2,S"])


def test_told_to_stop_it_leaves_the_rest(folder: Path) -> None:
    taken: list[bytes] = []
    assert receive_all(folder, taken.append, stopped=lambda: len(taken) == 2) == 2
    assert names(folder / "new") == ["3.c"]


def test_two_readers_of_one_folder_do_not_stumble(folder: Path) -> None:
    def the_other_takes_all(_: bytes) -> None:
        for name in names(folder / "new"):
            (folder / "new" / name).rename(folder / "cur" / name)

    assert receive_all(folder, the_other_takes_all) == 1


@pytest.mark.parametrize("make", [lambda p: p.symlink_to("/etc/passwd"), os.mkfifo], ids=["link", "pipe"])
def test_what_is_no_file_is_not_opened(folder: Path, make: Callable[[Path], object]) -> None:
    make(folder / "new" / "0.x")
    taken: list[bytes] = []
    assert receive_all(folder, taken.append) == 4
    assert taken[0] == b""
    assert names(folder / "new") == []


def test_a_folder_that_is_not_there_yet_is_empty(tmp_path: Path) -> None:
    assert receive_all(tmp_path / "nothing", lambda _: None) == 0


def test_without_a_place_to_put_them_no_mail_is_taken_in(folder: Path) -> None:
    (folder / "cur").rmdir()
    taken: list[bytes] = []
    with pytest.raises(ConfigurationError, match="as the user who runs Kawaraban"):
        receive_all(folder, taken.append)
    assert taken == []


def test_ten_megabytes_are_read_as_far_as_they_are_looked_at(folder: Path) -> None:
    (folder / "new" / "0.x").write_bytes(b"x" * 10_000_000)
    taken: list[bytes] = []
    receive_all(folder, taken.append)
    assert len(taken[0]) <= 1 << 21
