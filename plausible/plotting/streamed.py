"""Figures of studies that show MNIST to rules by streams of their own (`plausible.study.streamed`)."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.findings import PAIRED, ends, told_apart
from plausible.plotting.frame import COLUMN, finished, panels, sheet, stacked
from plausible.plotting.panels import Labels, error_in_percent, final_errors, lines, not_run, spread
from plausible.plotting.scales import logarithmic
from plausible.printing.words import count
from plausible.study.columns import option
from plausible.study.statistics import PERCENT


def on_mnist(table: pd.DataFrame, rule: str, settings: Sequence[str]) -> pd.DataFrame:
    """Accuracies on MNIST of runs that are done, with the `settings`, and as `rule` the option of that name."""
    found = table[(table.status == "done") & (table.metric == "accuracy")]
    found = found[option(found, "rule_task") == "mnist"]
    held = {name: option(found, f"rule_{name}") for name in settings}
    found = found.assign(rule=option(found, f"rule_{rule}"), **held)
    return found[["task", "rule", *settings, "seed", "epoch", "split", "metric", "value"]]


def training_and_test(drawn: pd.DataFrame, finding: str, setting: str, labels: Labels) -> Figure:
    """Training error against epochs, and the test error of every rule.

    Args:
        drawn: what `on_mnist` keeps, in one setting.
        finding: the title.
        setting: the network and how long it learned, in words.
        labels: how rules are called, where not by their names.
    """
    train = drawn[(drawn.split == "train") & (drawn.epoch > 0)]
    with sheet(COLUMN, 2.2) as figure:
        top, below = stacked(figure, 3, 2)
        (one,), (two,) = panels(top, 1, 1), panels(below, 1, 1)
        lines(one, error_in_percent(train), labels, PERCENT)
        one.set(xlabel="epoch", ylabel="training error (%)")
        logarithmic(one)
        not_run(one, train)
        final_errors(two, drawn, labels)
        seeds = drawn.seed.nunique()
        caption = f"{setting}, {count(seeds, 'seed')}; {spread(seeds)}{f'; {PAIRED}' * (seeds > 1)}"
        return finished(figure, finding, caption, one)


def errors_on_test(drawn: pd.DataFrame, reference: str, labels: Labels, digits: int = 1) -> str:
    """A finding, as `told_apart` says it: the test errors at the end beside a reference's."""
    last = ends(drawn[(drawn["split"] == "test") & (drawn.metric == "accuracy")])
    return told_apart(error_in_percent(last), reference, labels, "On test images", digits)
