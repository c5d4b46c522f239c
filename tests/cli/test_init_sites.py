"""init takes over what each generator says of a site, and the ids and addresses that its feeds had."""

from __future__ import annotations

import shutil
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import feedparser
import pytest

from feeds.config import Config, load
from tests import databases

Say = Callable[..., Any]
POST = "---\ntitle: First\ndate: 2025-01-02\n{}---\nText.\n"

# ruff: noqa: E501  # sites of others, whose lines are as long as they are

HUGO = {
    "hugo.toml": 'baseURL = "https://example.org/b/"\ntitle = "H"\nlanguageCode = "en-GB"\ntimeZone = "Asia/Tokyo"\n'
    'buildFuture = true\n[params]\ndescription = "D"\n[params.author]\nname = "Hanako"\nemail = "h@example.org"\n'
    '[taxonomies]\ntopic = "topics"\ntag = "tags"\n',
    "content/posts/first.md": POST.format("topics: [Big News]\n"),
    "static/feed.xml": "<rss/>",
}
ZOLA = {
    "config.toml": 'base_url = "https://example.org"\ntitle = "Z"\ndescription = "D"\ndefault_language = "ja"\n'
    'generate_feeds = true\nfeed_filenames = ["atom.xml", "rss.xml"]\nauthor = "Hanako"\n'
    'taxonomies = [{ name = "categories", feed = true }]\n',
    "content/blog/first.md": "+++\ntitle = 'First'\ndate = 2025-01-02\n[taxonomies]\ncategories = ['News']\n+++\n",
}
ELEVENTY = {
    "eleventy.config.js": "export default (c) => {\n c.addPlugin(feedPlugin, { outputPath: '/feed/feed.xml' });\n"
    " return { dir: { input: 'content' } } }\n",
    "_data/metadata.js": 'export default {\n title: "E",\n url: "https://example.org/",\n language: "en",\n'
    ' description: "It\\"s D",\n author: { name: "Hanako", email: "h@example.org" } }\n',
    "content/blog/first.md": POST.format("tags: [posts, News]\n"),
}
ASTRO = {
    "astro.config.mjs": "export default defineConfig({ site: 'https://example.org', base: '/b' });\n",
    "src/consts.ts": "export const SITE_TITLE = 'A';\nexport const SITE_DESCRIPTION = 'D';\n",
    "src/content/blog/first.md": POST.format("category: News\n"),
    "src/pages/posts/[...slug].astro": "---\n---\n",
    "src/pages/tags/[tag].astro": "---\n---\n",
    "src/pages/rss.xml.js": "export const GET = () => {}\n",
}
PELICAN = {
    "pelicanconf.py": "SITEURL = ''\nAUTHOR = 'Hanako'\nHEADING = SITENAME = 'P'\n"
    "TRIAL = False\nTIMEZONE = 'Europe/' + 'London' if TRIAL else 'Europe/' + 'Paris'\n"
    "DEFAULT_LANG = 'fr'\nPATH = 'content'\nFEED_ALL_RSS = 'old/rss.xml'\nWITH_FUTURE_DATES = False\n",
    "publishconf.py": "from pelicanconf import *\nSITEURL = 'https://example.org'\nDELETE_OUTPUT_DIRECTORY = True\n",
    "content/first.md": "Title: First\nDate: 2025-01-02\nCategory: News\n\nText.\n",
}
HEXO = {
    "_config.yml": "title: X\nurl: https://example.org\nlanguage: [zh-CN, en]\ntimezone: Asia/Shanghai\nauthor: H\n"
    "new_post_name: :title.md\nfeed:\n  type: [atom, rss2]\n  path: [a.xml, r.xml]\nfuture: false\n",
    "package.json": '{"dependencies": {"hexo": "1", "hexo-generator-feed": "1"}}',
    "source/_posts/first.md": POST.format("categories: News\n"),
}
DOCUSAURUS = {
    "docusaurus.config.js": "module.exports = { title: 'D', tagline: 'T', url: 'https://example.org', baseUrl: '/b/' }\n",
    "blog/2025-01-02-first.md": "---\ntitle: First\n---\n",
}
VITEPRESS = {
    ".vitepress/config.mts": "export default { title: 'V', lang: 'en-US', description: 'D' }\n",
    "posts/first.md": POST.format(""),
}
ZENN = {
    "articles/abcdefabcdef.md": "---\ntitle: 一\nemoji: 😀\ntype: tech\ntopics: [rss]\npublished: true\n"
    "published_at: 2025-01-02 10:00\n---\n"
}
PLAIN = {"blog/first.md": POST.format("category: News\n")}
JEKYLL = {
    "_config.yml": "title: J\nurl: https://example.org\nplugins: [jekyll-feed]\nfeed: {categories: [news]}\n",
    "_posts/2025-01-02-first.md": "---\ntitle: First\ncategories: news\n---\n",
}

