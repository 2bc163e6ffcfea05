"""What textbooks say of backpropagation, put to the test: rates, momentum, noise, settings, batches, fixed points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.findings import NOTHING_YET
from plausible.plotting.frame import COLUMN, SMALL, finished, sheet
from plausible.plotting.panels import band, not_run, seeds, spread
from plausible.plotting.scales import logarithmic
from plausible.plotting.style import (
    BLACK,
    GREY,
    INDIGO,
    ORANGE,
    PURPLE,
    ROSE,
    SKY,
    TEAL,
    WINE,
    Look,
    style,
)
from plausible.printing.words import count
from plausible.study.columns import option
from plausible.study.statistics import SHARE

COLUMNS = ["task", "rule", "batch", "seed", "epoch", "metric", "layer", "value"]
STEEP, SHALLOW = 100.0, 1.0  # the curvatures of the ravine, as in the study
WAYS = {"momentum": (TEAL, "o"), "fast": (ORANGE, "^"), "too fast": (WINE, "x"), "slow": (INDIGO, "v")}
MOMENTA = {"momentum 0": (GREY, "o"), "momentum 0.5": (PURPLE, "s"), "momentum 0.9": (INDIGO, "d")}
UNITS = {"2 units": (PURPLE, "<"), "8 units": (ROSE, ">"), "32 units": (INDIGO, "p")}
LOOPS = {0.05: (SKY, "D"), 0.1: (ORANGE, "P"), 0.16: (GREY, "X")}
BATCHES = {1: (SKY, "D"), 32: (ORANGE, "P"), 10_000: (GREY, "X")}
Place: TypeAlias = Literal["lower left", "lower center", "lower right"]
STEPS = 24  # of the ways that are drawn
FRAME = np.array([[-0.1, 0.7], [-3.1, 3.1]])  # along and across, from where to where ways are drawn


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table."""
    done = table[(table.status == "done") & (table.task != "encoder[n=10]")]
    named, loops = option(done, "rule_rule"), option(done, "rule_loops")
    found = done.assign(
        rule=named.where(named.notna(), ""), batch=option(done, "rule_batch").where(loops.isna(), loops)
    )
    return found[COLUMNS]


def draw(table: pd.DataFrame) -> Figure:
    """Eight panels, each a statement.

    Args:
        table: of the study `textbook`, in long form.
    """
    drawn = source(table)
    with sheet(COLUMN, 6.2) as figure:
        (paths, rates), (momenta, settings), (labels, inputs), (batches, waiting) = figure.subplots(4, 2)
        ravine(paths, drawn[(drawn.task == "ravine") & drawn.metric.isin(["along", "across"])])
        by_rate(rates, drawn[(drawn.task == "rates") & (drawn.metric == "loss")])
        by_setting(momenta, drawn[drawn.task == "encoders"], MOMENTA, "sweeps to learn 8-3-8", "layer")
        momenta.set(xlabel="rate", ylim=(15, None))
        by_units(settings, drawn[drawn.task == "sweep"])
        noisy = drawn[drawn.task == "noise"]
        by_noise(labels, noisy[noisy.layer == "labels"], "wrong labels", "share that is wrong")
        by_noise(inputs, noisy[noisy.layer == "inputs"], "noisy inputs", "noise / spread of pixels")
        by_setting(batches, drawn[drawn.task == "batches"], BATCHES, "epochs to 93 % of digits", "batch")
        batches.set(xlabel="rate", ylim=(0.1, None))
        settling(waiting, drawn[drawn.task == "waiting"])
        runs = drawn.seed.nunique()
        caption = (
            f"at most {count(runs, 'seed')}; {spread(runs)}; ways: one start, curvatures {SHALLOW:g} and {STEEP:g}, "
            "until they leave the frame for good; "
            "digits: one hidden layer of 32 units, two of 64 with noise; epochs: means of seeds, at most 400; "
            "settling: of recurrent backpropagation"
        )
        key(paths, "lower center", 2)
        key(momenta, "lower left")
        key(settings, "lower center", 2)
        key(batches, "lower center", 2)
        key(waiting, "lower right")
        return finished(figure, finding(drawn), caption, labels)


def key(axes: Axes, place: Place, columns: int = 1) -> None:
    """The legend of a panel, where it draws anything with a name; the rules' stands above all panels."""
    if axes.get_legend_handles_labels()[1]:
        axes.legend(
            loc=place, ncols=columns, fontsize=SMALL, borderaxespad=0.1, borderpad=0.1, handlelength=1.2,
            handletextpad=0.4, columnspacing=0.6,
        )  # fmt: skip


def ravine(axes: Axes, table: pd.DataFrame) -> None:
    """The ways down, over lines of one height."""
    x, y = np.meshgrid(*(np.linspace(*ends, 61) for ends in FRAME))
    height = (SHALLOW * x**2 + STEEP * y**2) / 2
    axes.contour(x, y, height, levels=[1.0, 15.0, 100.0, 300.0], colors=GREY, linewidths=0.4)
    for name, (colour, marker) in WAYS.items():
        mine = table[(table.layer == name) & (table.epoch <= STEPS)]
        way = mine.pivot_table("value", "epoch", "metric", observed=True)
        if len(way) and {"along", "across"} <= {*way.columns}:
            whole = way.reindex(range(STEPS + 1))[["along", "across"]].to_numpy(float)
            points, steps = cut(whole)
            axes.plot(
                *points.T,
                color=colour,
                marker=marker,
                markersize=2,
                markevery=steps,
                linewidth=0.6,
                label=name,
            )
    axes.set(
        title=f"{STEPS} steps in a ravine",
        xlim=FRAME[0],
        ylim=(-5.2, FRAME[1, 1]),
        yticks=[-2, 0, 2],
        xlabel="along",
        ylabel="across",
    )
    axes.grid(visible=False)
    not_run(axes, table)


