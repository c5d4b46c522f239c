"""Confirming: the link of the first mail shows a button, the button confirms."""

from __future__ import annotations

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from feeds.model.subscriber import EVERYTHING, SubscriberState, Subscription
from feeds.web.languages import asked_language
from feeds.web.pages import Pages, masked


def show_confirm(pages: Pages, request: Request) -> Response:
    """The button, or word that it was pressed before; raises InvalidToken."""
    subscriber = pages.service.confirming(request.path_params["token"])
    return pages.answer(
        request,
        "confirm",
        language=asked_language(request) or subscriber.subscription.language,
        address=masked(subscriber.email),
        confirmed=subscriber.state is SubscriberState.CONFIRMED,
    )


def confirm(pages: Pages, request: Request, form: FormData) -> Response:
    """Confirm; a second time says that it was done already. Raises InvalidToken."""
    token = request.path_params["token"]
    before = pages.service.confirming(token)
    subscriber = pages.service.confirm(token)
    return pages.answer(
        request,
        "confirmed",
        language=asked_language(request) or subscriber.subscription.language,
        address=masked(subscriber.email),
        before=before.state is SubscriberState.CONFIRMED,
        subscription=subscriber.subscription,
        topics=_titles(pages, subscriber.subscription),
    )


def _titles(pages: Pages, subscription: Subscription) -> list[str]:
    """The titles of the chosen categories; none for everything."""
    slugs = [topic.slug for topic in subscription.topics]
    if EVERYTHING in slugs:
        return []
    categories = pages.service.categories()
    found = [(categories.find(slug), slug) for slug in slugs]
    return [category.title if category else slug for category, slug in found]
