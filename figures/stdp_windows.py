"""Changes of weights by pairs, frequencies and triplets of spikes [bipoo1998, sjostrom2001, pfister2006]."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.frame import captioned, sheet
from plausible.study.columns import parts

DATA = {  # 60 pairs: rate, mean and standard error, from memory
    10: ((0.1, -0.04, 0.05), (10, 0.14, 0.10), (20, 0.29, 0.14), (40, 0.53, 0.11), (50, 0.56, 0.26)),
    -10: ((0.1, -0.29, 0.08), (10, -0.41, 0.11), (20, -0.34, 0.10), (40, 0.56, 0.32), (50, 0.75, 0.19)),
}
COLOURS = {10: "#0072B2", -10: "#D55E00"}
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
    with sheet(11, 3.7) as figure:
        window, frequency, triplets = figure.subplots(1, 3, width_ratios=(3, 4, 4))
        draw_window(window, table[table.task == "window"])
        draw_frequency(frequency, table[table.task == "frequency"])
        draw_triplets(triplets, table[table.task == "triplets"])
        lines = "lines: closed form (window, one pair; 60 pairs elsewhere); circles: simulated, no randomness, n = 1"
        return captioned(
            figure, f"{lines}; crosses: slices of visual cortex, mean ± standard error, from memory"
        )


def draw_window(axes: Axes, table: pd.DataFrame) -> None:
    """Change by t_post - t_pre."""
    closed, simulated = (
        table[table.split == split].sort_values("at") for split in ("closed form", "simulated")
    )
    for side in (closed[closed["at"] < 0], closed[closed["at"] >= 0]):
        axes.plot(side["at"], 100 * side.value, color="black", linewidth=1.2)
    axes.plot(
        simulated["at"], 100 * simulated.value, "o", color="#009E73", markersize=3, markerfacecolor="none"
    )
    axes.axhline(0, color="#999999", linewidth=0.6)
    axes.set(title="Pairs", xlabel="post - pre (ms)", ylabel="change of the weight (%)")


def draw_frequency(axes: Axes, table: pd.DataFrame) -> None:
    """Change by 60 pairs, by their rate."""
    for (rule, split), part in table.groupby(["rule", "split"]):
        delay = parts(rule)["delay"]
        words = str(parts(rule)["parameters"]).removeprefix("visual cortex, ")
        line = {"linestyle": LINES[words]} if split == "closed form" else {"linestyle": "none", "marker": "o"}
        label = f"{delay:+d} ms, {words}" if split == "closed form" else None
        part = part.sort_values("at")
        look = {"color": COLOURS[delay], "markersize": 3, "markerfacecolor": "none", "linewidth": 1, **line}
        axes.plot(part["at"], part.value, label=label, **look)
    for delay, points in DATA.items():
        rate, mean, error = np.array(points).T
        axes.errorbar(
            rate, mean, error, color=COLOURS[delay], linestyle="none", marker="x", capsize=2, linewidth=0.8
        )
    axes.set(title="Visual cortex, triplet rule", xlabel="rate of pairs (Hz)", ylabel="Δw / w", xlim=(-2, 53))
    if len(table):
        axes.legend(fontsize=5.5, ncols=2, loc="upper left")


def draw_triplets(axes: Axes, table: pd.DataFrame) -> None:
    """Change by 60 triplets, of each parameter set, beside a rule of pairs."""
    names = list(dict.fromkeys(table.layer))
    for number, rule in enumerate(dict.fromkeys(table.rule)):
        words = str(parts(rule)["parameters"]).removeprefix("hippocampus, ")
        for split, fill in (("closed form", "full"), ("pairs only", "none")):
            part = table[(table.rule == rule) & (table.split == split)].set_index("layer").value
            places = np.arange(len(part)) + 0.15 * (number - 1.5)
            label = words if split == "closed form" else None
            axes.plot(places, part.reindex(names), "osD^"[number % 4], fillstyle=fill, markersize=4, label=label,
                      color=("#0072B2", "#56B4E9", "#D55E00", "#E69F00")[number % 4])  # fmt: skip
    axes.axhline(0, color="#999999", linewidth=0.6)
    axes.set_xticks(range(len(names)), [short(name) for name in names], fontsize=6)
    axes.set(title="Hippocampus; hollow: pairs only", ylabel="Δw / w")
    if names:
        axes.legend(fontsize=6)


def short(name: str) -> str:
    """A pattern of spikes in few words, on two lines."""
    return name.replace("before", "pre").replace("after", "post").replace(" ", "\n")
