"""What a power cut must not undo."""

from __future__ import annotations

import os
from pathlib import Path


def keep(path: Path) -> None:
    """Makes a file's bytes durable, or the names in a folder; a new file needs both."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
