"""Prospective configuration: interference, alignment with the target, and learning where it is hard [song2024]."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.findings import INCOMPLETE, listed
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.panels import band, not_run, spread
from plausible.plotting.scales import logarithmic
from plausible.plotting.style import VIOLET, style
from plausible.study.columns import option
from plausible.study.statistics import PERCENT, mean_interval

LOOKS = style(["backprop", "predictive-coding"])
CLOSED = {"backprop": (0.64, 0.8), "predictive-coding": (574 / 675, 658 / 675)}  # of 1-1-2, rate 0.2
CONDITIONS = {
    "online": ("Online", "mean error (%)", "mean"),
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
    with sheet(COLUMN, 4.4) as figure:
        (left, middle), (online, drift), (scarce, alternating) = figure.subplots(3, 2)
        draw_outputs(left, drawn[drawn.metric == "output"])
        deep = drawn[drawn.task == "alignment"]
        for rule, (colour, marker) in LOOKS.items():
            mine = deep[(deep.rule == rule) & (deep.metric == "target alignment")]
            if len(mine):
                band(middle, mine, colour, marker, rule)
        middle.set(title="Alignment with the target", xlabel="layers of weights", ylabel="cosine")
        middle.set_ylim(bottom=0)
        not_run(middle, deep)
        errors = drawn[(drawn.metric == "error") & (drawn.epoch > 0)]
        panels = {"online": online, "drift": drift, "scarce": scarce, "alternating": alternating}
        gains = [
            each for task, axes in panels.items() for each in by_rate(axes, errors[errors.task == task], task)
        ]
        seeds = sorted({part.seed.nunique() for part in (deep, errors)} - {0})
        number = (
            f"{' and '.join(map(str, seeds)) or 'no'} seed{'s' if seeds != [1] else ''}, {spread(*seeds)}"
        )
        data = ", ".join(dict.fromkeys(errors.data)) or "none"
        told = "; ".join(f"{name} {said}" for name, said, _ in gains)
        caption = (
            f"outputs: crosses, the closed form, dashed, before; alignment: linear layers of 64 units; errors: {data}, "
            f"32-32 logistic units; dashed: 4 a class; {number}; points that predictive coding errs less, "
            "paired by seed, "
            f"at the best rates of both (*: the smallest or the largest tried): {told or 'none'}"
        )
        return finished(figure, finding(gains, deep), caption, middle)


def finding(gains: list[tuple[str, str, bool]], deep: pd.DataFrame) -> str:
    """Under which conditions predictive coding errs clearly less than backprop, and how it aligns in deep networks."""
    clear = [name for name, _, above in gains if above]
    last = deep[(deep.metric == "target alignment") & (deep.epoch == deep.epoch.max())]
    cosine = last.groupby("rule", observed=True).value.mean()
    if not gains or not {*LOOKS} <= {*cosine.index}:
        return INCOMPLETE
    return (
        f"Predictive coding errs less than backprop in {len(clear)} of {len(gains)} settings, and aligns better "
        f"with the target ({cosine['predictive-coding']:.2f} against {cosine['backprop']:.2f} in the deepest net)"
        if cosine["predictive-coding"] > cosine["backprop"]
        else f"Predictive coding errs less than backprop in {listed(clear) or 'no setting'}"
    )


def draw_outputs(axes: Axes, toy: pd.DataFrame) -> None:
    """Both outputs of 1-1-2 after one step, beside their closed form."""
    for rule, (colour, marker) in LOOKS.items():
        mine = toy[toy.rule == rule]
        axes.plot([*map(OUTPUTS.index, mine.layer)], mine.value, marker, color=colour, markersize=3.5)
        if len(mine):
            axes.plot(range(2), CLOSED[rule], "x", color=VIOLET, markersize=5, zorder=5)
    axes.set_xticks(range(2), OUTPUTS)
    axes.set(title="1-1-2, after one step", ylabel="output", xlim=(-0.5, 1.5))
    axes.axhline(1, color="black", linewidth=0.5, linestyle="--")
    not_run(axes, toy)


def by_rate(axes: Axes, errors: pd.DataFrame, task: str) -> list[tuple[str, str, bool]]:
    """Mean or least error on the way against the learning rate; a line for each rule and number of examples.

    Returned is, for each number of examples, what it is called, by how much predictive coding errs less in words, and
    whether the interval of that is above 0.
    """
    title, what, measure = CONDITIONS[task]
    errors = errors.assign(per_class=errors.per_class.fillna(""))
    told = []
    for line, number in zip(("-", "--", ":"), sorted(errors.per_class.unique(), key=str), strict=False):
        mine = errors[errors.per_class == number]
        each = mine.groupby(["rule", "rate", "seed"], as_index=False).value.agg(measure)
        which = f", {number} a class" if errors.per_class.nunique() > 1 else ""
        for rule, (colour, marker) in LOOKS.items():
            here = each[each.rule == rule]
            if len(here):
                band(axes, here, colour, marker, rule, against="rate", line=line, bounds=PERCENT)
        if {*LOOKS} <= {*each.rule}:
            told.append((f"{title.lower()}{which}", *gain(each)))
    axes.set(title=title, ylabel=what, xlabel="learning rate")
    if len(errors):
        logarithmic(axes, "x")
        rates = sorted(errors.rate.unique())
        axes.set_xticks(rates, [f"{rate:g}" for rate in rates])
    not_run(axes, errors)
    return told


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
    return f"{mean:.2f}{interval} at {rates}", bool(interval) and low > 0
