"""Which modules beside a user's own file its `import` statements mean, told without executing anything.

The folder of a file is looked through, and if that is a package (it holds `__init__.py`), the folder around it, and so
on up to the first that is none. A module of the standard library, of this package, or of a library that is installed
goes before a file of its name: a file called `random.py` is not taken for `random`.
"""

from __future__ import annotations

import ast
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from plausible.registry.failure import is_library

OWN = [
    Path(__file__).resolve().parents[2] / name for name in ("studies", "figures")
]  # folders of the project, if it is there: packages that are imported like any other
OURS = ("plausible", "baselines")
INIT = "__init__.py"


class Import(NamedTuple):
    """What one `import` statement names: `from ..a import b, c` is ("a", 2, ("b", "c"))."""

    module: str
    level: int = 0  # dots in front
    names: tuple[str, ...] = ()


def neighbour(module: str, of: Path, level: int = 0) -> Path | None:
    """The file that the module of this name lies in, if it lies beside the user's own file `of`, or in a package there.

    Args:
        module: as in `import module`, dots included; "" for a package itself, as in `from . import name`.
        of: the file that imports it, with links resolved.
        level: how many dots stand in front of the name, in `from ..module import name`.

    Returns:
        The file, of a package its `__init__.py`; None for a module that is not beside `of`, and for a folder without
            `__init__.py`.
    """
    places = chain(module, of, level)
    last = places[-1] if places else None
    return None if last is None or last.is_dir() else last


def chain(module: str, of: Path, level: int = 0) -> list[Path]:
    """The files and folders that importing a module beside a file executes, from its outermost package on; [] if none.

    A folder stands for a package without `__init__.py`.
    """
    if level:
        base = of.parents[level - 1] if level <= len(of.parents) else of.parent
        if not (base / INIT).is_file():
            return []  # Python knows no parent package
        return down(base, module.split(".")) if module else [base / INIT]
    top = module.partition(".")[0]
    if not top or top in sys.stdlib_module_names or top in OURS:
        return []
    for folder in folders(of):
        files = down(folder, module.split("."))
        if files:
            return [] if folder in (own.parent for own in OWN) or installed(top) else files
    return []


def folders(of: Path) -> list[Path]:
    """The folder of a file, and those around it up to the first that is no package."""
    around = [of.parent]
    while (around[-1] / INIT).is_file() and around[-1] != around[-1].parent:
        around.append(around[-1].parent)
    return around


def down(folder: Path, parts: list[str]) -> list[Path]:
    """The files of a module and of the packages that it is in, from `folder` on; [] if it is not there."""
    files: list[Path] = []
    for part in parts:
        inside = folder / part
        places = (inside / INIT, inside.with_name(f"{part}.py"))
        file = next((place for place in places if place.is_file()), None)
        if file is None and not (inside.is_dir() and any(inside.glob("*.py"))):
            return []
        if files and files[-1].suffix and files[-1].name != INIT:
            return []  # the part before is a module, so this one is a name in it
        files.append(inside if file is None else file)
        folder = inside
    return files


def installed(top: str) -> bool:
    """Whether a library of this name is installed, found without importing it."""
    specs: Any = (finder.find_spec(top, None) for finder in sys.meta_path)
    spec: Any = next(filter(None, specs), None)
    if spec is None:
        return False
    return any(map(is_library, spec.submodule_search_locations or [spec.origin or ""]))


def neighbours(of: Path) -> tuple[Path, ...]:
    """The files beside a user's own file that it imports itself, each once, packages before what is in them.

    A file that is no Python imports nothing.
    """
    files: dict[Path, None] = {}
    for module, level, names in statements(of):
        for name in (module, *(f"{module}.{name}".strip(".") for name in names)):
            files |= dict.fromkeys(place for place in chain(name, of, level) if not place.is_dir())
    return tuple(files)


def all_neighbours(of: Path) -> tuple[Path, ...]:
    """The files beside a user's own file that it imports, and that those import, and so on; itself first."""
    files: dict[Path, None] = {}
    waiting = [of]
    while waiting:
        file = waiting.pop()
        if file not in files:
            files[file] = None
            waiting += neighbours(file)
    return tuple(files)


def statements(file: Path) -> tuple[Import, ...]:
    """The `import` statements of a file, wherever in it they stand; none of a file that is no Python."""
    try:
        about = file.stat()
        return read(file, about.st_mtime_ns, about.st_size)
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return ()


@lru_cache(512)
def read(file: Path, changed: int, size: int) -> tuple[Import, ...]:
    """`statements` of a file that was changed then. Raises what reading it and `ast.parse` do."""
    imports: list[Import] = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imports += [Import(alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = tuple(alias.name for alias in node.names)
            imports.append(Import(node.module or "", node.level, names))
    return tuple(imports)
