"""What the configured categories must not share: slugs, paths and former names."""

from __future__ import annotations

from collections.abc import Mapping

from feeds.config.complaints import Complaint
from feeds.config.feed_settings import CategorySettings, category_slug
from feeds.model.category import slugify

_UNSPEAKABLE = "nothing of this name can stand in an address; give it a `slug`"


def category_complaints(categories: Mapping[str, CategorySettings]) -> list[Complaint]:
    """Names, slugs, paths and former names that two categories would share, and labels that leave no slug."""
    complaints: list[Complaint] = []
    owners: dict[str, str] = {}
    paths: dict[str, str] = {}
    for label, settings in categories.items():
        where = ("categories", label)
        slug = category_slug(label, settings)
        if not slug:
            complaints.append(Complaint(where, _UNSPEAKABLE))
            continue
        complaints += _claims(where, owners, (slug, slugify(label)))
        if settings.path and paths.setdefault(settings.path, label) != label:
            complaints.append(Complaint((*where, "path"), f'"{paths[settings.path]}" has this path already'))
    return complaints + _former_complaints(categories, owners)


def _claims(where: tuple[str, str], owners: dict[str, str], names: tuple[str, ...]) -> list[Complaint]:
    label = where[1]
    for name in names:
        other = owners.setdefault(name, label) if name else label
        if other != label:
            message = f'"{label}" and "{other}" fold to one slug, "{name}"; give one of them another `slug`'
            if name != names[0]:
                message = f'this name means "{other}", whose slug is "{name}"'
            return [Complaint(where, message)]
    return []


def _former_complaints(categories: Mapping[str, CategorySettings], owners: dict[str, str]) -> list[Complaint]:
    complaints: list[Complaint] = []
    for label, settings in categories.items():
        for former in settings.formerly:
            other = owners.setdefault(slugify(former) or former, label)
            if other != label:
                said = "is a category of this file" if other == former else f'belongs to "{other}" already'
                complaints.append(Complaint(("categories", label, "formerly"), f'"{former}" {said}'))
    return complaints
