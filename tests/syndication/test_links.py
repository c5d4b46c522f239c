"""Links of feeds and entries: hubs, pages of the archive, other formats, other languages, stylesheets."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lxml import etree

from feeds.model.feed import Alternate, Feed, Format, Translation
from feeds.syndication.render import render
from tests.syndication.sample import SITE, entry, feed

ATOM = "{http://www.w3.org/2005/Atom}"
ARCHIVE = "{http://purl.org/syndication/history/1.0}archive"
HUB = "https://hub.example.org/"
PAGES = {
    "prev-archive": {form: f"{SITE}/1{form.suffix}" for form in Format},
    "current": {form: f"{SITE}/all{form.suffix}" for form in Format},
}
ENGLISH = tuple(Alternate(form, f"{SITE}/en{form.suffix}", "en", "In English") for form in Format)
SAME = tuple(Alternate(form, f"{SITE}/all{form.suffix}") for form in Format)


def root(made: Feed, form: Format) -> etree._Element:
    return etree.fromstring(render(made, form, path="x").body)


def links(made: Feed, form: Format) -> list[tuple[str | None, str | None]]:
    found = root(made, form)
    parent = found[0] if form is Format.RSS else found
    return [(link.get("rel"), link.get("href")) for link in parent.findall(f"{ATOM}link")]


def read(made: Feed) -> Any:
    return json.loads(render(made, Format.JSON, path="x").body)


@pytest.mark.parametrize("form", [Format.RSS, Format.ATOM])
def test_the_first_link_is_the_feed_itself_whatever_else_is_linked(form: Format) -> None:
    found = links(feed(entry(), hubs=(HUB,), pages=PAGES, alternates=ENGLISH + SAME), form)
    assert found[0] == ("self", f"{SITE}/feeds/category/guide{form.suffix}")
    assert ("hub", HUB) in found
    assert ("prev-archive", f"{SITE}/1{form.suffix}") in found
    assert ("current", f"{SITE}/all{form.suffix}") in found


def test_hubs_are_listed_in_json() -> None:
    assert read(feed(hubs=(HUB,)))["hubs"] == [{"type": "WebSub", "url": HUB}]


def test_the_next_page_of_a_json_feed_is_the_older_one() -> None:
    assert read(feed(pages=PAGES))["next_url"] == f"{SITE}/1.json"
    assert "next_url" not in read(feed(pages={"current": PAGES["current"]}))


@pytest.mark.parametrize("form", [Format.RSS, Format.ATOM])
def test_only_an_archive_is_marked_as_one(form: Format) -> None:
    assert len([*root(feed(entry(), is_archive=True), form).iter(ARCHIVE)]) == 1
    assert [*root(feed(entry()), form).iter(ARCHIVE)] == []


@pytest.mark.parametrize(("form", "other"), [(Format.RSS, Format.ATOM), (Format.ATOM, Format.RSS)])
def test_a_feed_leads_to_its_other_formats_and_to_other_languages_in_its_own(
    form: Format, other: Format
) -> None:
    found = links(feed(entry(), alternates=ENGLISH + SAME), form)
    assert ("alternate", f"{SITE}/en{form.suffix}") in found
    assert ("alternate", f"{SITE}/all{other.suffix}") in found
    assert ("alternate", f"{SITE}/en{other.suffix}") not in found
    assert ("alternate", f"{SITE}/all{form.suffix}") not in found


def test_the_first_and_the_last_alternate_of_an_atom_feed_are_the_site() -> None:
    alternates = [
        href for rel, href in links(feed(alternates=ENGLISH + SAME), Format.ATOM) if rel == "alternate"
    ]
    assert (alternates[0], alternates[-1], len(alternates)) == (f"{SITE}/", f"{SITE}/", 5)


def test_the_first_and_the_last_alternate_of_an_entry_are_the_post() -> None:
    translated = entry(translations=(Translation("en", f"{SITE}/en/1/"), Translation("ja", f"{SITE}/again/")))
    found = [
        dict(link.attrib) for link in root(feed(translated), Format.ATOM).findall(f"{ATOM}entry/{ATOM}link")
    ]
    assert [(link["href"], link.get("hreflang")) for link in found] == [
        (f"{SITE}/posts/1/", None),
        (f"{SITE}/en/1/", "en"),
        (f"{SITE}/posts/1/", "ja"),
    ]
    assert read(feed(translated))["items"][0]["_translations"] == {"en": f"{SITE}/en/1/"}


@pytest.mark.parametrize("form", [Format.RSS, Format.ATOM])
def test_browsers_are_told_of_the_stylesheet_before_the_feed(form: Format) -> None:
    made = root(feed(entry(), stylesheet=f"{SITE}/feeds/feed.css?a=1&b=2"), form)
    instruction = made.getprevious()
    assert instruction is not None
    assert instruction.tag is etree.PI
    assert instruction.text == f'type="text/css" href="{SITE}/feeds/feed.css?a=1&amp;b=2"'  # type: ignore[attr-defined]


@pytest.mark.parametrize("form", [Format.RSS, Format.ATOM])
def test_a_plain_feed_declares_no_namespace_that_it_does_not_use(form: Format) -> None:
    body = render(feed(entry()), form, path="x").body
    assert b"itunes" not in body
    assert b"history" not in body
    assert b"xml-stylesheet" not in body
