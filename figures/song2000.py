"""Weights after long STDP of one neuron, and its rate on the way, after [song2000]."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.frame import captioned, sheet
from plausible.plotting.panels import band
from plausible.plotting.style import OTHERS
from plausible.printing.words import count
from plausible.study.columns import parts
from plausible.study.statistics import AMOUNT


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table."""
    drawn = ["rate", "weights", "weights at the bounds", "p of one peak"]
    found = table[table.metric.isin(drawn) & (table.status == "done")]
    return found[["rule", "seed", "epoch", "metric", "value"]].rename(columns={"epoch": "at"})


def draw(table: pd.DataFrame) -> Figure:
    """Histograms of weights by input rate; the neuron's rate against time.

    Args:
        table: of the study `song2000`, in long form.
    """
    table = source(table)
    with sheet(9, 3.4) as figure:
        left, right = figure.subplots(1, 2)
        for (colour, marker), rule in zip(OTHERS, dict.fromkeys(table.rule), strict=False):
            part = table[table.rule == rule]
            label = f"{parts(rule)['rate']:g} Hz"
            weights = part[part.metric == "weights"]
            means = weights.groupby("at").value.mean()
            left.plot(means.index + 0.025, means, color=colour, linewidth=1, label=label)
            left.plot(weights["at"] + 0.025, weights.value, marker, color=colour, markersize=3, alpha=0.6)
            rates = part[part.metric == "rate"]
            if len(rates):
                band(right, rates, colour, marker, label, against="at", bounds=AMOUNT)
        left.set(
            title="Weights at the end", xlabel="g / largest g", ylabel="synapses of 1,000", yscale="symlog"
        )
        highest = table[table.metric == "rate"].value.max()  # the interval of two seeds may reach far beyond
        top = 1.2 * highest if highest > 0 else None
        right.set(title="Rate of the neuron", xlabel="seconds", ylabel="Hz", ylim=(0, top))
        if len(table):
            left.legend(title="input", fontsize=7, title_fontsize=7)
        p = table[table.metric == "p of one peak"].value
        seeds = (
            f"n = {count(table.seed.nunique(), 'seed')}; largest p of one peak: {p.max():.3g}"
            if len(p)
            else ""
        )
        return captioned(
            figure,
            f"{seeds}; lines: means; marks: seeds; bands: 95 % interval of the mean; the paper: weights at both bounds",
        )
