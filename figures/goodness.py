"""The goodness of right and wrong labels in each layer of Forward-Forward, after [hinton2022]."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.findings import NOTHING_YET, listed
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.panels import not_run
from plausible.plotting.scales import logarithmic
from plausible.plotting.style import BLUE, VERMILLION
from plausible.printing.words import count

COLOURS = {"right": BLUE, "wrong": VERMILLION}
THRESHOLD = 1.0  # of the goodness a unit


def source(table: pd.DataFrame) -> pd.DataFrame:
    """All of the table but what did not end."""
    done = table[table.status == "done"]
    return done[["task", "rule", "seed", "epoch", "layer", "label", "low", "high", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """Histograms of goodness per unit: a row before and one after learning, a panel for every layer.

    Args:
        table: of `studies/goodness.py`: the share of examples, `value`, with a goodness from `low` to `high`.
    """
    drawn = source(table)
    epochs = sorted(drawn.epoch.unique()) or [0]
    layers = sorted(drawn.layer.unique()) or ["W1"]
    there = drawn[drawn.value > 0]
    with sheet(COLUMN, 1.15 * len(epochs)) as figure:
        panels = figure.subplots(len(epochs), len(layers), sharex=True, sharey=True, squeeze=False)
        for row, epoch in zip(panels, epochs, strict=True):
            for axes, layer in zip(row, layers, strict=True):
                histogram(axes, there[(there.epoch == epoch) & (there.layer == layer)])
                axes.set_title(f"layer {layer[1:]}, {count(epoch, 'epoch')}")
            row[0].set_ylabel("share of examples")
        for axes in panels[-1]:
            axes.set_xlabel("goodness per unit")
        for axes in panels.flat:
            logarithmic(axes, "x", most=4)
        note = "MNIST, 2,000 validation examples, 784-500-500-500, one seed; dashed: the threshold"
        return finished(figure, finding(drawn), note, panels[0][0])


def finding(drawn: pd.DataFrame) -> str:
    """The share of examples on the right side of the threshold after learning, layer by layer."""
    last = drawn[drawn.epoch == drawn.epoch.max()]
    over = (
        last[last.low >= THRESHOLD * 0.999].groupby(["layer", "label"]).value.sum().unstack("label").fillna(0)
    )
    if not {"right", "wrong"} <= {*over}:
        return NOTHING_YET
    told = (
        f"{100 * row['right']:.0f} and {100 * row['wrong']:.0f} %" for _, row in over.sort_index().iterrows()
    )
    return (
        f"After learning, goodness is above the threshold for {listed(told)} of right and of wrong labels, "
        "in layers 1 to "
        f"{len(over)}"
    )


def histogram(axes: Axes, table: pd.DataFrame) -> None:
    """Both labels in one layer."""
    for label, colour in COLOURS.items():
        mine = table[table.label == label].sort_values("low")
        if len(mine):
            heights, edges = bars(mine)
            axes.stairs(heights, edges, fill=True, color=colour, alpha=0.5, label=f"{label} label")
    axes.axvline(THRESHOLD, color="black", linewidth=0.5, linestyle="--")
    not_run(axes, table)


def bars(mine: pd.DataFrame) -> tuple[list[float], list[float]]:
    """Heights and edges of a histogram; where no bin is given, as none of its examples are there, its height is 0."""
    heights: list[float] = []
    edges = [float(mine.low.iloc[0])]
    for low, high, value in mine[["low", "high", "value"]].itertuples(index=False):
        if low > edges[-1] * (1 + 1e-9):
            heights.append(0.0)
            edges.append(low)
        heights.append(value)
        edges.append(high)
    return heights, edges
