"""Weights after long STDP of one neuron, and its rate on the way, after [song2000]."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.findings import NOTHING_YET, between
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.panels import band, not_run, spread
from plausible.plotting.scales import logarithmic
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
    with sheet(COLUMN, 1.8) as figure:
        left, right = figure.subplots(1, 2)
        for (colour, marker), rule in zip(OTHERS, dict.fromkeys(table.rule), strict=False):
            part = table[table.rule == rule]
            label = f"input {parts(rule)['rate']:g} Hz"
            weights, rates = (part[part.metric == metric] for metric in ("weights", "rate"))
            band(
                left,
                weights.assign(at=weights["at"] + 0.025),
                colour,
                marker,
                label,
                against="at",
                bounds=AMOUNT,
            )
            band(right, rates, colour, marker, label, against="at", bounds=AMOUNT)
        left.set(title="Weights at the end", xlabel="g / largest g", ylabel="synapses of 1,000")
        right.set(title="Rate of the neuron", xlabel="seconds", ylabel="Hz")
        right.set_ylim(bottom=0)
        logarithmic(left)
        for axes in (left, right):
            not_run(axes, table)
        n = table.seed.nunique()
        p = table[table.metric == "p of one peak"].value
        most = f"largest p of one peak: {p.max():.2g}; " if len(p) else ""
        caption = f"{count(n, 'seed')}, {spread(n)}; {most}the paper: weights at both bounds"
        return finished(figure, finding(table), caption, left)


def finding(table: pd.DataFrame) -> str:
    """The share of weights at the bounds, and the last rates, over the rates of the input."""
    bound, rates = (table[table.metric == metric] for metric in ("weights at the bounds", "rate"))
    if not len(bound) or not len(rates):
        return NOTHING_YET
    shares = 100 * bound.groupby("rule").value.mean()
    last = rates[rates["at"] == rates["at"].max()].groupby("rule").value.mean()
    inputs = [parts(rule)["rate"] for rule in last.index]
    return (
        f"After STDP {between(shares, '.0f')} % of the weights lie at a bound, and the neuron fires at "
        f"{between(last, '.0f')} Hz for inputs of {between(map(float, inputs), '.0f')} Hz"
    )
