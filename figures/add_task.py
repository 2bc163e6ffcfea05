"""The add task [marschall2020]: how near rules come to the least possible cross-entropies."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.findings import INCOMPLETE, between, ends, listed
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.panels import band, spread
from plausible.plotting.style import DARK, style
from plausible.printing.words import count
from plausible.study.columns import option
from plausible.study.statistics import AMOUNT

FLOORS = {
    "nothing": 0.66156,
    "t1 alone": 0.51917,
    "both lags": 0.45445,
}  # nats a step, computed from the odds
NAMES = {
    "Orthogonal": "orthogonal",
    "Uniform": "uniform ±1/√n",
    "Zero": "none",
}  # recurrent weights at the start
READOUT = "readout-only"


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: the validation loss of runs that were done."""
    found = table[(table.metric == "loss") & (table.split == "validation") & (table.status == "done")].copy()
    found["start"] = option(found, "recurrent_name")
    found["thousand steps"] = found.examples / 1000
    return found[["start", "rule", "window", "seed", "epoch", "thousand steps", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """Cross-entropy against steps: a panel for each kind of recurrent weights, a line for each rule.

    Args:
        table: of the study `add_task`, in long form, with the settings `recurrent` and `window`.
    """
    drawn = source(table)
    with sheet(COLUMN, 1.5) as figure:
        panels = figure.subplots(1, 3, sharex=True, sharey=True)
        for axes, (start, title) in zip(panels, NAMES.items(), strict=True):
            draw_panel(axes, drawn[drawn.start == start], title)
        panels[0].set_ylabel("cross-entropy (nats a step)")
        for floor, value in FLOORS.items():
            panels[-1].annotate(floor, (1, value), (2, 0), xycoords=("axes fraction", "data"), va="center",
                                textcoords="offset points", fontsize=6, color=DARK)  # fmt: skip
        seeds = drawn.seed.nunique()
        note = "dashed: the least possible with a memory of nothing, of t1 alone, of both lags"
        setting = f"panels: recurrent weights at the start; lags of 5 and 9; {count(seeds, 'seed')}; {spread(seeds)}"
        return finished(figure, finding(drawn), f"{setting}; {note}", panels[0])


def finding(drawn: pd.DataFrame) -> str:
    """How far above the least possible both kinds of rules end."""
    last = ends(drawn, "start", "window").groupby(["rule", "start"], observed=True).value.mean()
    learned = last.drop(READOUT, level=0, errors="ignore")
    if not len(learned) or READOUT not in last.index.get_level_values(0):
        return INCOMPLETE
    away = (learned - FLOORS["both lags"]).abs().max()
    rules = listed(dict.fromkeys(rule.partition("[")[0] for rule in learned.index.get_level_values(0)))
    return (
        f"{rules} end within {away:.3f} nats of the least possible, {FLOORS['both lags']:.2f}; the read-out alone at "
        f"{between(last[READOUT], '.2f')}"
    )


def draw_panel(axes: Axes, table: pd.DataFrame, title: str) -> None:
    """One start, a line for every rule."""
    for value in FLOORS.values():
        axes.axhline(value, color="black", linewidth=0.5, linestyle="--")
    for rule, look in style(sorted({*table.rule})).items():
        mine = table[table.rule == rule]
        steps = ", ".join(dict.fromkeys(mine.window.astype(str)))
        name = f"{rule}, changes every {count(int(steps), 'step') if steps != '1' else 'step'}"
        band(axes, mine, *look, name, against="thousand steps", bounds=AMOUNT)
    axes.set(title=title, xlabel="thousand steps")
