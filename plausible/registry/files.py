"""A user's own files: where they lie, how they are executed with what lies beside them, and who is told of it."""

from __future__ import annotations

import builtins
import importlib.util
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from plausible.errors import BadInput, Lacking, first_line, unknown
from plausible.registry.neighbours import OWN as OWN
from plausible.registry.neighbours import all_neighbours, chain
from plausible.registry.neighbours import neighbour as neighbour
from plausible.registry.neighbours import neighbours as neighbours
from plausible.registry.opened import READINGS, watching
from plausible.registry.users import guarded

USER_FILES: dict[str, Path] = {}  # by the name of the module that was made from each

UNSAID: list[Path] = []  # files that this process has executed, and that no line has told of yet

SAID: set[Path] = (
    set()
)  # files that were told of before they were executed, as the user had not named their paths

TELL: list[Callable[[], None]] = []  # the functions that tell of `UNSAID`


def from_file(file: str, attribute: str) -> Any:
    """The object called `attribute` in the Python file `file`. Raises `BadInput`, whatever is wrong with the file."""
    path = path_of(file)
    if not path.is_file():
        found = "is a folder" if path.is_dir() else "is no file" if path.exists() else "is not there"
        raise BadInput(f"file {file!r} {found}: expected a Python file that defines {attribute}")
    module = module_of(path)
    if attribute not in vars(module):
        raise unknown(f"name in {file}", attribute, defined(module))
    return vars(module)[attribute]


def defined(module: ModuleType) -> list[str]:
    """The names that a user's own file gives to classes, functions and values of its own; not those that it imports."""

    def own(thing: Any) -> bool:
        if isinstance(thing, ModuleType) or type(thing).__module__ == "__future__":
            return False
        return not callable(thing) or getattr(thing, "__module__", "") == module.__name__

    return [name for name, thing in vars(module).items() if not name.startswith("_") and own(thing)]


def found_by_name(file: Path) -> str:
    """The path, for `from_file`, of a file that a name has led to. A line says beforehand that it will be executed."""
    path = path_of(str(file))
    if path.parent not in OWN and path not in SAID:
        SAID.add(path)
        UNSAID.append(path)
        for tell in TELL:
            tell()
    return str(path)


def path_of(file: str) -> Path:
    """The path of a file, with links resolved and ~ filled in. Raises `BadInput` for a text that can be no path."""
    try:
        return Path(file).expanduser().resolve()
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, an unknown user, a null character
        raise BadInput(f"file {file!r} cannot be looked for: {first_line(error)}") from error


def executed(file: str) -> ModuleType:
    """The module of a user's own file that this process has executed already. Raises `Lacking` if it has not."""
    path = path_of(file)
    name = module_name(path) if path in USER_FILES.values() else ""
    if USER_FILES.get(name) == path:
        return sys.modules[name]
    if not path.is_file():
        raise Lacking(f"it needs {file!r}, which is not there")
    raise Lacking(
        f"it needs {file!r}, a file that reading a result does not execute, but with --execute-files "
        "(in Python execute_files=True)"
    )


def module_name(path: Path) -> str:
    """The name of the module of a user's own file.

    The name changes as soon as the file does, or a file beside it that it imports, or data that one of them has read
    into this process: a module that was made before holds what was there then.
    """
    about = ((file, file.stat().st_mtime_ns) for file in all_neighbours(path) if file.is_file())
    changed = sorted((str(file), time, READINGS.changes(file)) for file, time in about)
    return f"plausible_user_{path.stem}_{zlib.crc32(f'{path} {changed}'.encode()):08x}"


def advice(path: Path, error: BaseException) -> str:
    """What to do about a file that cannot be imported."""
    top = (error.name or "").partition(".")[0] if isinstance(error, ImportError) else ""
    places = [path.parent / f"{top}.py", path.parent / top] if top else []
    beside = next((place.name for place in places if place.exists()), "")
    if beside and isinstance(error, ModuleNotFoundError):
        return f"{beside} beside it is there for import statements, and for what lies in a package: add __init__.py"
    if beside:
        return f"if {beside} beside it was meant: rename it, as a library of that name is installed"
    return "run it by itself"


def require_readable(path: Path) -> None:
    """Raise `BadInput` for a file that cannot be read, or is not in UTF-8: what Python may execute has no key then."""
    try:
        path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput(
            f"file {str(path)!r} cannot be read: {error.strerror or first_line(error)}; expected a file that this user "
            "may read"
        ) from error
    except UnicodeDecodeError as error:
        raise BadInput(
            f"file {str(path)!r} cannot be imported: {type(error).__name__}: {first_line(error)}; expected UTF-8"
        ) from error


def module_of(path: Path) -> ModuleType:
    """The module made of a user's own file; a file that changed since makes a new one. Raises `BadInput`."""
    with guarded(lambda reason, e: f"file {str(path)!r} cannot be imported: {reason}; {advice(path, e)}"):
        return made_of(path)


def made_of(path: Path) -> ModuleType:
    """`module_of`, but raising whatever the file raises."""
    name = module_name(path)
    if name in sys.modules:
        return sys.modules[name]
    require_readable(path)
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise BadInput(f"file {str(path)!r} cannot be imported: expected a Python file")
    module = importlib.util.module_from_spec(spec)
    vars(module)["__builtins__"] = {**vars(builtins), "__import__": importer(path)}
    sys.modules[name] = module  # dataclasses look their module up, and so do files that import each other
    try:
        with watching(by=str(path)) as opened:
            spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    READINGS.imported(path, opened)
    USER_FILES[name] = path
    if path.parent not in OWN and path not in SAID:
        UNSAID.append(path)
    return module


def importer(of: Path) -> Callable[..., Any]:
    """The function that `import` statements of a user's own file call: Python's own, but for modules beside the file.

    Modules beside the file are executed by their paths, and have no entry in `sys.modules` by which another file could
    get them.
    """

    def imports(
        name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0
    ) -> Any:  # named as Python names them, as a call may do
        places = chain(name, of, level)
        wanted = tuple(fromlist or ())
        apart = {each: chain(f"{name}.{each}".strip("."), of, level) for each in wanted if places}
        if not places:
            return builtins.__import__(name, globals, locals, wanted, level)
        if not name and all(
            apart.values()
        ):  # `from . import module`, which needs nothing of the package itself
            package = ModuleType(of.parent.name)
        else:
            outermost, package = linked(places, name.split("."))
            if not wanted:
                return outermost
        for each, inside in apart.items():
            if inside and not hasattr(package, each):
                setattr(package, each, linked(inside[-1:], [each])[1])
        return package

    return imports


def linked(places: list[Path], parts: list[str]) -> tuple[ModuleType, ModuleType]:
    """The outermost and the innermost module of `places`, each of which becomes an attribute of the one before it."""
    modules: list[ModuleType] = []
    for place, part in zip(places, parts[-len(places) :], strict=True):
        module = made_of(place) if place.is_file() else of_folder(place)
        if modules:
            setattr(modules[-1], part, module)
        modules.append(module)
    return modules[0], modules[-1]


def of_folder(folder: Path) -> ModuleType:
    """The module of a folder without `__init__.py`."""
    module = ModuleType(folder.name)
    module.__path__ = [str(folder)]
    return module
