"""The versions of reading and rendering, in a file of its own so that asking for them loads nothing."""

RECIPE = "15"
"""Changes whenever the same post would render differently: stored renderings of others are made anew."""

READER = "12"
"""Changes whenever the same file would be read as another post: all are read anew."""
