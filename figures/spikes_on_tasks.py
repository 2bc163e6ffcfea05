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
SPLIT, PLANE, CLOTHES = "digits[split=seed]", "yin-yang", "fashion-mnist"
ONCE = "{}, seen once"
MNIST = ONCE.format("mnist")
LARGE = {MNIST: "MNIST", ONCE.format(CLOTHES): "Fashion-MNIST"}
FEW, TUNED = "few-images[of={}]", "{}, tuned"
SMALL_ONES = {SPLIT: "Digits, tuned", TUNED.format(PLANE): "Yin-yang, tuned"}
LARGE_ONES = {TUNED.format("mnist"): "MNIST", TUNED.format(CLOTHES): "Fashion-MNIST"}
LEARNED = f"{SPLIT}, validation"
BY_PASSES = {LEARNED: "Digits, tuned", PLANE: "Yin-yang, by default"}
ASKED = ("validation (%)", "test accuracy (%)")  # accuracy by passes
DATA = (CLOTHES, *BY_PASSES, *SMALL_ONES, *LARGE, *LARGE_ONES)
UNTUNED = ("diehl-cook",)  # it declares nothing to search
TAKEN = {
    EVENTS: ("synaptic events, an image", "MNIST: events"),
    TIME: ("processor, ms, an image", "MNIST: time"),
}
BESIDE = ("backprop", "feedback-alignment", "shallow")
ACROSS, LINES = 2, 7  # rules whose fields are drawn, in a row, and rows
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
    pairs = zip(LARGE, LARGE_ONES, strict=True)
    more = (ends[ends["data"] == once].assign(data=title, tuned=False) for once, title in pairs)
    return pd.concat([found, *more], ignore_index=True)


def draw(table: pd.DataFrame) -> Figure:
    """Test accuracy by passes and by examples seen, by what an example takes, and after the last; fields.

    Args:
        table: of the study `spikes_on_tasks`, in long form.
    """
    table = source(table)
    scores = table[(table.metric == "accuracy") & (table.epoch > 0)]
    looks, ends = style(ordered(scores)), last(scores)
    with sheet(COLUMN, 10.3) as figure:
        parts = stacked(figure, 1.15, 1.75, 0.8, 1.15, 1.75, 1.15, 2.5)
        passes, (clothes,) = panels(parts[0], 1, 2), panels(parts[2], 1, 1)
        for axes, (data, title), asked in zip(passes, BY_PASSES.items(), ASKED, strict=True):
            shown = scores[scores["data"] == data]
            curves(axes, shown, looks, title)
            axes.set(xlabel=numbered("passes", shown), ylabel=asked)
        compared(panels(parts[1], 1, 2), ends, looks, SMALL_ONES)
        compared([clothes], ends, looks, {CLOTHES: "Fashion-MNIST, all, 3 passes"})
        images = panels(parts[3], 1, 2)
        for axes, (data, title) in zip(images, LARGE.items(), strict=True):
            shown = scores[scores["data"] == data]
            curves(axes, shown, looks, title)
            axes.set(xlabel=numbered("images seen", shown), ylabel="test accuracy (%)", xlim=(0, None))
        compared(panels(parts[4], 1, 2), ends, looks, LARGE_ONES)
        costs(panels(parts[5], 1, 2), table[table["data"] == MNIST], looks)
        order = ordered(ends[ends["data"] == MNIST])
        drawn_fields(panels(parts[6], LINES, ACROSS), table[table.metric == "field"], order)
        found = finding(ends[ends["data"] == SPLIT]) or NOTHING_YET
        return finished(figure, found, caption(scores), *passes, *images)


def caption(scores: pd.DataFrame) -> str:
    """What the reader has to know."""
    counted = scores.groupby(["data", "name"]).seed.nunique()
    tuned = {LEARNED, *SMALL_ONES, *LARGE_ONES}
    digits, plane, fewest = (
        min((number for (data, _), number in counted.items() if data in those), default=0)
        for those in ({LEARNED}, {PLANE}, tuned)
    )
    return (
        f"By passes: digits split by each of {count(digits, 'seed')}, validation, with tuned constants; yin-yang, "
        f"{count(plane, 'seed')}, constants by default. Tuned, and filled: {count(fewest, 'fresh seed')} at least; "
        "digits after 10 passes; yin-yang and the first 3,000 images of MNIST and Fashion-MNIST, 1,000 tested, seen "
        "once. Hollow, means: not tuned, constants of digits or those of default, as diehl-cook has everywhere; "
        f"{spread(plane, fewest)}. {absent(scores)}100 neurons where their number is free. Against images seen, "
        "events, time, and fields: constants of digits, too. All of Fashion-MNIST: groups of ten with constants of "
        "MNIST, default rates. Events: synapses reached by spikes; processor: of a core; both while learning. Fields: "
        "three neurons, one seed, after that part of MNIST, on-centre less off-centre where inputs are so; red above "
        "0, blue below"
    )


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


def curves(axes: Axes, scores: pd.DataFrame, looks: Looks, title: str) -> None:
    """Test accuracy of each rule against what it has seen, the best first."""
    for name in ordered(scores):
        band(axes, scores[scores.name == name], *looks[name], name, bounds=PERCENT)
    axes.set(title=title, ylim=(0, 100))
    not_run(axes, scores)


def compared(panes: list[Axes], ends: pd.DataFrame, looks: Looks, titles: Mapping[str, str]) -> None:
    """Test accuracy of each rule on tasks, the best of the first one first, a dot for each seed."""
    drawn = ends[ends["data"].isin(titles)]
    first = drawn[drawn["data"] == next(iter(titles))]
    names = [*dict.fromkeys(name for part in (first[first.tuned], first, drawn) for name in ordered(part))]
    for axes, (data, title) in zip(panes, titles.items(), strict=True):
        mine = ends[ends["data"] == data]
        for place, name in enumerate(names):
            ours = mine[mine.name == name]
            dots(axes, place, ours[ours.tuned].value.to_numpy(), looks[name], PERCENT)
            hollow(axes, place, ours[~ours.tuned].value.to_numpy(), looks[name])
        rows_named(axes, names)
        axes.set(title=title, xlabel=numbered("test (%)", mine))
        not_run(axes, mine)
    for axes in panes[1:]:
        axes.set_yticklabels([])


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
