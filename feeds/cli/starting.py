"""The verb that comes first: init."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from feeds.cli.output import count, say, warn
from feeds.errors import ConfigurationError

if TYPE_CHECKING:
    from feeds.actions.init import Found


@click.command()
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(file_okay=False, path_type=Path))
def init(folder: Path) -> int:
    """Write DIR/config/kawaraban.toml for a new publication, or for the Jekyll site found in DIR.

    Title, address, language, time zone, author, permalinks, categories and the ids of its old feeds
    are taken over from _config.yml and the posts. A configuration that is there is never overwritten.
    """
    from feeds.actions.init import look_at, write_configuration
    from feeds.config.text import settings_text

    found = look_at(folder)
    file = folder / "config" / "kawaraban.toml"
    write_configuration(file, settings_text(found.settings, found.categories, found.remarks))
    if found.kind == "new":
        (folder / "posts").mkdir(exist_ok=True)
    _say_found(file, found)
    return _say_faults(file)


def _say_found(file: Path, found: Found) -> None:
    if found.kind == "new":
        say(f"{file} written for a new publication; its posts go into {file.parent.parent / 'posts'}")
    else:
        site = found.settings["site"]
        categories = count(len(found.categories), "category")
        say(f"{file} written for the Jekyll site “{site['title']}”")
        say(f"  {count(found.posts, 'post')} in {categories}; ids as its feeds gave them")
    for key, remark in found.remarks.items():
        table, _, name = key.partition(".")
        say(f"  {key} = {found.settings[table][name]!r}: {remark}")
    _say_old_feeds(found)
    if found.exclude:
        say("\nJekyll would copy the configuration to the web. Keep it from that in _config.yml:\n\nexclude:")
        for name in found.exclude:
            say(f"  - {name}")
    _say_next_steps(file)


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


def _say_next_steps(file: Path) -> None:
    folder = file.parent.parent
    say("\nNext:")
    if folder != Path():
        say(f"  cd {folder}")
    say("  kawaraban check     what is wrong with posts, if anything is")
    say("  kawaraban build     the feeds")
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
        warn("correct these lines first; they say what _config.yml said")
        return 1
    return 0
