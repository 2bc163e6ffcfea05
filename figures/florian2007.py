"""XOR learned from reward alone, after [florian2007]: output rates by pattern, network by network."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.frame import captioned, sheet
from plausible.plotting.panels import band
from plausible.printing.words import count
from plausible.study.statistics import AMOUNT

LOOKS = {"01": ("#0072B2", "^"), "10": ("#56B4E9", "v"), "11": ("#D55E00", "s"), "00": ("#999999", "o")}
PUBLISHED = 0.982  # of networks, rate coding with an eligibility trace, from memory


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table."""
    found = table[table.metric.isin(["rate", "solved"]) & (table.status == "done")]
    return found[["seed", "epoch", "metric", "layer", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """Output rate for each pattern against epochs; and the margin of each network at the end.

    Args:
        table: of the study `florian2007`, in long form.
    """
    table = source(table)
    with sheet(9, 3.4) as figure:
        left, right = figure.subplots(1, 2, width_ratios=(3, 2))
        rates = table[table.metric == "rate"]
        for pattern, look in LOOKS.items():
            part = rates[rates.layer.astype(str) == pattern]
            if len(part):
                band(left, part, *look, pattern, bounds=AMOUNT)
        left.set(title="Output rate by pattern", xlabel="epoch (each pattern once, 500 ms)", ylabel="Hz")
        if len(rates):
            left.legend(title="input", fontsize=7, title_fontsize=7)
            last = rates[rates.epoch == rates.epoch.max()].pivot_table(
                index="seed", columns="layer", values="value"
            )
            if {"00", "01", "10", "11"} <= {*last.columns}:
                margin = (last[["01", "10"]].min(axis=1) - last[["00", "11"]].max(axis=1)).sort_values()
                colours = ["#0072B2" if value > 0 else "#D55E00" for value in margin]
                right.bar(range(len(margin)), margin, color=colours)
        right.axhline(0, color="black", linewidth=0.8)
        right.set(title="Margin in the last epochs", xlabel="network", ylabel="least right - most wrong (Hz)")
        solved = table[table.metric == "solved"].value
        told = f"{solved.sum():.0f} of {count(len(solved), 'network')} tell XOR"
        share = f"{told}; published, from memory: {100 * PUBLISHED:g} %"
        return captioned(
            figure, f"{share}; n = {count(len(solved), 'network')}, 60-60-1; bands: 95 % interval of the mean"
        )
