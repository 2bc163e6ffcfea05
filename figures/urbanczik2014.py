"""A dendrite that learns to predict its soma, after [urbanczik2014]: potentials before and after, errors, weights."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.frame import captioned, sheet
from plausible.plotting.panels import band
from plausible.printing.words import count
from plausible.study.columns import option
from plausible.study.statistics import AMOUNT

LOOKS = {"target": ("#D55E00", ":"), "soma": ("#999999", "-"), "prediction": ("#0072B2", "-")}
# line, colour, marker, refractoriness
LINES = {
    "soma - target": ("soma", "#999999", "s", True),
    "prediction - target": ("prediction", "#0072B2", "o", True),
    "the same, not refractory": ("prediction", "#009E73", "^", False),
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
    with sheet(11, 5.6) as figure:
        (before, after, free), (errors, weights, blank) = figure.subplots(2, 3)
        blank.axis("off")
        for axes, title, split, refractory in (
            (before, "Before learning, not taught", "before", True),
            (after, "After learning, not taught", "after", True),
            (free, "The same, not refractory", "after", False),
        ):
            chosen = (table.metric == "potential") & (table.split == split) & (table.refractory == refractory)
            draw_potentials(axes, table[chosen])
            axes.set(title=title, xlabel="ms", ylabel="potential", ylim=(-0.4, 2))
        way = table[table.metric == "error"]
        for label, (layer, colour, marker, refractory) in LINES.items():
            part = way[(way.layer.astype(str) == layer) & (way.refractory == refractory)]
            if len(part):
                band(errors, part, colour, marker, label, against="at", bounds=AMOUNT)
        errors.set(
            title="Distance to the target", xlabel="repetition", ylabel="root mean square", ylim=(0, None)
        )
        shown = table[(table.metric == "weight") & (table.seed == 0) & table.refractory]
        for _, synapse in shown.groupby("layer", observed=True):
            weights.plot(synapse["at"], synapse.value, color="#0072B2", linewidth=0.8, alpha=0.7)
        weights.set(
            title="Twenty of 200 weights, one pattern", xlabel="repetition", ylabel="w", ylim=(0, None)
        )
        if len(way):
            before.legend(fontsize=7, loc="upper right")
            blank.legend(
                *errors.get_legend_handles_labels(), loc="upper left", title="distance to the target"
            )
        n = (
            f"n = {count(table.seed.nunique(), 'pattern')} of 200 ms, 200 inputs"
            if len(table)
            else "nothing done yet"
        )
        return captioned(
            figure,
            f"{n}; potentials of one pattern; bands: 95 % interval of the mean; the soma is taught but for the first "
            "and the last two repetitions",
        )


def draw_potentials(axes: Axes, table: pd.DataFrame) -> None:
    """Soma, what its dendrite predicts, and target, of the first seed."""
    for layer, (colour, line) in LOOKS.items():
        part = table[(table.layer.astype(str) == layer) & (table.seed == 0)].sort_values("at")
        axes.plot(part["at"], part.value, color=colour, linestyle=line, linewidth=1.8, label=layer)
