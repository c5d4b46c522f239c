"""The form to paste into a site on another host: plain HTML that posts to ours."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from feeds.web.pages import Pages
from feeds.web.signup import HONEYPOT, offer_of, untouched


def show_embed(pages: Pages, request: Request) -> Response:
    """The lines to paste, in the language of the page."""
    language = pages.language(request)
    return pages.answer(
        request,
        "embed",
        headers={"X-Robots-Tag": "noindex"},
        code=embedded_form(pages, language),
    )


def embedded_form(pages: Pages, language: str) -> str:
    """A form with addresses, categories and cadence that needs neither our CSS nor JavaScript."""
    return pages.render(
        "embed_form",
        language,
        action=f"{pages.base_url}/subscribe?lang={language}",
        offer=offer_of(pages),
        written=untouched(pages, language),
        honeypot=HONEYPOT,
    )
