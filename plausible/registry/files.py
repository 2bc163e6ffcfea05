"""A user's own files: where they lie, how they are executed, and who is told of it."""

from __future__ import annotations

import importlib.util
import sys
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from plausible.errors import BadInput, first_line, unknown
from plausible.registry.users import guarded

USER_FILES: dict[str, Path] = {}  # by the name of the module that was made of each

OWN = [
    Path(__file__).resolve().parents[2] / name for name in ("studies", "figures")
]  # the project's, if it is there

UNSAID: list[Path] = []  # files that were executed here, and that nobody has been told of yet

SAID: set[Path] = (
    set()
)  # files that were said before they were executed: nobody had named them by their paths

TELL: list[Callable[[], None]] = []  # what tells of `UNSAID`


def from_file(file: str, attribute: str) -> Any:
    """The object called `attribute` in the Python file `file`. Raises `BadInput`, whatever is wrong with the file."""
    path = path_of(file)
    if not path.is_file():
        raise BadInput(f"file {file!r} is not there: expected a Python file that defines {attribute}")
    module = module_of(path, path.stat().st_mtime_ns)
    if attribute not in vars(module):
        raise unknown(
            f"name in {file}", attribute, [name for name in vars(module) if not name.startswith("_")]
        )
    return vars(module)[attribute]


def found_by_name(file: Path) -> str:
    """The path of a file that a name has led to; that it is executed is told before. For `from_file`."""
    path = path_of(str(file))
    if path.parent not in OWN and path not in SAID:
        SAID.add(path)
        UNSAID.append(path)
        for tell in TELL:
            tell()
    return str(path)


def path_of(file: str) -> Path:
    """Where a file lies, with links resolved and ~ filled in. Raises `BadInput` for what can be no path."""
    try:
        return Path(file).expanduser().resolve()
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, an unknown user, a null character
        raise BadInput(f"file {file!r} cannot be looked for: {first_line(error)}") from error


def executed(file: str) -> ModuleType:
    """The module of a user's own file that this process has executed already. Raises `BadInput` if it has not."""
    path = path_of(file)
    for name, known in USER_FILES.items():
        if known == path and name == module_name(path, path.stat().st_mtime_ns if path.is_file() else 0):
            return sys.modules[name]
    raise BadInput(f"{file!r} is a file that reading a result does not execute")


def module_name(path: Path, changed: int) -> str:
    """What the module of a user's own file is called; one that changed is another."""
    return f"plausible_user_{path.stem}_{zlib.crc32(f'{path} {changed}'.encode()):08x}"


def advice(path: Path, error: BaseException) -> str:
    """What to do about a file that cannot be imported."""
    missing = f"{error.name}.py" if isinstance(error, ModuleNotFoundError) else ""
    if missing and (path.parent / missing).is_file():
        return f"{missing} beside it is not looked for: expected one file, or a package that is installed"
    return "run it by itself"


def require_readable(path: Path) -> None:
    """Raise `BadInput` for a file that is not in UTF-8: Python may execute it, but its code has no key."""
    try:
        path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            f"file {str(path)!r} cannot be imported: {type(error).__name__}: {first_line(error)}; expected UTF-8"
        ) from error


@cache
def module_of(path: Path, changed: int) -> ModuleType:
    """The module made of a user's own file; a file that changed since makes a new one."""
    name = module_name(path, changed)
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise BadInput(f"file {str(path)!r} cannot be imported: expected a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    require_readable(path)
    with guarded(lambda reason, e: f"file {str(path)!r} cannot be imported: {reason}; {advice(path, e)}"):
        spec.loader.exec_module(module)
    USER_FILES[name] = path
    if path.parent not in OWN and path not in SAID:
        UNSAID.append(path)
    return module
