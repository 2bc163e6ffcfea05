"""Where the source of a module lies, and what stands in it; read again as soon as the file has changed.

Nothing is imported or executed on the way.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any, TypeAlias

from plausible.errors import BadInput, first_line
from plausible.registry import files
from plausible.registry.failure import is_library, is_ours
from plausible.study.definitions import Module

LONGEST = 2**22  # bytes of a file of Python
OURS = ("plausible", "baselines")
RECENT = 2 * 10**8  # ns: a file that was written so lately may be written again within one tick of its clock

Thing: TypeAlias = str | Path  # a module by its name; a user's own file by its path
Stamp: TypeAlias = tuple[int, ...]

_READ: dict[
    Path, tuple[Stamp, Module]
] = {}  # by file: its stamp, empty if that was recent, and what is in it


def package(thing: Thing) -> str:
    """The package that a module is in; a file is in none."""
    return "" if isinstance(thing, Path) else thing.partition(".")[0]


def shown_name(thing: Thing) -> str:
    """The name of a module; of a user's own file, the file's name, wherever it lies."""
    file = thing if isinstance(thing, Path) else files.USER_FILES.get(thing)
    if file is None:
        return str(thing)
    return f"{file.parent.name}/{file.name}" if file.name == "__init__.py" else file.name


def stamp(file: Path | str) -> Stamp:
    """What changes when a file is written or replaced; empty if it is not there."""
    try:
        about = os.stat(file)  # noqa: PTH116  # of a text, ten thousand times: twice as fast
    except (OSError, ValueError):
        return ()
    return about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns


def module_in(file: Path) -> Module:
    """What stands in a file of Python, the same object as long as that is the same. Raises `BadInput`."""
    now = stamp(file)
    then, module = _READ.get(file, ((), None))
    if module is not None and now and now == then:
        return module
    settled = bool(now) and time.time_ns() - max(now[2:]) > RECENT
    text = source_in(file)
    if module is None or module.text != text:
        module = Module(text, file.name, is_package=file.name == "__init__.py", ours=is_ours(str(file)))
    _READ[file] = now if settled else (), module
    return module


def unchanged(file: Path, name: str, module: Module) -> bool:
    """Whether a file, whose path is `name`, holds what it held. Raises `BadInput` if it is not there."""
    then, known = _READ.get(file, ((), None))
    return bool(then and known is module and stamp(name) == then) or module_in(file) is module


def source_in(file: Path) -> str:
    """The text of a file of Python. Raises `BadInput` if it cannot be read."""
    if not file.is_file() or file.stat().st_size > LONGEST:
        raise BadInput(
            f"{str(file)!r} is not there, or no file of Python: expected one of up to {LONGEST} bytes"
        )
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise BadInput(f"{str(file)!r} cannot be read: {first_line(error)}") from error


def source_of(thing: Thing) -> str | None:
    """The source of a module, or None if there is no such module or it has no source. Raises `BadInput`."""
    file = file_of(thing)
    return None if file is None else source_in(file)


def file_of(thing: Thing) -> Path | None:
    """The file that a module is in, or None if there is no such module or it has no source."""
    if isinstance(thing, Path):
        return thing
    return files.USER_FILES.get(thing) or origin(thing)


def imported(thing: Thing) -> list[str]:
    """The modules that a module imports, wherever it does; `from a import b` may mean a module `a.b`. `BadInput`."""
    file = file_of(thing)
    return [] if file is None else list(dict.fromkeys(module_in(file).imported()))


def origin(module: str) -> Path | None:
    """Where the source of a module is, or None; unlike `importlib.util.find_spec`, without importing its package."""
    loaded: Any = getattr(sys.modules.get(module), "__spec__", None)
    if (
        loaded is not None and loaded.name == module
    ):  # it is what is executed here, whatever else there is by now
        return python_file(loaded.origin)
    places: Any = None
    name = ""
    for part in module.split("."):
        name = f"{name}.{part}" if name else part
        specs = (finder.find_spec(name, places) for finder in sys.meta_path)
        spec = next(filter(None, specs), None)
        if spec is None:
            return None
        places = spec.submodule_search_locations
        if places is None and name != module:
            return None
    return python_file(spec.origin if spec else None)


def python_file(place: str | None) -> Path | None:
    """A place as a file of Python, or None."""
    return Path(place) if place and place.endswith(".py") else None


def is_followed(module: str, roots: frozenset[str]) -> bool:
    """Whether the code of a module is part of a key, and not the version of its library.

    It is for this package, for the packages of `roots`, and for those that lie where their author works on them.
    """
    top = package(module)
    if top in OURS or top in roots or module in files.USER_FILES:
        return True
    if top in sys.stdlib_module_names:
        return False
    file = origin(top)
    return file is not None and not is_library(str(file))
