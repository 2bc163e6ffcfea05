"""The warning where the network of a run cannot tell apart inputs, or targets, that differ in its task."""

from __future__ import annotations

from collections.abc import Iterable

from plausible.tasks.as_numbers import merged, word
from plausible.tasks.task import Task

ADVICE = "subtract the mean, or let the network have the dtype of the task"


def say_merged_in(task: Task, dtypes: Iterable[str]) -> None:
    """Warn in one line where inputs, or targets, that differ in a task become equal in the dtype of a network.

    It is said of the first split in which they do, once for each dtype. Of sequences, every time step is a row.
    """
    for dtype in sorted({*dtypes}):
        for part in ("x", "y"):
            names = task.coded.columns if part == "x" else ()
            for which, split in task.splits.items():
                rows = getattr(split, part)
                rows = rows.reshape(-1, rows.shape[-1])
                told = merged(rows, f"{part} of the {which} split", dtype, names, ADVICE)
                if told:
                    word(told)
                    break
