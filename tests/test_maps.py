"""The README promises that every folder's ``__init__.py`` is the map of that folder."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "feeds"
FOLDERS = sorted(file.parent for file in PACKAGE.rglob("__init__.py"))
SAY_SO = {
    PACKAGE / "model",  # one noun each, and all of them are in the glossary
    PACKAGE / "store",  # "every other module has the statements of one noun"
    PACKAGE / "store" / "migrations",
    PACKAGE / "posts" / "dialects",  # one generator each
}
"""Whose modules are too many to be named, and named so that nobody has to."""


def map_of(folder: Path) -> str:
    return ast.get_docstring(ast.parse((folder / "__init__.py").read_text("utf-8"))) or ""


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_what_a_map_names_is_there(folder: Path) -> None:
    names = re.findall(r"\b(\w+\.py)\b", map_of(folder))
    assert [name for name in names if not any(PACKAGE.rglob(name))] == []


@pytest.mark.parametrize("folder", [f for f in FOLDERS if f not in SAY_SO], ids=lambda folder: folder.name)
def test_every_module_is_on_its_map(folder: Path) -> None:
    modules = [file.stem for file in folder.glob("*.py") if file.stem != "__init__"]
    said = map_of(folder)
    assert [name for name in sorted(modules) if not re.search(rf"\b{name}\b", said)] == []
