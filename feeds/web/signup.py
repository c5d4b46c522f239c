"""Signing up: the form, and an answer that tells nobody which addresses are known."""

from __future__ import annotations

from dataclasses import replace

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from feeds.model.address import EmailAddress
from feeds.model.feed import Format
from feeds.web.choices import Choices, Mistakes, Offer, Typed, address, choose, typed
from feeds.web.pages import Pages

HONEYPOT = "nickname_check"
"""A field that people do not see and that programs fill in."""


def show_signup(pages: Pages, request: Request) -> Response:
    """The form with nothing typed yet."""
    return _form(pages, request, untouched(pages, pages.language(request)), {})


def sign_up(pages: Pages, request: Request, form: FormData) -> Response:
    """Ask the address for its confirmation; the answer is the same for every address."""
    written = typed(form, untouched(pages, pages.language(request)))
    choices, email = choose(written, offer_of(pages)), address(written)
    if not isinstance(choices, Choices) or not isinstance(email, EmailAddress):
        return _form(pages, request, written, _mistakes(email, choices))
    if not form.get(HONEYPOT):
        pages.service.subscribe(
            email, topics=choices.topics, cadence=choices.cadence, language=choices.language
        )
    return pages.answer(request, "signup_sent", headers={"Cache-Control": "no-store"})


def offer_of(pages: Pages, *, kept: tuple[str, ...] = ()) -> Offer:
    """What readers can choose today."""
    return Offer(pages.service.categories(), pages.service.config.newsletter.cadences, kept)


def untouched(pages: Pages, language: str) -> Typed:
    """The form as it is before anybody typed: everything, at the owner's usual times."""
    newsletter = pages.service.config.newsletter
    return Typed(
        cadence=newsletter.default_cadence.value,
        language=language,
        hour=str(newsletter.hour),
        weekday=str(newsletter.weekday_number),
        zone=pages.service.config.site.timezone,
    )


def _mistakes(*answers: object) -> Mistakes:
    """The mistakes among the answers, in the order of the form."""
    return {field: text for answer in answers if isinstance(answer, dict) for field, text in answer.items()}


def _form(pages: Pages, request: Request, written: Typed, mistakes: Mistakes) -> Response:
    language = pages.language(request)
    usual = untouched(pages, language)
    return pages.answer(
        request,
        "signup",
        status=422 if mistakes else 200,
        headers={"Cache-Control": "no-cache"},
        written=replace(written, hour=usual.hour, weekday=usual.weekday),
        mistakes=mistakes,
        offer=offer_of(pages),
        honeypot=HONEYPOT,
        all_posts=_everything_feed(pages),
    )


def _everything_feed(pages: Pages) -> dict[Format, str]:
    """Format → address of the feed of all posts, for feed readers that are given this page."""
    return next((feed.addresses for feed in pages.service.feeds() if feed.key == "all"), {})
