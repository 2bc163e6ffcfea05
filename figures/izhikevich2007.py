"""Dopamine that comes a second late finds the synapse that earned it, after [izhikevich2007]."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.frame import captioned, sheet
from plausible.plotting.panels import band
from plausible.printing.words import count

LOOKS = {
    "rewarded": ("#D55E00", "o"),
    "others, largest": ("#56B4E9", "^"),
    "others, mean": ("#999999", "s"),
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
    with sheet(9, 3.6) as figure:
        left, right = figure.subplots(1, 2)
        way = table[table.metric == "weight"]
        for layer, looks in LOOKS.items():
            part = way[way.layer.astype(str) == layer]
            if len(part):
                band(left, part.assign(at=part["at"] / 60), *looks, layer, against="at")
        left.set(title="Weights on the way", xlabel="minutes", ylabel="w")
        others = table[table.metric == "others at the end"].groupby("at").value.sum()
        others = others[others > 0]
        right.bar(others.index, others, width=0.1, align="edge", color="#999999", label="others, all seeds")
        if len(way):
            last = way[(way["at"] == way["at"].max()) & (way.layer.astype(str) == "rewarded")].value
            right.plot(
                last, [1] * len(last), "o", color="#D55E00", markersize=4, label="rewarded, seed by seed"
            )
            left.legend(fontsize=7)
            right.legend(fontsize=7)
        right.set(title="Weights at the end", xlabel="w", ylabel="synapses", yscale="symlog")
        rank, distance = (table[table.metric == metric].value for metric in ("rank", "distance"))
        words = (
            f"the rewarded synapse is the strongest in {(rank == 1).sum()} of {count(len(rank), 'run')}, by "
            f"{distance.min():.0f} to {distance.max():.0f} standard deviations of the others"
            if len(rank)
            else "nothing done yet"
        )
        setting = f"; {table.rule.iloc[0]}" if len(table) else ""
        return captioned(figure, f"{words}{setting}; bands: 95 % interval of the mean over seeds")
