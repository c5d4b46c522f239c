"""Which language a page speaks."""

from __future__ import annotations

from starlette.requests import Request

from feeds.templating import LANGUAGES, language_of


def asked_language(request: Request) -> str | None:
    """The language of ``?lang=``, if it is one of ours."""
    asked = request.query_params.get("lang", "")
    return asked if asked in LANGUAGES else None


def language_for(request: Request, otherwise: str) -> str:
    """The language of ``?lang=``, else the best of ``Accept-Language``, else that of this tag."""
    accepted = preferred(request.headers.get("accept-language", ""))
    return asked_language(request) or accepted or language_of(otherwise)


def preferred(accept_language: str) -> str | None:
    """The language of ours that the header ranks highest (RFC 9110 §12.5.4)."""
    best, best_weight = None, 0.0
    for choice in accept_language.split(",")[:20]:
        tag, _, parameter = choice.strip().partition(";")
        language = tag.strip().split("-")[0].lower()
        weight = _weight(parameter)
        if language in LANGUAGES and weight > best_weight:
            best, best_weight = language, weight
    return best


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
