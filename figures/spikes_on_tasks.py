"""Every spiking rule on tasks, beside networks of rates: accuracy by examples seen, by events and by time; fields."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.findings import NOTHING_YET
from plausible.plotting.frame import COLUMN, SMALL, finished, panels, sheet, stacked
from plausible.plotting.panels import band, dots, not_run, rows_named, spread
from plausible.plotting.scales import logarithmic
from plausible.plotting.style import base, style
from plausible.printing.words import count
from plausible.study.columns import option
from plausible.study.statistics import PERCENT

SPIKES, EVENTS, TIME = "spikes per example", "synaptic events per example", "processor ms per example"
SPLIT, PLANE, CLOTHES = "digits[split=seed]", "yin-yang", "fashion-mnist"  # beside digits in their one split
ONCE = "{}, seen once"
MNIST = ONCE.format("mnist")
LARGE = {MNIST: "MNIST", ONCE.format(CLOTHES): "Fashion-MNIST"}
SMALL_ONES = {SPLIT: "Digits, tuned", PLANE: "Yin-yang"}
DATA = ("digits", CLOTHES, *SMALL_ONES, *LARGE)
TAKEN = {
    EVENTS: ("synaptic events, an image", "MNIST: events"),
    TIME: ("processor, ms, an image", "MNIST: time"),
}
BESIDE = ("backprop", "feedback-alignment", "shallow")
ACROSS, LINES = 2, 7  # rules whose fields are drawn, in a row, and rows
Looks = Mapping[str, tuple[str, str]]


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: test accuracy, per cent, what an example takes, and fields."""
    accuracy = (table.metric == "accuracy") & (table.split == "test")
    wanted = accuracy | table.metric.isin((SPIKES, EVENTS, TIME, "field"))
    found = table[wanted & (table.status == "done")].copy()
    spiking = option(found, "rule_rule").notna()
    found["data"] = option(found, "rule_task").where(spiking, found.task)
    once = option(found, "rule_optimiser").notna()
    found["data"] = found["data"].map(ONCE.format).where(once, found["data"])
    plain = option(found, "rule_name").astype(str)
    found["name"] = option(found, "rule_rule").astype(str).map(base, na_action="ignore").where(spiking, plain)
    found = found[found["data"].isin(DATA)]
    found["value"] = found.value.where(found.metric != "accuracy", 100 * found.value)
    return found[["data", "name", "seed", "epoch", "metric", "layer", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """Test accuracy by passes and by examples seen, by what an example takes, and after the last; fields.

    Args:
        table: of the study `spikes_on_tasks`, in long form.
    """
    table = source(table)
    scores = table[(table.metric == "accuracy") & (table.epoch > 0)]
    looks, ends = style(ordered(scores)), last(scores)
    with sheet(COLUMN, 10.5) as figure:
        parts = stacked(figure, 1.55, 1.75, 0.8, 1.25, 1.75, 1.15, 2.5)
        (digits,), (clothes,) = panels(parts[0], 1, 1), panels(parts[2], 1, 1)
        curves(digits, scores[scores["data"] == "digits"], looks, "Digits, constants by default")
        digits.set(xlabel="passes, of 1,078 digits each", ylabel="test accuracy (%)")
        compared(panels(parts[1], 1, 2), ends, looks, SMALL_ONES)
        compared([clothes], ends, looks, {CLOTHES: "Fashion-MNIST, all, 3 passes"})
        images = panels(parts[3], 1, 2)
        for axes, (data, title) in zip(images, LARGE.items(), strict=True):
            curves(axes, scores[scores["data"] == data], looks, title)
            axes.set(xlabel="images seen", ylabel="test accuracy (%)", xlim=(0, None))
        compared(panels(parts[4], 1, 2), ends, looks, LARGE)
        costs(panels(parts[5], 1, 2), table[table["data"] == MNIST], looks)
        order = ordered(ends[ends["data"] == MNIST])
        drawn_fields(panels(parts[6], LINES, ACROSS), table[table.metric == "field"], order)
        split = ends[ends["data"] == SPLIT]
        found = finding(split) or finding(ends[ends["data"] == "digits"]) or NOTHING_YET
        return finished(figure, found, caption(scores), digits, *images)


def caption(scores: pd.DataFrame) -> str:
    """What the reader has to know."""
    digits = scores[scores["data"] == "digits"].groupby("name").seed.nunique()
    least = int(digits.min()) if len(digits) else 0
    return (
        f"{count(least, 'seed')} at least; {spread(least)}; 100 neurons where their number is free. Digits by passes "
        "and yin-yang, 10 passes: constants by default, chosen with accuracies of digits in sight; tuned: 10 passes, "
        "split by each seed. MNIST, Fashion-MNIST: 3,000 images, each seen once, 1,000 tested, constants that tuning "
        "chose on digits or those of default. All of Fashion-MNIST: groups of ten with constants of MNIST, default "
        "rates. Events: synapses reached by spikes; processor: of a core; both while learning. Fields: three neurons, "
        "one seed, after that part of MNIST, on-centre less off-centre where inputs are so; red above 0, blue below"
    )


def last(scores: pd.DataFrame) -> pd.DataFrame:
    """The rows of the last pass of each rule on each task."""
    return scores[scores.epoch == scores.groupby(["data", "name"]).epoch.transform("max")]


def curves(axes: Axes, scores: pd.DataFrame, looks: Looks, title: str) -> None:
    """Test accuracy of each rule against what it has seen, the best first."""
    for name in ordered(scores):
        band(axes, scores[scores.name == name], *looks[name], name, bounds=PERCENT)
    axes.set(title=title, ylim=(0, 100))
    not_run(axes, scores)


def compared(panes: list[Axes], ends: pd.DataFrame, looks: Looks, titles: Mapping[str, str]) -> None:
    """Test accuracy of each rule on tasks, the best of the first one first, a dot for each seed."""
    names = ordered(ends[ends["data"].isin(titles)])
    first = ordered(ends[ends["data"] == next(iter(titles))])
    names = [*first, *(name for name in names if name not in first)]
    for axes, (data, title) in zip(panes, titles.items(), strict=True):
        mine = ends[ends["data"] == data]
        for place, name in enumerate(names):
            dots(axes, place, mine[mine.name == name].value.to_numpy(), looks[name], PERCENT)
        rows_named(axes, names)
        axes.set(title=title, xlabel="test accuracy (%)")
        not_run(axes, mine)
    for axes in panes[1:]:
        axes.set_yticklabels([])


def ordered(scores: pd.DataFrame) -> list[str]:
    """Rules, the best first."""
    ends = scores[scores.epoch == scores.groupby("name").epoch.transform("max")]
    return [str(name) for name in ends.groupby("name").value.mean().sort_values(ascending=False).index]


def costs(both: list[Axes], table: pd.DataFrame, looks: Looks) -> None:
    """Test accuracy of rules on MNIST against the events of an image, and against the processor's time."""
    ends = last(table[table.metric == "accuracy"])
    for axes, (metric, (what, title)) in zip(both, TAKEN.items(), strict=True):
        spent = table[table.metric == metric]
        for rule, (colour, marker) in looks.items():
            mine, taken = ends[ends.name == rule].value, spent[spent.name == rule].value
            if len(mine) and len(taken):
                axes.plot([taken.mean()], [mine.mean()], marker=marker, color=colour, linestyle="none")
        logarithmic(axes, "x", 3)
        axes.set(title=title, xlabel=what, ylabel="test accuracy (%)", ylim=(0, 100))
        not_run(axes, spent)


def drawn_fields(places: list[Axes], fields: pd.DataFrame, names: list[str]) -> None:
    """Fields of neurons side by side, for each rule."""
    names = [name for name in names if name in {*fields.name}]
    for axes in places:
        axes.set(xticks=[], yticks=[])
        axes.grid(visible=False)
        axes.spines[:].set_visible(False)
    for axes, name in zip(places, names, strict=False):
        mine = fields[fields.name == name]
        sheets = [square(mine[mine.layer == layer]) for layer in sorted({*mine.layer}, key=int)]
        image = np.hstack(sheets)
        most = max(float(np.nanmax(np.abs(image))), 1e-9)
        axes.imshow(image, cmap="RdBu_r", vmin=-most, vmax=most, interpolation="nearest", aspect="equal")
        axes.set_title(name, fontsize=SMALL)
    if not names:
        not_run(places[0], fields)


def square(field: pd.DataFrame) -> np.ndarray:
    """The weights of a neuron as an image, with a free column at its right."""
    side = int(np.ceil(np.sqrt(field.epoch.max() + 1)))
    image = np.full(side * side, np.nan)
    image[field.epoch.astype(int)] = field.value  # the place of a pixel stands in the column of epochs
    return np.pad(image.reshape(side, side), ((0, 0), (0, 1)), constant_values=np.nan)


def finding(ends: pd.DataFrame) -> str:
    """The best and the last of the spiking rules, and backprop; "" without them."""
    means = ends.groupby("name").value.mean()
    spiking = [name for name in ordered(ends) if name not in BESIDE]
    if not spiking or "backprop" not in means.index:
        return ""
    best, worst = spiking[0], spiking[-1]
    well = sum(bool(means[name] >= 93) for name in spiking)
    return (
        f"{well} of {len(spiking)} spiking rules tell 93 % of test digits or more: {best} {means[best]:.1f} %, "
        f"{worst} {means[worst]:.1f} %, backprop {means['backprop']:.1f} %"
    )
