"""Local losses beside backprop and random feedback by depth: errors, and what a linear read-out finds in each layer."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.findings import INCOMPLETE, NOTHING_YET, PAIRED, between, told_apart
from plausible.plotting.frame import PAGE, finished, sheet
from plausible.plotting.maps import heat
from plausible.plotting.panels import not_run
from plausible.printing.words import count
from plausible.study.columns import option

SMALL = ", default start"  # behind the name of a rule in networks whose weights start so
LABELS = {
    "backprop": "backprop",
    f"backprop{SMALL}": "the same, default start",
    "feedback-alignment": "feedback alignment",
    "shallow": "read-out alone",
    "layerwise-classifiers": "pred with learned heads",
    "fixed-classifiers": "pred with fixed heads",
    "local-similarity": "sim",
    "predsim": "predsim",
    "kernelised-bottleneck": "grouped pHSIC",
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
UNITS = {"relu": "rectified"}
STARTS = {"He": "He's", "Uniform": "the default"}
REFERENCES = 3.5  # below these rows local losses begin
INPUT = "x"


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: test accuracies on digits, of answers and of read-outs, by rule and depth."""
    done = table[
        (table.status == "done") & (table.split == "test") & (option(table, "task_name") == "digits")
    ]
    kept = option(done, "init_name").astype(str) != "Uniform"
    rule = option(done, "rule_name").astype(str)
    found = done.assign(depth=done.hidden.astype(str).str.count("-") + 1, rule=rule.where(kept, rule + SMALL))
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
    with sheet(PAGE, 0.6 + 0.15 * len(rules)) as figure:
        left, right = figure.subplots(1, 2, sharey=True, width_ratios=(10, 11))
        error_map(left, errors.assign(place=errors.depth), rules, "test error (%)")
        deep = layers[layers.depth == layers.depth.max()]
        places = deep.layer.astype(str).str.lstrip("W").replace(INPUT, "0").astype(int)
        error_map(right, deep.assign(place=places), rules, "read-out error (%)")
        left.set_xlabel("hidden layers")
        deepest = f"{int(deep.depth.max())}" if len(deep) else "none"
        right.set_xlabel(f"layer, of {deepest} hidden; 0: x")
        for axes in (left, right):
            axes.axhline(REFERENCES, color="white", linewidth=1.2)
        return finished(figure, finding(errors), caption(table, drawn))


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
    """The network, how many seeds, and how the rules were tuned; units, start and tuning are read from the table."""
    runs = drawn.groupby(["rule", "depth"], observed=True).seed.nunique()
    one = count(len(runs[:1]), "seed")
    several = bool(len(runs)) and bool(runs.max() > 1)
    seeds = f"{between(runs, '.0f')} seeds a cell" if several else one
    tuned = table.optimiser.nunique() > 1
    how = "tuned at every depth in as many trials" if tuned else "one optimiser for all"
    units = " or ".join(UNITS.get(name, name) for name in dict.fromkeys(table.activation.astype(str)))
    widths = " or ".join(dict.fromkeys(each.partition("-")[0] for each in table.hidden.astype(str)))
    starts = " or ".join(
        dict.fromkeys(option(table, "init_name").astype(str).map(lambda n: STARTS.get(n, n)))
    )
    return (
        f"digits, {widths} {units} units a layer, no normalisation, weights from {starts} start; {seeds}: means; "
        f"{how}; below the line: local losses; read-outs: linear{f'; {PAIRED}' * several}"
    )


def finding(errors: pd.DataFrame) -> str:
    """Which losses with heads err more or less than backprop in the deepest networks, and the largest error there."""
    if not len(errors):
        return NOTHING_YET
    depth = errors.depth.max()
    deepest = errors[errors.depth == depth]
    by_rule = deepest.groupby("rule", observed=True).value.mean()
    if not {"backprop", *OURS} <= {*by_rule.index}:
        return INCOMPLETE
    heads = deepest[deepest.rule.isin(["backprop", *OURS])]
    told = told_apart(heads, "backprop", LABELS, f"With {count(int(depth), 'hidden layer')}")
    worst = by_rule.idxmax()
    return f"{told}; the largest error is that of {LABELS.get(worst, worst)}, {by_rule[worst]:.1f} %"
