"""Templates and texts: the owner's stand before ours, and a broken one is named."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feeds.errors import ConfigurationError
from feeds.templating import LANGUAGES, environment, language_of, load_texts, packaged_templates


def _write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    return file


def test_a_file_of_the_owner_takes_the_place_of_ours(tmp_path: Path) -> None:
    _write(tmp_path, "pages/error.html", "mine")
    made = environment([tmp_path])
    assert made.get_template("pages/error.html").render() == "mine"
    assert made.get_template("pages/signup.html").filename == str(packaged_templates() / "pages/signup.html")


def test_a_single_text_of_the_owner_takes_the_place_of_ours(tmp_path: Path) -> None:
    _write(tmp_path, "texts/ja/pages.toml", '[signup]\nsubmit = "申し込む"\n')
    texts = environment([tmp_path]).globals["texts"]
    assert texts("ja")("pages.signup.submit") == "申し込む"
    assert texts("ja")("pages.preferences.submit") == "保存する"
    assert texts("en")("pages.signup.submit") == "Sign up"


def test_markup_is_escaped_and_plain_text_is_not(tmp_path: Path) -> None:
    _write(tmp_path, "a.html", "{{ x }}")
    _write(tmp_path, "a.txt", "{{ x }}")
    made = environment([tmp_path])
    assert made.get_template("a.html").render(x="<b>") == "&lt;b&gt;"
    assert made.get_template("a.txt").render(x="<b>") == "<b>"
    assert made.from_string("{{ x }}").render(x="<b>") == "&lt;b&gt;"


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("one\n{% if %}", "Expected an expression"),
        ("one\n{{ nobody }}", "'nobody' is undefined"),
        ("one\n{{ 1 // 0 }}", "by zero"),
        ("one\n{{ ''.__class__.__mro__ }}", "unsafe"),
        ("one\n{{ t('pages.no.such', 'ja') }}", "there is no text 'pages.no.such' in texts/ja/"),
        ("one\n{{ t('pages.hour', 'ja') }}", "asks for {hour}"),
    ],
)
def test_a_broken_template_is_named_with_its_line(tmp_path: Path, template: str, words: str) -> None:
    file = _write(tmp_path, "pages/mine.html", template)
    with pytest.raises(ConfigurationError, match=re.escape(words)) as caught:
        environment([tmp_path]).get_template("pages/mine.html").render()
    assert str(caught.value).startswith(f"{file}:2: ")


def test_a_broken_part_is_named_and_not_the_page_that_includes_it(tmp_path: Path) -> None:
    part = _write(tmp_path, "part.html", "{{ nobody }}")
    _write(tmp_path, "whole.html", "\n\n{% include 'part.html' %}")
    with pytest.raises(ConfigurationError, match=re.escape(f"{part}:1: ")):
        environment([tmp_path]).get_template("whole.html").render()


@pytest.mark.parametrize("texts", ["= broken", "a = 1\n", "[a]\nb = ['x']\n"])
def test_broken_texts_are_named(tmp_path: Path, texts: str) -> None:
    file = _write(tmp_path, "texts/ja/pages.toml", texts)
    with pytest.raises(ConfigurationError, match=re.escape(str(file))):
        load_texts([tmp_path], "ja")


def test_a_template_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    (tmp_path / "sjis.html").write_bytes("瓦版".encode("shift_jis"))
    with pytest.raises(ConfigurationError, match=re.escape("sjis.html is not UTF-8")):
        environment([tmp_path]).get_template("sjis.html")


def test_values_in_texts_are_filled_once_and_never_looked_into(tmp_path: Path) -> None:
    _write(tmp_path, "texts/en/mine.toml", 'a = "{x}, {x}"\nb = "{x.__class__} {x!r}"\n')
    texts = load_texts([tmp_path], "en")
    assert texts("mine.a", x="{x}") == "{x}, {x}"
    assert texts("mine.b", x=1) == "{x.__class__} {x!r}"


def test_one_thing_may_have_words_of_its_own() -> None:
    texts = load_texts([packaged_templates()], "en")
    assert texts("pages.feeds.posts", count=1) == "1 post"
    assert texts("pages.feeds.posts", count=2) == "2 posts"


def test_both_languages_have_the_same_texts_and_pages_give_them_the_same_values() -> None:
    japanese, english = (load_texts([packaged_templates()], language) for language in LANGUAGES)
    singular = {key for key in english if key.endswith("_one") and key.removesuffix("_one") in english}
    assert set(japanese) - singular == set(english) - singular
    for key in (key for key in japanese if key.startswith("pages.")):
        holes = [set(re.findall(r"\{(\w+)\}", texts._texts[key])) for texts in (japanese, english)]
        assert holes[0] == holes[1], key


def test_dates_are_written_as_readers_write_them() -> None:
    made = environment([])
    evening = datetime(2026, 11, 23, 16, tzinfo=UTC)
    assert made.from_string("{{ d|longdate('ja', 'Asia/Tokyo') }}").render(d=evening) == "2026年11月24日"
    assert (
        made.from_string("{{ d|longdate('en', 'America/New_York') }}").render(d=evening)
        == "November 23, 2026"
    )


def test_other_languages_get_english() -> None:
    assert [language_of(tag) for tag in ("ja", "ja-JP", "JA_jp", "en-GB", "fr", "")] == ["ja"] * 3 + [
        "en"
    ] * 3


def test_nothing_but_jinja2_is_imported_to_build_an_environment() -> None:
    code = (
        "import sys; from feeds.templating import environment; environment([]);"
        "print(sorted({'babel', 'starlette', 'feeds.config'} & set(sys.modules)))"
    )
    root = Path(__file__).resolve().parents[1]
    assert subprocess.check_output([sys.executable, "-c", code], cwd=root, text=True) == "[]\n"
