"""How near predictive coding is to backprop, by the output's variance, width, depth and multipliers."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.findings import NOTHING_YET, slope
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.panels import band, not_run, seeds, spread
from plausible.plotting.scales import logarithmic
from plausible.plotting.style import BLACK, BLUE, GREEN, ORANGE, PURPLE, ROSE
from plausible.printing.words import count
from plausible.study.columns import option

KINDS = {"standard": (PURPLE, "o"), "skips": (ORANGE, "s"), "mupc": (BLUE, "^")}
NAMES = {"standard": "standard", "skips": "with skips", "mupc": "muPC"}
RULES = {
    "backprop": (BLACK, "o"),
    "predictive coding": (GREEN, "d"),
    "predictive coding, 128 steps": (ROSE, "s"),
}
MULTIPLIED = {"PC": (GREEN, "d"), "PC-ALM": (ROSE, "h")}
LINES = {"L = 4": "-", "L = 16": "--"}
AIMED = {(8, 4): "-", (64, 64): "--"}  # units and outputs
COLUMNS = ["task", "kind", "units", "outputs", "seed", "epoch", "metric", "layer", "value"]


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: all but condition numbers."""
    found = table[(table.status == "done") & (table.metric != "condition number")]
    cosines = found.metric != "distance"
    value = found.value.where(
        ~cosines, found.value.clip(-1, 1)
    )  # a cosine of 1 may be rounded to more than 1
    options = {name: option(found, f"rule_{name}") for name in ("kind", "units", "outputs")}
    return found.assign(value=value, **options)[COLUMNS]


def draw(table: pd.DataFrame) -> Figure:
    """Four panels: the distance by variance, what is left of the cosine by width, target alignment, multipliers.

    Args:
        table: of the study `when_is_pc_backprop`, in long form.
    """
    drawn = source(table)
    with sheet(COLUMN, 3.1) as figure:
        (above, wide), (aimed, multiplied) = figure.subplots(2, 2)
        by_variance(above, drawn[(drawn.task == "variance") & (drawn.layer == "W1")])
        by_width(wide, drawn[drawn.task == "width"])
        by_depth(aimed, drawn[drawn.task == "target"])
        by_multipliers(multiplied, drawn[(drawn.task == "multipliers") & (drawn.metric == "cosine")])
        n = count(drawn.seed.nunique(), "seed")
        bands = spread(*drawn.groupby("task").seed.nunique())
        caption = (
            f"at most {n}; initial weights; {bands}; above: tanh 6-5-4-3, and linear, solid 4 layers, dashed 16; "
            "below: linear, solid 8 units and 4 outputs, dashed 64 and 64; linear muPC with skips, 2 L steps"
        )
        return finished(figure, finding(drawn), caption, wide, aimed, multiplied)


def finding(drawn: pd.DataFrame) -> str:
    """The order in the variance, and the cosines at the largest width of the deeper networks."""
    far = drawn[(drawn.task == "variance") & (drawn.layer == "W1") & (drawn.epoch >= 100)]
    means = far.groupby("epoch").value.mean()
    deep = drawn[(drawn.task == "width") & (drawn.layer == "L = 16")]
    ends = deep[deep.epoch == deep.epoch.max()].groupby("kind").value.mean()
    if not len(means) or not len(ends):
        return NOTHING_YET
    told = ", ".join(f"{NAMES[kind]} {ends[kind]:.3f}" for kind in KINDS if kind in ends)
    return (
        f"The distance from backprop falls as the output's variance to the power {slope(means.index, means):.2f}; "
        f"cosines of 16 layers, {deep.epoch.max():.0f} units: {told}"
    )


def by_variance(axes: Axes, table: pd.DataFrame) -> None:
    """The relative distance of W_1's change."""
    if len(table):
        seeds(axes, table, GREEN, "d", "predictive coding", "epoch")
    axes.set(title="distance, by variance", xlabel="variance of the output")
    logarithmic(axes)
    logarithmic(axes, "x", most=3)
    not_run(axes, table)


def by_width(axes: Axes, table: pd.DataFrame) -> None:
    """1 less the cosine."""
    for kind, look in KINDS.items():
        for layer, line in LINES.items():
            mine = table[(table.kind == kind) & (table.layer == layer)]
            if len(mine):
                name = NAMES[kind] if line == "-" else "_nolegend_"
                left = 1 - mine.groupby("epoch").value.mean()
                axes.plot(left.index, left, line, color=look[0], marker=look[1], label=name)
    axes.set(title="1 - cosine, by width", xlabel="units in a layer")
    logarithmic(axes)
    logarithmic(axes, "x", most=4)
    not_run(axes, table)


def by_depth(axes: Axes, table: pd.DataFrame) -> None:
    """The target alignment of both rules, and of predictive coding that does not come to rest."""
    for rule, look in RULES.items():
        for (units, outputs), line in AIMED.items():
            mine = table[(table.layer == rule) & (table.units == units) & (table.outputs == outputs)]
            if len(mine):
                named = rule if line == "-" or "steps" in rule else "_nolegend_"
                band(axes, mine, *look, named, line=line, bounds=(-1.0, 1.0))
    axes.set(title="target alignment, by depth", xlabel="layers L")
    not_run(axes, table)


def by_multipliers(axes: Axes, table: pd.DataFrame) -> None:
    """The cosine after as many steps as twice the depth."""
    for name, look in MULTIPLIED.items():
        mine = table[table.layer == name]
        if len(mine):
            label = name if name == "PC-ALM" else "_nolegend_"
            band(axes, mine, *look, label, bounds=(-1.0, 1.0))
    axes.set(title="cosine after 2 L steps", xlabel="layers L", xticks=np.array([4, 8, 16, 32]))
    not_run(axes, table)
