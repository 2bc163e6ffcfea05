"""Local losses beside backprop and random feedback by depth: errors, and what a linear read-out finds in each layer."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.findings import INCOMPLETE, NOTHING_YET, between, said
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.maps import heat
from plausible.plotting.panels import not_run
from plausible.printing.words import count
from plausible.study.columns import option

LABELS = {
    "backprop": "backprop",
    "feedback-alignment": "feedback alignment",
    "shallow": "read-out alone",
    "layerwise-classifiers": "pred, heads learn",
    "fixed-classifiers": "pred, heads fixed",
    "local-similarity": "sim",
    "predsim": "predsim",
    "kernelised-bottleneck": "pHSIC, grouped",
    "classwise-competition": "class competition",
    "self-contrastive": "self-contrastive",
    "forward-forward": "Forward-Forward",
}
OURS = (
    "layerwise-classifiers",
    "fixed-classifiers",
    "local-similarity",
    "predsim",
)  # which hear labels, by heads
REFERENCES = 2.5  # below these rows local losses begin
INPUT = "x"


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: test accuracies on digits, of answers and of read-outs, by rule and depth."""
    done = table[
        (table.status == "done") & (table.split == "test") & (option(table, "task_name") == "digits")
    ]
    found = done.assign(
        depth=done.hidden.astype(str).str.count("-") + 1, rule=option(done, "rule_name").astype(str)
    )
    found = found[found.metric.isin(["accuracy", "read-out accuracy"])]
    return found[["task", "rule", "depth", "seed", "metric", "layer", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """Two maps, a row for every rule: test error by depth, and error of a read-out by layer of the deepest network.

    Args:
        table: of the study `local`, in long form, with the setting `hidden`; plain or tuned.
    """
    drawn = source(table)
    errors, layers = (wrong(drawn, metric) for metric in ("accuracy", "read-out accuracy"))
    rules = [rule for rule in LABELS if (drawn.rule == rule).any()] or ["backprop"]
    with sheet(COLUMN, 0.6 + 0.15 * len(rules)) as figure:
        left, right = figure.subplots(1, 2, sharey=True, width_ratios=(8, 11))
        error_map(left, errors.assign(place=errors.depth), rules, "test error (%)")
        deep = layers[layers.depth == layers.depth.max()]
        places = deep.layer.astype(str).str.lstrip("W").replace(INPUT, "0").astype(int)
        error_map(right, deep.assign(place=places), rules, "error of a linear read-out (%)")
        left.set_xlabel("hidden layers")
        right.set_xlabel(
            f"layer of {count(int(deep.depth.max()), 'hidden layer') if len(deep) else 'none'}; 0: x"
        )
        for axes in (left, right):
            axes.axhline(REFERENCES, color="white", linewidth=1.2)
        return finished(figure, finding(errors, deep), caption(table, drawn))


def wrong(drawn: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Errors in per cent."""
    mine = drawn[drawn.metric == metric]
    return mine.assign(value=100 * (1 - mine.value))


def error_map(axes: Axes, errors: pd.DataFrame, rules: list[str], title: str) -> None:
    """Mean errors in per cent by rule and place."""
    means = errors.pivot_table(index="rule", columns="place", values="value", observed=True)
    heat(axes, means.reindex(rules).rename(LABELS), "{:.0f}", 2, 100, "viridis_r", log=True)
    axes.set_title(title)
    not_run(axes, errors)


def caption(table: pd.DataFrame, drawn: pd.DataFrame) -> str:
    """How many seeds, and how the rules were tuned."""
    runs = drawn.groupby(["rule", "depth"], observed=True).seed.nunique()
    one = count(len(runs[:1]), "seed")
    seeds = f"{between(runs, '.0f')} seeds a cell" if len(runs) and runs.max() > 1 else one
    tuned = table.optimiser.nunique() > 1
    how = "tuned at every depth in as many trials" if tuned else "one optimiser for all"
    return f"digits, 64 rectified units a layer, no normalisation; {seeds}: means; {how}; below the line: local losses"


def finding(errors: pd.DataFrame, deep: pd.DataFrame) -> str:
    """The errors of the deepest networks by backprop and by losses with heads, and of their last layers' read-outs."""
    if not len(errors):
        return NOTHING_YET
    depth = errors.depth.max()
    by_rule = errors[errors.depth == depth].groupby("rule", observed=True).value.mean()
    last = deep[deep.layer.astype(str) == f"W{depth}"].groupby("rule", observed=True).value.mean()
    wanted = ["backprop", *OURS]
    if not {*wanted} <= {*by_rule.index} & {*last.index}:
        return INCOMPLETE
    return (
        f"With {count(int(depth), 'hidden layer')}: {said(by_rule[wanted].sort_values(), ' %', LABELS)}; a read-out of "
        f"the last layer errs on {last['backprop']:.1f} % after backprop, {between(last[[*OURS]], '.1f')} % after these"
    )
