"""Delayed non-match to sample, learned from a late reward alone, after [miconi2017]."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.findings import INCOMPLETE
from plausible.plotting.frame import COLUMN, finished, panels, sheet, stacked
from plausible.plotting.panels import band, spread
from plausible.plotting.style import BLUE, GREY
from plausible.printing.words import count
from plausible.study.columns import option
from plausible.study.statistics import ANY, PERCENT

ERROR, RIGHT = "trial error", "right trials"
MARKERS = {"learning": "o", "still": "s"}
MODES = {"learning": ("learns", BLUE), "still": ("does not learn", GREY)}


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: errors and shares of right trials, by mode."""
    found = table[table.metric.isin([ERROR, RIGHT]) & (table.status == "done")]
    mode, units, steps = (option(found, f"rule_{name}") for name in ("mode", "units", "steps"))
    whole = {"units": units, "steps": steps}
    texts = {name: [f"{value:.0f}" for value in values] for name, values in whole.items()}
    options = {"mode": mode} | {name: pd.Series(text, found.index, object) for name, text in texts.items()}
    return found.assign(**options)[["mode", "units", "steps", "seed", "epoch", "metric", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """The error and the share of right trials against trials."""
    drawn = source(table)
    with sheet(COLUMN, 2.6) as figure:
        top, below = stacked(figure, 1, 1)
        (one,), (two,) = panels(top, 1, 1), panels(below, 1, 1)
        for axes, metric, bounds in ((one, ERROR, ANY), (two, RIGHT, PERCENT)):
            for mode, (label, colour) in MODES.items():
                mine = drawn[(drawn["mode"] == mode) & (drawn.metric == metric)]
                if len(mine):
                    band(axes, mine, colour, MARKERS[mode], label, bounds=bounds)
        one.set(ylabel="error of a trial")
        two.set(xlabel="trials", ylabel="right trials (%)")
        seeds = drawn.seed.nunique()
        sizes = ", ".join(dict.fromkeys(drawn.units + " units, steps of " + drawn.steps.map(step) + " ms"))
        return finished(figure, finding(drawn), f"{sizes}; {count(seeds, 'seed')}; {spread(seeds)}", one)


def step(steps: str) -> str:
    """The length of a step of a trial of a second, in ms."""
    return f"{1000 / int(steps):g}"


def finding(drawn: pd.DataFrame) -> str:
    """The error and the share of right trials, at first and at the end."""
    mine = drawn[drawn["mode"] == "learning"]
    if not {ERROR, RIGHT} <= {*mine.metric}:
        return INCOMPLETE
    by = mine.groupby(["metric", "epoch"]).value.mean()
    errors, right, last = by[ERROR], by[RIGHT], int(mine.epoch.max())
    return (
        f"From a late reward alone the error of a trial goes from {errors.iloc[0]:.2f} to {errors.iloc[-1]:.2f} in "
        f"{last} trials, and {right.iloc[-1]:.0f} % are right; the paper's network has 95 % after some 1000"
    )
