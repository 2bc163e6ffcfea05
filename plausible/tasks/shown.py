"""What a task is, in a few lines: how it shows itself in a notebook."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from plausible.tasks.task import Task

TOLD = 10  # labels that are named


def in_a_line(task: Task) -> str:
    """Its name and kind, what goes in and out, and how many examples each split has."""
    of = f"{len(task.train.x)} steps of {task.n_in}" if task.sequential else f"{task.n_in}"
    counts = ", ".join(f"{split.examples} {name}" for name, split in task.splits.items())
    sizes = f"{of} input{'s' * (task.n_in != 1)}, {task.n_out} output{'s' * (task.n_out != 1)}"
    return f"<task {task.name!r} of {task.kind}: {sizes}; examples: {counts}>"


def as_html(task: Task) -> str:
    """`shown`, for a notebook."""
    return f"<pre>{escape(shown(task))}</pre>"


def shown(task: Task) -> str:
    """Its name, what goes in and out, the examples of each split and of each class, and its recipe.

    >>> from plausible.tasks.shown import shown
    >>> from plausible.tasks.task import Task
    >>> x = [[0], [1], [2], [3], [4], [5], [6]]
    >>> print(shown(Task.from_arrays(x, ["a", "b", "b", "a", "b", "a", "b"], name="letters")))
    letters: 1 input, 2 classes ('a', 'b')
    train        3 examples, of each class 1, 2
    validation   2 examples, of each class 1, 1
    test         2 examples, of each class 1, 1
    recipe       hidden (64,), relu, softmax, adam, 50 epochs, batches of 32
    """
    classes, recipe = task.classes, task.recipe
    out = f"{task.n_out} value{'s' * (task.n_out > 1)}"
    if classes is not None:
        labels = [*map(repr, classes[:TOLD].tolist()), *["..."] * (len(classes) > TOLD)]
        out = f"{len(classes)} classes ({', '.join(labels)})"
    unit = "sequence" if task.sequential else "example"
    lines = [f"{task.name}: {task.n_in} input{'s' * (task.n_in > 1)}, {out}"]
    for name, split in task.splits.items():
        line = f"{name:<12} {split.examples:,} {unit}{'s' * (split.examples != 1)}"
        if task.sequential:
            line += f" of {len(split.x):,} steps"
        elif classes is not None and len(classes) <= TOLD:
            y = split.y.argmax(axis=1) if task.n_out > 1 else (split.y[:, 0] > 0.5).astype(np.intp)
            line += f", of each class {', '.join(map(str, np.bincount(y, minlength=len(classes)).tolist()))}"
        lines.append(line)
    units = f"hidden {recipe.hidden}, {recipe.activation}, {recipe.output}, {recipe.optimiser}"
    epochs = f"{recipe.epochs} epoch{'s' * (recipe.epochs > 1)}"
    weights = ", classes weighed" if recipe.weights else ""
    lines.append(f"recipe       {units}, {epochs}, batches of {recipe.batch_size}{weights}")
    return "\n".join(lines)
