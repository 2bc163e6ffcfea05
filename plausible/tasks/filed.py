"""A task as a file, by which it is known to other processes and to the store: `arrays[file=...]`.

The file is an .npz without pickle: arrays of numbers and words, and one JSON text. It is named by the digest of what is
in it, and is held against that when it is read.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import Generator

from plausible.errors import BadInput, first_line, require
from plausible.tasks import npz
from plausible.tasks.given import Encoding
from plausible.tasks.npz import Arrays
from plausible.tasks.task import Recipe, Split, Task
from plausible.writing import at_home, whole

FORMAT = "plausible task 1"
ABOUT, DIGEST = "about", "digest"  # members: a JSON text, and the digest of all others
DIGITS = 12  # of the digest, in a file's name
NAMED = re.compile(rf".*-([0-9a-f]{{{DIGITS}}})")
PLAIN = re.compile(r"[\w./~+@-]+")  # a path that needs no quotes among options
OPTIONAL = ("classes", "shift", "scale")  # arrays of an encoding


def arrays(rng: Generator, *, file: Path | None = None) -> Task:
    """Arrays of one's own, from a file: x (examples, n_in) | (time, sequences, n_in), y likewise, n_out.

    The file is what `write` made of a task, or an .npz of one's own with arrays X and y, of which `Task.from_arrays`
    makes a task by its defaults. Nothing is drawn from `rng`, so that every run has the same splits.

    Raises:
        BadInput: if the file is not there, is no such .npz, holds pickled objects, or another content than its name and
            its digest say; and as `Task` does.
    """
    if file is None:
        raise BadInput(
            "task 'arrays' is given no file: expected arrays[file=FILE.npz], with arrays X and y in it"
        )
    members = read(file)
    if members.keys() == {"X", "y"}:
        return Task.from_arrays(members["X"], members["y"], name=file.stem)
    try:
        return task_of(members)
    except BadInput:
        raise
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(
            f"{str(file)!r} holds no task ({type(error).__name__}: {first_line(error)}): expected what "
            "plausible.tasks.filed.write made, or arrays X and y"
        ) from error


def spec_of(task: Task, folder: Path) -> str:
    """The text that names a task once `write` has written it into a folder, as `arrays[file=...]`; nothing is written.

    >>> from pathlib import Path
    >>> from plausible.tasks.filed import spec_of
    >>> from plausible.tasks.task import Task
    >>> task = Task.from_arrays([[0], [1], [2], [3], [4], [5]], [0, 1, 0, 1, 0, 1], name="alternating")
    >>> spec_of(task, Path("/tasks")).startswith("arrays[file=/tasks/alternating-")
    True
    """
    path = str(folder / file_name(task.name, digest_of(members_of(task))))
    return f"arrays[file={path if PLAIN.fullmatch(path) else repr(path)}]"


def write(task: Task, folder: Path) -> str:
    """Write a task into a folder, unless it is there, and return its `spec_of`. Equal tasks make one file.

    Raises:
        BadInput: for a task with a report, a function that no file holds.
        OSError: if the folder cannot be written.
    """
    members = members_of(task)
    digest = digest_of(members)
    path = folder.absolute() / file_name(task.name, digest)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole(path) as name, name.open("wb") as file:
            held: Any = {**members, DIGEST: np.array(digest)}
            np.savez(file, **held)
    return spec_of(task, folder.absolute())


def file_name(name: str, digest: str) -> str:
    """The name of a task's file: letters of its name, and the first digits of its digest."""
    return f"{re.sub(r'[^A-Za-z0-9_]+', '-', name).strip('-')[:40] or 'task'}-{digest[:DIGITS]}.npz"


def members_of(task: Task) -> Arrays:
    """The arrays of a task's file, by name. Raises `BadInput` for a task with a report."""
    require(
        task.report is None, f"the report of {task.name}", "a function", "None, as no file holds a function"
    )
    coded = task.encoding
    about: dict[str, Any] = {"format": FORMAT, "name": task.name, "kind": task.kind, "shared": task.shared}
    about["recipe"] = task.recipe._asdict()
    members: Arrays = {}
    for which, split in task.splits.items():
        for part, array in split._asdict().items():
            if array is not None:
                members[f"{which}_{part}"] = np.ascontiguousarray(array)
    if coded is not None:
        about["encoding"] = {
            "columns": coded.columns,
            "flat": coded.flat,
            "dtype": coded.dtype,
            "sequential": coded.sequential,
        }
        good = coded.classes is None or coded.classes.dtype.kind != "O"
        require(
            good,
            f"the classes of {task.name}",
            "objects",
            "whole numbers or words, which a file holds without pickle",
        )
        members |= {part: held for part in OPTIONAL if (held := getattr(coded, part)) is not None}
    return members | {ABOUT: np.frombuffer(json.dumps(about, sort_keys=True).encode(), np.uint8)}


def task_of(members: Arrays) -> Task:
    """The task of a file's arrays. Raises `BadInput`, as `Task` does; `KeyError` and others where they make none."""
    about = json.loads(members[ABOUT].tobytes())
    if about["format"] != FORMAT:
        raise BadInput(
            f"the format of a task's file is {about['format']!r}: expected {FORMAT!r}; write it again"
        )

    def split(which: str) -> Split:
        return Split(members[f"{which}_x"], members[f"{which}_y"], members.get(f"{which}_mask"))

    recipe: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in about["recipe"].items()
    }
    coded, encoding = about.get("encoding"), None
    if coded is not None:
        coded |= {"columns": tuple(coded["columns"])} | {part: members.get(part) for part in OPTIONAL}
        encoding = Encoding(n_in=members["train_x"].shape[-1], **coded)
    splits = split("train"), split("validation"), split("test")
    return Task(about["name"], *splits, about["kind"], Recipe(**recipe), None, about["shared"], encoding)


def read(given: Path) -> Arrays:
    """The arrays of an .npz, without its digest. Raises `BadInput` if it cannot be read, or is another one."""
    path = at_home("the file of a task", given)
    if not path.is_file():  # reading a pipe or a device may never end
        raise BadInput(
            f"the file of a task is {str(given)!r}: expected an .npz that is there; make the task once more"
        )
    try:
        members = npz.arrays_in(path)
    except BadInput as error:
        raise BadInput(
            f"the file of a task, {str(given)!r}, cannot be read: {error}; expected an .npz of arrays of numbers and "
            "words; y.astype(str) makes words of objects"
        ) from error
    told = str(members.pop(DIGEST, ""))
    now = digest_of(members)
    in_name = NAMED.fullmatch(path.stem)
    if (told and told != now) or (told and in_name and not now.startswith(in_name[1])):
        raise BadInput(
            f"{str(given)!r} was changed since it was written: expected content with sha256 {told}; make it anew"
        )
    return members


def digest_of(members: Arrays) -> str:
    """SHA-256 of arrays with their names, dtypes and shapes, in hexadecimal digits."""
    total = hashlib.sha256()
    for name, array in sorted(members.items()):
        total.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        total.update(np.ascontiguousarray(array).tobytes())
    return total.hexdigest()
