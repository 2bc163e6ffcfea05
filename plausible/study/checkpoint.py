"""Checkpoints: what a long run needs to go on after a kill, in one file that is whole or not there.

A file that is no checkpoint counts as a missing one. Nothing in it is pickled, and nothing unpacks to more than the
file's own size.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any, TypeAlias
from zipfile import ZIP_STORED, BadZipFile, ZipFile

import numpy as np

from plausible.writing import whole

UNREADABLE = (  # what zipfile, numpy and json raise for bytes that are no checkpoint
    *(OSError, EOFError, BadZipFile, struct.error, SyntaxError),
    *(ValueError, LookupError, TypeError, ArithmeticError, RuntimeError, MemoryError),
)


LONGEST = 2**16  # the longest axis of an array without bytes; the bytes of others bound theirs


class NotStorable(TypeError):
    """The state holds more than arrays, numbers and words in dictionaries, lists and tuples."""


# a table: names of one length, each with arrays of the same dtypes and shapes
Table: TypeAlias = dict[bytes, tuple[np.ndarray, ...]]


def save(file: Path, tree: dict[str, Any]) -> None:
    """Write nested dictionaries, lists and tuples of arrays, numbers and words, and tables of arrays by name.

    Raises:
        NotStorable: for anything else, such as a compiled simulation.
        OSError: if the file cannot be written.
    """
    arrays: list[np.ndarray] = []
    text = json.dumps(outline(tree, arrays))
    named: dict[str, Any] = {str(n): array for n, array in enumerate(arrays)}
    file.parent.mkdir(parents=True, exist_ok=True)
    with whole(file) as temporary, temporary.open("wb") as handle:
        np.savez(handle, outline=np.array(text), **named)


def load(file: Path) -> dict[str, Any] | None:
    """The tree that was saved; None if there is no file, or it cannot be read."""
    try:
        if not file.is_file() or not bounded(file):
            return None
        with file.open("rb") as handle, np.load(handle, allow_pickle=False) as stored:
            arrays = {n: stored[str(n)] for n in range(len(stored.files) - 1)}
            longest = max(file.stat().st_size, LONGEST)
            if any(length > longest for array in arrays.values() for length in array.shape):
                return None  # an array without bytes may claim any number of rows
            tree = filled(json.loads(str(stored["outline"])), arrays)
            return tree if isinstance(tree, dict) else None
    except UNREADABLE:
        return None


def bounded(file: Path) -> bool:
    """Whether a zip file unpacks to no more than its own size, as those do that are written here."""
    with ZipFile(file) as archive:
        parts = archive.infolist()
    stored = all(part.compress_type == ZIP_STORED for part in parts)
    return stored and sum(part.file_size for part in parts) <= file.stat().st_size


def outline(tree: Any, arrays: list[np.ndarray]) -> Any:
    """`tree` as JSON: each array is put into `arrays`, and replaced by its place there."""
    if isinstance(tree, np.ndarray):
        if tree.dtype.hasobject:
            raise NotStorable("an array of objects cannot be stored")
        arrays.append(tree)
        return {"array": len(arrays) - 1}
    if isinstance(tree, dict) and tree and all(isinstance(name, bytes) for name in tree):
        return {"table": outline(stacked(tree), arrays)}
    if isinstance(tree, dict):
        if not all(isinstance(name, str) for name in tree):
            raise NotStorable("a dictionary whose names are not words cannot be stored")
        return {"dict": {name: outline(part, arrays) for name, part in tree.items()}}
    if type(tree) in (list, tuple):
        return {type(tree).__name__: [outline(part, arrays) for part in tree]}
    if tree is None or type(tree) in (bool, int, float, str):
        return tree
    raise NotStorable(f"{type(tree).__name__} cannot be stored")


def filled(value: Any, arrays: dict[int, np.ndarray]) -> Any:
    """The inverse of `outline`; each array stands in one place, and is taken out of `arrays`."""
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind == "array":
        return arrays.pop(content)
    if kind == "dict":
        return {name: filled(part, arrays) for name, part in content.items()}
    if kind == "table":
        return unstacked(filled(content, arrays))
    parts = [filled(part, arrays) for part in content]
    return tuple(parts) if kind == "tuple" else parts


def stacked(table: Table) -> list[np.ndarray]:
    """The names of a table as rows of bytes, and each kind of array as one. Raises `NotStorable` if they differ."""
    try:
        names = np.stack([np.frombuffer(name, np.uint8) for name in table])
        return [names, *(np.stack(kind) for kind in zip(*table.values(), strict=True))]
    except (TypeError, ValueError) as error:
        raise NotStorable(f"a table whose entries differ cannot be stored: {error}") from None


def unstacked(parts: list[np.ndarray]) -> Table:
    """The inverse of `stacked`."""
    names, *kinds = parts
    return {
        name.tobytes(): tuple(array.copy() for array in row) for name, *row in zip(names, *kinds, strict=True)
    }
