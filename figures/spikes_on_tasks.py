"""Every spiking rule on tasks, beside networks of rates: accuracy, events and time, accuracy on the way, and fields."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from plausible.plotting.findings import NOTHING_YET
from plausible.plotting.frame import PAGE, SMALL, finished, panels, sheet, stacked
from plausible.plotting.maps import heat
from plausible.plotting.panels import dots, not_run, rows_named, spread
from plausible.plotting.scales import logarithmic
from plausible.plotting.style import base, style
from plausible.printing.words import count
from plausible.study.columns import option
from plausible.study.statistics import AMOUNT, PERCENT

SPIKES, EVENTS, TIME = "spikes per example", "synaptic events per example", "processor ms per example"
SPLIT, PLANE, CLOTHES = "digits[split=seed]", "yin-yang", "fashion-mnist"
ONCE = "{}, seen once"
MNIST = ONCE.format("mnist")
FEW, TUNED = "few-images[of={}]", "{}, tuned"
LEARNED = f"{SPLIT}, validation"
ENDS = {  # by data, the title of the panel of test accuracies after the last pass
    SPLIT: "digits",
    TUNED.format(PLANE): "yin-yang",
    TUNED.format("mnist"): "MNIST",
    TUNED.format(CLOTHES): "Fashion-MNIST",
    CLOTHES: "all of Fashion-M.",
}
AGAIN = {
    MNIST: TUNED.format("mnist"),
    ONCE.format(CLOTHES): TUNED.format(CLOTHES),
}  # the same images, seen once
WAYS = {  # by data, the title of a map of accuracies on the way, and what its columns are
    LEARNED: ("digits, validation", "passes"),
    PLANE: ("yin-yang, by default", "passes"),
    MNIST: ("MNIST", "images seen"),
    ONCE.format(CLOTHES): ("Fashion-MNIST", "images seen"),
}
ON_THE_WAY = dict(zip(WAYS, (10, 10, 3, 3), strict=True))  # shares of the width
DATA = (*ENDS, *WAYS)
UNTUNED = ("diehl-cook",)  # it declares nothing to search
TAKEN = {EVENTS: ("events, an image", "MNIST: events"), TIME: ("ms, an image", "MNIST: time")}
BESIDE = ("backprop", "feedback-alignment", "shallow")
LONG = 18  # characters in a line above fields
ACROSS, LINES = 7, 2  # rules whose fields are drawn, in a row, and rows
Looks = Mapping[str, tuple[str, str]]


def source(table: pd.DataFrame, both: bool = True) -> pd.DataFrame:
    """What is drawn of the study's table: test accuracy, per cent, what an example takes, and fields.

    And accuracy of validation after each pass over digits, as test digits are told by the last one alone.

    With `both`, accuracies with other constants stand among those after tuning on the same images, as not `tuned`.
    """
    learned = (table.task == SPLIT) & (table.split == "validation") & (table.epoch % 1 == 0)
    accuracy = (table.metric == "accuracy") & ((table.split == "test") | learned)
    wanted = accuracy | table.metric.isin((SPIKES, EVENTS, TIME, "field"))
    found = table[wanted & (table.status == "done")].copy()
    spiking = option(found, "rule_rule").notna()
    found["data"] = option(found, "rule_task").where(spiking, found.task)
    found["data"] = found["data"].mask(found.split == "validation", LEARNED)
    once = option(found, "rule_optimiser").notna()
    found["data"] = found["data"].map(ONCE.format).where(once, found["data"])
    few = {FEW.format(task): TUNED.format(task) for task in ("mnist", CLOTHES)}
    found["data"] = found["data"].replace(few)
    single = (found["data"] == PLANE) & ~spiking & (pd.to_numeric(option(found, "epochs")) == 1)
    found["data"] = found["data"].mask(single, TUNED.format(PLANE))
    plain = option(found, "rule_name").astype(str)
    found["name"] = option(found, "rule_rule").astype(str).map(base, na_action="ignore").where(spiking, plain)
    found = found[found["data"].isin(DATA)]
    found["value"] = found.value.where(found.metric != "accuracy", 100 * found.value)
    found["tuned"] = ~found.name.isin(UNTUNED)
    found = found[["data", "name", "seed", "epoch", "metric", "layer", "value", "tuned"]]
    if not both:
        return found
    ends = last(found[found.metric == "accuracy"])
    more = (ends[ends["data"] == once].assign(data=tuned, tuned=False) for once, tuned in AGAIN.items())
    return pd.concat([found, *more], ignore_index=True)


def draw(table: pd.DataFrame) -> Figure:
    """A row for each rule: test accuracy after the last pass, what an image takes, and accuracy on the way; fields.

    Args:
        table: of the study `spikes_on_tasks`, in long form.
    """
    table = source(table)
    scores = table[(table.metric == "accuracy") & (table.epoch > 0)]
    looks, ends = style(ordered(scores)), last(scores)
    names = in_order(ends)
    high = 0.5 + 0.125 * max(len(names), 1)
    with sheet(PAGE, 2 * high + 1.4) as figure:
        above, middle, below = stacked(figure, high, high, 1.4)
        rows = panels(above, 1, len(ENDS) + len(TAKEN))
        for axes, (data, title) in zip(rows, ENDS.items(), strict=False):
            compared(axes, ends[ends["data"] == data], names, looks, title)
        for axes, (metric, (what, title)) in zip(rows[len(ENDS) :], TAKEN.items(), strict=True):
            spent = table[(table["data"] == MNIST) & (table.metric == metric)]
            taken(axes, spent, names, looks, title, what)
        grid = middle.subgridspec(1, len(ON_THE_WAY), width_ratios=[*ON_THE_WAY.values()])
        ways = list(grid.subplots(squeeze=False).flat)
        for axes, data in zip(ways, ON_THE_WAY, strict=True):
            on_the_way(axes, scores[scores["data"] == data], names, WAYS[data])
        for axes in (*rows[1:], *ways[1:]):
            axes.set_yticklabels([])
        order = ordered(ends[ends["data"] == MNIST])
        drawn_fields(panels(below, LINES, ACROSS), table[table.metric == "field"], order)
        found = finding(ends[ends["data"] == SPLIT]) or NOTHING_YET
        return finished(figure, found, caption(scores))


def caption(scores: pd.DataFrame) -> str:
    """What the reader has to know."""
    counted = scores.groupby(["data", "name"]).seed.nunique()
    tuned = {LEARNED, *ENDS} - {CLOTHES}
    digits, plane, fewest = (
        min((number for (data, _), number in counted.items() if data in those), default=0)
        for those in ({LEARNED}, {PLANE}, tuned)
    )
    return (
        f"Above, test accuracy: filled: tuned, {count(fewest, 'fresh seed')} at least; digits after 10 passes; "
        "yin-yang and the first 3,000 images of MNIST and Fashion-MNIST, 1,000 tested, seen once. Hollow, means: "
        f"not tuned, constants of digits or of default, as diehl-cook has everywhere; {spread(fewest)}. "
        f"{absent(scores)}100 neurons where their number is free. All of Fashion-MNIST, 3 passes: groups of ten with "
        "constants of MNIST, default rates. Events: synapses reached by spikes; time: of a core; both while learning. "
        "Middle, means of accuracy in %, pale where none was measured: digits split by each of "
        f"{count(digits, 'seed')}, validation, with tuned constants; yin-yang, {count(plane, 'seed')}, test, constants "
        "by default; images, events, time and fields: constants of digits. Fields: three neurons, one seed, after that "
        "part of MNIST, on-centre less off-centre where inputs are so; red above 0, blue below"
    )


def in_order(ends: pd.DataFrame) -> list[str]:
    """Rules, the best on digits first, those that were tuned before others."""
    first = ends[ends["data"] == SPLIT]
    parts = (first[first.tuned], first, ends)
    return [*dict.fromkeys(name for part in parts for name in ordered(part))]


def absent(scores: pd.DataFrame) -> str:
    """Which rules were not tuned on yin-yang, in words; nothing where all were."""
    known = scores[scores["data"] == SPLIT].name.unique()
    there = {*scores[scores["data"] == TUNED.format(PLANE)].name}
    names = sorted({*known} - there)
    return f"Not tuned on yin-yang, for their time: {', '.join(names)}. " if names and there else ""


def last(scores: pd.DataFrame) -> pd.DataFrame:
    """The rows of the last pass of each rule on each task, tuned and not."""
    return scores[scores.epoch == scores.groupby(["data", "name", "tuned"]).epoch.transform("max")]


def numbered(said: str, scores: pd.DataFrame) -> str:
    """What is told, with the fewest seeds that a rule has there, where any was run."""
    seeds = scores.groupby("name").seed.nunique()
    return f"{said}, n = {seeds.min()}" if len(seeds) else said


def compared(axes: Axes, ends: pd.DataFrame, names: list[str], looks: Looks, title: str) -> None:
    """Test accuracy of each rule on a task, a row for each, a dot for each seed."""
    for place, name in enumerate(names):
        ours = ends[ends.name == name]
        dots(axes, place, ours[ours.tuned].value.to_numpy(), looks[name], PERCENT)
        hollow(axes, place, ours[~ours.tuned].value.to_numpy(), looks[name])
    rows_named(axes, names)
    axes.xaxis.set_major_locator(MaxNLocator(3))
    axes.set_title(title, fontsize=SMALL)
    axes.set_xlabel(numbered("test (%)", ends), fontsize=SMALL)
    not_run(axes, ends)


def taken(axes: Axes, spent: pd.DataFrame, names: list[str], looks: Looks, title: str, what: str) -> None:
    """What an image takes by each rule, a row for each."""
    for place, name in enumerate(names):
        ours = spent[spent.name == name].groupby("seed").value.mean()
        if len(ours):
            dots(axes, place, ours.to_numpy(), looks[name], AMOUNT)
    rows_named(axes, names)
    logarithmic(axes, "x", 3)
    axes.set_title(title, fontsize=SMALL)
    axes.set_xlabel(what, fontsize=SMALL)
    not_run(axes, spent)


def on_the_way(axes: Axes, scores: pd.DataFrame, names: list[str], said: tuple[str, str]) -> None:
    """Mean accuracy of each rule by passes or by images seen, a row for each, with its number in every cell."""
    means = scores.pivot_table(index="name", columns="epoch", values="value", observed=True)
    heat(axes, means.reindex(names), "{:.0f}", 0, 100)
    title, what = said
    axes.set_title(title, fontsize=SMALL)
    axes.set_xlabel(what, fontsize=SMALL)
    not_run(axes, scores)


def hollow(axes: Axes, place: float, values: np.ndarray, look: tuple[str, str]) -> None:
    """A mean that is not filled, as its rule was not tuned; of no values, nothing."""
    colour, marker = look
    if len(values):
        axes.plot(
            [values.mean()],
            [place],
            marker,
            color=colour,
            markerfacecolor="white",
            markersize=3.5,
            zorder=1.9,
        )


def ordered(scores: pd.DataFrame) -> list[str]:
    """Rules, the best first."""
    ends = scores[scores.epoch == scores.groupby("name").epoch.transform("max")]
    return [str(name) for name in ends.groupby("name").value.mean().sort_values(ascending=False).index]


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
        axes.set_title(fill(name, LONG), fontsize=SMALL)
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
        f"{well} of {len(spiking)} spiking rules tell 93 % of test digits or more, {best} most, {means[best]:.1f} %; "
        f"backprop tells {means['backprop']:.1f} %, and {worst} the least, {means[worst]:.1f} %"
    )
