"""What to say of a folder with files of which none is a post."""

from __future__ import annotations

from feeds.posts.dialects.table import dialect_named


def none_is_a_post(files: int, dialect: str) -> str:
    """That it is the wrong folder, or that dates are missing."""
    which = "the one file" if files == 1 else f"none of the {files:,} files"
    said = "is no post" if files == 1 else "is a post"
    hint = dialect_named(dialect).date_hint
    return f"{which} there {said}. Is it the right folder? A post has a date: {hint}"
