"""Modules that SQLAlchemy imports and a build does not use are loaded once they are used."""

from __future__ import annotations

import subprocess
import sys

_SCRIPT = """
import sys
import feeds.store
import sqlalchemy
from sqlalchemy.util import compat, concurrency

for name in ("asyncio", "importlib.metadata"):
    assert name not in sys.modules, name

async def nothing():
    pass

coroutine = nothing()
{use}
coroutine.close()
assert {name!r} in sys.modules
assert "__file__" in vars(sys.modules[{name!r}]), "the real one"
"""

_USES = {
    "asyncio": (
        "assert concurrency.iscoroutine(coroutine) and not concurrency.iscoroutine(1)",
        "import asyncio; assert concurrency.is_cancellation_exception(asyncio.CancelledError())",
        "assert not concurrency.is_exit_exception(ValueError())",
        "import asyncio.events; asyncio.run(coroutine)",
    ),
    "importlib.metadata": (
        "assert not list(compat.importlib_metadata_get('sqlalchemy.nothing'))",
        "import importlib; assert importlib.metadata.version('sqlalchemy') == sqlalchemy.__version__",
        "from importlib.metadata import version; assert version('sqlalchemy') == sqlalchemy.__version__",
    ),
}


def _runs(script: str) -> None:
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_each_use_loads_the_real_module() -> None:
    for name, uses in _USES.items():
        for use in uses:
            _runs(_SCRIPT.format(use=use, name=name))


def test_what_is_loaded_already_stays_what_it_is() -> None:
    _runs("""
import asyncio, importlib.metadata
before = asyncio, importlib.metadata
import feeds.store
from sqlalchemy.util import compat
assert compat.asyncio is before[0]
assert compat.importlib_metadata is before[1]
""")
