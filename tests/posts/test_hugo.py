"""Addresses and dates are those that Hugo itself gives to the same files."""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from feeds.model.post import Post
from feeds.posts.folder import list_sources
from feeds.posts.scan import read_posts
from feeds.posts.settings_files import settings_files
from feeds.posts.site import Site

pytestmark = pytest.mark.skipif(
    shutil.which("hugo") is None, reason="there is no hugo on this machine (apt-get install hugo)"
)

NAMES = [
    "plain", "With Blank", "CAPITALS", "dots.in.name", "under_score", "a--b - c", "日本 語", "カタカナ・中黒",
    "Ünï cödé", "plus+sign", "at@sign", "quote's \"q\"", "tilde~x", "(brackets)", "amp&ersand",
    "co,mma;semi:colon", "emoji 🎉 party", "2025-01-02-dated", "ends.", "trailing-", "x.ja.y",
    "e\u0301combining", "ﬁ", "q*uestion", "dollar$", "eq=ual", "pipe|x", "{curly}", "^caret", "`tick",
    "!bang", "ー長音", "々同", "〇ゼロ", "ｆｕｌｌ", "½half", "x²", "100%25",
]  # fmt: skip
ADDRESSES = ["rel/path", "/abs/path.html", "/abs/dir/", "noext", "/ja/x", "a.b/c", "/Case/Kept/", "/日本/語"]
PAIR = "posts/Pair"
"""A bundle in two languages."""
TEMPLATES = """
[permalinks]
posts = "/:year/:month/:monthname/:day/:weekday/:weekdayname/:yearday/:sections/:slugorfilename/"
news = "/:section/:title"
notes = "/o/:slug/:filename/"
"""
LANGUAGES = """
defaultContentLanguage = "en"
[languages.en]
weight = 1
[languages.ja]
weight = 2
"""
CONFIGURATIONS = {
    "as it is": "",
    "capitals, ugly": "disablePathToLower = true\nremovePathAccents = true\nuglyURLs = true\n",
    "templates": TEMPLATES,
    "languages": LANGUAGES,
    "languages, all prefixed": f"defaultContentLanguageInSubdir = true\n{LANGUAGES}{TEMPLATES}",
    "dates from names": '[frontmatter]\ndate = [":filename", ":default"]\n',
}


