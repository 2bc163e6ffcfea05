"""Paths as users give them, and files that are whole or not there.

A file is written beside its place under a name that nobody can guess, then renamed.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from plausible.errors import BadInput, first_line, require


def at_home(what: str, given: str | Path) -> Path:
    """A path in which `~` is filled in, as a shell does only where it stands first. Raises `BadInput`."""
    require(isinstance(given, str | Path), what, given, "a path")
    require(str(given) != "", what, given, "a name or a path")
    require("\0" not in str(given), what, str(given), "a path, which holds no NUL")
    try:
        return Path(given).expanduser()
    except RuntimeError as error:  # an unknown user
        raise BadInput(f"{what} is {str(given)!r}: expected a path ({first_line(error)})") from error


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A name to write to, which takes the place of `path` at the end, or is removed if anything goes wrong.

    It lies in a new folder beside `path`, which nobody else may write to: a file or link that somebody put there
    beforehand is never followed, and the finished file has the permissions that any new file has.

    Raises:
        OSError: if nothing can be written there.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from plausible.writing import whole
    >>> with TemporaryDirectory() as folder:
    ...     with whole(Path(folder) / "numbers.txt") as name:
    ...         _ = name.write_text("1 2 3", encoding="utf-8")
    ...     [file.name for file in Path(folder).iterdir()]
    ['numbers.txt']
    """
    folder = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}-"))
    try:
        yield folder / path.name
        (folder / path.name).replace(path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
