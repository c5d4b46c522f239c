"""What each site generator makes of a file: one ``Dialect`` each, loaded when it is asked for.

``dialect`` is the interface, public for plugins, with a plain folder's ways as its defaults; ``names`` lists
those that are built in, ``table`` finds one by name or by what a folder looks like, ``plugins`` loads those
of other packages. ``location``, ``keys`` and ``folders`` are what many share; ``settings`` reads the
configuration of a generator (``Site.files``) once, and ``jekyll_settings`` and ``hugo_settings`` say what
posts need of it.
"""
