"""What stands in and around a posts folder, for telling dialects apart."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from feeds.model.noun import dataclass
from feeds.posts.file import text_of
from feeds.posts.folder import list_sources

_CONFIGURATIONS = re.compile(
    r"_config\.(?:ya?ml|toml)|(?:hugo|config)\.(?:toml|ya?ml|json)|zola\.toml|\.eleventy\.js|pelicanconf\.py|"
    r"(?:eleventy|astro|docusaurus)\.config\.[cm]?[jt]s|qiita\.config\.json|\.vitepress"
)
_SAYS_TOO_LITTLE = re.compile(r"_?config\.(?:toml|ya?ml|json)|package\.json")
_HEIGHT = 4
"""How far above posts a configuration is looked for; Astro keeps them in ``src/content/blog``."""
_SAMPLES = 8
_SAMPLE_SIZE = 2000


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands in and around a posts folder, for telling dialects apart."""

    folder: Path
    """The posts folder, or a site's root."""
    root: Path
    """The nearest folder, from that one upwards, with a generator's configuration; else that one."""
    files: frozenset[str]
    """Names of the files in both."""
    folders: frozenset[str]
    """Names of the folders in both, and of the posts folder itself."""
    texts: Mapping[str, str]
    """Name → text of the files whose name says too little: ``config.toml``, ``package.json`` …"""
    posts: tuple[str, ...]
    """Paths of some posts below the folder."""
    sample: tuple[str, ...]
    """How these begin."""


def surroundings(folder: Path, *, above: bool = True) -> Surroundings:
    """What stands in the folder, and in the nearest one above with a generator's configuration."""
    folder = folder.resolve()
    root = _root_of(folder) if above else folder
    files, folders = _names(folder)
    more_files, more_folders = _names(root)
    texts = {name: text_of(root / name) for name in more_files if _SAYS_TOO_LITTLE.fullmatch(name)}
    posts = _some([source.path for source in list_sources(folder)])
    return Surroundings(
        folder=folder,
        root=root,
        files=frozenset(files | more_files),
        folders=frozenset({folder.name, *folders, *more_folders}),
        texts=texts,
        posts=posts,
        sample=tuple(text_of(folder / path, _SAMPLE_SIZE) for path in posts),
    )


def is_configuration(name: str) -> bool:
    """Whether a file or folder of this name is the configuration of a generator."""
    return _CONFIGURATIONS.fullmatch(name) is not None


def _root_of(folder: Path) -> Path:
    for place in (folder, *folder.parents[: _HEIGHT - 1]):
        files, folders = _names(place)
        if any(map(is_configuration, files | folders)) or (place / "config" / "_default").is_dir():
            return place
        if ".git" in folders:
            break
    return folder


def _some(paths: list[str]) -> tuple[str, ...]:
    """A few of the paths, from all over the list, and a section's own page if there is one."""
    pages = [path for path in paths if path.rpartition("/")[2].startswith("_index.")]
    return (*pages[:1], *paths[:: max(1, len(paths) // _SAMPLES)][:_SAMPLES])


def _names(folder: Path) -> tuple[set[str], set[str]]:
    try:
        with os.scandir(folder) as entries:
            found = [(entry.name, entry.is_dir()) for entry in entries]
    except OSError:
        return set(), set()
    folders = {name for name, is_folder in found if is_folder}
    return {name for name, _ in found} - folders, folders
