"""A folder of posts becomes a publication that the real daemon serves, as an owner would have it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.judges.documents import Served, served_file
from tests.ports import free_port

KAWARABAN = Path(sys.executable).with_name("kawaraban")


class NotBuilt(Exception):
    """A folder of which no publication could be made; says what the command said."""


def make(source: Path, root: Path, *, limit: int | None) -> int:
    """A publication in ``root`` of a copy of the folder or file: init, then build. Its port on loopback.

    What ``init`` does not know as a site is put below ``posts``. ``limit`` None is the default.
    """
    _copy(source, root)
    _command("init", root)
    config = root / "config" / "kawaraban.toml"
    port = free_port()
    text = config.read_text("utf-8")
    posts = root / tomllib.loads(text)["posts"]["folder"]
    if not any(posts.glob("*")):  # init knows no site here, and made a folder for posts to come
        shutil.rmtree(root)
        _copy(source, posts)
        config.parent.mkdir()
    text = with_key(text, "feeds", "url", f'"http://127.0.0.1:{port}/{_feeds_path(text)}"')
    text = with_key(text, "web", "bind", f'"127.0.0.1:{port}"')
    text = with_key(text, "web", "base_url", f'"http://127.0.0.1:{port}"')
    if limit is not None:
        text = with_key(text, "feeds", "limit", str(limit))
    config.write_text(text, "utf-8")
    built = json.loads(_command("build", root, "--json", accept=(0, 1)))
    if "feeds" not in built:
        raise NotBuilt(str(built))
    return port


def with_key(text: str, section: str, key: str, value: str) -> str:
    """The configuration with this key in this section, in place of what stood there."""
    head, found, rest = text.partition(f"[{section}]\n")
    if not found:
        return f"{text}\n[{section}]\n{key} = {value}\n"
    body, bracket, tail = re.match(r"(?s)(.*?)(^\[|\Z)(.*)", rest, re.MULTILINE).groups()  # type: ignore[union-attr]
    body = re.sub(rf"(?m)^{key} = .*\n", "", body)
    return f"{head}{found}{key} = {value}\n{body}{bracket}{tail}"


@contextmanager
def served(root: Path, port: int) -> Iterator[list[Served]]:
    """Every feed of the publication, served by ``kawaraban run --only web`` until the block ends."""
    config = tomllib.loads((root / "config" / "kawaraban.toml").read_text("utf-8"))
    public = root / config["site"].get("public", "public")
    folder = public / (config["feeds"].get("folder") or "feeds")
    process = subprocess.Popen(
        [KAWARABAN, "run", "--only", "web"], cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        _wait(process, f"http://127.0.0.1:{port}/health")
        files = (served_file(folder, file, config["feeds"]["url"]) for file in sorted(folder.rglob("*")))
        yield [each for each in files if each is not None]
    finally:
        process.terminate()
        process.communicate(timeout=20)


def _copy(source: Path, root: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, root, symlinks=True, ignore=shutil.ignore_patterns(".git", "node_modules"))
    else:
        root.mkdir(parents=True)
        shutil.copy(source, root)


def _feeds_path(text: str) -> str:
    return tomllib.loads(text)["feeds"].get("folder") or "feeds"


def _command(verb: str, root: Path, *more: str, accept: tuple[int, ...] = (0,)) -> str:
    done = subprocess.run([KAWARABAN, verb, *more], cwd=root, capture_output=True, text=True, check=False)
    if done.returncode not in accept or "Traceback" in done.stderr or (more and not done.stdout):
        said = done.stderr.strip() or done.stdout.strip()
        raise NotBuilt(f"kawaraban {verb}: exit {done.returncode}: {said}")
    return done.stdout


def _wait(process: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    process.kill()
    raise NotBuilt(f"kawaraban run does not answer: {process.communicate()[1].decode()[-2000:]}")
