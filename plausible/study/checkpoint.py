"""Checkpoints: what a long run needs to go on after a kill, in one file that is whole or not there.

A file that is no checkpoint counts as a missing one. Nothing in it is pickled, and nothing unpacks to more than the
file's own size. Weights that are kept (`plausible.study.learned`) are written in the same way.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from plausible.tasks.npz import UNREADABLE, read
from plausible.writing import whole

PLAIN = re.compile(r"[A-Za-z]\w*(/\w[\w.-]*)+", re.ASCII)  # a path that names a member of a file as it is


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
    arrays: dict[str, Any] = {}
    text = json.dumps(outline(tree, arrays))
    file.parent.mkdir(parents=True, exist_ok=True)
    with whole(file) as temporary, temporary.open("wb") as handle:
        np.savez(handle, outline=np.array(text), **arrays)


def load(file: Path) -> dict[str, Any] | None:
    """The tree that was saved; None if there is no file, or it cannot be read."""
    try:
        text, arrays = read(file, "outline")
        tree = filled(json.loads(text), arrays)
    except UNREADABLE:
        return None
    return tree if isinstance(tree, dict) else None


def outline(tree: Any, arrays: dict[str, np.ndarray], path: str = "") -> Any:
    """`tree` as JSON: each array is put into `arrays`, and replaced by its name there.

    Below a `path` arrays are named by it, as in params/W1, where the names on it are plain; else by a number.
    """
    if isinstance(tree, np.ndarray):
        if tree.dtype.hasobject or isinstance(tree, np.ma.MaskedArray):
            raise NotStorable("an array of objects, or with a mask, cannot be stored")
        name = path if PLAIN.fullmatch(path) else str(len(arrays))
        arrays[name] = tree
        return {"array": name}
    if isinstance(tree, np.generic):
        return {"scalar": outline(np.array(tree), arrays, path)}
    if isinstance(tree, dict) and tree and all(isinstance(name, bytes) for name in tree):
        return {"table": outline(stacked(tree), arrays, path)}
    if isinstance(tree, dict):
        if not all(isinstance(name, str) for name in tree):
            raise NotStorable("a dictionary whose names are not words cannot be stored")
        return {"dict": {name: outline(part, arrays, below(path, name)) for name, part in tree.items()}}
    if type(tree) in (list, tuple):
        parts = [outline(part, arrays, below(path, str(n))) for n, part in enumerate(tree)]
        return {type(tree).__name__: parts}
    if tree is None or type(tree) in (bool, int, float, str):
        return tree
    raise NotStorable(f"{type(tree).__name__} cannot be stored")


def below(path: str, name: str) -> str:
    """The path of a part; a name with a slash in it gives one that is not plain."""
    return f"{path}/{name.replace('/', '?')}" if path else ""


def filled(value: Any, arrays: dict[str, np.ndarray]) -> Any:
    """The inverse of `outline`; each array stands in one place, and is taken out of `arrays`."""
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind == "array":
        return arrays.pop(str(content))
    if kind == "scalar":
        return filled(content, arrays)[()]
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
