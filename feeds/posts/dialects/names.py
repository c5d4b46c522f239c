"""The names of the dialects that are built in, in a file of its own so that asking for them loads nothing."""

DIALECTS = (
    "hexo", "jekyll", "zola", "hugo", "eleventy", "astro", "pelican", "docusaurus", "vitepress", "zenn",
    "qiita",
    "plain",
)  # fmt: skip
"""In the order in which a folder is asked about them, with Hexo before Jekyll, whose file it has."""
