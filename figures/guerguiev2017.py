"""Segregated dendrites in networks of none, one and two hidden layers [guerguiev2017]."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.findings import PAIRED, told_apart
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.panels import band, dots, error_in_percent, not_run, spread
from plausible.plotting.scales import logarithmic
from plausible.plotting.style import style
from plausible.printing.words import count
from plausible.study.columns import option
from plausible.study.statistics import PERCENT

RULE = "segregated-dendrites"
NAMES = {RULE: "segregated dendrites", "direct-feedback-alignment": "direct feedback alignment"}
DEPTHS = ("a network without hidden layers", "a network with one", "a network with two")
TAUGHT = "Taught by segregated dendrites,"  # what the finding begins with
LINES = (":", "--", "-")  # of none, one and two hidden layers


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: accuracies on the validation and the test split, by hidden layers."""
    found = table[(table.status == "done") & (table.metric == "accuracy")]
    found = found[found["split"].isin(["validation", "test"])]
    hidden = found.hidden.astype(str)
    layers = (hidden.str.count("-") + 1).where(hidden != "none", 0)
    found = found.assign(rule=option(found, "rule_name").astype(str), layers=layers)
    return found[["task", "rule", "hidden", "layers", "seed", "epoch", "split", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """Validation error against epochs, and test error against hidden layers.

    Args:
        table: of the study `guerguiev2017`, in long form.
    """
    drawn = source(table)
    looks = style(list(NAMES))
    with sheet(COLUMN, 1.6) as figure:
        left, right = figure.subplots(1, 2)
        for rule, look in looks.items():
            mine = drawn[drawn.rule == rule]
            for layers, line in enumerate(LINES):
                curve = mine[(mine.layers == layers) & (mine["split"] == "validation")]
                if len(curve):
                    name = NAMES[rule] if layers == 2 else "_nolegend_"
                    band(left, error_in_percent(curve), *look, name, line=line, bounds=PERCENT)
                tested = 100 * (1 - mine[(mine.layers == layers) & (mine["split"] == "test")].value)
                if len(tested):
                    place = layers + (0.0 if rule == RULE else 0.3)
                    dots(right, place, tested.to_numpy(), look, PERCENT, level=False, beside=0.1)
        left.set(title="validation error (%)", xlabel="epoch")
        right.set(title="test error (%)", xlabel="hidden layers", xticks=np.arange(3))
        logarithmic(left)
        not_run(left, drawn)
        not_run(right, drawn)
        n, widths = drawn.seed.nunique(), ", ".join(dict.fromkeys(drawn.hidden.astype(str)))
        caption = f"{count(n, 'seed')}; {spread(n)}; dotted, dashed, solid: {widths} hidden units; MNIST"
        caption += f"; {PAIRED}" * (n > 1)
        return finished(figure, finding(drawn), caption, left)


def finding(drawn: pd.DataFrame) -> str:
    """Whether hidden layers that segregated dendrites teach lower the test error: one or two, and two beside one."""
    tested = drawn[(drawn.rule == RULE) & (drawn["split"] == "test")]
    wrong = error_in_percent(tested).assign(rule=tested.layers.map(dict(enumerate(DEPTHS))))
    first = told_apart(wrong, DEPTHS[0], where=TAUGHT)
    both = wrong[wrong.rule != DEPTHS[0]]
    second = told_apart(both, DEPTHS[1]) if both.rule.nunique() > 1 and first.startswith(TAUGHT) else ""
    return "; ".join(filter(None, (first, second)))
