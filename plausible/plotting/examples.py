"""Examples of a task, drawn: images as images, points in a plane as points, all else as maps of numbers."""

from __future__ import annotations

from math import isqrt
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from plausible.plotting.frame import COLUMN, finished, panels, sheet, stacked
from plausible.plotting.style import COLOURS, MARKERS
from plausible.printing.words import count

if TYPE_CHECKING:
    from plausible.tasks.task import Task

IMAGES, SEQUENCES, ROWS, POINTS = 10, 3, 16, 400  # how many are shown
STEPS = 60  # of a sequence
SMALLEST = 6  # pixels of the side of an image


def examples(task: Task) -> Figure:
    """Some training examples of a task."""
    if task.train.sequential:
        return sequences(task)
    if task.n_in in (1, 2):
        return points(task)
    side = isqrt(task.n_in)
    if side * side == task.n_in and side >= SMALLEST and task.kind == "classes":
        return images(task, side)
    return table(task)


def labels(y: NDArray[np.floating]) -> NDArray[np.intp]:
    """The classes of examples, (n,), from one-hot columns or from one column."""
    return y.argmax(axis=1) if y.shape[1] > 1 else (y[:, 0] > 0.5).astype(np.intp)


def images(task: Task, side: int) -> Figure:
    """An image of each class, of the first `IMAGES`."""
    classes = labels(np.asarray(task.train.y))
    firsts = [int(np.flatnonzero(classes == each)[0]) for each in np.unique(classes)[:IMAGES]]
    with sheet(COLUMN, 0.5 + 0.35 * (len(firsts) > 5)) as figure:
        grid = list(figure.subplots(-(-len(firsts) // 5), 5, squeeze=False).flat)
        for axes in grid:
            axes.set_axis_off()
        for axes, at in zip(grid, firsts, strict=False):
            axes.imshow(np.asarray(task.train.x[at], float).reshape(side, side), cmap="gray")
            axes.set_title(f"{classes[at]}", fontsize=6)
        return finished(figure, f"{side} by {side} pixels, {count(len(np.unique(classes)), 'class', 'classes')}",
                        "the first training example of a class; white: large values")  # fmt: skip


def points(task: Task) -> Figure:
    """Examples in the plane of both inputs, by class; of one input, or without classes, against the first target."""
    x, y = (np.asarray(part[:POINTS], float) for part in task.train[:2])
    by_class = task.kind == "classes" and task.n_in == 2
    names = labels(y) if by_class else np.zeros(len(x), int)
    with sheet(COLUMN, 1.6) as figure:
        axes = figure.subplots()
        for number, each in enumerate(np.unique(names)):
            mine = names == each
            look: Any = {"color": COLOURS[number % len(COLOURS)], "marker": MARKERS[number % len(MARKERS)]}
            axes.scatter(
                x[mine, 0], x[mine, 1] if by_class else y[mine, 0], s=6, label=f"class {each}", **look
            )
        axes.set(xlabel="input 1", ylabel="input 2" if by_class else "target 1")
        legend = [axes] if by_class else []
        return finished(figure, "Inputs in their plane" if by_class else "A target against an input",
                        count(len(x), "training example"), *legend)  # fmt: skip


def sequences(task: Task) -> Figure:
    """The inputs and the targets of some sequences, a row for each unit and a column for each step."""
    n = min(SEQUENCES, task.train.examples)
    x, y = (np.asarray(part[:STEPS, :n], float) for part in task.train[:2])
    with sheet(COLUMN, 1.7) as figure:
        top, below = stacked(figure, max(x.shape[2], 2) ** 0.5, max(y.shape[2], 2) ** 0.5)
        for part, held, name in ((top, x, "inputs"), (below, y, "targets")):
            for at, axes in enumerate(panels(part, 1, n)):
                axes.imshow(held[:, at].T, aspect="auto", cmap="viridis", interpolation="nearest")
                axes.grid(visible=False)
                axes.set_yticks([])
                axes.set_ylabel(name if at == 0 else "")
                axes.set_xlabel("step" if name == "targets" else "")
        return finished(figure, f"{count(n, 'sequence')} of {count(len(task.train.x), 'step')}",
                        f"rows are units: {count(task.n_in, 'input')}, {count(task.n_out, 'target')}; light: large "
                        f"values; the first {min(STEPS, len(task.train.x))} steps")  # fmt: skip


def table(task: Task) -> Figure:
    """The first examples, a row for each: inputs at the left, targets at the right."""
    x, y = (np.asarray(part[:ROWS], float) for part in task.train[:2])
    with sheet(COLUMN, 1.5) as figure:
        left, right = figure.subplots(1, 2, width_ratios=[3, 1])
        for axes, held, name in ((left, x, "input"), (right, y, "target")):
            axes.imshow(held, aspect="auto", cmap="viridis", interpolation="nearest")
            axes.grid(visible=False)
            axes.set(xlabel=name, yticks=[])
        left.set_ylabel("example")
        return finished(figure, f"{count(task.n_in, 'input')}, {count(task.n_out, 'target')}",
                        f"the first {count(len(x), 'training example')}; light: large values")  # fmt: skip
