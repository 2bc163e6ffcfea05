"""Images rebuilt and completed by predictive coding downwards, and their errors beside principal components."""

from __future__ import annotations

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.frame import captioned, sheet
from plausible.plotting.panels import band, logarithmic, not_run
from plausible.printing.words import count
from plausible.study.columns import option
from plausible.study.statistics import AMOUNT

OUTSIDE = 1.3  # errors that are told, not drawn
RANGE = 0.3  # from errors below it on, the scale is logarithmic
SIDES = {"digits": 8}  # pixels; 28 of all others
IMAGES = 8
ROWS = ("original", "rebuilt by causes", "known", "completed")
OURS = {  # with hidden units, and by which layers: colour, marker, line, label
    (False, "causes"): ("#0072B2", "^", "-", "no hidden layer"),
    (True, "causes"): ("#009E73", "s", "-", "hidden layer, causes alone"),
    (True, "settled"): ("#009E73", "D", ":", "hidden layer, settled"),
}
BESIDE = {
    "components": ("#000000", "o", "-", "principal components (probabilistic to complete)"),
    "least squares": ("#E69F00", "X", "--", "least squares"),
    "mean image": ("#999999", "", "--", "mean training image"),
}


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: errors, and pixels (`epoch` is image · pixels + pixel there)."""
    kept = table.metric.isin(["reconstruction", "completion", "pixel"]) & (table.status == "done")
    found = table[kept]
    numbers = {name: option(found, f"rule_{name}") for name in ("hidden", "causes", "decay", "tested")}
    found = found.assign(data=option(found, "rule_task"), **numbers)
    names = [
        "data",
        "hidden",
        "causes",
        "decay",
        "tested",
        "seed",
        "epoch",
        "split",
        "metric",
        "layer",
        "value",
    ]
    return found[names]


def draw(table: pd.DataFrame) -> Figure:
    """Test images as they are, rebuilt, half hidden and completed; below, errors by causes, epochs and decay.

    Args:
        table: of the study `generative`, in long form.
    """
    drawn = source(table)
    tasks = [*dict.fromkeys(drawn.data.dropna())] or ["digits"]
    with sheet(11, 3 + 2.7 * len(tasks)) as figure:
        top, below = figure.subfigures(2, 1, height_ratios=(2.9, 2.7 * len(tasks)))
        for axes, task in zip(top.subplots(1, len(tasks), squeeze=False)[0], tasks, strict=True):
            draw_images(axes, drawn[(drawn.data == task) & (drawn.metric == "pixel")], task)
        panels = below.subplots(len(tasks), 4, squeeze=False)
        for row, task in zip(panels, tasks, strict=True):
            errors = drawn[(drawn.data == task) & (drawn.metric != "pixel")]
            for axes, metric in zip(row, ("reconstruction", "completion"), strict=False):
                by_causes(axes, errors[(errors.metric == metric) & (errors.split == "test")])
                axes.set(title=f"{task}: {metric}", ylabel="error / variance, test")
            learned = errors[(errors.split == "validation") & (errors.causes == errors.causes.max())]
            chosen = learned[learned.tested == 1]
            ours(row[2], chosen[(chosen.metric == "reconstruction") & (chosen.epoch > 0)], "epoch")
            row[2].set(title="reconstruction, by epochs", xlabel="epoch", ylabel="validation")
            ended = learned[(learned.epoch == learned.epoch.max()) & (learned.metric == "completion")]
            ours(row[3], ended, "decay")
            row[3].set(title="completion, by decay", xlabel="weight decay a step", ylabel="validation")
            if ended.decay.notna().any():
                row[3].set_xscale("log")
        entries = {
            label: handle
            for axes in panels.flat
            for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
        }
        if entries:
            below.legend([*entries.values()], [*entries], loc="outside upper center", ncols=3, fontsize=7)
        note = f"mean and 95 % interval over {seeds(drawn, tasks)}; variance 1 is that of the images judged"
        return captioned(figure, f"{note}; right: the most causes; completion: lower half, from the upper")


def seeds(drawn: pd.DataFrame, tasks: list[str]) -> str:
    """How many there are, task by task."""
    learned = drawn[drawn.hidden.notna()]
    counts = {task: learned[learned.data == task].seed.nunique() for task in tasks}
    return ", ".join(f"{count(number, 'seed')} ({task})" for task, number in counts.items())


def draw_images(axes: Axes, pixels: pd.DataFrame, task: str) -> None:
    """Four rows of images: `ROWS`; a column for each image."""
    side = SIDES.get(task, 28)
    found = {}
    for layer in ("original", "rebuilt", "completed"):
        values = np.full(IMAGES * side * side, np.nan)
        mine = pixels[pixels.layer == layer]
        values[mine.epoch.astype(int).to_numpy()] = mine.value
        found[layer] = values.reshape(IMAGES, side, side)
    known = found["original"].copy()
    known[:, side // 2 :] = np.nan
    rows = (found["original"], found["rebuilt"], known, found["completed"])
    gap = max(side // 8, 1)
    sheet = np.vstack([np.hstack([np.pad(image, gap, constant_values=0.5) for image in row]) for row in rows])
    colours = matplotlib.colormaps["gray_r"].with_extremes(bad="#E8D8C0")
    axes.imshow(sheet, cmap=colours, vmin=0, vmax=1, interpolation="nearest", aspect="equal")
    axes.set_yticks([(n + 0.5) * (side + 2 * gap) for n in range(len(ROWS))], ROWS, fontsize=7)
    axes.set_xticks([])
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    hidden = pixels.hidden.max()
    sizes = f", {pixels.causes.max():.0f} causes, {hidden:.0f} hidden units" if len(pixels) else ""
    axes.set_title(f"{task}, test images{sizes}")
    not_run(axes, pixels)


def by_causes(axes: Axes, errors: pd.DataFrame) -> None:
    """Errors against the number of causes, and those of what it is held against; far outside, in words."""
    for layer, (colour, marker, line, label) in BESIDE.items():
        mine = errors[errors.hidden.isna() & (errors.layer == layer)]
        if len(mine) and mine.value.max() > OUTSIDE:
            words = f"{label}: {mine.value.min():,.1f} to {mine.value.max():,.1f}"
            axes.text(0.5, 0.9, words, transform=axes.transAxes, ha="center", fontsize=7, color="#777777")
        elif len(mine):
            band(axes, mine, colour, marker, label, "causes", line, AMOUNT)
    ours(axes, errors, "causes")
    axes.set(xlabel="causes")
    if len(errors):
        if errors.value.min() < RANGE:
            logarithmic(axes)
        axes.set_ylim(top=1.2)
        axes.set_xscale("log", base=2)
        axes.set_xticks(sorted(errors.causes.unique()), [f"{n:.0f}" for n in sorted(errors.causes.unique())])


def ours(axes: Axes, errors: pd.DataFrame, against: str) -> None:
    """What was learned, a line for each of `OURS`."""
    for (deep, layer), (colour, marker, line, label) in OURS.items():
        mine = errors[((errors.hidden > 0) == deep) & errors.hidden.notna() & (errors.layer == layer)]
        if len(mine):
            band(axes, mine, colour, marker, label, against, line, AMOUNT)
    not_run(axes, errors)
