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
from plausible.plotting.style import base, style
from plausible.printing.words import count
from plausible.study.columns import option
from plausible.study.statistics import PERCENT

EVENTS, TIME = "synaptic events per example", "processor ms per example"
SPLIT, PLANE, CLOTHES = "digits[split=seed]", "yin-yang", "fashion-mnist"  # beside digits in their one split
ONCE = "{}, seen once"
DATA = ("digits", SPLIT, PLANE, CLOTHES, *map(ONCE.format, ("digits", PLANE, "mnist", CLOTHES)))
BESIDE = ("backprop", "feedback-alignment", "shallow")
LARGE = {"mnist": "MNIST", "fashion-mnist": "Fashion-MNIST"}
ACROSS, LINES = 3, 5  # rules whose fields are drawn, in a row, and rows
Looks = Mapping[str, tuple[str, str]]


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: test accuracy, per cent, what an example takes, and fields."""
    accuracy = (table.metric == "accuracy") & (table.split == "test")
    wanted = accuracy | table.metric.isin((EVENTS, TIME, "field"))
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
    with sheet(COLUMN, 15.2) as figure:
        parts = stacked(figure, 2.0, 1.5, 1.9, 1.8, 0.8, 1.6, 1.9, 1.5, 2.2)
        (digits,), (tuned,), (plane,), (clothes,) = (panels(parts[place], 1, 1) for place in (0, 2, 3, 4))
        curves(digits, scores[scores["data"] == "digits"], looks, "Digits")
        digits.set(xlabel="passes", ylabel="test accuracy (%)")
        costs(panels(parts[1], 1, 2), "digits", table, looks)
        rows(tuned, ends[ends["data"] == SPLIT], looks, "Digits, tuned, split by each seed", 10)
        rows(plane, ends[ends["data"] == PLANE], looks, "Yin-yang, constants by default", 10)
        rows(clothes, ends[ends["data"] == CLOTHES], looks, "Fashion-MNIST, all of it", 3)
        images = panels(parts[5], 1, 2)
        for axes, (data, title) in zip(images, LARGE.items(), strict=True):
            curves(axes, scores[scores["data"] == ONCE.format(data)], looks, title)
            axes.set(xlabel="images seen", xscale="log", ylabel="test accuracy (%)")
        compared(panels(parts[6], 1, 2), ends, looks)
        costs(panels(parts[7], 1, 2), "mnist", table, looks)
        drawn_fields(
            panels(parts[8], LINES, ACROSS),
            table[table.metric == "field"],
            ordered(ends[ends["data"] == ONCE.format("mnist")]),
        )
        split = ends[ends["data"] == SPLIT]
        found = finding(split) or finding(ends[ends["data"] == "digits"]) or NOTHING_YET
        return finished(figure, found, caption(scores), digits, *images)


def caption(scores: pd.DataFrame) -> str:
    """What the reader has to know."""
    digits = scores[scores["data"] == "digits"].groupby("name").seed.nunique()
    least = int(digits.min()) if len(digits) else 0
    return (
        f"{count(least, 'seed')} at least; {spread(least)}; 100 neurons where their number is free. Digits by passes "
        "and yin-yang: constants by default, chosen with accuracies of digits in sight. Images of MNIST and Fashion-MNIST "
        "are seen once, 1,000 are tested, with constants that tuning chose on digits; diehl-cook has its defaults. All "
        "of Fashion-MNIST: groups of ten neurons with constants of MNIST, networks of rates with their default rate. "
        "Events: synapses reached by spikes while learning; processor: of one core, while learning. Fields: three "
        "neurons, one seed, after those images of MNIST, on-centre less off-centre where inputs are so; red above 0, "
        "blue below"
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


def rows(axes: Axes, ends: pd.DataFrame, looks: Looks, title: str, passes: int) -> None:
    """Test accuracy of each rule after the last pass, the best first, a dot for each seed."""
    names = ordered(ends)
    for place, name in enumerate(names):
        dots(axes, place, ends[ends.name == name].value.to_numpy(), looks[name], PERCENT)
    rows_named(axes, names)
    axes.set(title=title, xlabel=f"test accuracy after {passes} passes (%)")
    not_run(axes, ends)


def compared(both: list[Axes], ends: pd.DataFrame, looks: Looks) -> None:
    """Test accuracy after the last image of two tasks, the best of the first one first."""
    names = ordered(ends[ends["data"].isin(map(ONCE.format, LARGE))])
    for axes, (data, title) in zip(both, LARGE.items(), strict=True):
        mine = ends[ends["data"] == ONCE.format(data)]
        for place, name in enumerate(names):
            dots(axes, place, mine[mine.name == name].value.to_numpy(), looks[name], PERCENT)
        rows_named(axes, names)
        axes.set(title=title, xlabel="test accuracy (%)")
        not_run(axes, mine)
    both[1].set_yticklabels([])


def ordered(scores: pd.DataFrame) -> list[str]:
    """Rules, the best first."""
    ends = scores[scores.epoch == scores.groupby("name").epoch.transform("max")]
    return [str(name) for name in ends.groupby("name").value.mean().sort_values(ascending=False).index]


def costs(both: list[Axes], data: str, table: pd.DataFrame, looks: Looks) -> None:
    """Test accuracy of rules against the events of an example, and against the processor's time."""
    once = table[table["data"] == ONCE.format(data)]
    here = table[table["data"] == data] if data == "digits" else once
    ends = last(here[here.metric == "accuracy"])
    for axes, metric, name in zip(both, (EVENTS, TIME), ("synaptic events", "processor, ms"), strict=True):
        spent = once if metric == TIME else here
        spent = spent[spent.metric == metric]
        for rule, (colour, marker) in looks.items():
            mine, taken = ends[ends.name == rule].value, spent[spent.name == rule].value
            if len(mine) and len(taken):
                axes.plot([taken.mean()], [mine.mean()], marker=marker, color=colour, linestyle="none")
        axes.set(xscale="log", xlabel=f"{name}, an example", ylabel="test accuracy (%)", ylim=(0, 100))
        axes.set(title=f"{LARGE.get(data, 'Digits')}: {'events' if metric == EVENTS else 'time'}")
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
