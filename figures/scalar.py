"""Samples and multiply-adds that rules need which are told one number, beside backpropagation."""

from __future__ import annotations

import math

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.findings import INCOMPLETE, errors, slope
from plausible.plotting.frame import COLUMN, finished, panels, sheet, stacked
from plausible.plotting.panels import dots, final_errors, rows_named, spread, validation_errors
from plausible.plotting.scales import logarithmic
from plausible.plotting.style import style
from plausible.printing.words import count
from plausible.study.columns import option
from plausible.study.statistics import ANY

LABELS = {
    "decorrelated[rule=node-perturbation]": "nodes, decorrelated",
    "activity-perturbation[single=True]": "measured, in turn",
    "activity-perturbation": "measured activity",
    "node-perturbation": "nodes",
    "forward-gradient": "forward gradient",
    "weight-perturbation": "weights",
    "agrel": "AGREL",
    "brainprop": "BrainProp",
    "node-perturbation[told=reward,sigma=0.3]": "nodes, told a reward",
    "exploratory-hebb": "exploratory Hebb",
    "reinforce[sigma=1.0]": "REINFORCE",
}
HIDDEN = "16"
SAMPLES, PRODUCTS = "samples needed", "multiply-adds needed"
WIDTHS = {"8": 8, "32": 32, "128": 128}
DEPTHS = {"32": 1, "32-32": 2, "32-32-32": 3}
COLUMNS = ["task", "rule", "hidden", "seed", "epoch", "split", "metric", "value"]


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: accuracies in one hidden layer, and what is needed to 80 % in others."""
    done = table[(table.status == "done") & ((table.metric == "accuracy") | (table.task != "digits"))]
    found = done[done.split.isin(["validation", "test"]) & (done.hidden.astype(str) == HIDDEN)]
    need = done[done.metric.isin([SAMPLES, PRODUCTS])]
    hidden = pd.Series([sizes(str(each)) for each in option(need, "rule_hidden")], need.index, object)
    need = need.assign(rule=option(need, "rule_rule"), hidden=hidden)
    return pd.concat([found[COLUMNS], need[COLUMNS]])


def sizes(text: str) -> str:
    """The units of layers: 8 of 8.0, which a column of numbers makes of it."""
    return text.removesuffix(".0")


def draw(table: pd.DataFrame) -> Figure:
    """Validation error against epochs, the test error of every rule, and what is needed in width and in depth."""
    whole = source(table)
    drawn, need = whole[whole.metric == "accuracy"], whole[whole.metric != "accuracy"]
    with sheet(COLUMN, 7.6) as figure:
        top, below, first, second, third = stacked(figure, 4, 5, 4, 4, 6)
        (one,), (two,) = panels(top, 1, 1), panels(below, 1, 1)
        validation_errors(one, drawn, "", LABELS)
        final_errors(two, drawn, LABELS)
        for part, metric in ((first, SAMPLES), (second, PRODUCTS)):
            wide, deep = panels(part, 1, 2)
            growth(wide, need[need.metric == metric], WIDTHS)
            growth(deep, need[need.metric == metric], DEPTHS)
            wide.set(ylabel=f"{metric}\nto 80 %", xlabel="units of one layer")
            deep.set(xlabel="layers of 32 units")
        wide, deep = panels(third, 1, 2)
        powers(wide, need, WIDTHS, "power of the width")
        powers(deep, need, DEPTHS, "power of the depth")
        deep.set(yticklabels=[])
        seeds = drawn.seed.nunique()
        caption = (
            f"Digits, {HIDDEN} units, plain gradient descent, {count(seeds, 'seed')}; {spread(seeds)}; below, samples "
            "and multiply-adds to 80 % of the validation split, geometric means of networks that came there in 100 "
            "epochs, and the powers by which samples grow, where all did"
        )
        return finished(figure, finding(drawn) + grown(need), caption, one)


def grown(need: pd.DataFrame) -> str:
    """The mean powers of the width, of backprop and of noise in nodes; nothing where these did not come there."""
    found = [fitted(need, rule, WIDTHS) for rule in ("backprop", "node-perturbation")]
    if not all(found):
        return ""
    plain, noise = (sum(each) / len(each) for each in found)
    return f"; with the width, samples that noise in nodes needs grow as its power {noise:.1f}, backprop's {plain:.1f}"


def growth(axes: Axes, need: pd.DataFrame, places: dict[str, int]) -> None:
    """What every rule needs in networks of these sizes, on logarithmic axes."""
    look = style(["backprop", *LABELS])
    for rule in look:
        mine = need[(need.rule == rule) & need.hidden.isin(places)]
        at = mine.hidden.map(places).astype(float)
        mean = mine.value.astype(float).groupby(at).agg(lambda values: values.prod() ** (1 / len(values)))
        colour, marker = look[rule]
        axes.plot(mean.index, mean, color=colour, marker=marker, markersize=3, linewidth=0.8)
    if len(need):
        logarithmic(axes, "y")
        logarithmic(axes, "x")
    axes.set_xticks([*places.values()], [str(each) for each in places.values()])
    axes.minorticks_off()


def powers(axes: Axes, need: pd.DataFrame, places: dict[str, int], title: str) -> None:
    """The power of the size by which samples grow, seed by seed, of rules that came to 80 % in every network."""
    look = style(["backprop", *LABELS])
    for row, rule in enumerate(look):
        found = [power for power in fitted(need, rule, places) if math.isfinite(power)]
        if found:
            dots(axes, row, found, look[rule], ANY)
    axes.axvline(0, color="0.7", linewidth=0.6)
    axes.set(xlabel=title)
    rows_named(axes, [LABELS.get(rule, rule) for rule in look])


def fitted(need: pd.DataFrame, rule: str, places: dict[str, int]) -> list[float]:
    """The slope of log(samples) over log(size), one number per seed; none unless every seed came there everywhere."""
    mine = need[(need.rule == rule) & (need.metric == SAMPLES) & need.hidden.isin(places)]
    if len(mine) < len(places) * need.seed.nunique():
        return []
    by = [one for _, one in mine.groupby("seed")]
    return [slope(one.hidden.map(places), one.value) for one in by if one.hidden.nunique() > 1]


def finding(drawn: pd.DataFrame) -> str:
    """The errors of the best and of the worst that is told one number."""
    test = errors(drawn, "test")
    if not {*LABELS, "backprop"} <= {*test.index}:
        return INCOMPLETE
    told = test[list(LABELS)]
    best, worst = str(told.idxmin()), str(told.idxmax())
    return (
        f"Told one number, the rule {LABELS[best]} errs on {told[best]:.1f} % of digits and {LABELS[worst]} on "
        f"{told[worst]:.1f} %, backprop on {test['backprop']:.1f} %"
    )
