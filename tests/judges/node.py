"""The feed readers of JavaScript: rss-parser and feedsmith, pinned in ``package.json``."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from feeds.model.feed import Format
from tests.judges.documents import Judge, Reading, Seen, Served, failed
from tests.judges.libraries import XML

_HERE = Path(__file__).parent
_FORMS = {"rss-parser": XML, "feedsmith": frozenset(Format)}


def node() -> list[Judge]:
    """Both, or both with the reason why they cannot be asked."""
    modules, reason = _installed()
    return [_judge(name, forms, modules, reason) for name, forms in _FORMS.items()]


def _judge(name: str, forms: frozenset[Format], modules: Path, reason: str) -> Judge:
    return Judge(name, forms, lambda documents: _asked(name, modules, documents), reason)


def _installed() -> tuple[Path, str]:
    """A folder outside the checkout with the packages, installed when it is not there yet."""
    wanted = (_HERE / "package.json").read_bytes()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "kawaraban-judges" / hashlib.sha256(wanted).hexdigest()[:12]
    if (folder / "installed").exists():
        return folder, ""
    if not (shutil.which("node") and shutil.which("npm")):
        return folder, "there is no node with npm on this machine"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_bytes(wanted)
    command = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--silent"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        return folder, f"npm install failed: {done.stderr.strip()[-300:]}"
    (folder / "installed").touch()
    return folder, ""


def _asked(name: str, modules: Path, documents: Sequence[Served]) -> dict[str, Reading]:
    done = subprocess.run(
        ["node", _HERE / "tools" / "node.mjs", modules, name],
        input="\n".join(each.url for each in documents),
        capture_output=True,
        text=True,
        check=False,
    )
    told = {(one := json.loads(line))["url"]: one for line in done.stdout.splitlines()}
    silent = {"error": f"node ended with exit {done.returncode}: {done.stderr[-500:]}"}
    return {each.url: _reading(told.get(each.url, silent)) for each in documents}


def _reading(told: dict) -> Reading:
    if "error" in told:
        return failed(told["error"])
    return Reading((), tuple(Seen(**each) for each in told["entries"]))
