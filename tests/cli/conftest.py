"""A configuration in a folder of its own, and the stand-in behind the command line."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest

from feeds.cli import main
from tests import databases

CONFIG = """\
[site]
title = "瓦版"
url = "https://example.org"
language = "ja"
timezone = "Asia/Tokyo"
"""


class Said(NamedTuple):
    """What a command ended with and printed."""

    status: int
    out: str
    err: str


def _standin() -> ModuleType:
    spec = importlib.util.spec_from_file_location("cli_standin", Path(__file__).with_name("standin.py"))
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a configuration at its usual place."""
    (tmp_path / "config").mkdir()
    databases.write(tmp_path / "config" / "kawaraban.toml", CONFIG)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def memory(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """What the service answers, and what it was asked."""
    standin = _standin()
    standin.Service.memory = standin.Memory()
    monkeypatch.setitem(sys.modules, "feeds.service", standin)
    return standin.Service.memory


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Runs ``kawaraban`` with these words."""

    def run(*words: str) -> Said:
        status = main(list(words))
        return Said(status, *capsys.readouterr())

    return run
