"""Reading a .npz file, one of the suite's own or of a user's: nothing is unpickled, and what is wrong with it is named.

Messages say what "it" is, in one line; whoever reads a file puts its name in front.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias
from zipfile import ZIP_STORED, BadZipFile, ZipFile

import numpy as np
from numpy.typing import NDArray

from plausible.errors import BadInput, first_line

UNREADABLE = (  # what zipfile, numpy and json raise for bytes that are no such file
    *(OSError, EOFError, BadZipFile, zlib.error, struct.error, SyntaxError),
    *(ValueError, LookupError, TypeError, ArithmeticError, RuntimeError, MemoryError),
)
LONGEST = 2**16  # the longest axis of an array without bytes; the bytes of others bound theirs
BEGINNINGS = {  # of files that are taken for a .npz file, each with what it is
    b"\x93NUMPY": "a single array, as numpy.save writes it",
    b"\x80": "a pickle, which is never read",
}


Arrays: TypeAlias = dict[str, NDArray[Any]]


class Archive(NamedTuple):
    """The members of a file: a text, and arrays by name."""

    text: str
    arrays: Arrays


def read(file: Path, text: str) -> Archive:
    """The text in the member called `text`, and all other members.

    Raises:
        BadInput: as `arrays_in` does; and for a file that is compressed, as none is that is written here, or has no
            such text.
    """
    arrays = arrays_in(file, bounded=True)
    if text not in arrays:
        raise BadInput(f"it lacks the part {text!r}: it was written by something else")
    words = arrays.pop(text)
    if words.ndim or words.dtype.kind != "U":
        raise BadInput(f"its part {text!r} is no text")
    return Archive(str(words), arrays)


def arrays_in(file: Path, bounded: bool = False) -> Arrays:
    """The arrays of a file by name; with `bounded` none that unpacks to more than the file's own size.

    Raises:
        BadInput: if there is no such file, or it is cut off, damaged, or holds anything but arrays of numbers or words.
    """
    check_beginning(file)
    try:
        if bounded:
            check_bounded(file)
        with file.open("rb") as handle, np.load(handle, allow_pickle=False) as stored:
            arrays = {name: member(stored, name) for name in stored.files}
    except BadInput:
        raise
    except UNREADABLE as error:
        raise BadInput(f"it is cut off or damaged ({said(error)})") from error
    size = file.stat().st_size
    for name, array in arrays.items():
        if endless(array, size):
            raise BadInput(f"its part {name!r} has shape {array.shape}, which {size} bytes cannot hold")
    return arrays


def check_beginning(file: Path) -> None:
    """Raise `BadInput` unless a file is there, and begins as a zip file does."""
    if file.exists() and not file.is_file():
        raise BadInput("it is no regular file")
    try:
        with file.open("rb") as handle:
            beginning = handle.read(8)
    except OSError as error:
        raise BadInput(f"it cannot be read ({error.strerror or error})") from error
    if not beginning.startswith(b"PK\x03\x04"):
        what = next((what for first, what in BEGINNINGS.items() if beginning.startswith(first)), "")
        raise BadInput(f"it is {what or ('no .npz file' if beginning else 'empty')}")


def check_bounded(file: Path) -> None:
    """Raise `BadInput` unless a zip file unpacks to no more than its own size, as those do that are written here."""
    with ZipFile(file) as archive:
        parts = archive.infolist()
    if any(part.compress_type != ZIP_STORED for part in parts):
        raise BadInput("its parts are compressed, as none is that is written here")
    if sum(part.file_size for part in parts) > file.stat().st_size:
        raise BadInput("its parts are larger than the file")
    names = [part.filename for part in parts]
    if len(set(names)) < len(names):
        raise BadInput("two of its parts have one name")


def member(stored: Any, name: str) -> NDArray[Any]:
    """One array of an open file. Raises `BadInput`."""
    try:
        array: object = stored[name]
    except UNREADABLE as error:
        pickled = "allow_pickle" in str(error)
        reason = (
            "holds Python objects, which only pickle could read" if pickled else f"is damaged ({said(error)})"
        )
        raise BadInput(f"its part {name!r} {reason}") from error
    if not isinstance(array, np.ndarray) or array.dtype.hasobject:
        raise BadInput(f"its part {name!r} is no array")
    return array


def endless(array: NDArray[Any], size: int) -> bool:
    """Whether an array without bytes, which may claim any length, has an axis that `size` bytes do not explain."""
    return not array.nbytes and any(length > max(size, LONGEST) for length in array.shape)


def said(error: BaseException) -> str:
    """What an error says, in one line without control characters."""
    return repr(first_line(error))[1:-1] or type(error).__name__
