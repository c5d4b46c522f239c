"""What Hugo's configuration says of a site, and where its feeds lie."""

from __future__ import annotations

from pathlib import Path

from feeds.actions.sites.reading import folder_with_posts, joined_url, read_table
from feeds.actions.sites.site import GeneratorSite
from feeds.errors import ConfigurationError
from feeds.posts.dialects.hugo import term_path
from feeds.posts.dialects.hugo_settings import SETTINGS, hugo_settings
from feeds.posts.dialects.settings import Files, Table, flag, folded_settings_of, table, text
from feeds.posts.fields import Fields, Value
from feeds.posts.settings_files import settings_files

_NO_FEEDS = """\
Hugo makes feeds of its own. Once yours are served, keep it from that in {file}:

disableKinds = ["RSS"]"""


def find(root: Path) -> GeneratorSite:
    """The Hugo site in this folder. Raises ConfigurationError where its configuration is broken."""
    files = settings_files(root, root / "content", SETTINGS)
    for name, _ in files:
        _refuse_broken(root / name)
    said = folded_settings_of(files)
    params = table(said.get("params"))
    own = text(said.get("defaultcontentlanguage")).lower()
    spoken = {**table(table(said.get("languages")).get(own or "en")), **said}
    content = hugo_settings(files, own or "en").folders
    name, email = _author(spoken.get("author") or params.get("author"))
    names = [name for name, _ in files if name.rpartition("/")[2].startswith(("hugo.", "config."))]
    told_by = next(iter(names or [name for name, _ in files]), "the folder")
    return GeneratorSite(
        root=root,
        dialect="hugo",
        told_by=told_by,
        posts_name=_posts_name(root, content),
        public_name=text(said.get("staticdir")) or "static",
        title=text(spoken.get("title")),
        url=joined_url(text(said.get("baseurl"))),
        language=_language(spoken, own),
        timezone=text(said.get("timezone")),
        author=name,
        email=email or text(params.get("email")),
        description=text(params.get("description")) or text(params.get("subtitle")),
        future=flag(said.get("buildfuture")),
        categories_from=_taxonomy(said),
        feeds=_feeds(files, said),
        category_feed=lambda label: f"/{_plural(said)}/{term_path(label, files)}/index.xml",
        language_feed=lambda language: f"/{language.lower()}/index.xml",
        advice=() if _makes_none(said) or not files else (_NO_FEEDS.format(file=told_by),),
    )


def _refuse_broken(file: Path) -> None:
    try:
        read_table(file)
    except ConfigurationError:
        raise
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read: {error.strerror}") from None


def _posts_name(root: Path, content: tuple[tuple[str, str], ...]) -> str:
    """The content folder; where each language has one, the folder above them all."""
    own = [folder for folder, language in content if language and (root / folder).is_dir()]
    if not own:
        return folder_with_posts(
            root, [*(folder for folder, language in content if not language), "_content"]
        )
    above = {folder.rpartition("/")[0] for folder in own}
    return above.pop() or "." if len(above) == 1 and len(own) > 1 else own[0]


def _language(said: Table, own: str) -> str:
    return (text(said.get("languagecode")) or text(said.get("locale")) or own).replace("_", "-")


def _author(value: Value | None) -> tuple[str, str]:
    fields = Fields({"author": value or ""}, {})
    name = text(value) or fields.text("author.name", "author")
    return name, text(table(value).get("email"))


def _taxonomy(said: Table) -> tuple[str, ...]:
    """Another taxonomy that stands for categories, where the site has those abolished."""
    plurals = [text(value) for value in table(said.get("taxonomies")).values()]
    if not plurals or "categories" in plurals:
        return ()
    others = [plural for plural in plurals if plural not in {"tags", ""}]
    return (others[0],) if others else ()


def _plural(said: Table) -> str:
    return (*_taxonomy(said), "categories")[0]


def _makes_none(said: Table) -> bool:
    kinds = said.get("disablekinds")
    return isinstance(kinds, list) and any(str(kind).lower() == "rss" for kind in kinds)


def _feeds(files: Files, said: Table) -> tuple[tuple[str, str], ...]:
    if _makes_none(said):
        return ()
    prefix = f"/{text(said.get('defaultcontentlanguage')).lower() or 'en'}"
    in_subdir = flag(said.get("defaultcontentlanguageinsubdir"))
    return ((f"{prefix if in_subdir else ''}/index.xml", ".rss.xml"),)
