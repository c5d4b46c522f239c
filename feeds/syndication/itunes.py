"""The podcast elements that directories read, in RSS.

https://podcasters.apple.com/support/823-podcast-requirements
"""

from __future__ import annotations

from lxml.etree import SubElement, _Element

from feeds.model.feed import Entry, Feed, Podcast
from feeds.syndication.mrss import files_of
from feeds.syndication.text import line, plain, uri

NAMESPACE = "http://www.itunes.com/dtds/podcast-1.0.dtd"


def add_podcast(channel: _Element, podcast: Podcast, feed: Feed) -> None:
    """What the podcast is; its owner only with an address, as directories want both or neither."""
    _text(channel, "author", podcast.author or feed.author)
    if email := line(podcast.owner_email):
        owner = SubElement(channel, _name("owner"))
        _text(owner, "name", podcast.owner_name or podcast.author or feed.author)
        _text(owner, "email", email)
    _image(channel, podcast.image)
    for names in podcast.categories:
        parent = channel
        for name in filter(None, map(line, names)):
            parent = SubElement(parent, _name("category"), text=name)
    _text(channel, "explicit", _truth(podcast.explicit))
    _text(channel, "type", podcast.kind if podcast.kind in ("episodic", "serial") else "")


def add_episode(item: _Element, entry: Entry) -> None:
    """What the entry is in its podcast; nothing for a post without a recording."""
    episode, files = entry.episode, files_of(entry)
    if files and files[0].seconds > 0:
        _text(item, "duration", str(files[0].seconds))
    if episode is None:
        return
    for name, number in (("season", episode.season), ("episode", episode.number)):
        if number > 0:
            _text(item, name, str(number))
    _text(item, "episodeType", episode.kind if episode.kind in ("full", "trailer", "bonus") else "")
    _text(item, "explicit", _truth(episode.explicit))
    _image(item, episode.image)


def _text(parent: _Element, name: str, text: str) -> None:
    if text := plain(text):
        SubElement(parent, _name(name)).text = text


def _image(parent: _Element, address: str) -> None:
    if address := uri(address):
        SubElement(parent, _name("image"), href=address)


def _truth(value: bool) -> str:
    return "true" if value else "false"


def _name(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"
