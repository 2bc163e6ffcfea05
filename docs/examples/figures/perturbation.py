"""Validation error on the yin-yang task: what a reward alone teaches, beside backprop and a linear network."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.findings import NOTHING_YET, errors, said
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.panels import spread, validation_errors
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
    drawn = source(table)
    seeds = drawn.seed.nunique()
    with sheet(COLUMN, 1.6) as figure:
        axes = figure.subplots()
        validation_errors(axes, drawn, "Yin-yang, 30 hidden units")
        return finished(figure, finding(drawn), f"{count(seeds, 'seed')}; {spread(seeds)}", axes)


def finding(drawn: pd.DataFrame) -> str:
    """The last errors on validation: a title is computed from the table, so that it cannot be out of date."""
    last = errors(drawn, "validation")
    return f"Errors on validation at the end: {said(last, ' %')}" if len(last) else NOTHING_YET
