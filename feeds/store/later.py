"""Modules that are loaded only once somebody asks for something in them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any


@contextmanager
def later(*names: str) -> Iterator[None]:
    """Whoever imports these modules in the block gets them, but they are loaded at their first use.

    What they hold is taken to be functions if it is asked for within the block. After it everybody else
    imports the modules as ever, under the lock that Python has for this.
    """
    waiting = {name: _Waiting(name) for name in names if name not in sys.modules}
    for name, module in waiting.items():
        sys.modules[name] = module
        package, _, last = name.rpartition(".")
        if package:
            setattr(import_module(package), last, module)  # until the real one takes its place there
    try:
        yield
    finally:
        for name, module in waiting.items():
            module.__dict__["_open"] = False
            if sys.modules.get(name) is module:
                del sys.modules[name]


class _Waiting(ModuleType):
    """Stands for a module in the eyes of those who imported it early."""

    _open = True

    def __getattr__(self, name: str) -> Any:
        if not self._open:
            return getattr(import_module(self.__name__), name)
        if name.startswith("__"):
            raise AttributeError(name)

        def function(*arguments: Any, **options: Any) -> Any:
            return getattr(import_module(self.__name__), name)(*arguments, **options)

        return function
