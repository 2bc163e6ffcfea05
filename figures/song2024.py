"""Prospective configuration: interference, alignment with the target, and learning where it is hard [song2024]."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.frame import captioned, sheet
from plausible.plotting.panels import band, not_run
from plausible.study.columns import option
from plausible.study.statistics import PERCENT, mean_interval

LOOKS = {"backprop": ("#000000", "o"), "predictive-coding": ("#009E73", "^")}
CLOSED = {"backprop": (0.64, 0.8), "predictive-coding": (574 / 675, 658 / 675)}  # of 1-1-2, rate 0.2
CONDITIONS = {
    "online": ("Online, one by one", "mean error (%)", "mean"),
    "drift": ("Labels drift", "mean error (%)", "mean"),
    "scarce": ("Few examples", "least error (%)", "min"),
    "alternating": ("Tasks in turns", "mean error (%)", "mean"),
}
OUTPUTS = ("to be changed", "right already")


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: outputs, alignments, and errors in per cent while learning."""
    kept = table.metric.isin(["output", "target alignment", "error"]) & (table.status == "done")
    found = table[kept]
    found = found.assign(
        rule=option(found, "rule_rule_name"),
        rate=option(found, "rule_rate"),
        data=option(found, "rule_task"),
        per_class=option(found, "rule_per_class").map("{:.0f}".format, na_action="ignore").astype(object),
    )
    return found[["task", "data", "rule", "rate", "per_class", "seed", "epoch", "metric", "layer", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """Two outputs after one step; cosine to the target by depth; errors by learning rate under four conditions.

    Args:
        table: of the study `song2024`, in long form.
    """
    drawn = source(table)
    with sheet(11, 7) as figure:
        (left, middle, right), below = figure.subplots(2, 3)
        draw_outputs(left, drawn[drawn.metric == "output"])
        deep = drawn[drawn.task == "alignment"]
        for rule, (colour, marker) in LOOKS.items():
            mine = deep[(deep.rule == rule) & (deep.metric == "target alignment")]
            if len(mine):
                band(middle, mine, colour, marker, rule)
        middle.set(
            title="Alignment with the target", xlabel="layers of weights", ylabel="cosine", ylim=(-0.05, 1.05)
        )
        if len(deep):
            middle.legend(fontsize=7, loc="lower left")
        errors = drawn[(drawn.metric == "error") & (drawn.epoch > 0)]
        panels = {"online": right, "drift": below[0], "scarce": below[1], "alternating": below[2]}
        clear = [by_rate(axes, errors[errors.task == task], task) for task, axes in panels.items()]
        won = ", ".join(what for found in clear for what in found) or "no condition"
        note = "left: crosses, the closed form; dashed, before; middle: linear layers of 64 units"
        seeds = sorted({part.seed.nunique() for part in (deep, errors)} - {0})
        bands = f"{' and '.join(map(str, seeds))} seed{'s' if seeds != [1] else ''}, bands: 95 % interval of the mean"
        data = ", ".join(dict.fromkeys(errors.data)) or "none"
        gains = "points fewer: backprop's error less predictive coding's, paired by seed, at the best rates of both"
        return captioned(
            figure,
            f"{note}; errors: validation, {data}, 32-32 logistic units; {bands}\n"
            f"{gains} (*: the smallest or the largest tried), [95 % interval], which is above 0 in: {won}",
        )


def draw_outputs(axes: Axes, toy: pd.DataFrame) -> None:
    """Both outputs of 1-1-2 after one step, beside their closed form."""
    for rule, (colour, marker) in LOOKS.items():
        mine = toy[toy.rule == rule]
        axes.plot(mine.layer, mine.value, marker, color=colour, label=rule, markersize=5)
        axes.plot(OUTPUTS, CLOSED[rule], "x", color="#AA3377", markersize=9, zorder=5)
    axes.set(title="1-1-2, after one step", ylabel="output", ylim=(0.55, 1.03), xlim=(-0.5, 1.5))
    axes.axhline(1, color="black", linewidth=0.8, linestyle="--")
    axes.legend(fontsize=7)


def by_rate(axes: Axes, errors: pd.DataFrame, task: str) -> list[str]:
    """Mean or least error on the way against the learning rate; a line for each rule and number of examples.

    Below stands by how much predictive coding errs less; returned is where the interval of that is above 0.
    """
    title, what, measure = CONDITIONS[task]
    errors = errors.assign(per_class=errors.per_class.fillna(""))
    above, told = [], ["learning rate"]
    for line, number in zip(("-", "--", ":"), sorted(errors.per_class.unique(), key=str), strict=False):
        mine = errors[errors.per_class == number]
        each = mine.groupby(["rule", "rate", "seed"], as_index=False).value.agg(measure)
        which = f"{number} a class" if errors.per_class.nunique() > 1 else ""
        for rule, (colour, marker) in LOOKS.items():
            here = each[each.rule == rule]
            if len(here):
                label = ", ".join(filter(None, [rule, which]))
                band(axes, here, colour, marker, label, against="rate", line=line, bounds=PERCENT)
        if {*LOOKS} <= {*each.rule}:
            said, clear = gain(each)
            told.append(": ".join(filter(None, [which, said])))
            above += [", ".join(filter(None, [title.lower(), which]))] if clear else []
    axes.set(title=title, ylabel=what)
    axes.set_xlabel("\n".join(told), fontsize=8)
    if len(errors):
        axes.set_xscale("log")
        rates = sorted(errors.rate.unique())
        axes.set_xticks(rates, [f"{rate:g}" for rate in rates])
        axes.set_xticks([], minor=True)
        axes.legend(fontsize=7, handlelength=5)
    not_run(axes, errors)
    return above


def gain(each: pd.DataFrame) -> tuple[str, bool]:
    """Backprop's errors less those of predictive coding, each rule at the rate where its mean is least, in words.

    And whether the interval over seeds is above 0.
    """
    means = each.groupby(["rule", "rate"]).value.mean().unstack("rule")
    best = means.idxmin()
    at_best = {rule: each[(each.rule == rule) & (each.rate == best[rule])] for rule in LOOKS}
    theirs, ours = (at_best[rule].set_index("seed").value for rule in LOOKS)
    less = (theirs - ours).dropna()
    mean, low, high, _ = mean_interval(less.to_numpy())
    edges = {means.index.min(), means.index.max()}
    rates = " and ".join(f"{best[rule]:g}{'*' * (best[rule] in edges)}" for rule in LOOKS)
    interval = f" [{low:.2f}, {high:.2f}]" if len(less) > 1 else ""
    return f"{mean:.2f} points{interval} fewer at {rates}", bool(interval) and low > 0