def put(folder: Path, name: str, **values: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    block = "".join("{}: '{}'\n".format(key, value.replace("'", "''")) for key, value in values.items())
    (folder / name).write_text(f"---\n{block}---\nText.\n", encoding="utf-8")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with every odd name as a file, a title, a slug and an address."""
    root = tmp_path_factory.mktemp("hugo")
    content = root / "content"
    for number, name in enumerate(NAMES):
        day = f"2025-01-{number % 27 + 1:02}"
        put(content / "posts", f"{name}.md", title=f"T {number}", date=f"{day}T23:30:00-05:00")
        put(content / "news", f"t{number}.md", title=name, date=day)
        put(content / "news" / "deep" / "er", f"s{number}.md", title="x", slug=name, date=day)
        put(content / "notes", f"n{number}.md", title=f"A {name}", date=day, lastmod="2025-06-01")
    for number, address in enumerate(ADDRESSES):
        for suffix in ("md", "ja.md"):
            put(content / "notes", f"a{number}.{suffix}", title="U", url=address, date="2025-01-02")
    for folder in ("posts/Bundle Name", "single", PAIR):
        put(content / folder, "index.md", title="b", date="2025-01-02")
    put(content / PAIR, "index.ja.md", title="b", date="2025-01-02")
    for folder in ("en", "ja/deep"):  # sections like any other
        put(content / folder, "t.md", title="t", date="2025-01-02")
    put(content, "top.md", Title="b", DATE="2025-01-02 10:00:00 +0900")
    return root


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_addresses_and_dates_are_those_that_hugo_gives(root: Path, configuration: str) -> None:
    text = f'baseURL = "https://example.org/"\n{CONFIGURATIONS[configuration]}'
    for name in ("config.toml", "hugo.toml"):  # before 0.110, and since
        (root / name).write_text(text, encoding="utf-8")
    theirs = dict(hugos(root))
    ours = {f"content/{post.path}": (post.url, post.published) for post in posts(root)}
    if "languages" not in configuration:  # then Hugo takes one of the two, and says of neither which
        ours, theirs = ({path: v for path, v in d.items() if PAIR not in path} for d in (ours, theirs))
    assert ours.keys() == theirs.keys()
    assert {path: ours[path] for path in ours if ours[path] != theirs[path]} == {}


def hugos(root: Path) -> Iterator[tuple[str, tuple[str, datetime]]]:
    """Path → address and date, as ``hugo list all`` has them."""
    environment = {**os.environ, "HUGO_CACHEDIR": str(root / "cache")}
    done = subprocess.run(
        ["hugo", "list", "all"],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    for row in csv.DictReader(io.StringIO(done.stdout)):
        yield row["path"], (row["permalink"], datetime.fromisoformat(row["date"]))


# Of several that are meant for a page, but not for the same ones, Hugo 0.111 takes one by chance.
CASCADES = {
    "_index.md": "cascade: {title: from home}",
    "_index.ja.md": "cascade:\n- author: home ja",
    "posts/_index.md": (
        "cascade:\n"
        "- {_target: {path: '/posts/deep/**'}, author: deep}\n"
        "- {_target: {path: '/posts/*{x,y}*'}, author: starred}\n"
        "- {_target: {path: '/posts/?.md'}, author: letter}\n"
        "- {_target: {kind: section}, author: sections}\n"
        "- {_target: {kind: '{page,home}', lang: 'e?'}, layout: english}\n"
    ),
    "low/_index.md": "cascade: {author: low}",
    "low/deep/_index.md": "cascade: {author: deep}",
    "other/_index.md": "cascade: [{_target: {path: '/other/Capitals*'}, author: capitals}]",
}
CASCADED = [
    "top.md", "top.ja.md", "posts/a.md", "posts/abx.md", "posts/a.ja.md", "posts/deep/b.md", "low/a.md",
    "posts/deep/lower/bundle/index.md", "posts/deep/lower/c.ja.md", "low/deep/c.md", "low/deep/er/c.md",
    "other/CAPITALS.md", "other/d.md", "unsaid/e.md", "unsaid/e.ja.md",
]  # fmt: skip
LIST = (
    '{{ range .Sites }}{{ range where .Pages "Kind" "page" }}'
    "{{ .File.Path }}\t{{ .Params.author }}\t{{ .Title }}\n{{ end }}{{ end }}"
)


def test_what_sections_and_the_configuration_give_is_what_hugo_gives(tmp_path: Path) -> None:
    text = f'baseURL = "https://example.org/"\n{LANGUAGES}[[cascade]]\nauthor = "configuration"\n'
    text += '[cascade._target]\npath = "/unsaid/**"\nlang = "en"\n'
    for name in ("config.toml", "hugo.toml"):
        (tmp_path / name).write_text(text, encoding="utf-8")
    for name, front in CASCADES.items():
        file = tmp_path / "content" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"---\ntitle: s\n{front}\n---\n", encoding="utf-8")
    for name in CASCADED:
        put((tmp_path / "content" / name).parent, Path(name).name, date="2025-01-02")
    put(tmp_path / "content" / "posts", "own.md", date="2025-01-02", author="own", title="own")
    (tmp_path / "layouts").mkdir()
    (tmp_path / "layouts" / "index.html").write_text(LIST, encoding="utf-8")
    hugos_build(tmp_path)
    lines = (tmp_path / "public" / "index.html").read_text("utf-8").split("\n")
    theirs = {path: (author, title) for path, author, title in (line.split("\t") for line in lines if line)}
    ours = {post.path: (post.author, post.title) for post in posts(tmp_path)}
    assert {path: found for path, found in ours.items() if found[0] != theirs[path][0]} == {}
    assert {path for path, (_, title) in ours.items() if title == "from home"} == {
        path for path, (_, title) in theirs.items() if title == "from home"
    }


def hugos_build(root: Path) -> None:
    environment = {**os.environ, "HUGO_CACHEDIR": str(root / "cache")}
    subprocess.run(["hugo", "--quiet"], cwd=root, env=environment, timeout=60, check=True)


def posts(root: Path) -> list[Post]:
    content = root / "content"
    files = settings_files(root, content, ("hugo.toml", "{posts}/**/_index.*"))
    site = Site("https://example.org", ZoneInfo("UTC"), "en", dialect="hugo", folder="content", files=files)
    return [post for post in read_posts(content, list_sources(content), site) if isinstance(post, Post)]
