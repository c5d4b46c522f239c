"""Rendering: a page is a template, a language, and what the endpoint found out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from feeds.model.address import EmailAddress
from feeds.templating import LANGUAGES, language_of, texts
from feeds.web.languages import language_for

if TYPE_CHECKING:
    from feeds.service import Service

STYLESHEET = "pages/kawaraban.css"


class Pages:
    """What every page needs: the environment, the words about the site, and where its links begin."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._environment = service.environment
        self._site = service.config.site
        self._mail = service.config.mail
        self.base_url = service.config.web.base_url.rstrip("/")
        self.prefix = urlsplit(self.base_url).path.rstrip("/")
        """The path at which a proxy in front of us has the pages."""

    def url(self, path: str) -> str:
        """The link to a path of ours, without scheme and host: what the browser used goes on."""
        return self.prefix + path

    def language(self, request: Request) -> str:
        return language_for(request, self._site.language)

    def answer(
        self,
        request: Request,
        name: str,
        *,
        status: int = 200,
        language: str | None = None,
        headers: Mapping[str, str] | None = None,
        **values: object,
    ) -> Response:
        """The page ``pages/<name>.html`` in this language, or in the one that the request asks for."""
        language = language_of(language) if language else self.language(request)
        body = self.render(name, language, **values)
        return HTMLResponse(
            body,
            status,
            headers={"Content-Language": language, "Vary": "Accept-Language", **(headers or {})},
        )

    def render(self, name: str, language: str, **values: object) -> str:
        """The text of ``pages/<name>.html``."""
        say = texts(self._environment, language)
        return self._environment.get_template(f"pages/{name}.html").render(
            say=say,
            language=language,
            languages=LANGUAGES,
            url=self.url,
            site=self._site,
            sender=self.sender,
            sender_address=self._mail.sender[1] if self._mail.from_ else "",
            postal_address=self._mail.postal_address,
            **values,
        )

    @property
    def sender(self) -> str:
        """Who mails, by name: the law wants it beside the form."""
        return (self._mail.from_ and self._mail.sender[0]) or self._site.title

    def error(self, request: Request, status: int, *, headers: Mapping[str, str] | None = None) -> Response:
        """The page that says in plain words what went wrong."""
        return self.answer(request, "error", status=status, headers=headers, status_code=status)

    def invalid_link(self, request: Request, purpose: str) -> Response:
        """The page for a link that we did not make, or that is too old: it says what to do."""
        return self.answer(request, "invalid_link", status=404, purpose=purpose)

    def stylesheet(self) -> str:
        """The CSS of all pages: the owner's, else ours."""
        loader = self._environment.loader
        assert loader is not None  # the environment of `templating` has one
        return loader.get_source(self._environment, STYLESHEET)[0]


def masked(email: EmailAddress) -> str:
    """Enough of the address for its owner: t•••@e•••.org, as mails are forwarded."""
    name, _, ending = email.domain.rpartition(".")
    return f"{email.local[:1]}•••@{name[:1]}•••.{ending}"
