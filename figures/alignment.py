"""The angle between the updates of random feedback and the gradient, layer by layer, for networks of every depth."""

from __future__ import annotations

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.findings import NOTHING_YET, ends, listed
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.maps import heat
from plausible.plotting.panels import FEW, band, not_run, spread
from plausible.plotting.scales import degrees
from plausible.printing.words import count
from plausible.study.statistics import DEGREES, mean_interval


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: the angles of hidden layers, of runs that were done; backprop's are 0."""
    angles = (table.metric == "gradient angle") & (table.status == "done") & (table.rule != "backprop")
    found = table[angles]
    depth = found.hidden.astype(str).str.count("-") + 1
    hidden = found.layer.str.removeprefix("W").astype(int) <= depth
    return found.assign(depth=depth)[hidden][
        ["task", "rule", "hidden", "depth", "seed", "epoch", "layer", "value"]
    ]


def draw(table: pd.DataFrame) -> Figure:
    """For every rule, the last angle by layer and depth as a map, and the course of the deepest network below.

    Args:
        table: of the study `alignment`, in long form, with the setting `hidden`.
    """
    drawn = source(table)
    rules = list(dict.fromkeys(drawn.rule)) or [""]
    last = ends(drawn, "hidden", "layer")
    with sheet(COLUMN, 3.1) as figure:
        panels = figure.subplots(2, len(rules), sharey="row", squeeze=False)
        for (above, below), rule in zip(panels.T, rules, strict=True):
            draw_map(above, last[last.rule == rule], rule)
            mine = drawn[(drawn.rule == rule) & (drawn.depth == drawn.depth.max())]
            draw_course(below, mine)
        panels[0][0].set_ylabel("hidden layers")
        panels[1][0].set_ylabel("degrees")
        seeds = drawn.seed.nunique()
        task = ", ".join(dict.fromkeys(drawn.task))
        widest = last.groupby(["rule", "hidden", "layer"], observed=True).value.agg(half).max()
        within = f" (95 % intervals: at most ±{widest:.0f}°)" if seeds >= FEW else ""
        note = f"{task}, {count(seeds, 'seed')}; above: degrees to the gradient after learning, means{within}"
        deepest = (
            f"below: the network of {count(int(drawn.depth.max() or 0), 'hidden layer')}"
            if len(drawn)
            else ""
        )
        return finished(figure, finding(last), f"{note}; {deepest}; {spread(seeds)}", panels[1][0])


def half(values: pd.Series[float]) -> float:
    """Half the width of a mean's interval; NaN for one value."""
    found = mean_interval(values.to_numpy(), DEGREES)
    return (found.high - found.low) / 2


def finding(last: pd.DataFrame) -> str:
    """How the angle of the first layer grows with depth, rule by rule."""
    first = last[last.layer == "W1"].groupby(["rule", "depth"], observed=True).value.mean()
    told = []
    for rule in dict.fromkeys(last.rule):
        mine = first[rule].sort_index()
        told.append(f"{mine.iloc[0]:.0f}° to {mine.iloc[-1]:.0f}° ({rule})")
    if not told or first.index.get_level_values("depth").nunique() < 2:
        return NOTHING_YET
    deepest = first.index.get_level_values("depth").max()
    return f"With 1 to {deepest} hidden layers the first layer's change lies {listed(told)} from the gradient"


def draw_map(axes: Axes, table: pd.DataFrame, rule: str) -> None:
    """The last angle: a row for every depth, a column for every layer."""
    number = table.layer.str.removeprefix("W").astype(int)
    means = table.assign(number=number).pivot_table(index="depth", columns="number", values="value")
    heat(axes, means, "{:.0f}", low=0, high=95)
    axes.set(title=rule, xlabel="layer, from the input")
    not_run(axes, table)


def draw_course(axes: Axes, table: pd.DataFrame) -> None:
    """The layers of one network against epochs."""
    layers = sorted(table.layer.unique())
    colours = matplotlib.colormaps["viridis"](np.linspace(0, 0.85, max(len(layers), 1)))
    for layer, colour in zip(layers, colours, strict=False):
        name = f"layer {layer.removeprefix('W')}"
        band(axes, table[table.layer == layer], matplotlib.colors.to_hex(colour), "", name, bounds=DEGREES)
    degrees(axes, least=100)
    axes.set_xlabel("epoch")
    not_run(axes, table)
