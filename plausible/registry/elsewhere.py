"""Libraries that read files of the current folder when they are imported: they are imported in another folder.

Brian2 evaluates `./brian_preferences` as Python, and matplotlib reads `./matplotlibrc`. A folder that somebody else
made may hold either.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType

PACKAGE = Path(__file__).parents[1]  # what lies there is executed anyway
READERS = ("brian2", "matplotlib")
BY_NUMBER = os.chdir in os.supports_fd


@contextmanager
def elsewhere() -> Iterator[None]:
    """The current folder is that of the package meanwhile; afterwards it is what it was, removed or not."""
    here = (
        os.open(".", getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY) if BY_NUMBER else os.getcwd()  # noqa: PTH109
    )
    os.chdir(PACKAGE)
    try:
        yield
    finally:
        os.chdir(here)
        if isinstance(here, int):
            os.close(here)


class Elsewhere(SourceFileLoader):
    """Loads a module while the current folder is another."""

    def exec_module(self, module: ModuleType) -> None:
        """Execute the module."""
        with elsewhere():
            super().exec_module(module)


class Finder(MetaPathFinder):
    """Finds the libraries that read files of the current folder, for `Elsewhere` to load."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Where such a library lies; None for any other module."""
        found = PathFinder.find_spec(fullname, path, target) if fullname in READERS else None
        if found is not None and isinstance(found.loader, SourceFileLoader):
            found.loader = Elsewhere(found.loader.name, found.loader.path)
        return found


FINDER = Finder()


def import_elsewhere() -> None:
    """From now on this process imports such libraries in another folder: for processes that are the package's own."""
    if FINDER not in sys.meta_path:
        sys.meta_path.insert(0, FINDER)
