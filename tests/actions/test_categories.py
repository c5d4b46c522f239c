"""Which categories there are."""

from __future__ import annotations

from feeds.actions.categories import gather
from feeds.model.category import Category

GUIDE = Category("tech", "AI技術ガイド", title="Guide", formerly=("技術解説",), configured=True)


def slugs(*labels: str, published: dict[str, str] | None = None) -> list[str]:
    return [category.slug for category in gather([], labels, published or {})[0].all]


def test_a_category_is_there_without_being_configured() -> None:
    assert slugs("読書", "Letters") == ["letters", "読書"]


def test_a_former_name_belongs_to_the_category() -> None:
    categories, clashes = gather([GUIDE], ["技術解説"], {})
    assert categories.labelled("技術解説") == GUIDE
    assert not clashes


def test_two_spellings_with_one_slug_are_named_both_and_the_more_frequent_has_the_feed() -> None:
    categories, (clash,) = gather([], ["JavaScript", "javascript", "JavaScript"], {})
    assert categories.labelled("JavaScript") is not None
    assert categories.labelled("javascript") is None
    assert "'JavaScript'" in clash.message
    assert "'javascript'" in clash.message


def test_the_spelling_that_was_published_keeps_its_feed() -> None:
    categories, (clash,) = gather([], ["JS!", "JS", "JS"], {"js": "JS!"})
    assert categories.labelled("JS!") is not None
    assert clash.left_out == "JS"


def test_a_published_category_goes_on_without_posts() -> None:
    assert slugs("読書", published={"letters": "Letters"}) == ["letters", "読書"]


def test_a_category_that_changed_its_spelling_keeps_its_feed() -> None:
    categories, clashes = gather([], ["letters"], {"letters": "Letters"})
    assert [category.formerly for category in categories.all] == [("Letters",)]
    assert not clashes


def test_a_name_is_found_however_a_person_spells_it() -> None:
    categories, _ = gather([GUIDE], ["Ｌｅｔｔｅｒｓ"], {})
    assert categories.find("tech") == categories.find("技術解説") == categories.find("ai技術ガイド") == GUIDE
    assert categories.find("letters") is not None
    assert categories.find("nothing") is None


def test_a_very_long_category_has_a_slug_that_a_file_can_be_called_by() -> None:
    one, two = slugs("長い分類" * 60 + "あ", "長い分類" * 60 + "い")
    assert one != two
    assert len(one.encode()) <= 150
    assert one.startswith("長い分類長い分類")
    assert slugs("a" * 60) == ["a" * 60]
