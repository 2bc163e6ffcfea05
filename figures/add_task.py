"""The add task [marschall2020]: how near rules come to the least possible cross-entropies."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.frame import captioned, sheet
from plausible.plotting.panels import band
from plausible.plotting.style import OTHERS
from plausible.printing.words import count
from plausible.study.columns import option
from plausible.study.statistics import AMOUNT

FLOORS = {
    "nothing": 0.66156,
    "t1 alone": 0.51917,
    "both lags": 0.45445,
}  # nats a step, computed from the odds
NAMES = {
    "Orthogonal": "recurrent weights hold: orthogonal",
    "Uniform": "recurrent weights forget: uniform ±1/√n",
    "Zero": "no recurrent weights",
}
Styles = dict[tuple[str, str], tuple[str, str]]


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: the validation loss of runs that were done."""
    found = table[(table.metric == "loss") & (table.split == "validation") & (table.status == "done")].copy()
    found["start"] = option(found, "recurrent_name")
    found["thousand steps"] = found.examples / 1000
    return found[["start", "rule", "window", "seed", "thousand steps", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """Cross-entropy against steps: a panel for each kind of recurrent weights, a line for each rule.

    Args:
        table: of the study `add_task`, in long form, with the settings `recurrent` and `window`.
    """
    drawn = source(table)
    with sheet(10, 4) as figure:
        panels = figure.subplots(1, 3, sharex=True, sharey=True, width_ratios=(3, 3, 2))
        lines = sorted(
            drawn[["rule", "window"]].astype(str).drop_duplicates().itertuples(index=False, name=None)
        )
        styles = dict(zip(lines, OTHERS, strict=False))
        for axes, (start, title) in zip(panels, NAMES.items(), strict=True):
            draw_panel(axes, drawn[drawn.start == start], title, styles)
        panels[0].set_ylabel("cross-entropy, nats a step")
        if panels[0].lines:
            panels[1].legend(*panels[0].get_legend_handles_labels(), fontsize=7, loc="upper right")
        seeds = drawn.seed.nunique()
        note = "dashed: the least possible with a memory of nothing, of t1 alone, of both lags"
        return captioned(
            figure, f"lags of 5 and 9; {count(seeds, 'seed')}; bands: 95 % interval of the mean; {note}"
        )


def draw_panel(axes: Axes, table: pd.DataFrame, title: str, styles: Styles) -> None:
    """One start, of rules and windows in their colours and markers."""
    for floor, value in FLOORS.items():
        axes.axhline(value, color="black", linewidth=0.8, linestyle="--")
        axes.annotate(
            floor,
            (1.0, value),
            xycoords=("axes fraction", "data"),
            fontsize=6,
            ha="right",
            va="bottom",
            zorder=6,
        )
    for (rule, window), (colour, marker) in styles.items():
        mine = table[(table.rule == rule) & (table.window.astype(str) == window)]
        if not len(mine):
            continue
        steps = f"changes every {window} steps" if window != "1" else "a change every step"
        band(axes, mine, colour, marker, f"{rule}, {steps}", against="thousand steps", bounds=AMOUNT)
    axes.set(title=title, xlabel="thousand steps")