def cut(way: np.ndarray) -> tuple[np.ndarray, list[int]]:
    """A way cut at `FRAME`, until it leaves it for good: a step, or its part inside, is joined to its neighbours alone.

    Args:
        way: places along and across, (steps + 1, 2); NaN where one is not known.

    Returns:
        Points, (any, 2), with NaN between parts that are not joined, and which of them are places of the way.
    """
    low, high = FRAME.T
    within = ((low <= way) & (way <= high)).all(axis=1)
    points, places = [], []
    last = max(np.flatnonzero(within), default=-1) + 1  # the step that leaves for good
    for at, place in enumerate(way[: last + 1]):
        if at:
            points += part(way[at - 1], place)
        if within[at]:
            places.append(len(points))
            points.append(place)
    return np.array(points).reshape(-1, 2), places


def part(one: np.ndarray, two: np.ndarray) -> list[np.ndarray]:
    """What a step adds between its ends: where it enters and leaves `FRAME`, and NaN where it is not joined."""
    gap, move = np.full(2, np.nan), two - one
    if not np.isfinite(move).all():
        return [gap]
    sides = [(side - one[axis]) / move[axis] for axis in (0, 1) if move[axis] for side in FRAME[axis]]
    enter = max([0.0, *map(min, sides[::2], sides[1::2])])
    leave = min([1.0, *map(max, sides[::2], sides[1::2])])
    low, high = FRAME.T
    inside = enter <= leave and bool(((low <= one) & (one <= high))[move == 0].all())
    if not inside:
        return [gap]
    crossed = [one + share * move for share in (enter, leave) if 0 < share < 1]
    return [*([gap] if enter else []), *crossed, *([gap] if leave < 1 else [])]


def by_rate(axes: Axes, table: pd.DataFrame) -> None:
    """The loss after a hundred sweeps."""
    if len(table):
        seeds(axes, table, BLACK, "o", "_nolegend_", "epoch")
    axes.set(title="loss on digits, 100 sweeps", xlabel="rate")
    logarithmic(axes)
    logarithmic(axes, "x", most=4)
    not_run(axes, table)


def by_setting(axes: Axes, table: pd.DataFrame, looks: Mapping[Any, Look], title: str, by: str) -> None:
    """Epochs or sweeps that were needed, by rate, a line for each momentum or size of batches."""
    for value, (colour, marker) in looks.items():
        mine = table[table[by] == value]
        if len(mine):
            name = f"{value}" if by == "layer" else {1: "one by one"}.get(int(value), f"batches of {value}")
            needed = mine.groupby("epoch").value.mean()
            label = "whole set" if value == 10_000 else name
            axes.plot(needed.index, needed, color=colour, marker=marker, label=label)
    axes.set(title=title)
    logarithmic(axes)
    logarithmic(axes, "x", most=4)
    not_run(axes, table)


def by_units(axes: Axes, table: pd.DataFrame) -> None:
    """The accuracy by rate and hidden units."""
    for name, look in UNITS.items():
        mine = table[table.layer == name]
        if len(mine):
            band(axes, mine, *look, name, bounds=SHARE)
    axes.set(title="accuracy on digits", xlabel="rate", ylim=(-0.5, 1.02), yticks=[0, 0.25, 0.5, 0.75, 1])
    logarithmic(axes, "x", most=4)
    not_run(axes, table)


def by_noise(axes: Axes, table: pd.DataFrame, title: str, label: str) -> None:
    """The accuracy on clean digits by what was noisy in learning, a line for each rule."""
    rules = [str(rule) for rule in dict.fromkeys(table.rule)]
    looks = style(rules)
    for rule in rules:
        band(axes, table[table.rule == rule], *looks[rule], rule, bounds=SHARE)
    axes.set(title=f"accuracy, {title}", xlabel=label)
    not_run(axes, table)


def settling(axes: Axes, table: pd.DataFrame) -> None:
    """The cosine of changes to those at rest, by steps of settling."""
    for loops, look in LOOPS.items():
        mine = table[(table.batch == loops) & (table.epoch < 500)]
        if len(mine):
            band(axes, mine, *look, f"loops of {loops}", bounds=(-1.0, 1.0))
    axes.set(title="cosine to the settled", xlabel="steps of settling")
    logarithmic(axes, "x", most=4)
    not_run(axes, table)


def finding(drawn: pd.DataFrame) -> str:
    """Small batches against whole sets, the best and the worst setting, and what a few steps of settling are worth."""
    batches = drawn[drawn.task == "batches"]
    needed = {batch: at_best(batches[batches.batch == batch]) for batch in (32, 10_000)}
    share = (needed[32] / needed[10_000]).dropna()
    accuracy = drawn[drawn.task == "sweep"].groupby(["layer", "epoch"], observed=True).value.mean()
    after = drawn[(drawn.task == "waiting") & (drawn.epoch == 8) & (drawn.batch == 0.16)].value
    if not len(share) or not len(accuracy) or not len(after):
        return NOTHING_YET
    return (
        f"Batches of 32 need {100 * share.mean():.2g} % of the epochs of whole sets; settings are worth "
        f"{100 * (accuracy.max() - accuracy.min()):.0f} points; "
        f"after 8 steps of settling with strong loops the cosine is {after.mean():.3f}"
    )


def at_best(table: pd.DataFrame) -> pd.Series[float]:
    """What was needed by seed at the rate that needs least on average, as the study's statement has it."""
    means = table.groupby("epoch").value.mean()
    return table[table.epoch == means.idxmin()].set_index("seed").value if len(means) else table.value