SITES: dict[str, tuple[dict[str, str], dict[str, object], dict[str, str], list[str]]] = {
    # files, settings, redirects, and what is said
    "hugo": (
        HUGO,
        {
            "site.title": "H", "site.url": "https://example.org/b", "site.language": "en-GB",
            "site.author": "Hanako",
            "site.timezone": "Asia/Tokyo", "site.description": "D", "site.public": "static",
            "posts.folder": "content",
            "posts.future": True, "posts.categories_from": ("topics",), "feeds.ids": "permalink",
            "mail.from_": "H <h@example.org>",
        },
        {"/index.xml": "/feeds/all.rss.xml", "/topics/big-news/index.xml": "/feeds/category/big-news.rss.xml"},
        ['disableKinds = ["RSS"]', "  feed.xml\n"],
    ),
    "zola": (
        ZOLA,
        {
            "site.title": "Z", "site.language": "ja", "site.author": "Hanako", "site.public": "static",
            "feeds.ids": "permalink", "posts.categories_from": (),
        },
        {
            "/atom.xml": "/feeds/all.atom.xml",
            "/rss.xml": "/feeds/all.rss.xml",
            "/categories/news/atom.xml": "/feeds/category/news.atom.xml",
        },
        ["generate_feeds = false"],
    ),
    "eleventy": (
        ELEVENTY,
        {
            "site.title": "E", "site.url": "https://example.org", "site.author": "Hanako",
            "site.description": 'It"s D',
            "posts.folder": "content/blog", "posts.categories_from": ("tags",), "feeds.ids": "permalink",
            "mail.from_": "E <h@example.org>",
        },
        {"/feed/feed.xml": "/feeds/all.atom.xml"},
        ['addPassthroughCopy({ "public": "/" })', "eleventy-plugin-rss"],
    ),
    "astro": (
        ASTRO,
        {
            "site.title": "A", "site.url": "https://example.org/b", "site.description": "D",
            "posts.folder": "src/content/blog", "posts.permalink": "/posts/:path/", "feeds.ids": "permalink",
        },
        {"/rss.xml": "/feeds/all.rss.xml"},
        ["src/pages/rss.xml.js"],
    ),
    "pelican": (
        PELICAN,
        {
            "site.title": "P", "site.url": "https://example.org", "site.language": "fr",
            "site.author": "Hanako",
            "site.timezone": "Europe/Paris", "site.public": "output", "posts.future": False,
            "feeds.ids": "pelican",
        },
        {"/old/rss.xml": "/feeds/all.rss.xml", "/feeds/news.atom.xml": "/feeds/category/news.atom.xml"},
        ["FEED_ALL_ATOM = None", "FEED_ALL_RSS = None", "in publishconf.py:\n\nDELETE_OUTPUT_DIRECTORY = False"],
    ),
    "hexo": (
        HEXO,
        {
            "site.title": "X", "site.language": "zh-CN", "site.timezone": "Asia/Shanghai",
            "site.public": "source",
            "posts.folder": "source/_posts", "posts.future": False, "feeds.ids": "permalink",
        },
        {"/a.xml": "/feeds/all.atom.xml", "/r.xml": "/feeds/all.rss.xml"},
        ['skip_render: "feeds/**"', "npm uninstall hexo-generator-feed"],
    ),
    "docusaurus": (
        DOCUSAURUS,
        {"site.title": "D", "site.url": "https://example.org/b", "posts.folder": "blog", "site.public": "static"},
        {"/blog/rss.xml": "/feeds/all.rss.xml", "/blog/atom.xml": "/feeds/all.atom.xml"},
        ["feedOptions"],
    ),
    "vitepress": (VITEPRESS, {"site.title": "V", "site.language": "en-US", "posts.folder": "posts"}, {}, []),
    "zenn": (
        ZENN,
        {"site.url": "https://zenn.dev/NAME", "feeds.url": "https://example.org/feeds", "posts.folder": "articles"},
        {},
        ["Put your name on Zenn into this address"],
    ),
    "plain": (PLAIN, {"posts.folder": "blog", "feeds.ids": "tag"}, {}, ["1 post in 1 category\n"]),
    "jekyll": (
        JEKYLL,
        {"site.title": "J", "feeds.ids": "jekyll"},
        {"/feed.xml": "/feeds/all.atom.xml", "/feed/news.xml": "/feeds/category/news.atom.xml"},
        ["take it out of `plugins`"],
    ),
}  # fmt: skip


