"""The feeds of a site by its own generator, Hugo or Jekyll, beside ours: addresses, titles, dates, ids.

    python -m tests.judges.generators SITE ...

The generator runs on a copy of the site without its theme, layouts and feed templates, so that its built-in
RSS, or jekyll-feed, lists every page. Exit 1 if a post of ours is none of the generator's, or differs.
What only the generator lists are pages that are no posts, as a rule: they are counted and named.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from html import unescape
from pathlib import Path
from urllib.parse import unquote

from feeds.model.feed import Format
from feeds.syndication.text import xml_text
from tests.judges import plain
from tests.judges.documents import Seen
from tests.judges.folders import NotBuilt, make

_SHOWN = 5
_HUGO_FILES = tuple(
    f"{folder}{name}.{suffix}"
    for folder in ("", "config/_default/")
    for name in ("hugo", "config")
    for suffix in ("toml", "yaml", "json")
)

_TYPOGRAPHY = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "…": "...", "–": "--", "—": "---"})

_LENIENT = """\
class Nothing < Liquid::Tag
  def render(_context) = ""
end
class NothingAround < Liquid::Block
end
%s.each { |name| Liquid::Template.register_tag(name, Nothing) unless Liquid::Template.tags[name] }
%s.each { |name| Liquid::Template.register_tag(name, NothingAround) unless Liquid::Template.tags[name] }
%%w[IncludeTag OptimizedIncludeTag IncludeRelativeTag PostUrl Link].each do |name|
  Jekyll::Tags.const_get(name).class_eval { def render(_context) = "" }
