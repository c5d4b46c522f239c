"""Stage 1: text becomes posts.

``folder`` finds the files, ``file`` reads one, and ``fingerprint`` knows its content again;
``surroundings`` and ``settings_files`` look for what generators keep beside posts. Only these touch the
disk, and ``history``, which asks git for dates that nobody wrote down; ``scan`` reads all files, on
several cores if there are many. ``parse`` turns the bytes of a file into a Post, a Withheld or a Problem
and never raises: ``characters`` decodes them, ``frontmatter`` (over ``simple_yaml`` and ``yaml_text``)
reads the block at the top into ``fields``, ``dates`` reads dates as people write them, ``dialects`` know
what each generator makes of a path and of its own configuration, ``permalinks`` fill address templates,
``authors`` reads names, ``particulars``, ``media`` and ``cover`` what few posts have, and ``ids``
proposes the permanent ids.
What all of them need to know about the publication is a ``site.Site``. Later, and only for the posts that
a feed or a mail shows, ``render`` makes the HTML: ``shortcodes`` render templates or take them out,
``pages`` says where files are that are no posts, ``flavour`` what the generator's Markdown is,
``markdown`` converts, ``stray_marks`` tidies what no mark-up closed, ``sanitise`` with ``frames``,
``images`` and ``pixels`` lets through what is safe and makes every URL absolute, ``players`` know what
frames showed, ``autolinks`` link bare addresses, ``plain`` and ``excerpt`` make the few sentences that go
before it, and ``minutes`` counts. ``caps`` refuse what would take too long, and ``remarks`` tell what was
left out. ``trouble`` is why a file is no post, ``element_names`` what words in pointed brackets may be,
and ``recipe`` the version of it all.
"""
