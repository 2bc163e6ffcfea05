"""What tuning is worth, of more rules than lines can be told apart: a row for each, from one trial to all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.frame import COLUMN, SMALL, inches, sheet
from plausible.plotting.panels import not_run, rows_named
from plausible.plotting.scales import logarithmic
from plausible.plotting.style import Look, base, style

ROW = 0.125  # inches
WIDE = 1.6  # points: a bar
NARROWEST = 0.95  # inches of a panel, between the names of rules and the next one
MARKS = (
    "hollow: error of a mean trial; filled: expected best of all trials; bars: 95 % of bootstraps over trials"
)
Curves = dict[str, pd.DataFrame]


def plainly(rules: Sequence[str]) -> dict[str, str]:
    """Rules without their options, where that tells all of them apart; else as they are."""
    short = {rule: base(rule) for rule in rules}
    return short if len({*short.values()}) == len(short) else {rule: rule for rule in rules}


def rows(tasks: Sequence[str], rules: Sequence[str], curves: dict[str, Curves]) -> Figure:
    """A panel for each task, one below the other, or two side by side where names leave room for that.

    Args:
        tasks: in order.
        rules: in order, from the top; a row in every panel.
        curves: by task and rule, errors in per cent by numbers of trials k, in ascending order: `trials`, `error`, the
            expected best of k of them, and `low` and `high`, the ends of its interval.
    """
    room = COLUMN - max((inches(name, SMALL) for name in plainly(rules).values()), default=0.0)
    across = 2 if len(tasks) > 1 and room >= 2 * NARROWEST else 1
    down = -(-len(tasks) // across)
    with sheet(COLUMN, down * (0.35 + ROW * max(len(rules), 1))) as figure:
        panels = figure.subplots(down, across, sharey=True, squeeze=False)
        looks = style(list(rules))
        for place, (axes, task) in enumerate(zip(panels.flat, tasks, strict=False)):
            panel(axes, curves[task], rules, looks)
            axes.set(title=task if across == 1 else task.replace("[", "\n["))
            if place + across >= len(tasks):  # nothing is below
                axes.set_xlabel("validation error (%)")
        for axes in list(panels.flat)[len(tasks) :]:
            axes.remove()
    return figure


def panel(axes: Axes, curves: Curves, rules: Sequence[str], looks: Mapping[str, Look]) -> None:
    """The rows of a task: from the error of one trial to the expected best of all, with the latter's interval."""
    for place, rule in enumerate(rules):
        mine = curves.get(rule)
        if mine is None or not len(mine):
            continue
        (colour, marker), first, last = looks[rule], mine.iloc[0], mine.iloc[-1]
        axes.plot([first.error, last.error], [place] * 2, color=colour, linewidth=0.5, alpha=0.6)
        axes.plot(
            [last.low, last.high], [place] * 2, color=colour, linewidth=WIDE, alpha=0.6, solid_capstyle="butt"
        )
        axes.plot(
            first.error, place, marker, color=colour, markersize=3.5, fillstyle="none", markeredgewidth=0.6
        )
        axes.plot(last.error, place, marker, color=colour, markersize=3.5)
    rows_named(axes, [*plainly(rules).values()])
    logarithmic(axes, "x", most=4)
    not_run(axes, pd.concat([*curves.values()]) if curves else pd.DataFrame())
