"""What is saved comes into the feeds at once, and not with the next rescan only."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from feeds.daemon.watcher import EVERYWHERE, QUIET, Waiting, alterations, changes

if TYPE_CHECKING:
    from feeds.daemon.beats import Beats
    from feeds.daemon.publishing import Publishing
    from feeds.service import Service

_GLANCE = 1.0
"""Seconds between looks at the generator's configuration, which costs a few calls of the system."""


async def watch(service: Service, waiting: Waiting, stop: asyncio.Event, *, pause: float) -> None:
    """Notes where something happens in the posts folder; where it cannot, the rescan remains.

    Where the folder cannot be watched, it is tried again after ``pause`` seconds.
    """
    async for places in changes(service.config.paths.posts, stop, pause=pause):
        waiting.add(places)


async def heed(service: Service, waiting: Waiting, stop: asyncio.Event) -> None:
    """Has everything looked at when the generator's configuration changed, once it has been quiet."""
    async for _ in alterations(service.settings_stamp, stop, pause=_GLANCE, quiet=QUIET.total_seconds()):
        waiting.add(EVERYWHERE)


async def follow(publishing: Publishing, beats: Beats, waiting: Waiting) -> None:
    """Brings what changed into the feeds once it has been quiet for long enough to count as whole."""
    while True:
        places = await waiting.ready()
        await beats.beat("follow", partial(publishing.build, None if places == EVERYWHERE else places))