def put(folder: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


def configuration(folder: Path) -> Config:
    return load(folder / "config" / "kawaraban.toml")


@pytest.mark.parametrize("name", SITES)
def test_sites_of_every_generator_are_taken_over(say: Say, tmp_path: Path, name: str) -> None:
    files, settings, redirects, lines = SITES[name]
    folder = put(tmp_path / "site", files)
    said = say("init", str(folder))
    assert said.status == 0, said.err
    config = configuration(folder)
    assert config.posts.dialect == name
    tables = {table: getattr(config, table) for table in ("site", "posts", "feeds", "mail")}
    taken = {key: getattr(tables[key.partition(".")[0]], key.partition(".")[2]) for key in settings}
    assert taken == settings
    assert dict(config.redirects) == redirects
    for line in lines:
        assert line in said.out
    databases.configure(folder / "config" / "kawaraban.toml")
    assert say("--config", str(folder / "config" / "kawaraban.toml"), "check").status == 0


def test_spellings_are_joined_by_a_line_to_uncomment(say: Say, tmp_path: Path) -> None:
    files = {
        f"posts/{n}.md": POST.format(f"category: {label}\n") for n, label in enumerate(["Go", "Go", "go"])
    }
    folder = put(tmp_path / "site", files)
    said = say("init", str(folder))
    text = (folder / "config" / "kawaraban.toml").read_text("utf-8")
    assert (
        "# 'Go' (2 posts) is also spelt 'go' (1); to join them: formerly = [\"go\"]\n[categories.\"Go\"]"
        in text
    )
    assert "1 category spelt in several ways" in said.out


def test_check_gives_the_line_that_joins_spellings(say: Say, tmp_path: Path) -> None:
    labels = ["JavaScript", "JavaScript", "javascript", "ＪａｖａＳｃｒｉｐｔ", "C", "C++", "java-script"]
    files = {f"posts/{n}.md": POST.format(f"category: {label}\n") for n, label in enumerate(labels)}
    folder = put(tmp_path / "site", files)
    databases.write(folder / "kawaraban.toml", '[site]\ntitle = "T"\nurl = "https://example.org"\n')
    said = say("--config", str(folder / "kawaraban.toml"), "check")
    line = '[categories."JavaScript"] formerly = ["java-script", "javascript", "ＪａｖａＳｃｒｉｐｔ"]'
    assert "'JavaScript' (2 posts) is also spelt 'java-script' (1), 'javascript' (1)" in said.out
    assert line in said.out
    with (folder / "kawaraban.toml").open("a", encoding="utf-8") as file:
        file.write("\n" + line.replace("] formerly", "]\nformerly") + "\n")
    said = say("--config", str(folder / "kawaraban.toml"), "check")
    assert "also spelt" not in said.out
    assert "the categories 'C' and 'C++' both become 'c'" in said.out


def test_check_names_a_dialect_that_is_not_the_posts(say: Say, tmp_path: Path) -> None:
    folder = put(tmp_path / "site", {**JEKYLL, "_config.yml": "title: [unclosed\n"})
    text = '[site]\ntitle = "T"\nurl = "https://example.org"\n[posts]\nfolder = "_posts"\ndialect = "{}"\n'
    databases.write(folder / "kawaraban.toml", text.format("plain"))
    said = say("--config", str(folder / "kawaraban.toml"), "check")
    assert (
        "posts.dialect: is 'plain', and yet the posts look like those of 'jekyll', because of _config.yml"
        in said.out
    )
    databases.write(folder / "kawaraban.toml", text.format("jekyll"))
    said = say("--config", str(folder / "kawaraban.toml"), "check")
    assert said.out.startswith("_config.yml:2: broken YAML")
    assert "(jekyll, because of _config.yml)" in said.err


@pytest.mark.skipif(shutil.which("hugo") is None, reason="there is no hugo on this machine")
def test_readers_of_hugos_feeds_see_no_post_anew(say: Say, tmp_path: Path) -> None:
    posts = {
        "content/posts/日本 語.md": POST.format("categories: [One Two]\n"),
        "content/posts/Bundle/index.md": POST.format("categories: [one]\nslug: Own\n"),
        "content/news/a.md": POST.format("url: /x/y.html\n"),
    }
    text = 'baseURL = "https://example.org/"\ntitle = "H"\n'
    folder = put(tmp_path / "site", {**posts, "config.toml": text, "hugo.toml": text})
    subprocess.run(["hugo", "--quiet"], cwd=folder, capture_output=True, timeout=60, check=True)
    assert say("init", str(folder)).status == 0
    databases.configure(folder / "config" / "kawaraban.toml")
    assert say("--config", str(folder / "config" / "kawaraban.toml"), "build").status == 0
    redirects = dict(configuration(folder).redirects)
    assert len(redirects) == 3
    for old, new in redirects.items():
        theirs = feedparser.parse((folder / "public" / old.lstrip("/")).read_bytes())
        ours = feedparser.parse((folder / "static" / new.lstrip("/")).read_bytes())
        assert theirs.entries
        assert {entry.id for entry in theirs.entries} >= {entry.id for entry in ours.entries}
        assert {entry.id for entry in ours.entries} == {e.id for e in theirs.entries if e.title == "First"}


def test_spellings_that_are_one_to_hugo_are_joined(say: Say, tmp_path: Path) -> None:
    posts = {
        f"content/{n}.md": POST.format(f"categories: [{label}]\n")
        for n, label in enumerate(["Go", "Go", "go", "G-o"])
    }
    folder = put(tmp_path / "site", {"hugo.toml": "title = 'H'\nbaseURL = 'https://example.org'\n", **posts})
    say("init", str(folder))
    config = folder / "config" / "kawaraban.toml"
    assert tomllib.loads(config.read_text("utf-8"))["categories"]["Go"] == {"formerly": ["go"]}
    assert 'formerly = ["go", "G-o"]' in config.read_text("utf-8")  # that one is another label there
    assert say("--config", str(config), "build").status == 0


def test_what_hugo_builds_for_readers_counts(say: Say, tmp_path: Path) -> None:
    files = {
        "config/_default/hugo.toml": "title = 'H'\nbaseURL = '/'\n[markup.goldmark]\nx = 1\n",
        "config/production/hugo.toml": "baseURL = 'https://example.org'\n[markup.goldmark.renderer]\nhardWraps = true\n",
        "config/production/permalinks.toml": "posts = '/p/:slug/'\n",
        "content/posts/first.md": "---\ntitle: First\ndate: 2025-01-02\n---\none\ntwo\n",
    }
    folder = put(tmp_path / "site", files)
    assert "site.url" not in say("init", str(folder)).out
    say("--config", str(folder / "config" / "kawaraban.toml"), "build")
    feed = (folder / "static" / "feeds" / "all.rss.xml").read_text("utf-8")
    assert "<link>https://example.org/p/first/</link>" in feed
    assert "one&lt;br&gt;" in feed


LANGUAGES_OF_HUGO = {
    "config/_default/hugo.toml": "baseURL = 'https://example.org'\ndefaultContentLanguage = 'en'\n",
    "config/_default/languages.en.toml": "title = 'H'\nlanguageCode = 'en-us'\ncontentDir = 'content/en'\n",
    "config/_default/languages.ja.toml": "title = '日'\ncontentDir = 'content/ja'\n",
    "content/en/post/first.md": POST.format("categories: [News]\n"),
    "content/base/first.md": POST.format(""),  # in no language's folder, so no page of Hugo's
    "content/ja/post/first.md": POST.format("categories: [告知]\n"),
}
LANGUAGES_OF_ZOLA = {
    "config.toml": "base_url = 'https://example.org'\ndefault_language = 'en'\ngenerate_feeds = true\n"
    "feed_filenames = ['rss.xml']\n[languages.ja]\n",
    "content/first.md": "+++\ntitle = 'First'\ndate = 2025-01-02\n+++\n",
    "content/first.ja.md": "+++\ntitle = '一'\ndate = 2025-01-02\n+++\n",
}


@pytest.mark.parametrize(
    ("files", "redirects"),
    [
        (
            LANGUAGES_OF_HUGO,
            {
                "/index.xml": "/feeds/en-us/all.rss.xml",
                "/ja/index.xml": "/feeds/ja/all.rss.xml",
                "/categories/news/index.xml": "/feeds/en-us/category/news.rss.xml",
                "/categories/告知/index.xml": "/feeds/category/告知.rss.xml",
            },
        ),
        (LANGUAGES_OF_ZOLA, {"/rss.xml": "/feeds/en/all.rss.xml", "/ja/rss.xml": "/feeds/ja/all.rss.xml"}),
    ],
    ids=["hugo", "zola"],
)
def test_readers_of_one_language_get_no_other(
    say: Say, tmp_path: Path, files: dict[str, str], redirects: dict[str, str]
) -> None:
    folder = put(tmp_path / "site", files)
    assert say("init", str(folder)).status == 0
    config = folder / "config" / "kawaraban.toml"
    assert tomllib.loads(config.read_text("utf-8"))["redirects"] == redirects
    assert "2 posts visible" in say("--config", str(config), "check").err
    assert say("--config", str(config), "build").status == 0
    for path in redirects.values():
        assert (folder / "static" / path.lstrip("/")).is_file()


@pytest.mark.parametrize(
    ("folder", "route", "permalink"),
    [
        ("content/posts", "posts", "/posts/:path/"),
        ("src/posts", ".", "/:path/"),
        ("src/posts", "writing", "/writing/:path/"),
        ("src/content/blog", "blog", ""),
    ],
)
def test_astros_collections_say_where_posts_are(
    say: Say, tmp_path: Path, folder: str, route: str, permalink: str
) -> None:
    collections = f"""
        const note = defineCollection({{ loader: glob({{ base: "./content/notes", pattern: "**/*.md" }}) }});
        const blog = defineCollection({{
            loader: glob({{ pattern: "**/*.md", base: "./{folder}" }}),
            schema: z.object({{ title: z.string() }}),
        }});
        export const collections = {{ blog, note }};
    """
    files = {
        "astro.config.mjs": "export default defineConfig({ site: 'https://example.org' });\n",
        "src/content.config.ts": collections,
        "content/notes/aside.md": POST.format(""),
        f"{folder}/2025/first.md": POST.format(""),
        "src/pages/notes/[...slug].astro": 'getCollection("note")',
        f"src/pages/{route}/[...slug].astro": 'const all = await getCollection("blog");',
    }
    site = put(tmp_path / "site", files)
    said = say("init", str(site))
    settings = tomllib.loads((site / "config" / "kawaraban.toml").read_text("utf-8"))["posts"]
    assert "1 post in" in said.out
    assert (settings["folder"], settings.get("permalink", "")) == (folder, permalink)
    say("--config", str(site / "config" / "kawaraban.toml"), "build")
    text = (site / "public" / "feeds" / "all.rss.xml").read_text("utf-8")
    assert f"<link>https://example.org/{route}/2025/first/</link>".replace("/./", "/") in text


def test_astros_pages_of_lists_are_not_those_of_posts(say: Say, tmp_path: Path) -> None:
    collections = """const posts = defineCollection({ loader: glob({ base: "content/entries" }) });"""
    files = {
        "astro.config.mjs": "export default defineConfig({ site: 'https://example.org' });\n",
        "src/content.config.ts": collections,
        "content/entries/diary/first.md": "---\ntitle: T\npublished: true\ncreated_time: 2025-01-02\n---\n",
        "content/entries/diary/later.md": "---\ntitle: T\nisDraft: true\ncreated_time: 2025-01-02\n---\n",
        "src/pages/channels/[channel].astro": "queryPosts()",
        "src/pages/notes/[slug].astro": "queryPosts()",
        "src/pages/posts/[slug].astro": "queryPosts()",
    }
    site = put(tmp_path / "site", files)
    said = say("init", str(site)).out
    assert "1 post in" in said
    assert "posts.permalink = '/posts/:path/': Guessed from src/pages" in said
    (site / "config" / "kawaraban.toml").unlink()
    put(site, {"src/pages/[category]/[slug].astro": 'getCollection("posts")'})
    assert "posts.permalink" not in say("init", str(site)).out
    config = site / "config" / "kawaraban.toml"
    assert tomllib.loads(config.read_text("utf-8"))["posts"]["permalink"] == "/:path/"


def test_a_folder_with_files_and_no_post_is_told(say: Say, tmp_path: Path) -> None:
    site = put(tmp_path / "site", {"hugo.toml": "baseURL = 'https://example.org'\n", "content/a.md": "A.\n"})
    said = "the one file there is no post. Is it the right folder?"
    assert f"posts.folder = 'content': {said}" in say("init", str(site)).out
    checked = say("--config", str(site / "config" / "kawaraban.toml"), "check")
    assert said in checked.out
    assert checked.status == 0


def test_eleventys_own_templates_of_feeds_are_redirected(say: Say, tmp_path: Path) -> None:
    feed = "---\npermalink: /{}.atom\n---\n<feed>{{% for post in collections.{} %}}{{% endfor %}}</feed>"
    files = {
        ".eleventy.js": "module.exports = () => ({ dir: { input: 'src' } })",
        "src/blog.atom.njk": feed.format("blog", "posts"),
        "src/_data/site.json": '{"url": "/", "baseUrl": "https://example.org/"}',
        "src/features.atom.njk": feed.format("features", "features"),
        "src/blog/first.md": POST.format(""),
        "src/blog/blog.11tydata.js": "module.exports = { permalink: (data) => data.own || `/b/${data.x}/` }",
    }
    site = put(tmp_path / "site", files)
    said = say("init", str(site))
    settings = tomllib.loads((site / "config" / "kawaraban.toml").read_text("utf-8"))
    assert settings["site"]["url"] == "https://example.org"
    assert settings["redirects"] == {"/blog.atom": "/feeds/all.atom.xml"}
    assert "posts.permalink = '': src/blog/blog.11tydata.js makes the addresses" in said.out


@pytest.mark.parametrize(
    "program",
    [
        "permalink: (data) => `/web/${data.page.fileSlug}/`",
        "permalink: function({page}) {\n return `/web/${ page.fileSlug }/`\n }",
        'permalink: "/web/{{ page.fileSlug }}/index.html"',
    ],
)
def test_addresses_that_a_program_spells_are_read_from_it(say: Say, tmp_path: Path, program: str) -> None:
    files = {
        "eleventy.config.js": "export default { dir: { input: 'src' } }",
        "src/_data/site.json": '{"url": "https://example.org/"}',
        "src/_posts/2025-01-02-first.md": POST.format(""),
        "src/_posts/_posts.11tydata.js": f"export default {{ {program} }}",
    }
    site = put(tmp_path / "site", files)
    assert "Eleventy" in say("init", str(site)).out  # and not Jekyll, for the folder's name
    say("--config", str(site / "config" / "kawaraban.toml"), "build")
    feed = (site / "public" / "feeds" / "all.rss.xml").read_text("utf-8")
    assert "<link>https://example.org/web/first/</link>" in feed


def test_posts_in_a_folder_of_any_name_are_found_by_their_dates(say: Say, tmp_path: Path) -> None:
    files = {f"public/md/{n}/episode.md": POST.format("") for n in range(4)}
    files |= {"README.md": "# R\n", "docs/a/b.md": POST.format("")}
    site = put(tmp_path / "site", files)
    said = say("init", str(site)).out
    assert "posts.folder = 'public/md': Guessed" in said
    assert "posts.permalink = '': Nothing says what the addresses of posts are" in said
    assert "4 posts visible" in say("--config", str(site / "config" / "kawaraban.toml"), "check").err


def test_plain_posts_with_one_name_on_many_days_keep_their_days(say: Say, tmp_path: Path) -> None:
    files = {f"posts/2025-01-0{day}-post.md": POST.format("") for day in (1, 2, 3)}
    site = put(tmp_path / "site", files)
    assert "Some files have one name but for the date" in say("init", str(site)).out
    config = site / "config" / "kawaraban.toml"
    assert tomllib.loads(config.read_text("utf-8"))["posts"]["permalink"] == "/:section/:name/"
    assert "3 posts visible" in say("--config", str(config), "build").out
