"""The verbs about what is served: readers, redirects."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import quote, urlsplit

import click

from feeds.cli.options import Call, config_option, json_option
from feeds.cli.output import say, say_json, say_table, warn

_SAFE = "/:@!&()*+,=-._~"
"""What may stand unencoded in a rule's target: no quotes, and no $, which names a variable to nginx."""

_SHOWN = 5
"""Services in a line of the table; the rest is counted."""


@click.command()
@json_option
@config_option
def readers(call: Call, as_json: bool) -> int:
    """Show how many read each feed: what services report, and an estimate of single readers.

    Services (Feedly, Feedbin, Inoreader …) say in their user agents for how many they fetch; the latest
    number of the last seven days counts. Single readers are distinct programs at distinct addresses
    within a day, of the best of these days. No address is stored. `kawaraban run` counts; feeds that
    another web server sends are not counted.
    """
    with call.service() as service:
        found = service.audience()
    if as_json:
        say_json(
            [
                {
                    "feed": one.feed,
                    "title": one.title,
                    "day": one.day.isoformat(),
                    "readers": one.total,
                    "services": one.services,
                    "single": one.singles,
                }
                for one in found
            ]
        )
        return 0
    rows = [
        (one.feed, one.day, f"{one.total:,}", f"{one.singles:,}", _services(one.services)) for one in found
    ]
    say_table(("feed", "day", "readers", "single", "services"), rows, right=("readers", "single"))
    if not found:
        warn("nobody was counted yet; `kawaraban run` counts who asks it for feeds")
    return 0


def _services(services: Mapping[str, int]) -> str:
    shown = [f"{name} {number:,}" for name, number in list(services.items())[:_SHOWN]]
    rest = len(services) - len(shown)
    return ", ".join([*shown, *([f"and {rest} more"] if rest else [])])


@click.command()
@click.option(
    "--format",
    "server",
    type=click.Choice(("nginx", "apache", "netlify")),
    default="nginx",
    show_default=True,
    help="Whose rules.",
)
@config_option
def redirects(call: Call, server: str) -> int:
    """Print the old addresses of [redirects] as rules to paste into a web server's configuration.

    `kawaraban run` answers them itself; this is for a site that another server sends.
    """
    with call.service() as service:
        config = service.config
        remarks = service.redirect_remarks()
        base = urlsplit(config.site.url).path.rstrip("/")
        for old, new in config.redirects.items():
            target = (
                quote(base + new, safe=_SAFE) if new.startswith("/") else quote(new, safe=_SAFE + "%?#[];")
            )
            say(_RULES[server](base + old, target))
    for remark in remarks:
        warn(f"{remark.file}: {remark.key}: {remark.message}")
    if not config.redirects:
        warn(f"{config.paths.file}: there are no [redirects]")
    return 0


def _nginx(old: str, new: str) -> str:
    quoted = old.replace("\\", "\\\\").replace('"', '\\"')  # nginx compares it with the decoded path
    return f'location = "{quoted}" {{ return 301 "{new}"; }}'


def _apache(old: str, new: str) -> str:
    # QSD keeps the query out (2.4 and later); a target with a query of its own replaces it anyway.
    pattern = re.escape(old.lstrip("/")).replace('"', '\\"')
    target = new.replace("%", "\\%")  # %1 would be a group of a RewriteCond
    flags = "R=301,L,NE" if "?" in new else "R=301,L,QSD,NE"
    return f'RewriteRule "^/?{pattern}$" "{target}" [{flags}]'


def _netlify(old: str, new: str) -> str:
    return f"{quote(old, safe=_SAFE)} {new} 301"


_RULES: Mapping[str, Callable[[str, str], str]] = {"nginx": _nginx, "apache": _apache, "netlify": _netlify}
