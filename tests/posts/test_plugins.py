"""Another dialect comes as a package of thirty lines, and does its worst to one file at a time."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from feeds.cli import main
from feeds.errors import ConfigurationError
from feeds.model.post import Problem, Source
from feeds.posts.dialects import plugins, table
from feeds.posts.parse import parse
from feeds.posts.site import Site

PLUGIN = Path(__file__).parent / "plugin"
CONFIGURATION = """
[site]
title = "Diary"
url = "https://example.org"

[posts]
dialect = "{}"
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Installs the plugin of this folder, or one whose module has this text."""
    packages = tmp_path / "packages"

    def forget() -> None:
        plugins.plugin_points.cache_clear()
        plugins.plugin_named.cache_clear()
        table.dialect_named.cache_clear()
        sys.modules.pop("kawaraban_diary", None)

    def put(text: str = "") -> None:
        shutil.copytree(PLUGIN, packages, ignore=shutil.ignore_patterns("__pycache__"))
        if text:
            (packages / "kawaraban_diary.py").write_text(text, encoding="utf-8")
        monkeypatch.syspath_prepend(str(packages))
        forget()

    yield put
    monkeypatch.undo()
    forget()


@pytest.fixture
def diary(tmp_path: Path) -> Callable[[str], Path]:
    """A diary, with a configuration that names this dialect."""

    def make(dialect: str) -> Path:
        for path, text in {
            "kawaraban.toml": CONFIGURATION.format(dialect),
            "diary.ini": "",
            "posts/20250914 Rain.md": "---\nabout: weather & tea\n---\nIt rained.\n",
            "posts/20250915 Sun.md": "---\nabout: weather\n---\nIt shone.\n",
        }.items():
            file = tmp_path / "diary" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        shutil.copy(tmp_path / "diary" / "diary.ini", tmp_path / "diary" / "posts")
        return tmp_path / "diary" / "kawaraban.toml"

    return make


def test_the_sample_has_at_most_thirty_lines() -> None:
    assert len((PLUGIN / "kawaraban_diary.py").read_text("utf-8").splitlines()) <= 30


@pytest.mark.parametrize("named", ["diary", "auto"])
def test_a_plugin_is_checked_and_built_with(
    install: Callable[..., None],
    diary: Callable[[str], Path],
    capsys: pytest.CaptureFixture[str],
    named: str,
) -> None:
    install()
    file = str(diary(named))
    assert main(["--config", file, "check", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["dialect"], report["why"], report["visible"]) == ("diary", "diary.ini", 2)
    assert {one["category"] for one in report["categories"]} == {"weather", "tea"}
    assert main(["--config", file, "build"]) == 0
    feed = json.loads((Path(file).parent / "public" / "feeds" / "all.json").read_text("utf-8"))
    assert {item["url"] for item in feed["items"]} == {
        "https://example.org/diary/2025/257/",
        "https://example.org/diary/2025/258/",
    }


def test_a_dialect_that_nobody_brings_is_refused(
    diary: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--config", str(diary("dairy")), "build"]) == 1
    assert "'dairy' is not known" in capsys.readouterr().err


def test_a_plugin_that_cannot_be_loaded_is_named(install: Callable[..., None]) -> None:
    install("import nothing_of_the_kind\n")
    with pytest.raises(ConfigurationError, match=r"'diary' of the plugin kawaraban-diary cannot be loaded"):
        table.dialect_named("diary")


def test_a_plugin_that_gives_something_else_is_named(install: Callable[..., None]) -> None:
    install("DIARY = lambda: 42\n")
    with pytest.raises(ConfigurationError, match="gives no Dialect but int"):
        table.dialect_named("diary")


@pytest.mark.parametrize("part", ["address=lambda *_: 1 / 0", "address=lambda *_: None", "tags=lambda *_: 7"])
def test_a_plugin_that_fails_makes_a_problem_of_the_file(install: Callable[..., None], part: str) -> None:
    install(f"from feeds.posts.dialects.dialect import Dialect\nDIARY = Dialect('d', {part})\n")
    site = Site("https://example.org", ZoneInfo("UTC"), dialect="diary")
    data = b"---\ndate: 2025-01-02\n---\n"
    found = parse(Source("a.md", len(data), 0, 0), data, site)
    assert isinstance(found, Problem)
    assert found.message.startswith("the dialect 'diary' of the plugin kawaraban-diary failed in `")


def test_a_build_in_a_known_dialect_looks_for_no_plugin(
    diary: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plugins, "entry_points", lambda **_: pytest.fail("plugins were looked for"))
    plugins.plugin_points.cache_clear()
    assert main(["--config", str(diary("plain")), "build"]) == 0
