"""XOR learned from reward alone, after [florian2007]: output rates by pattern, network by network."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.findings import NOTHING_YET, between
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.panels import band, not_run, spread
from plausible.plotting.style import BLUE, GREY, SKY, VERMILLION
from plausible.printing.words import count
from plausible.study.statistics import AMOUNT

LOOKS = {"01": (BLUE, "^"), "10": (SKY, "v"), "11": (VERMILLION, "s"), "00": (GREY, "o")}
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
    rates, solved = (table[table.metric == metric] for metric in ("rate", "solved"))
    with sheet(COLUMN, 1.6) as figure:
        left, right = figure.subplots(1, 2, width_ratios=(3, 2))
        for pattern, look in LOOKS.items():
            part = rates[rates.layer.astype(str) == pattern]
            if len(part):
                band(left, part, *look, f"input {pattern}", bounds=AMOUNT)
        left.set(title="Output rate by pattern", xlabel="epoch (each pattern once, 500 ms)", ylabel="Hz")
        left.set_ylim(bottom=0)
        not_run(left, rates)
        margin = margins(rates)
        right.bar(range(len(margin)), margin, color=[BLUE if value > 0 else VERMILLION for value in margin])
        right.axhline(0, color="black", linewidth=0.5)
        right.set(title="Margin at the end", xlabel="network", ylabel="least right - most wrong (Hz)")
        not_run(right, margin.to_frame())
        published = f"published, from memory: {100 * PUBLISHED:g} % of networks"
        n = count(len(solved), "network")
        caption = f"{n}, 60-60-1, as many seeds; {spread(rates.seed.nunique())}; {published}"
        return finished(figure, finding(solved, margin), caption, left)


def margins(rates: pd.DataFrame) -> pd.Series[float]:
    """The least rate for a pattern to be told less the largest for another one, in the last epochs, in order."""
    last = rates[rates.epoch == rates.epoch.max()]
    wide = last.pivot_table(index="seed", columns="layer", values="value", observed=True)
    if not {*LOOKS} <= {*wide}:
        return pd.Series(dtype=float)
    return (wide[["01", "10"]].min(axis=1) - wide[["00", "11"]].max(axis=1)).sort_values()


def finding(solved: pd.DataFrame, margin: pd.Series[float]) -> str:
    """How many networks tell exclusive or, and by which margins."""
    if not len(margin) or not len(solved):
        return NOTHING_YET
    told = f"{solved.value.sum():.0f} of {count(len(solved), 'network')}"
    return f"Reward alone teaches XOR to {told}, by margins of {between(margin, '.0f')} Hz"