end
"""
"""Tags of plugins, includes and references to posts that are not here stand for nothing."""


class NotRun(Exception):
    """The generator did not build the site; says what it said."""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "sites", type=Path, nargs="+", metavar="SITE", help="a folder with a Hugo or Jekyll site"
    )
    faults = 0
    for site in parser.parse_args().sites:
        try:
            faults += _compare(site.resolve())
        except (NotRun, NotBuilt) as error:
            print(f"{site.name}: {error}")
            faults += 1
    return 1 if faults else 0


def _compare(site: Path) -> int:
    with tempfile.TemporaryDirectory(prefix="kawaraban-generators-") as name:
        folder = Path(name)
        shutil.copytree(site, folder / "theirs", symlinks=True, ignore=shutil.ignore_patterns(".git"))
        ours, settings = _ours(site, folder / "ours")
        if any((site / file).is_file() for file in _HUGO_FILES):
            kind, theirs = "hugo", _hugo(folder / "theirs", settings["timezone"])
        else:
            kind, theirs = "jekyll", _jekyll(folder / "theirs", settings)
        entries = ours[Format.ATOM if kind == "jekyll" else Format.RSS]
    return _say(f"{site.name} ({kind})", theirs, entries)


# Theirs -------------------------------------------------------------------------------------------


def _hugo(root: Path, zone: str) -> list[Seen]:
    """What the RSS of the home page of each language lists; the zone is ours, where the site says none."""
    shortcodes = _kept_shortcodes(root)
    for folder in ("layouts", "themes", "archetypes", "node_modules"):
        shutil.rmtree(root / folder, ignore_errors=True)
    _stub_shortcodes(root, shortcodes)
    (root / "themes" / "nothing").mkdir(parents=True)
    environment = {
        **os.environ,
        **({} if _says_zone(root) else {"HUGO_TIMEZONE": zone}),
        "HUGO_THEME": "nothing",
        "HUGO_SERVICES_RSS_LIMIT": "-1",
        "HUGO_RSSLIMIT": "-1",
        "HUGO_DISABLEKINDS": "taxonomy,term,sitemap,robotsTXT,404",
    }
    _run(["hugo", "--quiet", "--destination", "out"], root, environment)
    pages = [*(root / "out").glob("*.xml"), *(root / "out").glob("*/*.xml")]
    found = [file for file in pages if len(file.parent.name) in (2, 3, 5) and b"<rss" in file.read_bytes()]
    return [entry for file in found for entry in plain.read(file.read_bytes(), Format.RSS)]


def _says_zone(root: Path) -> bool:
    files = [root / name for name in _HUGO_FILES if (root / name).is_file()]
    return any(re.search(r"(?im)^[\s\"]*timezone", file.read_text("utf-8")) for file in files)


def _kept_shortcodes(root: Path) -> dict[str, str]:
    """The site's and its theme's own shortcodes, by their path below ``shortcodes``."""
    files = [file for folder in root.glob("**/layouts/shortcodes") for file in folder.rglob("*.*")]
    return {file.as_posix().partition("/shortcodes/")[2]: file.read_text("utf-8") for file in files}


def _stub_shortcodes(root: Path, kept: dict[str, str]) -> None:
    """Writes them back, and an empty one for each that the content uses and nobody has."""
    folder = root / "layouts" / "shortcodes"
    folder.mkdir(parents=True)
    text = "".join(file.read_text("utf-8", "replace") for file in (root / "content").rglob("*.md"))
    used = set(re.findall(r"{{[<%]\s*/?\s*([\w/.-]+)", text))
    builtin = {
        "figure",
        "gist",
        "highlight",
        "instagram",
        "param",
        "ref",
        "relref",
        "tweet",
        "vimeo",
        "youtube",
    }
    for name in used - builtin:
        kept.setdefault(
            f"{name}.html", "{{ .Inner }}" if re.search(rf"{{{{[<%]\s*/\s*{re.escape(name)}\b", text) else ""
        )
    for name, template in kept.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(template, "utf-8")


def _jekyll(root: Path, settings: Mapping[str, str]) -> list[Seen]:
    """What jekyll-feed lists; address and time zone are ours, where the site says none."""
    _keep_posts_only(root)
    more = {
        "plugins": ["jekyll-feed"],
        "theme": None,
        "safe": False,
        "markdown": "kramdown",
        "feed": {"path": "judged.xml", "posts_limit": 100_000},
    }
    (root / "judged.yml").write_text(json.dumps(more), "utf-8")  # JSON is YAML
    config = root / "_config.yml"
    said = config.read_text("utf-8") if config.is_file() else ""
    for key in ("url", "timezone"):
        if not re.search(rf"(?m)^{key}\s*:", said):
            said = f"{key}: {settings[key]}\n{said}"
    config.write_text(said, "utf-8")
    _stub_liquid(root)
    _run(
        ["jekyll", "build", "--quiet", "--config", "_config.yml,judged.yml", "-d", "out"],
        root,
        dict(os.environ),
    )
    file = next(iter((root / "out").rglob("judged.xml")), None)
    if file is None:
        raise NotRun("jekyll-feed wrote nothing")
    # jekyll-feed lets characters through that no XML may hold.
    return list(plain.read(xml_text(file.read_text("utf-8")).encode(), Format.ATOM))


def _keep_posts_only(root: Path) -> None:
    """Pages, layouts and plugins of the site need more than is here."""
    for file in [file for file in root.rglob("*") if file.is_file() or file.is_symlink()]:
        parts = file.relative_to(root).parts
        if parts[0] not in ("_config.yml", "_data", "_includes") and "_posts" not in parts:
            file.unlink()


def _stub_liquid(root: Path) -> None:
    posts = [file for file in root.rglob("_posts/**/*.*") if file.is_file()]
    text = "".join(file.read_text("utf-8", "replace") for file in posts)
    found = set(re.findall(r"{%-?\s*([a-z]\w*)", text)) - {"else", "elsif", "when"}
    blocks = {name for name in found if f"end{name}" in found}
    tags = {name for name in found - blocks if not name.startswith("end")}
    (root / "_plugins").mkdir(exist_ok=True)
    (root / "_plugins" / "lenient.rb").write_text(
        _LENIENT % (json.dumps(sorted(tags)), json.dumps(sorted(blocks))), "utf-8"
    )


def _run(command: list[str], root: Path, environment: dict[str, str]) -> None:
    if shutil.which(command[0]) is None:
        raise NotRun(f"there is no {command[0]} on this machine")
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr + done.stdout).strip().splitlines()
        told = [line for line in said if "rror" in line or "xception" in line] or said
        raise NotRun(f"{command[0]} ended with exit {done.returncode}: {' '.join(told)[:600]}")


# Ours ---------------------------------------------------------------------------------------------


def _ours(site: Path, root: Path) -> tuple[dict[Format, tuple[Seen, ...]], Mapping[str, str]]:
    """The entries of our feed of everything, and what the configuration says of the site."""
    make(site, root, limit=0)
    files = {form: next(root.rglob(f"all{form.suffix}")) for form in (Format.RSS, Format.ATOM)}
    settings = tomllib.loads((root / "config" / "kawaraban.toml").read_text("utf-8"))["site"]
    return {form: plain.read(file.read_bytes(), form) for form, file in files.items()}, settings


def _say(name: str, theirs: Iterable[Seen], ours: Iterable[Seen]) -> int:
    """Prints how the two compare, and returns the number of faults."""
    listed: dict[str, list[Seen]] = defaultdict(list)
    for entry in theirs:
        listed[unquote(entry.link)].append(entry)
    made = {unquote(entry.link): entry for entry in ours}
    wrong = [f"{link}: the generator has no such page" for link in made.keys() - listed.keys()]
    for link in made.keys() & listed.keys():
        # Several pages at one address: the last one written is what visitors get, and the newest is ours.
        wrong += min((_differences(link, each, made[link]) for each in listed[link]), key=len)
    rest = sorted(listed.keys() - made.keys())
    print(f"{name}: {len(listed)} pages of the generator, {len(made)} posts of ours, {len(wrong)} faults")
    for fault in sorted(wrong)[:_SHOWN]:
        print(f"    {fault}")
    for link in rest[:_SHOWN]:
        print(f"    only the generator: {link}")
    if len(rest) > _SHOWN:
        print(f"    … and {len(rest) - _SHOWN} more")
    return len(wrong)


def _plainly(title: str) -> str:
    """Hugo escapes a title twice and keeps blanks around it; jekyll-feed makes quotes typographic."""
    return " ".join(unescape(unescape(title)).translate(_TYPOGRAPHY).replace("`", "").split())


def _differences(link: str, theirs: Seen, ours: Seen) -> list[str]:
    if ours.id.partition("#")[0] == theirs.id:  # jekyll-feed gives one id to several posts, and we do not
        ours = ours._replace(id=theirs.id)
    theirs, ours = (entry._replace(title=_plainly(entry.title)) for entry in (theirs, ours))
    pairs = [(field, getattr(theirs, field), getattr(ours, field)) for field in ("title", "date", "id")]
    return [f"{link}: {field}: {one!r}, and ours {other!r}" for field, one, other in pairs if one != other]


if __name__ == "__main__":
    sys.exit(main())
