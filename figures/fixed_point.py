"""How near three iterations come to the adjoint of a fixed point [liao2018]."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from plausible.plotting.findings import INCOMPLETE, listed
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.panels import band, not_run, spread
from plausible.plotting.scales import logarithmic, plain
from plausible.plotting.style import OTHERS
from plausible.printing.words import count
from plausible.study.columns import option

METHODS = ("relaxation", "neumann", "conjugate-gradient")


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: the residual of the adjoint's equation before learning."""
    found = table[(table.metric == "adjoint residual") & (table.status == "done") & (table.epoch == 0)].copy()
    found["method"], found["start"] = option(found, "rule_adjoint"), option(found, "rule_recurrent")
    found["iterations"] = option(found, "rule_adjoint_most").fillna(0).astype(int)
    return found[["start", "method", "iterations", "seed", "value"]].sort_values(
        ["start", "method", "iterations"]
    )


def draw(table: pd.DataFrame) -> Figure:
    """Residual against iterations: a panel for loops that fade and one for loops that amplify.

    Args:
        table: of the study `fixed_point`, in long form.
    """
    drawn = source(table)
    starts = sorted(drawn.start.dropna().unique()) or [""]
    with sheet(COLUMN, 1.7) as figure:
        panels = figure.subplots(1, len(starts), sharex=True, squeeze=False)[0]
        for axes, start, title in zip(panels, starts, ("loops fade", "loops amplify"), strict=False):
            draw_panel(axes, drawn[drawn.start == start], title)
        panels[0].set_ylabel("residual, relative to the error")
        seeds = drawn.seed.nunique()
        note = (
            f"completion of digits, 32 tanh units; {count(seeds, 'seed')}; geometric means; {spread(seeds)}"
        )
        recurrent = listed(f"{start}" for start in starts)
        more = "one iteration of conjugate gradients takes two products with R"
        return finished(figure, finding(drawn), f"{note}; R: {recurrent}; {more}", panels[0])


def finding(drawn: pd.DataFrame) -> str:
    """Which methods leave less than the error itself after most iterations, where loops fade and where they amplify."""
    last = drawn[(drawn.iterations == drawn.iterations.max()) & (drawn.value > 0)]
    means = np.exp(np.log(last.value).groupby([last.start, last.method]).mean()) if len(last) else last.value
    starts = sorted(last.start.dropna().unique())
    if len(starts) < 2:
        return INCOMPLETE
    fade, amplify = (means[start] for start in (starts[0], starts[-1]))
    kept = amplify[amplify < 1]
    left = [f"{plain(float(f'{value:.0e}'))} ({name})" for name, value in amplify.sort_values().items()]
    return (
        f"Where loops fade, {len(fade[fade < 1])} of {len(fade)} methods converge; where they amplify, only "
        f"{listed(map(str, kept.index)) or 'none'}: {drawn.iterations.max()} iterations leave {', '.join(left)}"
    )


def draw_panel(axes: Axes, table: pd.DataFrame, title: str) -> None:
    """The three methods in one network, averaged as logarithms, since seeds differ by orders of magnitude."""
    table = table.assign(value=np.log10(table.value.where(table.value > 0)))
    for method, (colour, marker) in zip(METHODS, OTHERS, strict=False):
        mine = table[table.method == method]
        if len(mine):
            band(axes, mine, colour, marker, method, against="iterations")
    axes.axhline(0, color="black", linewidth=0.5, linestyle="--")
    axes.set(title=title, xlabel="iterations")
    axes.yaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: plain(10.0**value)))
    logarithmic(axes, "x")
    numbers = sorted(table.iterations.unique())
    axes.set_xticks(numbers, [str(number) for number in numbers])
    not_run(axes, table)
