"""Files that are there: of this checkout, copied for tests that change them, and of the data folder."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

MADE = ("__pycache__", "_build", "_generated")  # by Python and by Sphinx


def copied(folder: Path, to: Path) -> Path:
    """A copy of a folder of the checkout, without what Python writes there while other processes import from it."""
    return Path(shutil.copytree(folder, to, ignore=shutil.ignore_patterns(*MADE)))


def needs(*parts: str) -> None:
    """Skip unless a file of the data folder is there."""
    if not Path(os.environ.get("PLAUSIBLE_DATA") or "/nowhere", *parts).exists():
        pytest.skip(f"{'/'.join(parts)} is not in the folder PLAUSIBLE_DATA")
