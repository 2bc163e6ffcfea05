"""The file of a module, and its contents, which are read again as soon as the file has changed.

Nothing is imported or executed on the way.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from plausible.errors import BadInput, first_line
from plausible.registry import files
from plausible.registry.failure import is_library, is_ours
from plausible.registry.opened import READINGS, Stamp, stamp
from plausible.study.keys.definitions import Module

LONGEST = 2**22  # bytes of a file of Python
OURS = ("plausible", "baselines")
RECENT = 2 * 10**8  # ns: a file that was written so lately may be written again with the same time stamp


class Changed(BadInput):
    """Code or data are not those that a key is of."""


class Read(NamedTuple):
    """The contents of a file when it was read."""

    stamp: Stamp  # empty if the file had been written just before
    module: Module
    executed: int | None  # the execution of its module that this process had made by then


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


def module_in(file: Path, name: str = "") -> Module:
    """The contents of a file of Python, the same object as long as the file does not change.

    Raises:
        BadInput: if the file is no Python.
        Changed: if the module `name` has changed since this process imported it, so that the code that would be
            executed here is not that of the file.
    """
    now = stamp(file)
    known = _READ.get(file)
    if known is not None and now and now == known.stamp:
        return heard_of(file, known, name).module
    settled = bool(now) and time.time_ns() - max(now[2:]) > RECENT
    text = source_in(file)
    executed = execution(name)
    if known is not None and known.module.text == text:
        module = known.module
    elif known is not None and known.executed is not None and known.executed == executed:
        raise Changed(
            f"{str(file)!r} has changed since this process imported it: start Python anew, or reload {name}"
        )
    else:
        module = Module(text, file.name, is_package=file.name == "__init__.py", ours=is_ours(str(file)))
    _READ[file] = Read(now if settled else (), module, executed)
    return module


def execution(name: str) -> int | None:
    """The number of a module's execution in this process, which reloading changes; None if it is not imported."""
    spec = getattr(sys.modules.get(name), "__spec__", None)
    return None if spec is None else id(spec)


def heard_of(file: Path, known: Read, name: str) -> Read:
    """What was read of a file, with the execution of its module, if that was imported only since."""
    if known.executed is None and (executed := execution(name)) is not None:
        _READ[file] = known = known._replace(executed=executed)
    return known


def unchanged(file: Path, path: str, module: Module, name: str) -> bool:
    """Whether a file, whose path as a text is `path`, still has these contents. `BadInput` is as in `module_in`."""
    known = _READ.get(file)
    as_it_was = known is not None and known.module is module and known.stamp and stamp(path) == known.stamp
    if as_it_was and known is not None:
        heard_of(file, known, name)
    return bool(as_it_was) or module_in(file, name) is module


def data_read(things: Iterable[Thing]) -> dict[str, str]:
    """The files that users' modules have read while they were imported, each with its digest."""
    places = (files.USER_FILES.get(thing) if isinstance(thing, str) else thing for thing in things)
    return {file: digest for place in places if place for file, digest in READINGS.digests(place).items()}


def source_in(file: Path) -> str:
    """The text of a file of Python. Raises `BadInput` if it cannot be read."""
    if not file.is_file():
        wrong = "is a folder" if file.is_dir() else "is not there"
        raise BadInput(f"{str(file)!r} {wrong}: expected a file of Python")
    if (size := file.stat().st_size) > LONGEST:
        raise BadInput(f"{str(file)!r} has {size} bytes: expected a file of Python, of up to {LONGEST}")
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
    """The modules that a module imports, in functions too; `from a import b` may mean `a.b`. Raises `BadInput`."""
    file = file_of(thing)
    return [] if file is None else list(dict.fromkeys(module_in(file).imported()))


def origin(module: str) -> Path | None:
    """The file of a module's source, or None. Unlike `importlib.util.find_spec`, it does not import the package."""
    loaded: Any = getattr(sys.modules.get(module), "__spec__", None)
    if (
        loaded is not None and loaded.name == module
    ):  # the file that is executed here, even if another one would be imported by now
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

    It is for this package, for the packages of `roots`, and for packages that are installed from an author's own
    folder.
    """
    top = package(module)
    if top in OURS or top in roots or module in files.USER_FILES:
        return True
    if top in sys.stdlib_module_names:
        return False
    file = origin(top) or origin(module)  # a package without `__init__.py` has no file
    return file is not None and not is_library(str(file))
