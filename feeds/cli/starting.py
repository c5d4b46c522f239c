"""The verb that comes first: init."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from feeds.cli.output import count, say, warn
from feeds.errors import ConfigurationError

if TYPE_CHECKING:
    from feeds.actions.init import Found


_NAMES = {
    "jekyll": "Jekyll", "hexo": "Hexo", "zola": "Zola", "hugo": "Hugo", "eleventy": "Eleventy",
    "astro": "Astro",
    "pelican": "Pelican", "docusaurus": "Docusaurus", "vitepress": "VitePress", "zenn": "Zenn",
    "qiita": "Qiita",
}  # fmt: skip
_SHOWN = 8
"""Redirects that a person wants to read; the rest is counted."""


@click.command()
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(file_okay=False, path_type=Path))
def init(folder: Path) -> int:
    """Write DIR/config/kawaraban.toml for a new publication, or for the site found in DIR.

    Jekyll, Hugo, Zola, Eleventy, Astro, Pelican, Hexo, Docusaurus, VitePress, Zenn and Qiita are
    recognised. Title, address, language, time zone, author, permalinks, categories, the ids of the old
    feeds and their addresses are taken over from the site's own configuration and the posts. A
    configuration of ours that is there is never overwritten.
    """
    from feeds.actions.init import look_at, write_configuration
    from feeds.config.text import settings_text

    found = look_at(folder)
    file = folder / "config" / "kawaraban.toml"
    write_configuration(file, settings_text(found.settings, found.categories, found.remarks, found.redirects))
    if found.kind == "new":
        (folder / "posts").mkdir(exist_ok=True)
    _say_found(file, found)
    return _say_faults(file)


def _say_found(file: Path, found: Found) -> None:
    if found.kind == "new":
        say(f"{file} written for a new publication; its posts go into {file.parent.parent / 'posts'}")
    else:
        _say_site(file, found)
    for key, remark in found.remarks.items():
        table, _, name = key.partition(".")
        if table != "categories":
            say(f"  {key} = {found.settings[table].get(name, '')!r}: {remark}")
    _say_redirects(found)
    _say_old_feeds(found)
    for advice in found.advice:
        say(f"\n{advice}")
    _say_next_steps(file, found.settings["site"].get("public", "public"))


def _say_site(file: Path, found: Found) -> None:
    title, name = found.settings["site"]["title"], _NAMES.get(found.kind, found.kind)
    of = f"the posts in {found.settings['posts']['folder']}" if found.kind == "plain" else f"the {name} site"
    say(f"{file} written for {of} “{title}”")
    if found.kind not in {"plain", "jekyll"}:
        say(f"  recognised by {found.why}")
    kept = "; ids as its feeds gave them" if found.settings["feeds"]["ids"] != "tag" else ""
    say(f"  {count(found.posts, 'post')} in {count(len(found.categories), 'category')}{kept}")
    spelt = [remark for key, remark in found.remarks.items() if key.startswith("categories.")]
    if spelt:
        say(f"  {count(len(spelt), 'category')} spelt in several ways: see [categories] in the file")


def _say_redirects(found: Found) -> None:
    if not found.redirects:
        return
    say("\nFeeds that the generator makes, and the feeds that take their place, by [redirects]:")
    for old, new in list(found.redirects.items())[:_SHOWN]:
        say(f"  {old} → {new}")
    if len(found.redirects) > _SHOWN:
        say(f"  … and {len(found.redirects) - _SHOWN:,} more")
    say(
        "`kawaraban run` answers them; `kawaraban redirects` writes the rules for another web server. Where\n"
        'there is none, give a category the address itself, as in path = "/categories/news/index.xml".'
    )


def _say_old_feeds(found: Found) -> None:
    if not found.old_feeds:
        return
    say("\nThese feeds are made by hand. They stay as they are until you say otherwise:")
    for path, label in found.old_feeds:
        say(f"  {path}" + (f"   (its readers want “{label}”)" if label else ""))
    say(
        "To let Kawaraban write one, give its address to a category of config/kawaraban.toml, as in\n"
        f'  path = "/{found.old_feeds[0][0]}"\n'
        "and call `kawaraban build --replace`, which keeps a copy."
    )


def _not_ignored(folder: Path, public: str) -> list[str]:
    """What of ours git would take in, as far as ``.gitignore`` tells."""
    if not (folder / ".git").exists():
        return []
    try:
        ignored = {
            line.strip().strip("/") for line in (folder / ".gitignore").read_text("utf-8").splitlines()
        }
    except (OSError, ValueError):
        ignored = set()
    feeds = f"{public.strip('/')}/feeds/".removeprefix("./")
    own = [".kawaraban/", feeds]
    return [path for path in own if not {path.strip("/"), path.partition("/")[0]} & ignored]


def _say_next_steps(file: Path, public: str) -> None:
    folder = file.parent.parent
    say("\nNext:")
    if folder != Path():
        say(f"  cd {folder}")
    say("  kawaraban check     what is wrong with posts, if anything is")
    say("  kawaraban build     the feeds")
    if kept_out := _not_ignored(folder, public):
        say(f"Keep out of git: {', '.join(kept_out)}   (.kawaraban/ is the state, with readers' addresses)")
    say("Then put the mail server's address into [mail] smtp, and:")
    say("  kawaraban subscribers add you@example.org --confirmed")
    say("  kawaraban test-send you@example.org")
    say("  kawaraban tick      from cron, or `kawaraban run` as a daemon")


def _say_faults(file: Path) -> int:
    """Load what was written: a site's own settings can be wrong."""
    from feeds.config import load

    try:
        load(file)
    except ConfigurationError as error:
        for line in str(error).splitlines():
            warn(line)
        warn("correct these lines first; they say what the site's own configuration said")
        return 1
    return 0
