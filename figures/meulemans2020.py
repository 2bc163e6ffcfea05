"""Target propagation between the gradient and Gauss and Newton [meulemans2020]."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.findings import INCOMPLETE
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.panels import band, not_run, spread
from plausible.plotting.scales import logarithmic
from plausible.plotting.style import style
from plausible.printing.words import count
from plausible.study.columns import option, taken_apart
from plausible.study.statistics import DEGREES

NEWTON, GRADIENT = "angle to Gauss and Newton", "gradient angle"
LABELS = {
    "direct-difference-target-propagation": "DDTP-linear",
    "difference-reconstruction": "DTP, loss of the whole network",
    "local-difference-reconstruction": "DTP, local loss",
    "difference-target-propagation": "DTP",
    "direct-feedback-alignment": "direct feedback alignment",
    "backprop": "backprop",
}


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: the two angles of the first layer's change, by rule."""
    done = table[(table.status == "done") & (table.task == "turning")]
    found = done[done.metric.isin([NEWTON, GRADIENT])]
    rules = [taken_apart(str(text))[0] for text in option(found, "rule_rule")]
    return found.assign(rule=rules)[["task", "rule", "seed", "epoch", "metric", "layer", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """The angle of W1's change to the gradient, and to targets by Gauss and Newton, against presentations.

    Args:
        table: of the study `meulemans2020`, in long form.
    """
    drawn = source(table)
    with sheet(COLUMN, 2.2) as figure:
        left, right = figure.subplots(1, 2, sharey=True)
        for axes, metric, title in (
            (left, GRADIENT, "to the gradient"),
            (right, NEWTON, "to Gauss and Newton"),
        ):
            here = drawn[drawn.metric == metric]
            for rule, look in style([*dict.fromkeys(here.rule)]).items():
                band(axes, here[here.rule == rule], *look, LABELS.get(rule, rule), bounds=DEGREES)
            axes.set(title=title, xlabel="presentations of 20 examples")
            logarithmic(axes, "x")
            not_run(axes, here)
        left.set(ylabel="angle of W1's change (°)")
        n = drawn.seed.nunique()
        setting = "30-32-32-32-10 tanh units learn a teacher's function, and feedback learns meanwhile"
        caption = f"{count(n, 'seed')}; {spread(n)}; {setting}"
        return finished(figure, finding(drawn), caption, left)


def finding(drawn: pd.DataFrame) -> str:
    """The last angle of two rules to either reference."""
    last = drawn[drawn.epoch == drawn.epoch.max()] if len(drawn) else drawn
    means = last.groupby(["rule", "metric"]).value.mean().unstack("metric") if len(last) else last
    wanted = {"direct-difference-target-propagation", "local-difference-reconstruction"}
    if not (wanted <= {*means.index} and {NEWTON, GRADIENT} <= {*means.columns}):
        return INCOMPLETE
    told = [
        f"{LABELS[rule]} ends {means.loc[rule, NEWTON]:.0f}° from Gauss and Newton, "
        f"{means.loc[rule, GRADIENT]:.0f}° from the gradient"
        for rule in sorted(wanted)
    ]
    return "; ".join(told)
