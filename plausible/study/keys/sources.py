"""Where the source of a module lies, and what stands in it; read again as soon as the file has changed.

Nothing is imported or executed on the way.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from plausible.errors import BadInput, first_line
from plausible.registry import files
from plausible.registry.failure import is_library, is_ours
from plausible.study.keys.definitions import Module

LONGEST = 2**22  # bytes of a file of Python
OURS = ("plausible", "baselines")
RECENT = 2 * 10**8  # ns: a file that was written so lately may be written again within one tick of its clock

Stamp: TypeAlias = tuple[int, ...]


class Read(NamedTuple):
    """What a file held when it was read."""

    stamp: Stamp  # empty if the file had been written just before
    module: Module
    executed: int | None  # which execution of it this process had in mind then


Thing: TypeAlias = str | Path  # a module by its name; a user's own file by its path

_READ: dict[Path, Read] = {}


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


def module_in(file: Path, name: str = "") -> Module:
    """What stands in a file of Python, the same object as long as that is the same.

    Raises:
        BadInput: for a file that is no Python; and for that of the module `name`, if it has changed since this process
            imported it, so that what would be executed here is not what the file holds.
    """
    now = stamp(file)
    known = _READ.get(file)
    if known is not None and now and now == known.stamp:
        return known.module
    settled = bool(now) and time.time_ns() - max(now[2:]) > RECENT
    text = source_in(file)
    executed = execution(name)
    if known is not None and known.module.text == text:
        module = known.module
    elif known is not None and known.executed is not None and known.executed == executed:
        raise BadInput(
            f"{str(file)!r} has changed since this process imported it: start Python anew, or reload {name}"
        )
    else:
        module = Module(text, file.name, is_package=file.name == "__init__.py", ours=is_ours(str(file)))
    _READ[file] = Read(now if settled else (), module, executed)
    return module


def execution(name: str) -> int | None:
    """Which execution of a module this process has in mind; None if it has none. Reloading it is another one."""
    spec = getattr(sys.modules.get(name), "__spec__", None)
    return None if spec is None else id(spec)


def unchanged(file: Path, path: str, module: Module, name: str) -> bool:
    """Whether a file, whose path as a text is `path`, holds what it held. Raises `BadInput`, as `module_in` does."""
    known = _READ.get(file)
    as_it_was = known is not None and known.module is module and known.stamp and stamp(path) == known.stamp
    return bool(as_it_was) or module_in(file, name) is module


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
    file = origin(top) or origin(module)  # a package may be a folder alone
    return file is not None and not is_library(str(file))
