"""Preferences: a subscriber changes categories, cadence, hour and language by the link in every mail."""

from __future__ import annotations

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from feeds.model.subscriber import EVERYTHING, Subscriber, SubscriberState
from feeds.web.choices import Choices, Mistakes, Offer, Typed, choose, typed, typed_before
from feeds.web.languages import asked_language
from feeds.web.pages import Pages, masked
from feeds.web.signup import offer_of, untouched
from feeds.web.zones import COMMON, is_offered, zone_groups


def show_preferences(pages: Pages, request: Request) -> Response:
    """The form as the subscriber left it; raises InvalidToken."""
    subscriber = pages.service.reader(request.path_params["token"])
    return _form(pages, request, subscriber, _written(pages, subscriber))


def save_preferences(pages: Pages, request: Request, form: FormData) -> Response:
    """Keep the new choices, or say what is wrong with them; raises InvalidToken."""
    token = request.path_params["token"]
    subscriber = pages.service.reader(token)
    if subscriber.state is not SubscriberState.CONFIRMED:
        return _form(pages, request, subscriber, _written(pages, subscriber))
    written = typed(form, _written(pages, subscriber))
    choices = choose(written, _offer(pages, subscriber))
    if not isinstance(choices, Choices):
        return _form(pages, request, subscriber, written, mistakes=choices)
    subscriber = pages.service.choose(
        token,
        topics=choices.topics,
        cadence=choices.cadence,
        language=choices.language,
        hour=choices.hour,
        weekday=choices.weekday,
        zone=choices.zone,
    )
    return _form(pages, request, subscriber, _written(pages, subscriber), saved=True)


def _written(pages: Pages, subscriber: Subscriber) -> Typed:
    return typed_before(subscriber.subscription, untouched(pages, subscriber.subscription.language))


def _offer(pages: Pages, subscriber: Subscriber) -> Offer:
    """What there is, with what the subscriber has: saving must not lose a category that has no post now."""
    slugs = {topic.slug for topic in subscriber.subscription.topics} - {EVERYTHING}
    categories = pages.service.categories()
    return offer_of(pages, kept=tuple(sorted(slug for slug in slugs if categories.find(slug) is None)))


def _form(
    pages: Pages,
    request: Request,
    subscriber: Subscriber,
    written: Typed,
    *,
    mistakes: Mistakes | None = None,
    saved: bool = False,
) -> Response:
    language = asked_language(request) or subscriber.subscription.language
    offer = _offer(pages, subscriber)
    return pages.answer(
        request,
        "preferences",
        status=422 if mistakes else 200,
        language=language,
        written=written,
        ticked={offer.slug(topic) for topic in written.topics},
        mistakes=mistakes or {},
        offer=offer,
        saved=saved,
        receives=subscriber.state is SubscriberState.CONFIRMED,
        address=masked(subscriber.email),
        zones=zone_groups(language),
        common=COMMON,
        offered=is_offered(written.zone, language),
    )
