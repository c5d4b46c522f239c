"""The version of the rendering, in a file of its own so that asking for it loads nothing."""

RECIPE = "2"
"""Changes whenever the same post would render differently: stored renderings of others are made anew."""
