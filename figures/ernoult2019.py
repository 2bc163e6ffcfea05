"""Equilibrium propagation and backpropagation through time, step by step [ernoult2019]."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.frame import captioned, sheet
from plausible.plotting.panels import seeds
from plausible.printing.words import count
from plausible.study.columns import option

LOOKS = {
    "backpropagation through time": ("#000000", "o", "-"),
    "equilibrium propagation": ("#E69F00", "^", "--"),
}
ROWS = {"update norm": "norm of the change", "gradient distance": "distance from the limit"}


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: norms of changes and their distance from the gradient, by steps."""
    found = table[table.metric.isin(ROWS) & (table.status == "done") & (table.epoch == 0)]
    found = found[found.layer.str.startswith("W")]
    steps = option(found, "rule_window").fillna(option(found, "rule_nudged_steps"))
    ep = option(found, "rule_name") == "equilibrium-propagation"
    method = ep.map({True: "equilibrium propagation", False: "backpropagation through time"})
    found = found.assign(steps=steps, method=method).dropna(subset="steps")
    return found[["task", "hidden", "seed", "method", "steps", "metric", "layer", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """What either has gathered after so many steps, a column for every layer.

    Args:
        table: of the study `ernoult2019`, in long form.
    """
    drawn = source(table)
    layers = sorted(drawn.layer.unique()) or ["W1"]
    with sheet(3 * len(layers) + 1, 5.4) as figure:
        panels = figure.subplots(2, len(layers), sharex=True, squeeze=False)
        for row, (metric, label) in zip(panels, ROWS.items(), strict=True):
            for axes, layer in zip(row, layers, strict=True):
                draw_panel(axes, drawn[(drawn.metric == metric) & (drawn.layer == layer)])
                axes.set_yscale("log")
            row[0].set_ylabel(label)
        for axes, layer in zip(panels[0], layers, strict=True):
            axes.set_title(layer)
        for axes in panels[1]:
            axes.set(xlabel="steps K", xscale="log")
        if len(drawn):
            panels[0][0].legend(fontsize=7)
        sizes = ", ".join(dict.fromkeys(drawn.hidden.astype(str)))
        task, n = ", ".join(dict.fromkeys(drawn.task)), drawn.seed.nunique()
        return captioned(
            figure,
            f"{task}, {sizes} tanh units, {count(n, 'seed')}; thin: seeds; thick: their geometric mean",
        )


def draw_panel(axes: Axes, table: pd.DataFrame) -> None:
    """Both methods, one over the other."""
    for method, (colour, marker, line) in LOOKS.items():
        mine = table[(table.method == method) & (table.value > 0)]
        if len(mine):
            seeds(axes, mine, colour, marker, method, against="steps", line=line)
