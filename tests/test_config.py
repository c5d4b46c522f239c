"""The configuration: what a file means, what is refused, and in which words."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from feeds.config import Config, example, load
from feeds.config.glance import glance
from feeds.errors import ConfigurationError
from feeds.model.feed import Format
from feeds.model.subscriber import Cadence

HERE = Path(__file__).resolve().parent
BAD_CONFIGS = sorted(folder for folder in (HERE / "bad_configs").iterdir() if folder.is_dir())
SMALLEST = '[site]\ntitle = "瓦版"\nurl = "https://example.org"\n'


def load_text(folder: Path, text: str, environ: dict[str, str] | None = None) -> Config:
    file = folder / "kawaraban.toml"
    file.write_text(text, encoding="utf-8")
    return load(file, environ or {})


@pytest.mark.parametrize("case", BAD_CONFIGS, ids=lambda case: case.name)
def test_bad_configurations_are_refused_with_file_line_key_and_cure(case: Path) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        load(case / "config.toml")
    said = str(refusal.value).replace(f"{case}/", "")
    assert said + "\n" == (case / "expected-error").read_text(encoding="utf-8")


def test_no_error_shows_a_password() -> None:
    spoken = [
        case for case in BAD_CONFIGS if "geheim" in (case / "expected-error").read_text(encoding="utf-8")
    ]
    assert spoken == []


def test_the_example_file_is_what_the_settings_generate() -> None:
    file = HERE.parent / "config" / "kawaraban.example.toml"
    assert file.read_text(encoding="utf-8") == example(), (
        'write it anew: python -c "from feeds.config import example; print(example(), end=str())" > '
        "config/kawaraban.example.toml"
    )


def test_the_example_file_loads() -> None:
    config = load(HERE.parent / "config" / "kawaraban.example.toml")
    assert config.paths.base == HERE.parent
    assert config.configured_categories()[0].formerly == ("技術解説",)


def test_two_lines_are_a_configuration(tmp_path: Path) -> None:
    config = load_text(tmp_path, SMALLEST)
    assert config.feeds.limit == 20
    assert config.feeds.formats == (Format.RSS, Format.ATOM, Format.JSON)
    assert config.feeds.url == "https://example.org/feeds"
    assert config.newsletter.cadences == (Cadence.EACH, Cadence.DAILY, Cadence.WEEKLY)
    assert config.newsletter.weekday_number == 0
    assert config.web.base_url == "http://127.0.0.1:8400"
    assert config.mail.list_id == "newsletter.example.org"
    assert config.database.url == f"sqlite:///{tmp_path}/.kawaraban/kawaraban.sqlite3"


POSTS = """
[site]
title = "瓦版"
url = "https://example.org/blog/"
language = "ja"
timezone = "Asia/Tokyo"
author = "編集部"
[posts]
folder = "content"
dialect = "hugo"
permalink = "/:slug/"
future = true
excerpt_separator = "<!-- cut -->"
categories_from = ["topics"]
tags_from = ["keywords"]
[feeds]
ids = "permalink"
"""


@pytest.mark.parametrize("text", [SMALLEST, POSTS])
def test_a_glance_sees_what_reading_posts_depends_on(tmp_path: Path, text: str) -> None:
    assert load_text(tmp_path, text).outline == glance(tmp_path / "kawaraban.toml")


@pytest.mark.parametrize(
    "text", ["", "[", "posts = 1", "[posts]\nfuture = 1", '[database]\nurl = "sqlite:///x.db"']
)
def test_a_glance_sees_nothing_where_a_first_build_is_not_certain(tmp_path: Path, text: str) -> None:
    file = tmp_path / "kawaraban.toml"
    assert glance(file) is None
    file.write_text(SMALLEST, encoding="utf-8")
    (tmp_path / ".kawaraban").mkdir()
    (tmp_path / ".kawaraban" / "kawaraban.sqlite3").touch()
    assert glance(file) is None
    (tmp_path / ".kawaraban" / "kawaraban.sqlite3").unlink()
    file.write_text(text, encoding="utf-8")
    assert glance(file) is None or not text


def test_paths_are_relative_to_the_directory_above_a_folder_named_config(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    config = load_text(tmp_path / "config", SMALLEST)
    assert config.paths.base == tmp_path
    assert config.paths.posts == tmp_path / "posts"
    assert config.paths.feeds == tmp_path / "public" / "feeds"
    assert config.paths.state == tmp_path / ".kawaraban"


def test_paths_are_relative_to_the_file_elsewhere(tmp_path: Path) -> None:
    config = load_text(tmp_path, SMALLEST + '[posts]\nfolder = "../articles"\n')
    assert config.paths.base == tmp_path
    assert config.paths.posts == tmp_path.parent / "articles"


def test_a_relative_file_name_gives_absolute_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "kawaraban.toml").write_text(SMALLEST, encoding="utf-8")
    assert load(Path("config/kawaraban.toml")).paths.base == tmp_path


def test_the_public_folder_may_be_the_site_itself(tmp_path: Path) -> None:
    config = load_text(tmp_path, SMALLEST + 'public = "."\n')
    assert config.paths.feeds == tmp_path / "feeds"
    assert config.feeds.url == "https://example.org/feeds"


def test_a_site_below_a_path_keeps_it_in_the_feeds_address(tmp_path: Path) -> None:
    config = load_text(tmp_path, '[site]\ntitle = "x"\nurl = "https://example.org/blog/"\n')
    assert config.site.url == "https://example.org/blog"
    assert config.feeds.url == "https://example.org/blog/feeds"


def test_international_addresses_become_ascii(tmp_path: Path) -> None:
    config = load_text(tmp_path, '[site]\ntitle = "x"\nurl = "https://瓦版.jp/記事/"\n')
    assert config.site.url == "https://xn--i1xt9c.jp/%E8%A8%98%E4%BA%8B"


def test_a_byte_order_mark_and_carriage_returns_do_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "kawaraban.toml"
    file.write_bytes(b"\xef\xbb\xbf" + SMALLEST.replace("\n", "\r\n").encode())
    assert load(file).site.title == "瓦版"


def test_passwords_come_from_the_environment_and_are_encoded(tmp_path: Path) -> None:
    text = SMALLEST + '[mail]\nsmtp = "smtp://user:${SMTP_PASSWORD}@mail.example.org:587"\n'
    config = load_text(tmp_path, text, {"SMTP_PASSWORD": "p@ss/w#rd"})
    assert config.relays[0].url == "smtp://user:p%40ss%2Fw%23rd@mail.example.org:587"
    assert "p@ss" not in repr(config)
    assert "p%40ss" not in repr(config)


def test_passwords_come_from_files(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("geheim\n", encoding="utf-8")
    text = SMALLEST + '[mail]\nsmtp = "smtps://user:${file:secret}@mail.example.org"\n'
    assert load_text(tmp_path, text).relays[0].url == "smtps://user:geheim@mail.example.org"


def test_a_whole_address_may_be_a_secret(tmp_path: Path) -> None:
    text = SMALLEST + '[mail]\nsmtp = "${RELAY}"\n'
    relay = "smtp://user:a%40b@mail.example.org"
    assert load_text(tmp_path, text, {"RELAY": relay}).relays[0].url == relay


def test_a_missing_password_stops_mail_and_not_feeds(tmp_path: Path) -> None:
    config = load_text(
        tmp_path, SMALLEST + '[mail]\nfrom = "a@b.example"\nsmtp = "smtp://u:${PW}@h.example"\n'
    )
    with pytest.raises(ConfigurationError, match=r"mail\.smtp: the environment variable PW is not set"):
        _ = config.relays
    assert config.obstacles_to_mail() == (("mail.smtp", "the environment variable PW is not set"),)


def test_mail_by_a_remote_server_needs_https_and_a_postal_address(tmp_path: Path) -> None:
    text = SMALLEST + '[mail]\nfrom = "a@b.example"\nsmtp = "smtp://mail.example.org:587"\n'
    assert [key for key, _ in load_text(tmp_path, text).obstacles_to_mail()] == [
        "web.base_url",
        "mail.postal_address",
    ]
    text += 'postal_address = "東京都"\n[web]\nbase_url = "https://mail.example.org"\n'
    assert load_text(tmp_path, text).obstacles_to_mail() == ()


@pytest.mark.parametrize(
    "relay", ["smtp://localhost:25", "smtp://127.0.0.1:1025", "smtp://[::1]", "maildir:///var/m"]
)
def test_mail_that_stays_on_this_machine_needs_a_sender_only(tmp_path: Path, relay: str) -> None:
    text = SMALLEST + f'[mail]\nsmtp = "{relay}"\n'
    assert [key for key, _ in load_text(tmp_path, text).obstacles_to_mail()] == ["mail.from"]


def test_a_sender_has_a_name_and_an_address(tmp_path: Path) -> None:
    config = load_text(tmp_path, SMALLEST + '[mail]\nfrom = "AIコンパス <news@ai-media.co.jp>"\n')
    assert config.mail.from_ == "AIコンパス <news@ai-media.co.jp>"
    assert config.mail.sender == ("AIコンパス", "news@ai-media.co.jp")


def test_the_default_cadence_is_one_that_is_offered(tmp_path: Path) -> None:
    config = load_text(tmp_path, SMALLEST + '[newsletter]\ncadences = ["each", "daily"]\n')
    assert config.newsletter.default_cadence is Cadence.DAILY


def test_a_category_without_a_title_is_called_by_its_name(tmp_path: Path) -> None:
    category = load_text(tmp_path, SMALLEST + '[categories."AI技術ガイド"]\n').configured_categories()[0]
    assert (category.slug, category.title, category.configured) == ("ai技術ガイド", "AI技術ガイド", True)


def test_the_line_is_that_of_the_key_and_not_of_one_that_looks_like_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r":9: feeds\.limit: -1"):
        load_text(
            tmp_path,
            SMALLEST
            + '# limit = 0\n[newsletter]\nhour = 7\n[feeds] # [x]\n"folder" = "public/[limit]"\nlimit = -1\n',
        )


def test_a_file_that_is_not_there_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigurationError, match=r"none\.toml: there is no such file; make one with `kawaraban init`"
    ):
        load(tmp_path / "none.toml")


def test_importing_the_configuration_imports_nothing_of_it() -> None:
    check = "import sys, feeds.config; sys.exit('feeds.config.settings' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], cwd=HERE.parent, check=False).returncode == 0


def test_a_sender_that_no_server_would_take_is_an_obstacle_to_mail(tmp_path: Path) -> None:
    config = load_text(tmp_path, SMALLEST + '[mail]\nfrom = "X <news@exa..mple.org>"\n')
    assert [key for key, _ in config.obstacles_to_mail()] == ["mail.from"]


def test_pictures_of_feeds_are_given_by_their_path_on_the_site_or_by_address(tmp_path: Path) -> None:
    text = '[site]\ntitle = "x"\nurl = "https://example.org/blog"\n[feeds]\n'
    feeds = load_text(tmp_path, text + 'icon = "/画像/icon.png"\nlogo = "https://cdn.example/l.png"\n').feeds
    assert feeds.icon == "https://example.org/blog/%E7%94%BB%E5%83%8F/icon.png"
    assert feeds.logo == "https://cdn.example/l.png"


@pytest.mark.parametrize(
    ("page", "address"),
    [
        ("/category/本/", "https://example.org/category/%E6%9C%AC/"),
        ("/books.html", "https://example.org/books.html"),
        ("https://books.example/", "https://books.example/"),
        ("/", "https://example.org/"),
    ],
)
def test_the_page_of_a_category_is_given_by_path_or_by_address(
    tmp_path: Path, page: str, address: str
) -> None:
    text = SMALLEST + f'[categories."本"]\npage = "{page}"\n'
    assert load_text(tmp_path, text).configured_categories()[0].page == address


def test_there_is_a_podcast_once_it_has_a_category(tmp_path: Path) -> None:
    text = SMALLEST + 'author = "大和"\n[podcast]\nowner = "大和 <podcast@example.org>"\n'
    assert load_text(tmp_path, text).configured_podcast() is None
    config = load_text(
        tmp_path, text + 'categories = ["News>Tech News", "Technology"]\n[feeds]\nicon = "/i.png"\n'
    )
    podcast = config.configured_podcast()
    assert podcast is not None
    assert podcast.categories == (("News", "Tech News"), ("Technology",))
    assert (podcast.author, podcast.image) == ("大和", "https://example.org/i.png")
    assert (podcast.owner_name, podcast.owner_email) == ("大和", "podcast@example.org")


def test_a_hub_keeps_the_slash_at_its_end(tmp_path: Path) -> None:
    hubs = ["https://hub.example/", "https://hub.example/publish", "http://127.0.0.1:8080/"]
    assert load_text(tmp_path, SMALLEST + f"[feeds]\nhubs = {hubs}\n".replace("'", '"')).feeds.hubs == tuple(
        hubs
    )
