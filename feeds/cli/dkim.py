"""The verb dkim: what to publish of the keys that sign mail, and new ones."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from feeds.cli.options import Call, config_option, json_option
from feeds.cli.output import say, say_json, warn

if TYPE_CHECKING:
    from feeds.newsletter.dkim.keys import Key


@click.command()
@click.option("--new", "file", metavar="FILE", help="Make a key in this new file.")
@click.option(
    "--kind", type=click.Choice(["rsa", "ed25519"]), default="rsa", help="Its kind.  [default: rsa]"
)
@json_option
@config_option
def dkim(call: Call, as_json: bool, file: str | None, kind: str) -> int:
    """Print the DNS record of each key that signs mail, or make a key.

    A record is published before its key is used, and stays while mails with its signatures are read.
    """
    with call.service() as service:
        if file is not None:
            key, name = service.make_dkim_key(Path(file), "ed25519" if kind == "ed25519" else "rsa")
            _say_new(key, name, as_json=as_json)
            return 0
        keys = service.dkim_keys
    if as_json:
        say_json([_key_json(key) for key in keys])
    elif not keys:
        warn("no key signs mail, so the mail server has to; `kawaraban dkim --new FILE` makes a key")
    else:
        for key in keys:
            _say_record(key)
    return 0


def _say_new(key: Key, name: str, *, as_json: bool) -> None:
    from feeds.config.text import toml_value

    if as_json:
        say_json(_key_json(key) | {"file": name})
        return
    say(f"{name}: a new key; once its record is published, add to the configuration:")
    say(f"\n[[mail.dkim]]\nselector = {toml_value(key.selector)}\nkey = {toml_value(name)}\n")
    _say_record(key)


def _say_record(key: Key) -> None:
    say(f"{key.record_name}  TXT  {key.record}")
    if len(key.strings) > 1:
        say(f"in a zone file, where a string has 255 characters at most:\n{key.zone_line}")


def _key_json(key: Key) -> dict[str, object]:
    return {
        "domain": key.domain,
        "selector": key.selector,
        "algorithm": key.algorithm,
        "bits": key.bits,
        "name": key.record_name,
        "record": key.record,
        "zone_line": key.zone_line,
    }
