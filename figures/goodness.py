"""The goodness of right and wrong labels in each layer of Forward-Forward, after [hinton2022]."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.frame import captioned, sheet
from plausible.printing.words import count

COLOURS = {"right": "#0072B2", "wrong": "#D55E00"}


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
    with sheet(9, 1.2 + 1.9 * len(epochs)) as figure:
        panels = figure.subplots(len(epochs), len(layers), sharex=True, squeeze=False)
        for row, epoch in zip(panels, epochs, strict=True):
            for axes, layer in zip(row, layers, strict=True):
                histogram(axes, drawn[(drawn.epoch == epoch) & (drawn.layer == layer)])
                axes.set_title(f"layer {layer[1:]}, after {count(epoch, 'epoch')}", fontsize=8)
            row[0].set_ylabel("share of examples", fontsize=8)
        there = drawn[drawn.value > 0]
        for axes in panels[-1]:
            axes.set_xlabel("goodness per unit", fontsize=8)
            if len(there):
                axes.set_xlim(there.low.min() / 1.2, there.high.max() * 1.2)
            axes.xaxis.set_major_formatter("{x:g}")
            axes.xaxis.set_minor_formatter("{x:g}")
            axes.tick_params(axis="x", which="both", labelsize=6)
        if len(drawn):
            panels[0][0].legend(fontsize=7)
        note = "MNIST, 2,000 validation examples, 784-500-500-500, one seed; dashed: the threshold"
        return captioned(figure, note)


def histogram(axes: Axes, table: pd.DataFrame) -> None:
    """Both labels in one layer."""
    for label, colour in COLOURS.items():
        mine = table[table.label == label].sort_values("low")
        if len(mine):
            edges = [*mine.low, mine.high.iloc[-1]]
            axes.stairs(
                mine.value.to_numpy(), edges, fill=True, color=colour, alpha=0.5, label=f"{label} label"
            )
    axes.axvline(1, color="black", linewidth=0.8, linestyle="--")
    axes.set_xscale("log")
    axes.tick_params(labelsize=7)
