"""What generators put between Markdown and HTML: templates, shortcodes, containers, components.

``signs`` say whether there is anything to expand. ``expand`` is the front door: it knows which
notations a dialect has, and runs one walk over the body for each that is there. A walk (``walk``) passes
over code, which stays as written, and asks its notation what stands for each construct: ``liquid`` (with
``expressions`` and ``branches``), ``hugo`` and ``zola`` read tags, ``containers`` Zenn's and Qiita's
blocks and embeds, ``components`` MDX, ``links`` addresses of other posts, ``attributes`` lists in braces,
``span_tags`` and ``tildes`` what single generators read otherwise than CommonMark. What several notations
know by the same name (``figure``, ``youtube``) is in ``known``, made of the HTML in ``pieces``;
``arguments`` reads what follows a name, ``references`` find other posts, ``values`` what sites say by
name. What is left out is remarked in ``page.Notes``, for the owner.
"""
