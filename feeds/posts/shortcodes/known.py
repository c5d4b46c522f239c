"""What several notations know by the same name, and the HTML that stands for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

from feeds.posts import players
from feeds.posts.shortcodes.arguments import Arguments
from feeds.posts.shortcodes.page import Page
from feeds.posts.shortcodes.pieces import figure, inline, linked, media

VERBATIM = frozenset(
    {"highlight", "codeblock", "code", "mermaid", "katex", "math", "latex", "plantuml", "graphviz"}
)
"""Whose text is code, or a drawing that only its own program can draw."""

QUIET = frozenset(
    {"toc", "tableofcontents", "table_of_contents", "more", "br", "clear", "pagebreak", "newline"}
)
"""What a feed needs nothing for."""

_ADDRESS = ("src", "url", "image", "image_path", "img", "path", "file", "filename", "source", "href")
_LOOKS_LIKE_ADDRESS = re.compile(r"https?://|[./]|\S+\.\w{2,5}$")
_PICTURE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|svg)$", re.IGNORECASE)
_HTTP = re.compile(r"https?://", re.IGNORECASE)
_SLUG = re.compile(r"[\w./-]+", re.ASCII)

_CALLED = ("title", "text", "label", "name", "caption", "desc", "description")
_Single = Callable[[Arguments], str]


def name_of(written: str) -> str:
    """The name of a shortcode as it is looked up: ``embed/YouTube.html`` is ``youtube``."""
    last = written.rpartition("/")[2].partition(".")[0].lower()
    return last.replace("-", "_")


def single(name: str, arguments: Arguments) -> str:
    """What stands for a shortcode without an end; empty if it is not known, or its arguments say nothing."""
    made = _SINGLE.get(name)
    if made is None:
        return _by_sound(name, arguments)
    return made(arguments)


def opening(name: str, arguments: Arguments, page: Page) -> str:
    """What stands where a shortcode with an end begins; empty if it is not known."""
    if name in _DETAILS:
        summary = arguments.get("summary", "title", "label", "header", place=0)
        summary = inline(summary) if summary else ("詳細" if page.is_japanese else "Details")
        return f"<details><summary>{summary}</summary>\n\n"
    if name in _QUOTES:
        return "<blockquote>\n\n"
    if name in _NOTES:
        title = arguments.get("title", "header")
        return note(name, title, page)
    if name in _FIGURES:
        return "<figure>\n\n"
    if name in _GALLERIES:
        return "<figure>\n\n"
    if name in _LINKS and (address := arguments.get("href", "url", "link", "relref")):
        return f'<a href="{escape(address)}">'
    return "<ruby>" if name in _RUBY and _reading(arguments, place=0) else ""


def closing(name: str, arguments: Arguments) -> str:
    """What stands where it ends, given the arguments of its beginning."""
    if name in _DETAILS:
        return "\n\n</details>"
    if name in _QUOTES:
        return f"{_attribution(arguments)}\n\n</blockquote>"
    if name in _NOTES:
        return "\n\n</blockquote>"
    if name in _FIGURES:
        caption = arguments.get("caption", "title")
        shown = f"<figcaption>{inline(caption)}</figcaption>" if caption else ""
        return f"\n\n{shown}</figure>"
    if name in _GALLERIES:
        caption = arguments.get("caption", "title")
        return f"\n\n<figcaption>{inline(caption)}</figcaption></figure>" if caption else "\n\n</figure>"
    if name in _LINKS and arguments.get("href", "url", "link", "relref"):
        return "</a>"
    return _annotation(_reading(arguments, place=0)) if name in _RUBY else ""


def note(kind: str, title: str, page: Page) -> str:
    """The beginning of a block that stands beside the text."""
    said = title or _titles(page).get(kind, "")
    heading = f"**{said.strip()}**\n\n" if said.strip() else ""
    return f"<blockquote>\n\n{heading}"


def title_of(kind: str, page: Page) -> str:
    """What readers call a note of this kind."""
    return _titles(page).get(kind) or kind.capitalize()


def is_note(name: str) -> bool:
    """Whether it stands beside the text."""
    return name in _NOTES


def is_details(name: str) -> bool:
    """Whether it is opened by its reader."""
    return name in _DETAILS


_DETAILS = frozenset({"details", "collapse", "expand", "accordion", "spoiler", "fold", "detail", "hidden"})
_QUOTES = frozenset({"quote", "blockquote", "pullquote", "bq"})
_NOTES = frozenset(
    """
    notice alert callout admonition tip note info warning warn danger hint message important caution error
    success attention aside
    """.split()  # noqa: SIM905
)
_FIGURES = frozenset({"figure", "fig", "gallery"})
"""Around images; without an end they are one themselves."""
_GALLERIES = frozenset({"gallery", "figures", "photos", "slideshow", "carousel"})
_LINKS = frozenset({"button", "btn", "link", "a", "linkbutton"})
_RUBY = frozenset({"ruby", "rubi", "rb", "furigana", "yomi", "yomigana"})
_ENGLISH = {
    "tip": "Tip",
    "warning": "Warning",
    "warn": "Warning",
    "danger": "Danger",
    "important": "Important",
}
_ENGLISH |= {"caution": "Caution", "alert": "Warning", "note": "Note", "error": "Error"}
_JAPANESE = {"tip": "ヒント", "warning": "警告", "warn": "注意", "danger": "危険", "important": "重要"}
_JAPANESE |= {"caution": "注意", "alert": "警告", "note": "メモ", "error": "エラー"}


def _titles(page: Page) -> dict[str, str]:
    return _JAPANESE if page.is_japanese else _ENGLISH


def _attribution(arguments: Arguments) -> str:
    author = arguments.get("author", "name", "attribution", place=0)
    source = arguments.get("source", "title", "from", "cite", place=1)
    link = arguments.get("link", "url", "href")
    told = ", ".join(filter(None, (author, source)))
    if link:
        told = f"[{told or link}]({link})"
    return f"\n\n— {told}" if told else ""


# Players and pages ------------------------------------------------------------------------------


def _player(address: str, *names: str) -> _Single:
    """By its own id, or by an address that says it."""

    def made(arguments: Arguments) -> str:
        told = arguments.get(*names, "id", "url", "src", "link", place=0)
        if told and not _HTTP.match(told) and _SLUG.fullmatch(told):
            told = address + told
        if not _HTTP.match(told):
            return ""
        return players.shown(told, arguments.get("title"))

    return made


def _page(template: str, *names: str) -> _Single:
    """A link to a page, by an address or by as many values as the template has."""

    def made(arguments: Arguments) -> str:
        address = arguments.get("url", "link", "href", "src", place=0)
        if _HTTP.match(address):
            return linked(address, arguments.get("title"))
        values = [arguments.get(name, place=place) for place, name in enumerate(names)]
        if not all(_SLUG.fullmatch(value) for value in values):
            return ""
        return linked(template.format(*values))

    return made


def _tweet(arguments: Arguments) -> str:
    user = arguments.get("user", "username", place=0)
    status = arguments.get("id", "status", place=1 if len(arguments.placed) > 1 else 0)
    if _HTTP.match(user or status):
        return linked(user or status)
    if not status.isdigit():
        return ""
    user = user if _SLUG.fullmatch(user) and user != status else "i"
    return linked(f"https://x.com/{user}/status/{status}")


def _gist(arguments: Arguments) -> str:
    told = arguments.get("url", "src", place=0)
    if _HTTP.match(told):
        return linked(told.removesuffix(".js"))
    told = "/".join(filter(None, (arguments.get("user", "username"), arguments.get("id"))))
    told = told or "/".join(arguments.placed[:2])
    return linked(f"https://gist.github.com/{told}") if told and _SLUG.fullmatch(told) else ""


def _embedded(arguments: Arguments) -> str:
    address = arguments.get("url", "src", "href", "link", place=0)
    title = arguments.get("title", "text", "desc")
    if address.startswith("/"):  # a card of another post
        return linked(address, title)
    return players.shown(address, title) if _HTTP.match(address) else ""


def _video(arguments: Arguments) -> str:
    if identifier := arguments.get("id"):
        provider = name_of(arguments.get("provider", "type", "host") or "youtube")
        return single(provider, Arguments((identifier,), {})) if provider in {"youtube", "vimeo"} else ""
    source = arguments.get("src", "url", "mp4", "path", "file", "webm", "video", place=0)
    if players.player(source):
        return players.shown(source, arguments.get("title"))
    return media("video", source, poster=arguments.get("poster")) if _is_address(source) else ""


def _audio(arguments: Arguments) -> str:
    source = arguments.get("src", "url", "mp3", "path", "file", place=0)
    return media("audio", source) if _is_address(source) else ""


def _image(arguments: Arguments) -> str:
    source = next((value for name in _ADDRESS if _is_picture(value := arguments.named.get(name, ""))), "")
    spare = list(arguments.placed)
    if not source:  # Octopress: {% img [class] /path [width [height]] [title words] %}
        at = next((at for at, value in enumerate(spare) if _is_address(value)), -1)
        if at < 0:
            return ""
        source, spare = spare[at], spare[at + 1 :]
    words = " ".join(word for word in spare if not word.rstrip("px%").isdigit())
    caption = arguments.get("caption", "description", "attr") or ""
    credit = arguments.get("attr") if caption != arguments.get("attr") else ""
    if credit:
        caption = f"{caption} {_credit(credit, arguments.get('attrlink'))}".strip()
    return figure(
        source,
        alt=arguments.get("alt") or words,
        caption=caption,
        title=arguments.get("title") if caption or not words else "",
        link=arguments.get("link", "target") if arguments.get("link") else "",
    )


def _credit(credit: str, link: str) -> str:
    return f"[{credit}]({link})" if link else credit


def _is_address(value: str) -> bool:
    return bool(value) and _LOOKS_LIKE_ADDRESS.match(value) is not None and "\n" not in value


def _is_picture(value: str) -> bool:
    """An address, also with blanks, as the names of screenshots have them."""
    return _is_address(value) or (_PICTURE.search(value) is not None and "\n" not in value)


def _button(arguments: Arguments) -> str:
    address = arguments.get("href", "url", "link", place=0)
    text = arguments.get("text", "label", "title", "content", place=1)
    return f'<a href="{escape(address)}">{escape(text or address)}</a>' if _is_address(address) else ""


def _ruby(arguments: Arguments) -> str:
    """A word with its reading above it: ``ruby "瓦版" "かわらばん"``, or both in one with ``|`` between."""
    base, _, reading = arguments.get("base", "kanji", "text", "rb", place=0).partition("|")
    reading = reading or _reading(arguments, place=1)
    return ruby(base, reading) if reading else escape(base)


def ruby(base: str, reading: str) -> str:
    """A word with what stands above it, which programs that know no ruby show behind it."""
    return f"<ruby>{escape(base)}{_annotation(reading)}"


def _reading(arguments: Arguments, *, place: int) -> str:
    return arguments.get("rt", "ruby", "reading", "yomi", "kana", "furigana", place=place)


def _annotation(reading: str) -> str:
    return f"<rp>(</rp><rt>{escape(reading)}</rt><rp>)</rp></ruby>"


_SINGLE: dict[str, _Single] = {
    **dict.fromkeys(_RUBY, _ruby),
    **dict.fromkeys(
        ("youtube", "yt", "lite_youtube", "youtubevideo"),
        _player("https://youtu.be/", "videoid", "video_id", "v", "video"),
    ),
    "vimeo": _player("https://vimeo.com/", "videoid", "video_id"),
    **dict.fromkeys(("nicovideo", "niconico", "nico"), _player("https://www.nicovideo.jp/watch/")),
    "dailymotion": _player("https://www.dailymotion.com/video/"),
    "speakerdeck": _player("https://speakerdeck.com/player/"),
    "spotify": _player("https://open.spotify.com/"),
    "soundcloud": _embedded,
    "slideshare": _player("https://www.slideshare.net/slideshow/embed_code/key/", "key"),
    "docswell": _player("https://www.docswell.com/slide/"),
    **dict.fromkeys(("tweet", "twitter", "x", "twitter_simple", "x_simple", "xtweet"), _tweet),
    **dict.fromkeys(("instagram", "instagram_simple"), _page("https://www.instagram.com/p/{}/", "id")),
    "gist": _gist,
    "bilibili": _page("https://www.bilibili.com/video/{}/", "id"),
    "github": _page("https://github.com/{}", "repo"),
    "codepen": _page("https://codepen.io/{}/pen/{}", "user", "id"),
    "jsfiddle": _page("https://jsfiddle.net/{}/", "id"),
    "codesandbox": _page("https://codesandbox.io/s/{}", "id"),
    "stackblitz": _page("https://stackblitz.com/edit/{}", "id"),
    "wikipedia": _embedded,
    **dict.fromkeys(
        ("card", "linkcard", "link_card", "blogcard", "bookmark", "link_preview", "embed", "oembed", "iframe",
         "mastodon", "toot", "figma", "tiktok", "facebook", "reddit", "linkpreview", "website"),
        _embedded,
    ),
    "video": _video,
    "audio": _audio,
    **dict.fromkeys(
        ("figure", "fig", "image", "img", "picture", "photo", "asset_img", "responsive_image"), _image
    ),
    **dict.fromkeys(("button", "btn", "link"), _button),
}  # fmt: skip


def _by_sound(name: str, arguments: Arguments) -> str:
    """A guess by part of the name: themes call theirs ``youtube_player`` or ``image_with_caption``."""
    if "youtube" in name:
        return _SINGLE["youtube"](arguments)
    if "vimeo" in name:
        return _SINGLE["vimeo"](arguments)
    if any(part in name for part in ("figure", "image", "img", "picture", "photo")) and "gallery" not in name:
        return _image(arguments)
    return _by_address(arguments)


def _by_address(arguments: Arguments) -> str:
    """A link, where one of the arguments is called an address and is one: so are cards and the like."""
    named = (arguments.named.get(name, "") for name in ("url", "href", "link", "permalink"))
    address = next(filter(_HTTP.match, named), "")
    if not address:
        return ""
    text = next((told for name in _CALLED if (told := arguments.named.get(name, "").strip())), "")
    return f'<a href="{escape(address)}">{escape(text or address)}</a>'
