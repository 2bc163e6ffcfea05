"""The figure of a comparison: learning curves and alignment, with their uncertainty."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.findings import NOTHING_YET, OWN, ends, told_apart
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.panels import PLAIN, Labels, band, error_in_percent, not_run, spread
from plausible.plotting.scales import degrees, logarithmic, over_rounding
from plausible.plotting.style import dashes, label, style
from plausible.printing.words import count
from plausible.study.columns import option
from plausible.study.statistics import AMOUNT, DEGREES, PERCENT

ON = "On "  # what findings on errors begin with
LONGEST = 44  # characters in a line of a legend, which is as wide as the figure at most


def draw(table: pd.DataFrame, caption: str = "", hidden: Collection[str] = ("W1",)) -> Figure:
    """Validation score, and angles to the gradient where there are any, against epochs.

    Args:
        table: measurements in long form, with the columns of `plausible.study.run.Row`; only runs that were done.
        caption: what was compared, printed below.
        hidden: the names of the weights whose angles are drawn, the mean of them: those of hidden layers.
    """
    rules = list(dict.fromkeys(table.rule))
    styles, lines = style(rules), dashes(rules)
    score = "accuracy" if (table.metric == "accuracy").any() else "normalised error"
    scores = table[(table.split == "validation") & (table.metric == score)]
    with sheet(COLUMN, 3.0) as figure:
        above, below = figure.subplots(2, 1)
        for rule in rules:
            mine = table[table.rule == rule]
            look = (*styles[rule], folded(label(rule)))
            curve = scores[scores.rule == rule]
            if score == "accuracy":
                band(above, error_in_percent(curve), *look, line=lines[rule], bounds=PERCENT)
            else:
                band(above, curve, *look, line=lines[rule], bounds=AMOUNT)
            angles = mine[(mine.metric == "gradient angle") & mine.layer.isin(hidden)]
            if len(angles):
                means = angles.groupby(["seed", "epoch"], as_index=False).value.mean()
                band(below, means, *look, line=lines[rule], bounds=DEGREES)
        above.set(title="Validation", xlabel="epoch", ylabel="error (%)" if score == "accuracy" else score)
        if wide(scores if score != "accuracy" else error_in_percent(scores)):
            logarithmic(above)
        below.set(title="Angle between update and gradient, hidden layers", xlabel="epoch", ylabel="degrees")
        degrees(below, -3)
        note = spread(table.seed.nunique())
        told = "; ".join(filter(None, [label(caption), note]))
        return finished(figure, finding(scores, score), told, above)


def wide(errors: pd.DataFrame) -> bool:
    """Whether the means that are drawn span so much that a logarithmic scale is needed."""
    means = errors.groupby(["rule", "epoch"], observed=True).value.mean()
    positive = means[means > 0]
    return bool(len(positive)) and positive.max() >= 4 * positive.min()


def finding(scores: pd.DataFrame, score: str) -> str:
    """Which rule ends with the least error on the validation split, and which with the largest."""
    last = ends(scores).groupby("rule", observed=True).value.mean().dropna()
    if not len(last):
        return NOTHING_YET
    errors = (100 * (1 - last) if score == "accuracy" else last).sort_values()
    first, *_, final = [
        f"{label(str(rule))} with {shown(value, score)}" for rule, value in errors.items()
    ] * 2
    if len(errors) == 1:
        return f"{first.replace(' with ', ' ends with ', 1)} on validation"
    return f"Least error on validation at the end: {first}; largest: {final}"


def shown(error: float, score: str) -> str:
    """An error with its unit."""
    return f"{error:.1f} %" if score == "accuracy" else f"a normalised error of {error:.3g}"


def folded(name: str) -> str:
    """A label in lines of up to `LONGEST` characters, which end after one of @ [ , : /.

    >>> from plausible.plotting.comparison import folded
    >>> len(folded("backprop@my folder/optim:Lion[rate=cosine[start=0.001,steps=2000],decay=0.01]").splitlines())
    2
    """
    lines = [""]
    for piece in re.split(r"(?<=[@\[,:/])", name):
        if lines[-1] and len(lines[-1]) + len(piece) > LONGEST:
            lines.append("")
        lines[-1] += piece
    return "\n".join(lines)


def learning_and_angle(table: pd.DataFrame, finding: str, labels: Labels = PLAIN, note: str = "") -> Figure:
    """Validation error, and the angle of the first layer's change to backprop's, against epochs; a curve per rule.

    Args:
        table: what `scores_and_angles` keeps of a study's; a row of axes for every task.
        finding: the title.
        labels: how rules are called in the legend, where not by their names.
        note: more that the caption says, of several seeds.
    """
    tasks = [*dict.fromkeys(table.task)] or [""]
    with sheet(COLUMN, 1.5 * len(tasks)) as figure:
        panels = figure.subplots(len(tasks), 2, squeeze=False)
        for (left, right), task in zip(panels, tasks, strict=True):
            here = table[table.task == task]
            rules = list(dict.fromkeys(here.rule))
            kinds = dashes(rules)
            for rule, look in style(rules).items():
                mine = here[here.rule == rule]
                score, angle = (mine[mine.metric == metric] for metric in ("accuracy", "gradient angle"))
                called = labels.get(rule, rule)
                band(left, error_in_percent(score), *look, called, line=kinds[rule], bounds=PERCENT)
                band(right, angle, *look, called, line=kinds[rule], bounds=DEGREES)
            sizes = ", ".join(dict.fromkeys(here.hidden.astype(str)))
            left.set(title=f"{task}, {sizes}", xlabel="epoch", ylabel="validation error (%)")
            right.set(title="W1: angle to backprop's", xlabel="epoch", ylabel="degrees")
            logarithmic(left)
            over_rounding(right)
            for axes in (left, right):
                not_run(axes, here)
        n = table.seed.nunique()
        told = "; ".join(filter(None, (count(n, "seed"), spread(n), note * (n > 1))))
        return finished(figure, finding, told, panels[0][0])


def errors_at_the_end(drawn: pd.DataFrame, labels: Labels = PLAIN) -> str:
    """A finding, as `told_apart` says it: the validation errors at the end beside backprop's, task by task."""
    last = ends(drawn[drawn.metric == "accuracy"])
    parts = [
        told_apart(error_in_percent(mine), "backprop", labels, f"{ON}{task}")
        for task, mine in last.groupby("task", observed=True, sort=False)
    ]
    first, *more = [part for part in parts if part.startswith(ON)] or parts[:1] or [NOTHING_YET]
    return "; ".join([first, *(part.replace(ON, ON.lower(), 1) for part in more)])


def scores_and_angles(table: pd.DataFrame) -> pd.DataFrame:
    """What `learning_and_angle` draws of a study's table: validation accuracy, and the angle of W1's change."""
    done = table[table.status == "done"]
    score = (done.metric == "accuracy") & (done.split == "validation")
    angle = (done.metric == "gradient angle") & (done.layer == "W1")
    drawn = in_one_setting(done[score | angle])
    return drawn[["task", "rule", "hidden", "seed", "epoch", "metric", "layer", "value"]]


def in_one_setting(table: pd.DataFrame) -> pd.DataFrame:
    """Of each task the networks in which all of its rules learned, where there is such a one; else all of them.

    A rule that was run in the published network alone is not set beside others in smaller ones.

    >>> import pandas as pd
    >>> from plausible.plotting.comparison import in_one_setting
    >>> runs = pd.DataFrame({"task": "mnist", "rule": ["fa", "fa", "backprop"], "hidden": ["8", "9", "8"]})
    >>> in_one_setting(runs).hidden.tolist(), len(in_one_setting(runs[1:]))
    (['8', '8'], 2)
    """
    rules = table.groupby(["task", "hidden"], observed=True).rule.transform("nunique")
    everyone = table.groupby("task", observed=True).rule.transform("nunique")
    somewhere = (rules == everyone).groupby(table.task, observed=True).transform("any")
    return table[(rules == everyone) | ~somewhere]


def by_plain_names(table: pd.DataFrame) -> pd.DataFrame:
    """`scores_and_angles`, of rules by their names without options."""
    found = scores_and_angles(table)
    return found.assign(rule=option(found, "rule_name").astype(str))


def errors_and_angle(drawn: pd.DataFrame, rule: str, names: Mapping[str, str] = OWN, note: str = "") -> str:
    """A finding: `errors_at_the_end`, a note on these, and the angle of W_1's change by one of the rules."""
    told = errors_at_the_end(drawn, names)
    angles = ends(drawn[(drawn.metric == "gradient angle") & (drawn.rule == rule)]).value
    if not told.startswith(ON) or not len(angles):
        return told
    return f"{told}{note}; {names.get(rule, rule)}'s change of W1 is {angles.mean():.0f}° from the gradient"
