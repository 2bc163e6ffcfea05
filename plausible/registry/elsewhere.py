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

PACKAGE = Path(__file__).parents[1]  # its files are executed anyway
READERS = ("brian2", "matplotlib")
BY_NUMBER = os.chdir in os.supports_fd


@contextmanager
def elsewhere() -> Iterator[None]:
    """A context in which the package's folder is the current one. Afterwards the old one is again, even if removed."""
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
    """A loader that executes a module in `elsewhere`."""

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
        spec = PathFinder.find_spec(fullname, path, target) if fullname in READERS else None
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = Elsewhere(spec.loader.name, spec.loader.path)
        return spec


FINDER = Finder()


def import_elsewhere() -> None:
    """Let this process import such libraries in `elsewhere` from now on; for processes that are the package's own."""
    if FINDER not in sys.meta_path:
        sys.meta_path.insert(0, FINDER)
