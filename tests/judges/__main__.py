"""Every feed of every folder of posts, before judges that nobody here wrote.

    python -m tests.judges [FOLDER ...] [--w3c CHECKOUT] [--limit default|none]

Without a folder: each in ../shared/posts. Exit 1 if a judge has something against a document, or sees an
entry otherwise than it stands there. A judge that is not on this machine is named, with the reason.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.conftest import SHARED
from tests.judges.documents import Judge, Served
from tests.judges.folders import NotBuilt, make, served
from tests.judges.libraries import feedparser, reader
from tests.judges.newsboat import newsboat
from tests.judges.node import node
from tests.judges.report import Report
from tests.judges.schemas import schemas
from tests.judges.w3c import w3c

LIMITS: dict[str, int | None] = {"default": None, "none": 0}


def main() -> int:
    options = _options()
    judges = [w3c(options.w3c), schemas(SHARED / "schemas"), feedparser(), reader(), *node(), newsboat()]
    report = Report([judge for judge in judges if options.judge in (None, judge.name)])
    for folder in options.folders or _all_folders():
        for name in options.limit or LIMITS:
            try:
                _judge(folder.resolve(), name, report)
            except NotBuilt as error:
                report.not_built(folder.name, name, str(error))
    report.end()
    return 1 if report.faults else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.judges",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folders", type=Path, nargs="*", metavar="FOLDER", help="a site, or its posts")
    checkout = os.environ.get("KAWARABAN_W3C")
    parser.add_argument("--w3c", type=Path, default=checkout and Path(checkout), metavar="CHECKOUT")
    parser.add_argument("--limit", choices=LIMITS, action="append", help="only with this limit of [feeds]")
    parser.add_argument("--judge", help="only this one")
    return parser.parse_args()


def _all_folders() -> list[Path]:
    posts = SHARED / "posts"
    found = sorted(path for path in posts.glob("*") if path.is_dir() or path.name[:2] == "20")
    if not found:
        sys.exit(f"there are no posts in {posts}; name a folder")
    return found


def _judge(folder: Path, limit: str, report: Report) -> None:
    with tempfile.TemporaryDirectory(prefix="kawaraban-judges-") as name:
        root = Path(name) / folder.name
        port = make(folder, root, limit=LIMITS[limit])
        with served(root, port) as documents, ThreadPoolExecutor(2) as pool:
            asked = [judge for judge in report.judges if not judge.skipped]
            said = pool.map(lambda judge: judge.read(_known_to(judge, documents)), asked)
            readings = {judge.name: one for judge, one in zip(asked, said, strict=True)}
            report.add(folder.name, limit, documents, readings)


def _known_to(judge: Judge, documents: Sequence[Served]) -> list[Served]:
    return [each for each in documents if each.form in judge.forms]


if __name__ == "__main__":
    sys.exit(main())
