"""Dopamine that comes a second late finds the synapse that earned it, after [izhikevich2007]."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.findings import NOTHING_YET, between
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.panels import band, not_run, spread
from plausible.plotting.style import GREY, SKY, VERMILLION
from plausible.printing.words import count

LOOKS = {
    "rewarded": (VERMILLION, "o"),
    "others, largest": (SKY, "^"),
    "others, mean": (GREY, "s"),
}


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table."""
    drawn = ["weight", "others at the end", "rank", "distance"]
    found = table[table.metric.isin(drawn) & (table.status == "done")]
    return found[["rule", "seed", "epoch", "metric", "layer", "value"]].rename(columns={"epoch": "at"})


def draw(table: pd.DataFrame) -> Figure:
    """Weights against time; all weights at the end, and the rewarded ones among them.

    Args:
        table: of the study `izhikevich2007`, in long form.
    """
    table = source(table)
    with sheet(COLUMN, 1.7) as figure:
        left, right = figure.subplots(1, 2)
        way = table[table.metric == "weight"]
        for layer, looks in LOOKS.items():
            part = way[way.layer.astype(str) == layer]
            if len(part):
                band(left, part.assign(at=part["at"] / 60), *looks, layer, against="at")
        left.set(title="Weights on the way", xlabel="minutes", ylabel="w")
        not_run(left, way)
        others = table[table.metric == "others at the end"].groupby("at").value.sum()
        others = others[others > 0]
        right.bar(others.index, others, width=0.1, align="edge", color=GREY)
        if len(way):
            last = way[(way["at"] == way["at"].max()) & (way.layer.astype(str) == "rewarded")].value
            right.plot(last, [1] * len(last), "o", color=VERMILLION)
        right.set(title="Weights at the end", xlabel="w", ylabel="synapses", yscale="symlog")
        right.set_yticks([0, 1, 10, 100, 1000], ["0", "1", "10", "100", "1000"])
        right.set_yticks([], minor=True)
        not_run(right, others.to_frame())
        n = table.seed.nunique()
        told = f"{count(n, 'seed')}{setting(table)}; {spread(n)}"
        caption = f"{told}; right: rewarded synapses seed by seed, all others as bars"
        return finished(figure, finding(table), caption, left)


def setting(table: pd.DataFrame) -> str:
    """How many synapses a neuron has, and how long it learns, in words; the only setting that is run."""
    words = {"synapses": "{} synapses of the neuron", "minutes": "{} minutes"}
    chosen = [one.partition("=") for one in str(table.rule.iloc[0]).split(",")] if len(table) else []
    return "".join(f"; {words[name].format(value)}" for name, _, value in chosen if name in words)


def finding(table: pd.DataFrame) -> str:
    """In how many runs the rewarded synapse is the strongest, and by how much."""
    rank, distance = (table[table.metric == metric].value for metric in ("rank", "distance"))
    if not len(rank):
        return NOTHING_YET
    strongest = f"The rewarded synapse is the strongest in {(rank == 1).sum()} of {count(len(rank), 'run')}"
    if not len(distance):
        return strongest
    return f"{strongest}, by {between(distance, '.0f')} standard deviations of the others"
