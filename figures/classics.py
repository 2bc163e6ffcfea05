"""Epochs to criterion of the classical optimisers on encoders [fahlman1988, riedmiller1993], and their growth."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.findings import INCOMPLETE, listed
from plausible.plotting.frame import COLUMN, finished, panels, sheet, stacked
from plausible.plotting.panels import band, not_run, rows_named
from plausible.plotting.scales import logarithmic
from plausible.plotting.style import GREY, OTHERS, VIOLET
from plausible.study.columns import option, parts
from plausible.study.statistics import AMOUNT

MARK = {"color": VIOLET, "marker": "x", "linestyle": "none", "markersize": 4, "zorder": 5}
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
    networks = ("10-5-10", "12-2-12")
    rows = [max(drawn[drawn.network == network].contestant.nunique(), 1) for network in networks]
    with sheet(COLUMN, 2.2 + 0.135 * sum(rows)) as figure:
        heights = [0.3 + 0.135 * n for n in rows]
        top, below = stacked(figure, sum(heights), 1.5)
        trials = panels(top, len(rows), 1, *heights)
        for axes, network in zip(trials, networks, strict=True):
            draw_trials(axes, drawn[drawn.network == network], network)
        draw_growth(panels(below, 1, 1)[0], drawn)
        trials = "dots: solved trials; bars: quartiles and median; right: trials solved of all; bands: 95 % of the mean"
        crosses = "crosses: published means, from memory; beside delta-bar-delta, those of SuperSAB"
        return finished(figure, finding(drawn), f"{trials}; {crosses}")


def finding(drawn: pd.DataFrame) -> str:
    """The fastest contestant and plain descent on 10-5-10, and who never learns 12-2-12."""
    epochs = drawn[(drawn.metric == "epochs to criterion") & (drawn.network == "10-5-10")]
    medians = epochs.groupby("contestant").value.median().sort_values()
    hard = drawn[(drawn.metric == "solved") & (drawn.network == "12-2-12")].groupby("contestant").value.mean()
    if "descent" not in medians or not len(hard):
        return INCOMPLETE
    never = listed(str(name) for name in hard[hard == 0].index) or "none"
    return (
        f"{medians.index[0]} learns 10-5-10 in a median of {medians.iloc[0]:.0f} epochs, descent in "
        f"{medians['descent']:.0f}; on 12-2-12 these solve no trial: {never}"
    )


def draw_trials(axes: Axes, table: pd.DataFrame, network: str) -> None:
    """Epochs of the trials that were solved, a row for every contestant; the fastest on top."""
    epochs, solved = (table[table.metric == metric] for metric in ("epochs to criterion", "solved"))
    medians = epochs.groupby("contestant").value.median()
    names = sorted(solved.contestant.unique(), key=lambda name: medians.get(name, float("inf")))
    for place, name in enumerate(names):
        values = epochs[epochs.contestant == name].value.sort_values()
        if len(values):
            spread = 0.5 * (np.arange(len(values)) % 10 / 10 - 0.45)
            axes.scatter(values, place + spread, s=0.8, color=GREY, linewidths=0)
            low, middle, high = values.quantile([0.25, 0.5, 0.75])
            axes.plot([low, high], [place, place], color="black", linewidth=1.4, solid_capstyle="butt")
            axes.plot(middle, place, color="black", marker="|", markersize=5, markeredgewidth=1)
        trials = solved[solved.contestant == name].value
        label = f"{trials.sum():.0f}/{len(trials)}"
        axes.annotate(label, (1.0, place), (3, 0), xycoords=("axes fraction", "data"), va="center_baseline",
                      textcoords="offset points", fontsize=6)  # fmt: skip
        if (network, name) in PUBLISHED:
            axes.plot(PUBLISHED[network, name], place, **MARK)
    rows_named(axes, names)
    axes.set(title=f"Encoder {network}", xlabel="epochs to criterion")
    logarithmic(axes, "x")
    not_run(axes, table)


def draw_growth(axes: Axes, table: pd.DataFrame) -> None:
    """Mean epochs against n, of the trials that were solved."""
    tight = table.network == [f"{n}-{max(n - 1, 0).bit_length()}-{n}" for n in table.n]
    found = table[tight & (table.metric == "epochs to criterion")]
    for (colour, marker), name in zip(OTHERS, sorted(found.contestant.unique()), strict=False):
        band(axes, found[found.contestant == name], colour, marker, name, against="n", bounds=AMOUNT)
    sizes = sorted(found.n.unique())
    axes.set(title="n-log₂n-n", xlabel="n", ylabel="epochs to criterion")
    logarithmic(axes, "x")
    axes.set_xticks(sizes, [str(n) for n in sizes])
    logarithmic(axes)
    if sizes:
        axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=3)
    not_run(axes, found)
