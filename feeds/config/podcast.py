"""The categories of podcasts: Apple's list, which the other directories follow."""

from __future__ import annotations

from collections.abc import Collection

from feeds.config.values import nearest

CATEGORIES: dict[str, tuple[str, ...]] = {
    "Arts": ("Books", "Design", "Fashion & Beauty", "Food", "Performing Arts", "Visual Arts"),
    "Business": ("Careers", "Entrepreneurship", "Investing", "Management", "Marketing", "Non-Profit"),
    "Comedy": ("Comedy Interviews", "Improv", "Stand-Up"),
    "Education": ("Courses", "How To", "Language Learning", "Self-Improvement"),
    "Fiction": ("Comedy Fiction", "Drama", "Science Fiction"),
    "Government": (),
    "History": (),
    "Health & Fitness": (
        "Alternative Health",
        "Fitness",
        "Medicine",
        "Mental Health",
        "Nutrition",
        "Sexuality",
    ),
    "Kids & Family": ("Education for Kids", "Parenting", "Pets & Animals", "Stories for Kids"),
    "Leisure": (
        "Animation & Manga",
        "Automotive",
        "Aviation",
        "Crafts",
        "Games",
        "Hobbies",
        "Home & Garden",
        "Video Games",
    ),
    "Music": ("Music Commentary", "Music History", "Music Interviews"),
    "News": (
        "Business News",
        "Daily News",
        "Entertainment News",
        "News Commentary",
        "Politics",
        "Sports News",
        "Tech News",
    ),
    "Religion & Spirituality": (
        "Buddhism",
        "Christianity",
        "Hinduism",
        "Islam",
        "Judaism",
        "Religion",
        "Spirituality",
    ),
    "Science": (
        "Astronomy",
        "Chemistry",
        "Earth Sciences",
        "Life Sciences",
        "Mathematics",
        "Natural Sciences",
        "Nature",
        "Physics",
        "Social Sciences",
    ),
    "Society & Culture": (
        "Documentary",
        "Personal Journals",
        "Philosophy",
        "Places & Travel",
        "Relationships",
    ),
    "Sports": (
        "Baseball",
        "Basketball",
        "Cricket",
        "Fantasy Sports",
        "Football",
        "Golf",
        "Hockey",
        "Rugby",
        "Running",
        "Soccer",
        "Swimming",
        "Tennis",
        "Volleyball",
        "Wilderness",
        "Wrestling",
    ),
    "Technology": (),
    "True Crime": (),
    "TV & Film": ("After Shows", "Film History", "Film Interviews", "Film Reviews", "TV Reviews"),
}

_SEPARATOR = ">"


def podcast_category(text: str) -> str:
    """``Technology`` or ``News > Tech News``, as Apple spells it."""
    name, _, below = (part.strip() for part in text.partition(_SEPARATOR))
    if name not in CATEGORIES:
        raise ValueError(f"{name!r} is no category of podcasts{_instead(name, CATEGORIES)}")
    if below and below not in CATEGORIES[name]:
        raise ValueError(
            f"{below!r} is no category of podcasts in {name!r}{_instead(below, CATEGORIES[name])}"
        )
    return f"{name} {_SEPARATOR} {below}" if below else name


def category_path(text: str) -> tuple[str, ...]:
    """The category, and its subcategory where there is one."""
    return tuple(part.strip() for part in text.split(_SEPARATOR))


def _instead(name: str, known: Collection[str]) -> str:
    return nearest(name, known) or (f"; there are {', '.join(known)}" if known else "; there are none")
