"""The demo's site: the sample publication's pages and images, and the mailbox as a mail program shows it.

Mails are hostile until proven otherwise: their HTML stands in a frame without scripts, forms or
an origin, under a policy that loads images of this site and nothing else.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from markupsafe import Markup
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from feeds.demo.mailbox import Mailbox, Reading, Received, read
from feeds.demo.teaser import teaser
from feeds.model.noun import dataclass
from feeds.templating import LANGUAGES, environment

if TYPE_CHECKING:
    from jinja2.environment import Environment
    from starlette.requests import Request

TEMPLATES = Path(__file__).resolve().parent / "templates"
STYLESHEET = TEMPLATES / "demo" / "demo.css"

_HEAD = re.compile(r"<head(\s[^>]*)?>", re.IGNORECASE)
_LOOK_AGAIN = 5
"""Seconds after which the list of mails is asked for once more: it has no script that could do so."""


@dataclass(frozen=True, slots=True)
class DemoSite:
    """What the pages say about the publication."""

    title: str
    url: str
    web: str
    """Where Kawaraban's own pages are."""
    posts: Path
    public: Path
    zone: str


def make_site(site: DemoSite, mailbox: Mailbox) -> Starlette:
    """The application that serves the site and the mailbox."""
    pages = _Pages(site, mailbox)
    return Starlette(
        routes=[
            Route("/", pages.home),
            Route("/demo.css", pages.stylesheet),
            Route("/mailbox/", pages.mails),
            Route("/mailbox/{number:int}", pages.mail),
            Route("/mailbox/{number:int}/source", pages.source),
            Route("/mailbox/{number:int}/{view}", pages.mail),
            Route("/{path:path}", pages.anything),
        ],
        # A page elsewhere that points its own name at 127.0.0.1 cannot read the mails.
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])],
    )


class _Pages:
    def __init__(self, site: DemoSite, mailbox: Mailbox) -> None:
        self._site = site
        self._mailbox = mailbox
        self._environment: Environment = environment([TEMPLATES])
        self._readings: dict[int, Reading] = {}

    async def home(self, request: Request) -> Response:
        return self._page(request, "home", posts=_posts(self._site))

    async def stylesheet(self, request: Request) -> Response:
        return FileResponse(STYLESHEET, media_type="text/css", headers={"Cache-Control": "no-cache"})

    async def mails(self, request: Request) -> Response:
        response = self._page(request, "list", here="mailbox", mails=self._list())
        response.headers["Refresh"] = str(_LOOK_AGAIN)
        return response

    async def mail(self, request: Request) -> Response:
        received = self._mailbox.find(request.path_params["number"])
        view = request.path_params.get("view", "html")
        if received is None or view not in {"html", "text", "headers"}:
            return self._missing(request)
        mail = self._reading(received)
        return self._page(
            request,
            "mail",
            here="mailbox",
            mails=self._list(),
            number=received.number,
            mail=mail,
            view=view,
            framed=framed(mail.html),
        )

    async def source(self, request: Request) -> Response:
        received = self._mailbox.find(request.path_params["number"])
        if received is None:
            return self._missing(request)
        return PlainTextResponse(received.raw, headers={"X-Content-Type-Options": "nosniff"})

    async def anything(self, request: Request) -> Response:
        """A file of the public folder, else the page of a post, else 404."""
        file = _public_file(self._site.public, request.path_params["path"])
        if file is not None:
            return FileResponse(file)
        path = request.url.path
        post = next((post for post in _posts(self._site) if _same_path(post["path"], path)), None)
        return self._missing(request) if post is None else self._page(request, "post", post=post)

    def _missing(self, request: Request) -> Response:
        return self._page(request, "missing", status=404)

    def _list(self) -> list[tuple[int, Reading, str]]:
        readings = [(received.number, self._reading(received)) for received in reversed(self._mailbox.all())]
        return [(number, reading, teaser(reading)) for number, reading in readings]

    def _reading(self, received: Received) -> Reading:
        if received.number not in self._readings:
            self._readings[received.number] = read(received)
        return self._readings[received.number]

    def _page(self, request: Request, name: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        asked = request.query_params.get("lang", "")
        language = asked if asked in LANGUAGES else _preferred(request.headers.get("accept-language", ""))
        body = self._environment.get_template(f"demo/{name}.html").render(
            site=self._site,
            language=language,
            other="en" if language == "ja" else "ja",
            query=f"?lang={asked}" if asked in LANGUAGES else "",
            moment=lambda date: _moment(date, language, self._site.zone),
            here=values.pop("here", ""),
            **values,
        )
        return HTMLResponse(body, status, headers=_safety(self._site.url))


def framed(html: str) -> str:
    """The HTML of a mail for its frame: links open beside the mailbox, as mail programs do it."""
    base = '<base target="_blank">'
    head = _HEAD.search(html)
    return f"{html[: head.end()]}{base}{html[head.end() :]}" if head else base + html


def _safety(url: str) -> dict[str, str]:
    # The policy passes on to the frame; mails need style attributes, so 'unsafe-inline' for styles.
    policy = (
        f"default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data: {url}; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "Vary": "Accept-Language",
    }


def _preferred(accept_language: str) -> str:
    """The first language of the header that the texts speak."""
    tags = (part.split(";")[0].strip().lower()[:2] for part in accept_language.split(","))
    return next((tag for tag in tags if tag in LANGUAGES), "en")


def _moment(date: datetime | None, language: str, zone: str) -> str:
    if date is None:
        return ""
    from babel.dates import format_datetime

    try:
        local = date.astimezone(ZoneInfo(zone))
    except (OverflowError, ValueError):
        return ""
    return format_datetime(
        local, "y年M月d日(E) HH:mm" if language == "ja" else "EEE, MMM d, y, HH:mm", locale=language
    )


def _public_file(public: Path, path: str) -> Path | None:
    try:
        file = (public / path).resolve()
        return file if file.is_relative_to(public.resolve()) and file.is_file() else None
    except (OSError, ValueError):  # too long a name; a NUL in it
        return None


def _same_path(one: str, other: str) -> bool:
    return unquote(one).rstrip("/") == unquote(other).rstrip("/")


def _posts(site: DemoSite) -> list[dict[str, Any]]:
    """The newest posts, read from the JSON feed of everything as any other reader would."""
    try:
        feed = json.loads((site.public / "feeds" / "all.json").read_text("utf-8"))
    except (OSError, ValueError):
        return []
    return [_post(entry, site.zone) for entry in feed.get("items", [])]


def _post(entry: dict[str, Any], zone: str) -> dict[str, Any]:
    return {
        "path": urlsplit(entry.get("url", "")).path,
        "title": entry.get("title", ""),
        "date": datetime.fromisoformat(entry["date_published"]).astimezone(ZoneInfo(zone)).date().isoformat(),
        "language": entry.get("language", ""),
        "author": ", ".join(author.get("name", "") for author in entry.get("authors", [])),
        "categories": entry.get("tags", []),
        "summary": entry.get("summary", ""),
        "image": entry.get("image", ""),
        "html": Markup(entry.get("content_html", "")),  # noqa: S704 - sanitised before it went into the feed
    }
