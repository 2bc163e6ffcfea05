"""A dendrite that learns to predict its soma, after [urbanczik2014]: potentials before and after, errors, weights."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.findings import INCOMPLETE
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.panels import band, not_run, spread
from plausible.plotting.style import BLUE, GREEN, GREY, VERMILLION
from plausible.printing.words import count
from plausible.study.columns import option
from plausible.study.statistics import AMOUNT

LOOKS = {"target": (VERMILLION, ":"), "soma": (GREY, "-"), "prediction": (BLUE, "-")}
# line, colour, marker, refractoriness
LINES = {
    "soma - target": ("soma", GREY, "s", True),
    "prediction - target": ("prediction", BLUE, "o", True),
    "the same, not refractory": ("prediction", GREEN, "^", False),
}


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: the runs with most repetitions."""
    found = table[
        table.metric.isin(["error", "potential", "weight", "error left"]) & (table.status == "done")
    ]
    found = found.assign(repetitions=option(found, "rule_repetitions"))
    found = found[found.repetitions == found.repetitions.max()]
    found["refractory"] = option(found, "rule_refractory") != 0
    columns = ["seed", "epoch", "metric", "split", "layer", "value", "repetitions", "refractory"]
    return found[columns].rename(columns={"epoch": "at"})


def draw(table: pd.DataFrame) -> Figure:
    """Potentials without teaching, before and after; the distance to the target; some weights.

    Args:
        table: of the study `urbanczik2014`, in long form.
    """
    table = source(table)
    with sheet(COLUMN, 3.7) as figure:
        grid = figure.add_gridspec(3, 2)
        before, after, free, weights = (figure.add_subplot(grid[n // 2, n % 2]) for n in range(4))
        errors = figure.add_subplot(grid[2, :])
        for axes, title, split, refractory in (
            (before, "Before, not taught", "before", True),
            (after, "After, not taught", "after", True),
            (free, "After, not refractory", "after", False),
        ):
            chosen = (table.metric == "potential") & (table.split == split) & (table.refractory == refractory)
            draw_potentials(axes, table[chosen])
            axes.set(title=title, xlabel="ms", ylabel="potential")
        way = table[table.metric == "error"]
        for label, (layer, colour, marker, refractory) in LINES.items():
            part = way[(way.layer.astype(str) == layer) & (way.refractory == refractory)]
            if len(part):
                band(errors, part, colour, marker, label, against="at", bounds=AMOUNT)
        errors.set(title="Distance to the target", xlabel="repetition", ylabel="root mean square")
        errors.set_ylim(bottom=0)
        not_run(errors, way)
        shown = table[(table.metric == "weight") & (table.seed == 0) & table.refractory]
        for _, synapse in shown.groupby("layer", observed=True):
            weights.plot(synapse["at"], synapse.value, color=BLUE, linewidth=0.4, alpha=0.7)
        weights.set(title="Twenty weights", xlabel="repetition", ylabel="w")
        weights.set_ylim(bottom=0)
        not_run(weights, shown)
        patterns = table.seed.nunique()
        n = f"{count(patterns, 'pattern')} of 200 ms, 200 inputs; {spread(patterns)}"
        caption = (
            f"{n}; potentials and weights of one pattern; the soma is taught but for the first and the last two "
            "repetitions (without teaching it lies below its prediction), and does not spike for a while "
            "after a spike (refractory) but where it is said"
        )
        return finished(figure, finding(way), caption, before, errors)


def finding(way: pd.DataFrame) -> str:
    """How far the dendrite's prediction lies from the target before and after learning."""
    mine = way[way.layer.astype(str) == "prediction"]
    by = mine.groupby(["refractory", "at"]).value.mean()
    if {*mine.refractory} != {True, False}:
        return INCOMPLETE
    usual, free = by[True], by[False]
    return (
        f"The dendrite's prediction lies {usual.iloc[0]:.2f} from the target before learning and {usual.iloc[-1]:.2f} "
        f"after it, {free.iloc[-1]:.2f} without refractoriness"
    )


def draw_potentials(axes: Axes, table: pd.DataFrame) -> None:
    """Soma, what its dendrite predicts, and target, of the first seed."""
    for layer, (colour, line) in LOOKS.items():
        part = table[(table.layer.astype(str) == layer) & (table.seed == 0)].sort_values("at")
        axes.plot(part["at"], part.value, color=colour, linestyle=line, label=layer)
    not_run(axes, table)
