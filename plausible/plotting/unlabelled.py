"""Features that layers learn without labels: the weights of a few units, and what is read out of all."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.fields import fields
from plausible.plotting.findings import PAIRED, errors, said, told_apart
from plausible.plotting.frame import COLUMN, finished, panels, sheet, stacked
from plausible.plotting.panels import Labels, error_in_percent, final_errors, spread
from plausible.printing.words import count
from plausible.study.columns import option

RANDOM = "fixed-features"
BESIDE = "Read out on test images,"  # what a finding begins with
SIDE = 28  # pixels
SMALL, LARGE = (
    100,
    ", all images",
)  # units of the reduced network; what is added to the rule's name in larger ones


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: test accuracies on MNIST, and weights (`epoch` is unit · pixels + pixel)."""
    found = table[(table.status == "done") & table.metric.isin(["accuracy", "weight"])]
    found = found[option(found, "rule_task") != "digits"]
    found = found.assign(rule=option(found, "rule_rule"), units=option(found, "rule_units"))
    found = found.assign(data=option(found, "rule_task"))
    large = found.units.astype(float) > SMALL
    found = found.assign(rule=found.rule.where(~large, found.rule + LARGE))
    return found[["data", "rule", "units", "seed", "epoch", "split", "metric", "value"]]


def drawn_with(labels: Labels, table: pd.DataFrame) -> Figure:
    """The weights of six units of each rule that learns, and the test error of every rule.

    Args:
        labels: what rules are called, those that learn first; `fixed-features` has no weights to be seen.
        table: of a study of features that are learned without labels, in long form.
    """
    drawn = source(table)
    weights = drawn[drawn.metric == "weight"]
    learned = [rule for rule in labels if rule != RANDOM and (weights.rule == rule).any()]
    shown = learned or [next(iter(labels))]
    with sheet(COLUMN, 1.6 + 0.6 * len(shown)) as figure:
        parts = stacked(figure, *[3] * len(shown), 4)
        for part, rule in zip(parts, shown, strict=False):
            (axes,) = panels(part, 1, 1)
            fields(axes, weights[weights.rule == rule], SIDE)
            axes.set(title=labels[rule])
        (below,) = panels(parts[-1], 1, 1)
        final_errors(below, drawn, labels)
        seeds = drawn.seed.nunique()
        units = ", ".join(sorted({f"{float(each):.0f}" for each in drawn.units.unique()}))
        data = ", ".join(sorted({str(each) for each in drawn.data.unique()}))
        told = f"{data}, {units} units" if len(drawn) else "MNIST, no runs"
        colours = "weights of seed 0, red above 0, blue below, each over its largest"
        note = f"{told}, {count(seeds, 'seed')}; {spread(seeds)}; {colours}{f'; {PAIRED}' * (seeds > 1)}"
        return finished(figure, finding(drawn, labels), note)


def finding(drawn: pd.DataFrame, labels: Labels) -> str:
    """Whether learned features tell more than random ones of as many units, and the errors of larger networks."""
    tested = drawn[(drawn.metric == "accuracy") & (drawn["split"] == "test")]
    large = tested.rule.str.endswith(LARGE)
    found = told_apart(error_in_percent(tested[~large]), RANDOM, labels, BESIDE)
    told = said(errors(tested[large], "test"), " %", labels)
    return f"{found}; in other settings, {told}" if told and found.startswith(BESIDE) else found
