"""Unsubscribing: a page with a button for people, one POST for mail programs (RFC 8058)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from feeds.model.subscriber import SubscriberState
from feeds.web.languages import asked_language
from feeds.web.pages import Pages, masked


def show_unsubscribe(pages: Pages, request: Request) -> Response:
    """The button, or word that it was pressed before; raises InvalidToken."""
    subscriber = pages.service.unsubscribing(request.path_params["token"])
    return pages.answer(
        request,
        "unsubscribe",
        language=asked_language(request) or subscriber.subscription.language,
        address=masked(subscriber.email),
        done=subscriber.state is SubscriberState.UNSUBSCRIBED,
    )


def unsubscribe(pages: Pages, request: Request, body: bytes) -> Response:
    """Unsubscribe, whatever the body says and however it is encoded; raises InvalidToken.

    A mail program sends ``List-Unsubscribe=One-Click``, form-encoded or multipart, without cookies
    and without following redirects (RFC 8058 §3.1 and §3.2).
    """
    token = request.path_params["token"]
    pages.service.unsubscribe(token)
    if is_one_click(body):
        return PlainTextResponse("Unsubscribed.\n")
    return pages.answer(request, "unsubscribed", language=asked_language(request))


def is_one_click(body: bytes) -> bool:
    """True for the body of RFC 8058 in either encoding."""
    return b"List-Unsubscribe" in body and b"One-Click" in body
