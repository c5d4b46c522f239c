"""Bodies as HTML: a cache that can be emptied."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, delete, insert, select

from feeds.model.post import Rendering
from feeds.store.schema.posts import posts, renderings


def cached_renderings(connection: Connection, names: Collection[str]) -> dict[str, Rendering]:
    """Those of these renderings that were made before."""
    found: dict[str, Rendering] = {}
    wanted = list(names)
    for start in range(0, len(wanted), 500):
        query = select(renderings).where(renderings.c.name.in_(wanted[start : start + 500]))
        for row in connection.execute(query):
            found[row.name] = Rendering(row.html, row.excerpt, row.minutes, row.image, row.image_alt)
    return found


def cache_renderings(connection: Connection, made: Mapping[str, tuple[str, Rendering]], recipe: str) -> None:
    """Stores renderings by name, each with the fingerprint of its content."""
    rows = [
        {
            "name": name,
            "fingerprint": fingerprint,
            "recipe": recipe,
            "html": rendering.html,
            "excerpt": rendering.excerpt,
            "minutes": rendering.minutes,
            "image": rendering.image,
            "image_alt": rendering.image_alt,
        }
        for name, (fingerprint, rendering) in made.items()
    ]
    if rows:
        connection.execute(delete(renderings).where(renderings.c.name.in_(list(made))))
        connection.execute(insert(renderings), rows)


def forget_renderings(connection: Connection, recipe: str) -> None:
    """Drops renderings of other recipes and of contents that no post has any more."""
    current = select(posts.c.fingerprint)
    connection.execute(
        delete(renderings).where((renderings.c.recipe != recipe) | renderings.c.fingerprint.not_in(current))
    )
