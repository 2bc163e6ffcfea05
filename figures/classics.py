"""Epochs to criterion of the classical optimisers on encoders [fahlman1988, riedmiller1993], and their growth."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from plausible.plotting.frame import captioned, sheet
from plausible.plotting.panels import band
from plausible.plotting.style import OTHERS
from plausible.study.columns import option, parts
from plausible.study.statistics import AMOUNT

MARK = {"color": "#D55E00", "marker": "x", "linestyle": "none", "markersize": 6, "zorder": 5}
NAMES = {
    "SGD": "descent",
    "BoldDriver": "bold driver",
    "DeltaBarDelta": "delta-bar-delta",
    "Rprop": "Rprop",
    "Quickprop": "Quickprop",
    "Adam": "Adam",
}
PUBLISHED = {  # mean epochs, from memory
    ("10-5-10", "descent"): 121,
    ("10-5-10", "descent, dead zone"): 129,
    ("10-5-10", "descent, offset, dead zone"): 74,
    ("10-5-10", "delta-bar-delta"): 55,
    ("10-5-10", "Quickprop, offset, artanh"): 21,
    ("10-5-10", "Rprop"): 19,
    ("12-2-12", "delta-bar-delta"): 534,
    ("12-2-12", "Quickprop, not split"): 405,
    ("12-2-12", "Rprop"): 322,
}


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: epochs to criterion, and whether there were as few, by contestant."""
    wanted = table.metric.isin(("epochs to criterion", "solved")) & (table.status == "done")
    found = table[wanted].copy()
    n = option(found, "task_n").fillna(0).astype(int)
    hidden = found.hidden.astype(str)
    found["network"] = n.astype(str) + "-" + hidden + "-" + n.astype(str)
    pairs = zip(found.rule.astype(str), found.optimiser.astype(str), strict=True)
    found["contestant"] = [called(rule, optimiser) for rule, optimiser in pairs]
    found["n"] = n
    return found[["network", "n", "contestant", "rule", "optimiser", "seed", "metric", "value"]]


def called(rule: str, optimiser: str) -> str:
    """A rule and an optimiser, in few words."""
    how, by = parts(rule), parts(optimiser)
    words = [NAMES[str(by["name"])] + " with momentum" * (by["name"] == "SGD" and by["momentum"] != 0)]
    words += ["offset"] * (how.get("offset") == 0.1) + ["artanh"] * (how.get("atanh") == "True")
    words += ["dead zone"] * (how.get("tolerance") == 0.1) + ["not split"] * (by.get("split") == "False")
    words += ["ε = 1"] * (by["name"] == "Quickprop" and by["rate"] == 1)
    return ", ".join(words)


def draw(table: pd.DataFrame) -> Figure:
    """Epochs to criterion of every trial on two encoders, and its mean against the size of encoders n-log₂n-n.

    Args:
        table: of the study `classics`, in long form, with the settings `hidden` and `optimiser`.
    """
    drawn = source(table)
    with sheet(9, 6.4) as figure:
        grid = figure.add_gridspec(2, 2, height_ratios=(13, 9))
        for place, network in ((grid[0, :], "10-5-10"), (grid[1, 0], "12-2-12")):
            draw_trials(figure.add_subplot(place), drawn[drawn.network == network], network)
        draw_growth(figure.add_subplot(grid[1, 1]), drawn)
        trials = (
            "dots: solved trials; bars: quartiles and median; numbers: trials solved; bands: 95 % of the mean"
        )
        crosses = (
            "crosses: published means, from memory and not checked; beside delta-bar-delta, those of SuperSAB"
        )
        return captioned(figure, f"{trials}\n{crosses}")


def draw_trials(axes: Axes, table: pd.DataFrame, network: str) -> None:
    """Epochs of the trials that were solved, a row for every contestant; the fastest below."""
    epochs, solved = (table[table.metric == metric] for metric in ("epochs to criterion", "solved"))
    medians = epochs.groupby("contestant").value.median()
    names = sorted(solved.contestant.unique(), key=lambda name: medians.get(name, float("inf")))
    for place, name in enumerate(names):
        values = epochs[epochs.contestant == name].value.sort_values()
        if len(values):
            spread = 0.5 * (np.arange(len(values)) % 10 / 10 - 0.45)
            axes.scatter(values, place + spread, s=3, color="#999999", linewidths=0)
            low, middle, high = values.quantile([0.25, 0.5, 0.75])
            axes.plot([low, high], [place, place], color="black", linewidth=2.5, solid_capstyle="butt")
            axes.plot(middle, place, color="black", marker="|", markersize=9, markeredgewidth=2)
        trials = solved[solved.contestant == name].value
        label = f"{trials.sum():.0f}/{len(trials)}"
        axes.annotate(label, (1.0, place), xycoords=("axes fraction", "data"), fontsize=6, va="center")
        if (network, name) in PUBLISHED:
            axes.plot(PUBLISHED[network, name], place, **MARK)
    axes.set_yticks(range(len(names)), names, fontsize=7)
    axes.set(title=f"Encoder {network}", xlabel="epochs to criterion", xscale="log")
    plain_numbers(axes)


def draw_growth(axes: Axes, table: pd.DataFrame) -> None:
    """Mean epochs against n, of the trials that were solved."""
    tight = table.network == [f"{n}-{max(n - 1, 0).bit_length()}-{n}" for n in table.n]
    found = table[tight & (table.metric == "epochs to criterion")]
    for (colour, marker), name in zip(OTHERS, sorted(found.contestant.unique()), strict=False):
        band(axes, found[found.contestant == name], colour, marker, name, against="n", bounds=AMOUNT)
    sizes = sorted(found.n.unique())
    axes.set(title="Encoders n-log₂n-n", xlabel="n", ylabel="epochs to criterion", xscale="log", yscale="log")
    plain_numbers(axes)
    axes.set_xticks(sizes, [str(n) for n in sizes])
    if sizes:
        axes.legend(fontsize=7)


def plain_numbers(axes: Axes) -> None:
    """10 and 1000, not powers."""
    for axis in (axes.xaxis, axes.yaxis):
        if axis.get_scale() == "log":
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            axis.set_minor_formatter(NullFormatter())
