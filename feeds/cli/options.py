"""The options that many verbs share, and the service that they open."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from feeds.errors import UsageError
from feeds.model.noun import dataclass

if TYPE_CHECKING:
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from feeds.service import Service
    from feeds.service.ahead import Ahead

Verb = TypeVar("Verb", bound=Callable[..., Any])

DEFAULT_CONFIG = "config/kawaraban.toml"

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
log_option = click.option(
    "--log",
    "log_form",
    type=click.Choice(("text", "json")),
    help="Form of the log.  [default: as configured]",
)
category_option = click.option(
    "--category", "categories", metavar="C", multiple=True, help="Only this one; may be repeated."
)
_config_option = click.option(
    "--config", metavar="FILE", help=f"The configuration.  [default: {DEFAULT_CONFIG}]"
)
_now_option = click.option(
    "--now", metavar="T", help="Clock of this run: ISO 8601, in the site's zone where it names none."
)


@dataclass(frozen=True, slots=True)
class Call:
    """What a command was called with: which configuration, and what time it is for it."""

    config: Path
    now: str | None = None

    @contextmanager
    def service(self, ahead: Ahead | None = None) -> Iterator[Service]:
        """The service of this configuration, closed afterwards."""
        from feeds.service import Service

        service = Service.open(self.config, now=self._instant(), ahead=ahead)
        try:
            yield service
        finally:
            service.close()

    @contextmanager
    def logging(self, form: str | None, *, warnings_only: bool = False) -> Iterator[None]:
        """Events go to standard error during the block, as the option or the configuration wants them."""
        import logging
        from typing import cast

        from feeds import logs
        from feeds.config import load

        config = load(self.config, os.environ)
        wanted = cast("logs.Form", form or config.log.format)
        with logs.written(wanted, config.secrets(), logging.WARNING if warnings_only else logging.INFO):
            yield

    def _instant(self) -> datetime | None:
        if self.now is None:
            return None
        try:
            moment = datetime.fromisoformat(self.now)
        except ValueError:
            raise UsageError(f"--now {self.now}: not ISO 8601, such as 2026-11-23T07:00+09:00") from None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self._site_zone())
        try:
            return moment.astimezone(UTC)
        except OverflowError:
            raise UsageError(f"--now {self.now}: too far away") from None

    def _site_zone(self) -> ZoneInfo:
        from zoneinfo import ZoneInfo

        from feeds.config import load

        return ZoneInfo(load(self.config, os.environ).site.timezone)


def config_option(verb: Verb) -> Verb:
    """Gives the verb a ``call`` made of ``--config``."""
    return _config_option(_with_call(verb))


def clock_options(verb: Verb) -> Verb:
    """Gives the verb a ``call`` made of ``--config`` and ``--now``."""
    return _config_option(_now_option(_with_call(verb)))


def _with_call(verb: Verb) -> Verb:
    from functools import update_wrapper

    def called(*arguments: Any, config: str | None, now: str | None = None, **options: Any) -> Any:
        from pathlib import Path

        file = config or click.get_current_context().find_root().obj or DEFAULT_CONFIG
        return verb(*arguments, call=Call(Path(file), now), **options)

    return update_wrapper(called, verb)  # type: ignore[return-value]  # click reads the options from the wrapper
