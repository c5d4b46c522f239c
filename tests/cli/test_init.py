"""init: what it takes over from a folder, what it guesses, and what it leaves alone."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from feeds.actions.init import language_of
from feeds.config import Config, load

Say = Callable[..., Any]
POST = "---\ntitle: {title}\ncategories: [{categories}]\n---\nText.\n"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """An empty folder for a site."""
    folder = tmp_path / "site"
    folder.mkdir()
    return folder


def put(folder: Path, path: str, text: str) -> None:
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def put_post(folder: Path, name: str, title: str, categories: str = "") -> None:
    put(folder, name, POST.format(title=title, categories=categories))


def configuration(folder: Path) -> Config:
    return load(folder / "config" / "kawaraban.toml")


def test_the_magazine_is_taken_over_whole(say: Say, shared_posts: Path, tmp_path: Path) -> None:
    shutil.copytree(shared_posts / "allforces", tmp_path / "magazine")
    said = say("init", str(tmp_path / "magazine"))
    assert said.status == 0
    assert "1,544 posts in 6 categories" in said.out
    assert "site.language = 'ja': Guessed" in said.out
    assert "exclude:\n  - config/\n" in said.out
    config = configuration(tmp_path / "magazine")
    assert config.site.title == "AIコンパス｜AI導入・生成AI・LLM活用の専門メディア"
    assert (config.site.url, config.site.language, config.site.timezone) == (
        "https://ai-media.co.jp",
        "ja",
        "Asia/Tokyo",
    )
    assert config.site.author == "ALLFORCES編集部"
    assert config.site.description.startswith("AI導入の羅針盤")
    assert (config.posts.permalink, config.posts.future, config.posts.dialect) == (
        "/:year/:month/:day/:title/",
        True,
        "jekyll",
    )
    assert config.feeds.ids == "jekyll"
    assert config.mail.sender == ("AIコンパス", "info@ai-media.co.jp")
    assert config.paths.posts == tmp_path / "magazine" / "_posts"
    assert config.paths.feeds == tmp_path / "magazine" / "feeds"
    assert [category.label for category in config.configured_categories()] == [
        "AI最新ニュース",
        "AI技術ガイド",
        "AI導入戦略",
        "業界別AI活用",
        "導入事例",
        "研究論文",
    ]
    assert config.configured_categories()[0].description == "AI業界の最新ニュースと企業動向"
    assert config.obstacles_to_mail() == ()


def test_a_configuration_is_never_overwritten(say: Say, site: Path) -> None:
    assert say("init", str(site)).status == 0
    file = site / "config" / "kawaraban.toml"
    file.write_text("# mine\n", encoding="utf-8")
    said = say("init", str(site))
    assert said.status == 1
    assert "is there already" in said.err
    assert file.read_text(encoding="utf-8") == "# mine\n"


def test_a_new_publication_gets_a_configuration_and_a_posts_folder(say: Say, tmp_path: Path) -> None:
    said = say("init", str(tmp_path / "broadsheet"))
    assert said.status == 0
    assert (tmp_path / "broadsheet" / "posts").is_dir()
    config = configuration(tmp_path / "broadsheet")
    assert config.site.title == "broadsheet"
    assert "site.url = 'https://example.org': Put the real address here" in said.out
    assert "exclude:" not in said.out


def test_a_sites_path_belongs_to_its_address(say: Say, site: Path) -> None:
    put(site, "_config.yml", "title: T\nurl: https://me.github.io/\nbaseurl: /blog\n")
    say("init", str(site))
    assert configuration(site).site.url == "https://me.github.io/blog"


def test_a_github_pages_host_is_found_in_cname(say: Say, site: Path) -> None:
    put(site, "_config.yml", "title: T\n")
    put(site, "CNAME", "blog.example.org\n")
    say("init", str(site))
    assert configuration(site).site.url == "https://blog.example.org"


def test_a_site_without_an_address_is_told_to_give_one(say: Say, site: Path) -> None:
    put_post(site, "_posts/2025-01-01-a.md", "A")
    said = say("init", str(site))
    assert "site.url = 'https://example.org': _config.yml does not say" in said.out
    assert "put the real address here before the first build" in configuration_text(site)


def test_posts_permalink_wins_over_the_sites(say: Say, site: Path) -> None:
    put(site, "_config.yml", "permalink: date\ncollections:\n  posts:\n    permalink: /p/:title\n")
    say("init", str(site))
    assert configuration(site).posts.permalink == "/p/:title"


def test_language_and_zone_are_guessed_from_the_titles(say: Say, site: Path) -> None:
    put_post(site, "_posts/2025-01-01-a.md", "瓦版を読む")
    put_post(site, "_posts/2025-01-02-b.md", "ひらがな")
    put_post(site, "_posts/2025-01-03-c.md", "English")
    say("init", str(site))
    assert (configuration(site).site.language, configuration(site).site.timezone) == ("ja", "Asia/Tokyo")


def test_what_the_site_says_is_not_guessed(say: Say, site: Path) -> None:
    put(
        site,
        "_config.yml",
        "lang: en_GB\ntimezone: Europe/London\nurl: https://example.org\nemail: a@example.org\n",
    )
    put_post(site, "_posts/2025-01-01-a.md", "瓦版")
    said = say("init", str(site))
    assert (configuration(site).site.language, configuration(site).site.timezone) == (
        "en-GB",
        "Europe/London",
    )
    assert "Guessed" not in said.out


def test_what_git_must_not_take_in_is_said(say: Say, site: Path) -> None:
    put(site, "hugo.toml", "baseURL = 'https://example.org'\n")
    assert "Keep out of git" not in say("init", str(site)).out
    (site / ".git").mkdir()
    for ignored, said in [
        ("/public\n", "Keep out of git: .kawaraban/, static/feeds/"),
        (".kawaraban/\n", "Keep out of git: static/feeds/"),
        (".kawaraban\nstatic/feeds/\n", ""),
    ]:
        put(site, ".gitignore", ignored)
        (site / "config" / "kawaraban.toml").unlink()
        out = say("init", str(site)).out
        assert said in out
        assert ("Keep out of git" in out) is bool(said)


def test_kana_tell_japanese_titles_from_chinese() -> None:
    chinese = ["使用指南", "读书笔记", "一年总结", "技术博客", "关于我"]
    assert language_of([]) == language_of(["Notes", "瓦版"]) == "en"
    assert language_of(chinese) == language_of([*chinese, "の"]) == "zh"
    assert language_of(["瓦版"]) == language_of([*chinese, "使い方", "読書メモ"]) == "ja"


def test_the_address_of_a_trial_is_not_the_sites(say: Say, site: Path) -> None:
    put(site, "_config.yml", "url: http://localhost:4000\n")
    put_post(site, "_posts/2025-01-01-a.md", "A")
    assert "put the real address here" in say("init", str(site)).out
    assert configuration(site).site.url == "https://example.org"
    put(site, "CNAME", "blog.example.org\n")
    (site / "config" / "kawaraban.toml").unlink()
    say("init", str(site))
    assert configuration(site).site.url == "https://blog.example.org"


def test_spellings_that_fold_to_one_slug_are_one_category(say: Say, site: Path) -> None:
    put_post(site, "_posts/2025-01-01-a.md", "A", "JavaScript, ＡＩ")
    put_post(site, "_posts/2025-01-02-b.md", "B", "javascript, AI")
    put_post(site, "_posts/2025-01-03-c.md", "C", "javascript, '!!'")
    say("init", str(site))
    assert list(configuration(site).categories) == ["javascript", "AI"]


def test_categories_of_folders_above_posts_are_found(say: Say, site: Path) -> None:
    put(site, "_config.yml", "title: T\n")
    put_post(site, "news/_posts/2025-01-01-a.md", "A")
    put_post(site, "_posts/2025-01-01-b.md", "B", "views")
    put(site, "README.md", "# no post\n")
    said = say("init", str(site))
    assert "2 posts" in said.out
    assert configuration(site).paths.posts == site
    assert sorted(configuration(site).categories) == ["news", "views"]


def test_a_source_below_the_root_is_the_public_folder(say: Say, site: Path) -> None:
    put(site, "_config.yml", "title: T\nsource: docs\n")
    put_post(site, "docs/_posts/2025-01-01-a.md", "A", "x")
    said = say("init", str(site))
    config = configuration(site)
    assert config.paths.feeds == site / "docs" / "feeds"
    assert config.paths.posts == site / "docs" / "_posts"
    assert "1 post in 1 category" in said.out
    assert "exclude:" not in said.out


def test_feeds_made_by_hand_are_named_with_their_category(say: Say, site: Path) -> None:
    put(site, "_config.yml", "title: T\nexclude: [config]\n")
    put_post(site, "_posts/2025-01-01-a.md", "A", "研究論文")
    put(site, "feeds/research.xml", '---\n---\n{% assign p = site.posts | where: "category", "研究論文" %}')
    put(site, "feeds/all.rss.xml", "<rss/>")
    put(site, "feed.xml", "---\n---\n")
    said = say("init", str(site))
    assert "  feed.xml\n" in said.out
    assert "  feeds/all.rss.xml\n" in said.out
    assert "  feeds/research.xml   (its readers want “研究論文”)\n" in said.out
    assert 'path = "/feed.xml"' in said.out
    assert "exclude:" not in said.out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title: [unclosed\n", "_config.yml:2: broken YAML"),
        ("- a\n- b\n", "not made of `key: value` lines"),
        ("[" * 5000, "broken YAML: nested too deep"),
        ("a: !ruby/object:Gem::Version x\n", "_config.yml:1: broken YAML: could not determine a constructor"),
        ("date: 2025-13-45\n", "broken YAML: month must be in 1..12"),
        ("title: \x01\n", "broken YAML: unacceptable character"),
    ],
)
def test_a_broken_config_yml_is_named_and_nothing_is_written(
    say: Say, site: Path, text: str, message: str
) -> None:
    put(site, "_config.yml", text)
    said = say("init", str(site))
    assert said.status == 1
    assert message in said.err
    assert not (site / "config").exists()


def test_odd_values_in_config_yml_do_no_harm(say: Say, site: Path) -> None:
    put(
        site,
        "_config.yml",
        "title: 2025\nurl: {a: b}\nauthor: {name: 'Ann \"A\" <x>', email: no}\nexclude: config\ndefaults: x\n"
        "collections: [posts]\nfuture: maybe\ndescription: |\n  Two\n  lines\n",
    )
    assert say("init", str(site)).status == 0
    config = configuration(site)
    assert config.site.author == 'Ann "A" <x>'
    assert config.site.description == "Two lines"
    assert config.posts.future is False


def test_wrong_settings_of_the_site_are_named(say: Say, site: Path) -> None:
    put(site, "_config.yml", "timezone: Tokyo\nurl: example.org\n")
    said = say("init", str(site))
    assert said.status == 1
    assert "site.timezone: 'Tokyo' is no time zone" in said.err
    assert "site.url: 'example.org' is not an absolute URL" in said.err


@pytest.mark.parametrize("name", ["efcl", "takuti", "vim-jp", "jekyll"])
def test_other_real_sites_are_taken_over(say: Say, shared_posts: Path, tmp_path: Path, name: str) -> None:
    source = shared_posts / name
    folder = tmp_path / name
    if (source / "_posts").is_dir():
        shutil.copytree(source, folder)
    else:
        shutil.copytree(source, folder / "_posts")
    said = say("init", str(folder))
    assert said.status == 0
    assert configuration(folder).posts.dialect == "jekyll"


def configuration_text(folder: Path) -> str:
    return (folder / "config" / "kawaraban.toml").read_text(encoding="utf-8")


def test_a_sites_author_is_the_one_that_its_data_name(say: Say, tmp_path: Path) -> None:
    (tmp_path / "_posts").mkdir()
    (tmp_path / "_data").mkdir()
    (tmp_path / "_config.yml").write_text("title: X\nurl: https://example.org\nauthor: taro\n", "utf-8")
    (tmp_path / "_data" / "authors.yml").write_text("taro: {name: 太郎}\n", "utf-8")
    assert say("init", str(tmp_path)).status == 0
    assert configuration(tmp_path).site.author == "太郎"
