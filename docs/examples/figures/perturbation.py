"""Validation error on the yin-yang task: what a reward alone teaches, beside backprop and a linear network."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.frame import captioned, sheet
from plausible.plotting.panels import validation_errors
from plausible.printing.names import shortest
from plausible.printing.words import count


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: validation accuracy of runs that were done."""
    kept = (table.metric == "accuracy") & (table.split == "validation") & (table.status == "done")
    found = table[kept]
    rule = found.rule.map(shortest(found.rule))  # NodePerturbation, without its file
    rule = rule.where(found.hidden.astype(str) != "none", rule + ", no hidden layer")
    columns = ["task", "rule", "seed", "epoch", "split", "metric", "value"]
    return found.assign(rule=rule)[columns]


def draw(table: pd.DataFrame) -> Figure:
    """Validation error against epochs, a line and a band for every rule."""
    with sheet(5, 3.4) as figure:
        axes = figure.subplots()
        validation_errors(axes, source(table), "Yin-yang, 30 hidden units")
        axes.legend(fontsize=7)
        return captioned(figure, f"{count(table.seed.nunique(), 'seed')}; bands: 95 % interval of the mean")
