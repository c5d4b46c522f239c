"""What sites say of themselves, so that ``init`` can take it over: one module for each generator.

``site`` has the noun that all of them make, and ``reading`` what they read it with; ``jekyll``, ``hexo``,
``hugo``, ``zola``, ``pelican``, ``scripts`` (Eleventy, Astro, Docusaurus, VitePress), ``services`` (Zenn,
Qiita) and ``folder`` find it. ``by_hand`` finds feeds that stand where ours could go.
"""
