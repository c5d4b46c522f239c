"""Forms: what a reader typed, and whether it can be chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from starlette.datastructures import FormData

from feeds.errors import InvalidAddress
from feeds.model.address import EmailAddress
from feeds.model.category import Categories
from feeds.model.noun import dataclass
from feeds.model.subscriber import EVERYTHING, Cadence, Subscription
from feeds.templating import LANGUAGES
from feeds.web.zones import is_zone

Mistakes = Mapping[str, str]
"""Name of a field → key of the text that says what is wrong with it."""

LONGEST = 400
"""Characters; what is longer was not typed by a reader."""


@dataclass(frozen=True, slots=True)
class Typed:
    """The fields of a form as text: what is shown again when something is wrong."""

    cadence: str
    language: str
    hour: str
    weekday: str
    zone: str
    email: str = ""
    scope: str = "all"
    """``all`` or ``some``: whether ``topics`` count."""
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choices:
    """What a reader can have. No topics: everything, future categories too."""

    topics: tuple[str, ...]
    cadence: Cadence
    language: str
    hour: int
    weekday: int
    zone: str


@dataclass(frozen=True, slots=True)
class Offer:
    """What there is to choose from."""

    categories: Categories
    cadences: tuple[Cadence, ...]
    kept: tuple[str, ...] = ()
    """Slugs that the reader chose before and that no category has any more."""

    def slug(self, topic: str) -> str | None:
        """The slug that a topic of the form means today, by its former names too."""
        found = self.categories.find(topic)
        return found.slug if found else topic if topic in self.kept else None


def typed(form: FormData, otherwise: Typed) -> Typed:
    """What the form says; fields that it does not have are as in ``otherwise``."""

    def field(name: str, default: str) -> str:
        value = form.get(name, default)
        return value[:LONGEST].strip() if isinstance(value, str) else default

    topics = tuple(value[:LONGEST] for value in form.getlist("topic") if isinstance(value, str))
    return Typed(
        email=field("email", otherwise.email),
        scope=field("scope", "some" if topics else "all"),
        topics=topics,
        cadence=field("cadence", otherwise.cadence),
        language=field("language", otherwise.language),
        hour=field("hour", otherwise.hour),
        weekday=field("weekday", otherwise.weekday),
        zone=field("zone", otherwise.zone),
    )


def typed_before(subscription: Subscription, otherwise: Typed) -> Typed:
    """The form as it stands when the reader comes back."""
    slugs = tuple(topic.slug for topic in subscription.topics)
    everything = EVERYTHING in slugs or not slugs
    return replace(
        otherwise,
        scope="all" if everything else "some",
        topics=() if everything else slugs,
        cadence=subscription.cadence.value,
        language=subscription.language,
        hour=str(subscription.hour),
        weekday=str(subscription.weekday),
        zone=subscription.zone,
    )


def choose(written: Typed, offer: Offer) -> Choices | Mistakes:
    """The choices that the form makes, or every mistake in it."""
    slugs = [offer.slug(topic) for topic in written.topics] if written.scope == "some" else []
    mistakes: dict[str, str] = {}
    if written.scope not in {"all", "some"} or None in slugs:
        mistakes["topics"] = "pages.mistake.topics_gone"
    elif written.scope == "some" and not slugs:
        mistakes["topics"] = "pages.mistake.topics_none"
    if written.cadence not in [cadence.value for cadence in offer.cadences]:
        mistakes["cadence"] = "pages.mistake.cadence"
    if written.language not in LANGUAGES:
        mistakes["language"] = "pages.mistake.language"
    if _number(written.hour) not in range(24):
        mistakes["hour"] = "pages.mistake.hour"
    if _number(written.weekday) not in range(7):
        mistakes["weekday"] = "pages.mistake.weekday"
    if not is_zone(written.zone):
        mistakes["zone"] = "pages.mistake.zone"
    if mistakes:
        return mistakes
    return Choices(
        topics=tuple(dict.fromkeys(slug for slug in slugs if slug is not None)),
        cadence=Cadence(written.cadence),
        language=written.language,
        hour=int(written.hour),
        weekday=int(written.weekday),
        zone=written.zone,
    )


def address(written: Typed) -> EmailAddress | Mistakes:
    """The address that the form names, or what is wrong with it."""
    if not written.email:
        return {"email": "pages.mistake.email_missing"}
    try:
        return EmailAddress.parse(written.email)
    except InvalidAddress:
        return {"email": "pages.mistake.email"}


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 else -1
