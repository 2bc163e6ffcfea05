"""Changes of weights by pairs, frequencies and triplets of spikes [bipoo1998, sjostrom2001, pfister2006]."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.findings import INCOMPLETE
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.panels import not_run
from plausible.plotting.style import BLUE, GREEN, GREY, ORANGE, SKY, VERMILLION
from plausible.study.columns import parts

DATA = {  # 60 pairs: rate, mean and standard error, from memory
    10: ((0.1, -0.04, 0.05), (10, 0.14, 0.10), (20, 0.29, 0.14), (40, 0.53, 0.11), (50, 0.56, 0.26)),
    -10: ((0.1, -0.29, 0.08), (10, -0.41, 0.11), (20, -0.34, 0.10), (40, 0.56, 0.32), (50, 0.75, 0.19)),
}
COLOURS = {10: BLUE, -10: VERMILLION}
LINES = {"all, full": "-", "all, minimal": "--", "nearest, full": "-.", "nearest, minimal": ":"}


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table."""
    found = table[(table.metric == "weight change") & (table.status == "done")]
    return found[["task", "rule", "split", "layer", "epoch", "value"]].rename(columns={"epoch": "at"})


def draw(table: pd.DataFrame) -> Figure:
    """The window of pairs; 60 pairs by frequency; triplets.

    Args:
        table: of the study `stdp_windows`, in long form.
    """
    table = source(table)
    with sheet(COLUMN, 4.4) as figure:
        grid = figure.add_gridspec(3, 1, height_ratios=(2, 3, 4))
        window, frequency, triplets = (figure.add_subplot(grid[n]) for n in range(3))
        draw_window(window, table[table.task == "window"])
        pairs = table[table.task == "frequency"]
        draw_frequency(frequency, pairs)
        draw_triplets(triplets, table[table.task == "triplets"])
        lines = (
            "lines and filled marks: closed form (one pair; 60 pairs or triplets); circles: simulated, n = 1"
        )
        more = (
            "crosses: slices of visual cortex, mean ± standard error, from memory; hollow, below: pairs only"
        )
        return finished(figure, finding(pairs), f"{lines}; {more}", frequency)


def finding(pairs: pd.DataFrame) -> str:
    """How many of the measured means each parameter set meets within twice their standard errors."""
    closed = pairs[pairs.split == "closed form"]
    met, of = 0, 0
    for rule, part in closed.groupby("rule"):
        curve = part.set_index("at").value
        for rate, mean, error in DATA[int(parts(str(rule))["delay"])]:
            near = curve[np.isclose(curve.index, rate)]
            of += len(near)
            met += int((abs(near - mean) <= 2 * error).sum())
    sets = closed.rule.nunique() // 2
    if not of:
        return INCOMPLETE
    return (
        f"{met} of {of} measured means lie within two standard errors of the triplet rule's closed form, over {sets} "
        "parameter sets"
    )


def draw_window(axes: Axes, table: pd.DataFrame) -> None:
    """Change by t_post - t_pre."""
    closed, simulated = (
        table[table.split == split].sort_values("at") for split in ("closed form", "simulated")
    )
    for side in (closed[closed["at"] < 0], closed[closed["at"] >= 0]):
        axes.plot(side["at"], 100 * side.value, color="black")
    axes.plot(simulated["at"], 100 * simulated.value, "o", color=GREEN, markerfacecolor="none")
    axes.axhline(0, color=GREY, linewidth=0.4)
    axes.set(title="Pairs", xlabel="post - pre (ms)", ylabel="change (%)")
    not_run(axes, table)


def draw_frequency(axes: Axes, table: pd.DataFrame) -> None:
    """Change by 60 pairs, by their rate."""
    for (rule, split), part in table.groupby(["rule", "split"]):
        delay = int(parts(rule)["delay"])
        words = str(parts(rule)["parameters"]).removeprefix("visual cortex, ")
        line = {"linestyle": LINES[words]} if split == "closed form" else {"linestyle": "none", "marker": "o"}
        label = f"{delay:+d} ms, {words}" if split == "closed form" else None
        part = part.sort_values("at")
        axes.plot(part["at"], part.value, label=label, color=COLOURS[delay], markerfacecolor="none", **line)
    for delay, points in DATA.items() if len(table) else ():
        rate, mean, error = np.array(points).T
        axes.errorbar(rate, mean, error, color=COLOURS[delay], fmt="x", markersize=4, elinewidth=0.6)
    axes.set(title="Visual cortex, triplet rule", xlabel="rate of pairs (Hz)", ylabel="Δw / w")
    not_run(axes, table)


def draw_triplets(axes: Axes, table: pd.DataFrame) -> None:
    """Change by 60 triplets, of each parameter set, beside a rule of pairs."""
    names = list(dict.fromkeys(table.layer))
    for number, rule in enumerate(dict.fromkeys(table.rule)):
        words = str(parts(rule)["parameters"]).removeprefix("hippocampus, ")
        for split, fill in (("closed form", "full"), ("pairs only", "none")):
            part = table[(table.rule == rule) & (table.split == split)].set_index("layer").value
            places = np.arange(len(names)) + 0.15 * (number - 1.5)
            label = words if split == "closed form" else None
            axes.plot(places, part.reindex(names), "osD^"[number % 4], fillstyle=fill, markersize=3, label=label,
                      color=(BLUE, SKY, VERMILLION, ORANGE)[number % 4])  # fmt: skip
    axes.axhline(0, color=GREY, linewidth=0.4)
    axes.set_xticks(range(len(names)), [short(name) for name in names])
    axes.set(title="Hippocampus, triplets", ylabel="Δw / w")
    if names:
        low, high = axes.get_ylim()
        axes.set_ylim(low, high + 0.35 * (high - low))  # room for the legend
        axes.legend(loc="upper right", ncols=2)
    not_run(axes, table)


def short(name: str) -> str:
    """A pattern of spikes in few words, on lines of their own."""
    words = name.replace("before", "pre").replace("after", "post").replace(" ", "\n")
    for side in ("pre", "post"):
        words = words.replace(f"-{side}", f"\n{side}")
    return words
