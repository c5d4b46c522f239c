"""Embedded players, and the pages that people know them by."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from urllib.parse import parse_qs, urlsplit

from feeds.model.noun import dataclass

_YOUTUBE_ID = re.compile(r"[\w-]{11}", re.ASCII)
_ID = re.compile(r"[\w.-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Player:
    """What an embedded frame plays."""

    name: str
    page: str
    """Address of the page that shows the same."""
    picture: str = ""
    """Address of a still image, or empty."""


def youtube(identifier: str) -> Player | None:
    """The player of a video by its id."""
    if not _YOUTUBE_ID.fullmatch(identifier):
        return None
    picture = f"https://i.ytimg.com/vi/{identifier}/hqdefault.jpg"
    return Player("YouTube", f"https://www.youtube.com/watch?v={identifier}", picture)


def player(address: str) -> Player | None:
    """The player that an address embeds, or whose page it is."""
    if address.startswith("//"):
        address = "https:" + address
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").removeprefix("www.")
        query = {key: values[0] for key, values in parse_qs(parts.query, max_num_fields=50).items()}
    except ValueError:
        return None
    for suffix, read in _HOSTS:
        if host == suffix or host.endswith("." + suffix):
            return read(parts.path, query)
    return None


def shown(address: str, title: str = "") -> str:
    """A paragraph that links to what is at the address: with a picture for a video, else by its title."""
    known = player(address)
    if known is None:
        text = title or address.removeprefix("https://").removeprefix("http://").removeprefix("//").rstrip(
            "/"
        )
        return f'<p><a href="{escape(address)}">{escape(text)}</a></p>'
    text = f"{known.name}: {title}" if title and known.name not in title else title or known.name
    inner = f'<img src="{known.picture}" alt="{escape(text)}">' if known.picture else escape(text)
    return f'<p><a href="{escape(known.page)}">{inner}</a></p>'


_Query = dict[str, str]
_Read = Callable[[str, _Query], Player | None]


def _youtube(path: str, query: _Query) -> Player | None:
    steps = path.strip("/").split("/")
    if "v" in query:
        return youtube(query["v"])
    if "list" in query and steps[-1] in {"playlist", "videoseries", ""}:
        return Player("YouTube", f"https://www.youtube.com/playlist?list={query['list']}")
    # old players wrote their options behind the id: /v/ID&hl=ja_JP
    return youtube(re.split(r"[&?;]", steps[-1])[0])


def _vimeo(path: str, query: _Query) -> Player | None:
    found = re.search(r"/(\d+)", path)
    return Player("Vimeo", f"https://vimeo.com/{found[1]}") if found else None


def _last(name: str, address: str) -> _Read:
    """By the last step of the path, put behind an address."""

    def read(path: str, query: _Query) -> Player | None:
        step = path.strip("/").rpartition("/")[2]
        return Player(name, address + step) if _ID.fullmatch(step) else None

    return read


def _without(name: str, host: str, *taken_out: str) -> _Read:
    """By the same path without the steps that make it a player."""

    def read(path: str, query: _Query) -> Player | None:
        kept = [step for step in path.split("/") if step not in taken_out]
        page = "/".join(kept)
        return Player(name, f"https://{host}{page}") if page.strip("/") else None

    return read


def _quoted(name: str, key: str) -> _Read:
    """By an address in the query."""

    def read(path: str, query: _Query) -> Player | None:
        page = query.get(key, "")
        return Player(name or _bare(page), page) if page.startswith(("http://", "https://")) else None

    return read


def _bare(address: str) -> str:
    """An address as it is shown."""
    return address.removeprefix("https://").removeprefix("http://").removeprefix("//").rstrip("/")


_HOSTS: tuple[tuple[str, _Read], ...] = (
    ("youtube.com", _youtube),
    ("youtube-nocookie.com", _youtube),
    ("youtu.be", _youtube),
    ("vimeo.com", _vimeo),
    ("nicovideo.jp", _last("ニコニコ動画", "https://www.nicovideo.jp/watch/")),
    ("dailymotion.com", _last("Dailymotion", "https://www.dailymotion.com/video/")),
    ("w.soundcloud.com", _quoted("SoundCloud", "url")),
    ("open.spotify.com", _without("Spotify", "open.spotify.com", "embed", "embed-podcast")),
    ("embed.podcasts.apple.com", _without("Apple Podcasts", "podcasts.apple.com")),
    ("embed.music.apple.com", _without("Apple Music", "music.apple.com")),
    ("codepen.io", _without("CodePen", "codepen.io", "embed", "preview")),
    ("codesandbox.io", _without("CodeSandbox", "codesandbox.io", "embed")),
    ("instagram.com", _without("Instagram", "www.instagram.com", "embed", "captioned")),
    ("hatenablog-parts.com", _quoted("", "url")),
    ("figma.com", _quoted("Figma", "url")),
)
