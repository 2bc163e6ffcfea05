"""Programs that are executed have to be the user's own, and as they were when they were built.

A folder of programs belongs to the user, is no link, and nobody else may write into it or read it (mode 0700). A
program is sealed when it is built: `seal.json` beside it has the SHA-256 of every file, sources and binary. A program
is executed only while all of its files are regular files of the user with these digests.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

from plausible.spiking.simulate import SimulationError
from plausible.writing import whole

SEAL = "seal.json"
LONGEST = 2**20  # bytes of a seal: ten times what is written
PRIVATE = 0o700
OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def user() -> int:
    """The number of the user of this process; -1 on systems without such numbers."""
    return os.getuid() if os.name == "posix" else -1


def keep_private(folder: Path) -> None:
    """Make a folder for programs, and see to it that it is the user's alone.

    Raises:
        SimulationError: if it is a link or no folder, belongs to somebody else, or others could have written into it.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=PRIVATE, exist_ok=True)
        own_folder, above = folder.lstat(), folder.parent.stat()
    except OSError as error:
        raise SimulationError(
            f"programs cannot be kept in {str(folder)!r} ({error.strerror}): expected a folder of your own; "
            "set PLAUSIBLE_CACHE to one"
        ) from error
    wrong = ""
    if not stat.S_ISDIR(own_folder.st_mode):
        wrong = "is a link" if stat.S_ISLNK(own_folder.st_mode) else "is no folder"
    elif user() not in (-1, own_folder.st_uid):
        wrong = f"belongs to user {own_folder.st_uid}"
    elif user() != -1 and own_folder.st_mode & OTHERS_WRITE:
        wrong = f"can be written by others (mode {stat.S_IMODE(own_folder.st_mode):03o})"
    elif above.st_mode & stat.S_IWOTH and not above.st_mode & stat.S_ISVTX:
        wrong = "can be put in its place by others, who may write into the folder above"
    if wrong:
        raise SimulationError(
            f"programs in {str(folder)!r} are not executed, as it {wrong}: expected a folder of your own with mode "
            "700; remove it, or set PLAUSIBLE_CACHE to another"
        )
    if stat.S_IMODE(own_folder.st_mode) != PRIVATE:
        folder.chmod(PRIVATE)  # until now others could read it, but not write


def remove(program: Path) -> None:
    """Remove the folder of a program; of a link, the link alone. Raises `SimulationError`."""
    try:
        if program.is_symlink() or program.is_file():
            program.unlink()
        elif program.exists():
            shutil.rmtree(program)
    except OSError as error:
        raise SimulationError(
            f"the program in {str(program)!r} cannot be built anew ({error.strerror}): remove it by hand"
        ) from error


def seal(program: Path) -> None:
    """Write the digests of all files of a program beside it."""
    with whole(program / SEAL) as file:
        file.touch(mode=0o600)
        file.write_text(json.dumps(digests(program, without=file.parent), indent=1), encoding="utf-8")


def sealed(program: Path) -> bool:
    """Whether all files of a program are there, unchanged, and the user's."""
    try:
        if not own(program / SEAL) or (program / SEAL).lstat().st_size > LONGEST:  # a pipe has no end
            return False
        promised = json.loads((program / SEAL).read_text(encoding="utf-8"))
        return bool(promised == digests(program))
    except (OSError, ValueError, RecursionError):
        return False


def digests(program: Path, without: Path | None = None) -> dict[str, str]:
    """By path the SHA-256 of every file below a folder but its seal; a word for what is no regular file of the user.

    The folder `without` is left out: in it a seal is being written.
    """
    by_file = {}
    if not own(program, stat.S_ISDIR):
        return {".": "not a folder of the user"}
    for here, folders, files in os.walk(program):
        for name in [*files, *(one for one in folders if Path(here, one).is_symlink())]:
            path = Path(here, name)
            if path != program / SEAL and path.parent != without:
                by_file[path.relative_to(program).as_posix()] = digest(path)
    return by_file


def digest(path: Path) -> str:
    """The SHA-256 of a file; a word for what is no regular file of the user."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if own(path) else "not a file of the user"


def own(path: Path, kind: Callable[[int], bool] = stat.S_ISREG) -> bool:
    """Whether a path is a regular file, or of another `kind`, no link, the user's, and not writable by others."""
    about = path.lstat()
    mine = user() == -1 or (about.st_uid == user() and not about.st_mode & OTHERS_WRITE)
    return mine and kind(about.st_mode)
