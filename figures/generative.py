"""Images rebuilt and completed by predictive coding downwards, and their errors beside principal components."""

from __future__ import annotations

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.findings import INCOMPLETE
from plausible.plotting.frame import COLUMN, finished, panels, sheet, stacked
from plausible.plotting.panels import band, not_run, spread
from plausible.plotting.scales import logarithmic
from plausible.plotting.style import BLACK, BLUE, DARK, GREEN, GREY, ORANGE, SAND
from plausible.printing.words import count
from plausible.study.columns import option
from plausible.study.statistics import AMOUNT

OUTSIDE = 1.3  # errors that are told, not drawn
RANGE = 0.3  # from errors below it on, the scale is logarithmic
SIDES = {"digits": 8}  # pixels; 28 of all others
IMAGES = 8
ROWS = ("original", "rebuilt by causes", "known", "completed")
OURS = {  # with hidden units, and by which layers: colour, marker, line, label
    (False, "causes"): (BLUE, "^", "-", "no hidden layer"),
    (True, "causes"): (GREEN, "s", "-", "hidden layer, causes alone"),
    (True, "settled"): (GREEN, "D", ":", "hidden layer, settled"),
}
BESIDE = {
    "components": (BLACK, "o", "-", "principal components"),
    "least squares": (ORANGE, "X", "--", "least squares"),
    "mean image": (GREY, "", "--", "mean training image"),
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
    with sheet(COLUMN, 4.2 * len(tasks)) as figure:
        parts = stacked(figure, *[6, 11] * len(tasks))
        for top, below, task in zip(parts[::2], parts[1::2], tasks, strict=True):
            draw_images(panels(top, 1, 1)[0], drawn[(drawn.data == task) & (drawn.metric == "pixel")], task)
            errors = drawn[(drawn.data == task) & (drawn.metric != "pixel")]
            draw_errors(panels(below, 2, 2), errors, task)
        learned = drawn[drawn.hidden.notna()].seed.nunique()
        note = f"{seeds(drawn, tasks)}; {spread(learned)}; an error of 1 is the variance of the images judged"
        told = "principal components are probabilistic to complete; validation: the most causes; lower half from upper"
        return finished(figure, finding(drawn), f"{note}; {told}", *figure.axes)


def draw_errors(row: list[Axes], errors: pd.DataFrame, task: str) -> None:
    """Errors on test by causes, and on validation by epochs and by decay."""
    for axes, metric in zip(row, ("reconstruction", "completion"), strict=False):
        by_causes(axes, errors[(errors.metric == metric) & (errors.split == "test")])
        axes.set(title=f"{task}: {metric}, test", ylabel="error / variance")
    learned = errors[(errors.split == "validation") & (errors.causes == errors.causes.max())]
    chosen = learned[learned.tested == 1]
    ours(row[2], chosen[(chosen.metric == "reconstruction") & (chosen.epoch > 0)], "epoch")
    row[2].set(title="reconstruction, validation", xlabel="epoch", ylabel="error / variance")
    ended = learned[(learned.epoch == learned.epoch.max()) & (learned.metric == "completion")]
    ours(row[3], ended, "decay")
    row[3].set(title="completion, validation", xlabel="weight decay a step")
    if ended.decay.notna().any():
        logarithmic(row[3], "x", most=4)


def finding(drawn: pd.DataFrame) -> str:
    """Errors on test with most causes, of what was learned and of principal components."""
    test = drawn[(drawn.split == "test") & drawn.metric.isin(["reconstruction", "completion"])]
    test = test[test.causes == test.causes.max()]
    test = test.assign(kind=np.where(test.hidden.isna(), "fixed", np.where(test.hidden > 0, "deep", "flat")))
    means = test.groupby(["metric", "kind", "layer"], observed=True).value.mean().to_dict()
    kinds = (("deep", "settled"), ("deep", "causes"), ("fixed", "components"))
    told = [[means.get((metric, *kind)) for kind in kinds] for metric in ("reconstruction", "completion")]
    if None in told[0] + told[1]:
        return INCOMPLETE
    (rebuilt, completed) = (" / ".join(f"{value:.2f}" for value in row) for row in told)
    return (
        f"Errors of settled layers / their causes alone / principal components: {rebuilt} of the variance where images "
        f"are rebuilt, {completed} where they are completed"
    )


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
    colours = matplotlib.colormaps["gray_r"].with_extremes(bad=SAND)
    axes.imshow(sheet, cmap=colours, vmin=0, vmax=1, interpolation="nearest", aspect="equal")
    axes.set_yticks([(n + 0.5) * (side + 2 * gap) for n in range(len(ROWS))], ROWS)
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
            words = f"{label}: {mine.value.min():,.1f} to {mine.value.max():,.0f}"
            axes.text(
                0.97, 0.97, words, transform=axes.transAxes, ha="right", va="top", fontsize=6, color=DARK
            )
        elif len(mine):
            band(axes, mine, colour, marker, label, "causes", line, AMOUNT)
    ours(axes, errors, "causes")
    axes.set(xlabel="causes")
    if len(errors):
        if errors.value.min() < RANGE:
            logarithmic(axes)
        else:
            axes.set_ylim(top=1.2)  # room for what is told
        logarithmic(axes, "x")
        axes.set_xticks(sorted(errors.causes.unique()), [f"{n:.0f}" for n in sorted(errors.causes.unique())])


def ours(axes: Axes, errors: pd.DataFrame, against: str) -> None:
    """What was learned, a line for each of `OURS`."""
    for (deep, layer), (colour, marker, line, label) in OURS.items():
        mine = errors[((errors.hidden > 0) == deep) & errors.hidden.notna() & (errors.layer == layer)]
        if len(mine):
            band(axes, mine, colour, marker, label, against, line, AMOUNT)
    not_run(axes, errors)
