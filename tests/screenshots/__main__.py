"""``python -m tests.screenshots [FOLDER]``: take every picture; exit 1 if something scrolls sideways."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.screenshots import palette
from tests.screenshots.camera import Camera
from tests.screenshots.publication import at_work
from tests.screenshots.visit import visit
from tests.web.browser import browser, chromium


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.screenshots", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parent, help="default: here")
    folder: Path = parser.parse_args().folder
    if chromium() is None:
        sys.exit("there is no Chromium on this machine (apt install chromium fonts-noto-cjk)")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="kawaraban-screenshots-") as temporary:
        scratch = Path(temporary)
        for name in ("publication", "mails"):
            (scratch / name).mkdir()
        with at_work(scratch / "publication") as publication, browser(scratch / "profile") as window:
            camera = Camera(window, folder)
            visit(publication, camera, scratch / "mails")
    _report(camera)
    return 1 if camera.sideways else 0


def _report(camera: Camera) -> None:
    for file in camera.taken:
        print(f"{file.stat().st_size // 1024:5} KB  {file.name}")
    size = sum(file.stat().st_size for file in camera.taken)
    print(f"{len(camera.taken)} pictures, {size / 1e6:.2f} MB")
    if not palette.available():
        print("Pillow is not installed: with it, the pictures are a third as large (pip install pillow)")
    for complaint in camera.sideways:
        print(f"scrolls sideways: {complaint}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
