"""The wheel, used outside the checkout: templates and the example configuration are inside."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.acceptance.publication import REPOSITORY

_LEFT_OUT = (".git", "tests", "node_modules", ".venv", "venv", ".*_cache", "__pycache__", ".hypothesis")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with nothing but the wheel's content; the packages it needs are this Python's."""
    folder = tmp_path_factory.mktemp("wheel")
    checkout = folder / "checkout"
    shutil.copytree(REPOSITORY, checkout, ignore=shutil.ignore_patterns(*_LEFT_OUT))
    _pip_wheel(checkout, folder)
    (wheel,) = folder.glob("kawaraban-*.whl")
    shutil.rmtree(checkout)
    target = folder / "target"
    command = ["install", "--no-deps", "--no-index", "--no-compile", "--target", str(target), str(wheel)]
    assert _pip(*command).returncode == 0
    return target


def _pip_wheel(checkout: Path, folder: Path) -> None:
    wanted = ["wheel", "--no-deps", "--wheel-dir", str(folder), str(checkout)]
    done = _pip(*wanted, "--no-build-isolation")  # a build backend that is installed spares the download
    if done.returncode != 0:
        done = _pip(*wanted)
    if done.returncode == 0:
        return
    last = done.stderr.strip().splitlines()[-1]
    if "No matching distribution" in done.stderr or "Connection" in done.stderr:
        pytest.skip(f"pip cannot get its build backend: {last}")
    raise AssertionError(done.stderr)


def _pip(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *words]
    environment = os.environ | {"PIP_RETRIES": "0", "PIP_TIMEOUT": "5"}
    try:
        return subprocess.run(
            command, capture_output=True, text=True, timeout=60, check=False, env=environment, cwd="/"
        )
    except subprocess.TimeoutExpired:
        pytest.skip("pip does not answer within a minute")


@pytest.fixture
def elsewhere(installed: Path) -> Mapping[str, str]:
    """An environment that knows the wheel and not the checkout."""
    return os.environ | {"PYTHONPATH": str(installed), "PYTHONIOENCODING": "utf-8"}


def test_the_wheel_works_outside_the_checkout(
    installed: Path, elsewhere: Mapping[str, str], tmp_path: Path
) -> None:
    def say(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, str(installed / "bin" / "kawaraban"), *words],
            env=elsewhere,
            cwd=tmp_path,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "Commands:" in say("--help")
    assert "kawaraban 0." in say("--version")
    say("init")
    config = tmp_path / "config" / "kawaraban.toml"
    config.write_text(
        config.read_text(encoding="utf-8").replace("smtp://localhost:25", f"maildir://{tmp_path}/box"),
        encoding="utf-8",
    )
    (tmp_path / "posts" / "old.md").write_text("---\ntitle: old\ndate: 2025-01-01\n---\nText.\n")
    say("build")
    assert b"<title>old</title>" in (tmp_path / "public/feeds/all.rss.xml").read_bytes()
    assert (tmp_path / "public/feeds/index.html").is_file()
    say("subscribers", "add", "r@example.org")
    say("tick")
    assert len(list((tmp_path / "box" / "new").iterdir())) == 1


def test_the_wheel_carries_templates_and_the_example_configuration(installed: Path) -> None:
    for name in ("templates", "config"):
        for file in (REPOSITORY / name).rglob("*"):
            if file.is_file() and (name == "templates" or file.name == "kawaraban.example.toml"):
                inside = installed / "feeds" / f"_{name}" / file.relative_to(REPOSITORY / name)
                assert inside.read_bytes() == file.read_bytes()
    assert not (installed / "tests").exists()
