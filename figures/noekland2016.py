"""MNIST by backprop, feedback alignment and direct feedback alignment at every depth, as [noekland2016] has it."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.findings import NOTHING_YET
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.panels import band, dots, not_run, rows_named, spread
from plausible.plotting.scales import logarithmic
from plausible.plotting.style import VIOLET, style
from plausible.printing.words import count
from plausible.study.columns import option
from plausible.study.statistics import PERCENT

EPOCHS = 300  # of the published errors
PUBLISHED = {  # test error in per cent after EPOCHS, as the paper is remembered: backprop, FA, DFA
    "800": (1.59, 1.68, 1.68),
    "800-800": (1.60, 1.64, 1.74),
    "800-800-800": (1.75, 1.66, 1.70),
    "800-800-800-800": (1.92, 1.70, 1.83),
    "240-240-240-240-240-240-240": (2.16, 2.20, 2.32),
}
RULES = ("backprop", "feedback-alignment", "direct-feedback-alignment")


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: validation accuracy on the way, test accuracy at the end."""
    drawn = table[
        (table.metric == "accuracy") & table.split.isin(["validation", "test"]) & (table.status == "done")
    ]
    return drawn[["task", "rule", "hidden", "seed", "epoch", "split", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """Validation error against epochs, a panel for every network; then test error beside the published one.

    Args:
        table: of the study `noekland2016`, in long form, with the setting `hidden`.
    """
    drawn = source(table)
    drawn = drawn.assign(value=100 * (1 - drawn.value), rule=option(drawn, "rule_name"))
    sizes = sorted(drawn.hidden.astype(str).unique(), key=lambda name: (name.count("-"), name)) or [""]
    test, length = drawn[drawn.split == "test"], drawn.epoch.max() if len(drawn) else 0
    with sheet(COLUMN, 3.7) as figure:
        grid = figure.add_gridspec(3, 2)
        for n, hidden in enumerate(sizes[:5]):
            mine = drawn[(drawn.hidden.astype(str) == hidden) & (drawn.split == "validation")]
            draw_course(figure.add_subplot(grid[n // 2, n % 2]), mine, hidden)
        draw_test(figure.add_subplot(grid[2, 1]), test, sizes, published=length >= EPOCHS)
        n = drawn.seed.nunique()
        note = f"{length:g} of {EPOCHS} epochs, {count(n, 'seed')}; {spread(n)}"
        marks = "crosses: published (from memory)" if length >= EPOCHS else (
            f"the published errors, after {EPOCHS} epochs, are not drawn beside ours"
        )  # fmt: skip
        return finished(figure, finding(test), f"{note}; {marks}", figure.axes[0])


def finding(test: pd.DataFrame) -> str:
    """How far the errors of both kinds of random feedback lie from backprop's, over all networks."""
    means = test.groupby(["hidden", "rule"], observed=True).value.mean().unstack("rule")
    if not {*RULES} <= {*means}:
        return NOTHING_YET
    away = {rule: means[rule] - means["backprop"] for rule in RULES[1:]}
    told = " and ".join(f"{name} by {each.min():+.1f} to {each.max():+.1f}" for name, each in away.items())
    return f"Random feedback differs from backprop's test error by network: {told} points"


def draw_course(axes: Axes, table: pd.DataFrame, hidden: str) -> None:
    """The validation error of one network."""
    styles = style(list(dict.fromkeys(table.rule)))
    for rule in styles:
        band(axes, table[table.rule == rule], *styles[rule], rule, bounds=PERCENT)
    axes.set(title=short(hidden), xlabel="epoch", ylabel="validation (%)")
    logarithmic(axes)
    not_run(axes, table)


def draw_test(axes: Axes, table: pd.DataFrame, sizes: list[str], *, published: bool) -> None:
    """The test error of every network and rule, and if it is asked for, the published one."""
    looks = style(list(RULES))
    for place, hidden in enumerate(sizes):
        for shift, (rule, look) in zip((-0.25, 0, 0.25), looks.items(), strict=True):
            mine = table[(table.rule == rule) & (table.hidden.astype(str) == hidden)].value
            if len(mine):
                dots(axes, place + shift, mine.to_numpy(), look, PERCENT, beside=0.0)
            if published and hidden in PUBLISHED:
                error = PUBLISHED[hidden][RULES.index(rule)]
                axes.plot(error, place + shift, "x", color=VIOLET, markersize=3)
    rows_named(axes, [short(hidden) for hidden in sizes])
    axes.set(title="Test error (%)")
    logarithmic(axes, "x", most=4)
    not_run(axes, table)


def short(hidden: str) -> str:
    """`800-800` as 2×800."""
    units = hidden.split("-")
    return f"{len(units)}×{units[0]}" if len(set(units)) == 1 else hidden
