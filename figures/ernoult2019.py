"""Equilibrium propagation and backpropagation through time, step by step [ernoult2019]."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.findings import INCOMPLETE
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.panels import not_run
from plausible.plotting.scales import logarithmic, plain
from plausible.plotting.style import style
from plausible.printing.words import count
from plausible.study.columns import option

LINES = {"equilibrium-gradient": "-", "equilibrium-propagation": "--"}
LABELS = {
    "equilibrium-gradient": "backpropagation through time",
    "equilibrium-propagation": "equilibrium propagation",
}
ROWS = {"update norm": "norm of the change", "gradient distance": "distance from the limit"}
ROUNDING = 1e-10  # what is smaller is 0 but for rounding, and is drawn as 0


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: norms of changes and their distance from the gradient, by steps."""
    found = table[table.metric.isin(ROWS) & (table.status == "done") & (table.epoch == 0)]
    found = found[found.layer.str.startswith("W")]
    steps = option(found, "rule_window").fillna(option(found, "rule_nudged_steps"))
    found = found.assign(steps=steps, method=option(found, "rule_name")).dropna(subset="steps")
    return found[["task", "hidden", "seed", "method", "steps", "metric", "layer", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """What either has gathered after so many steps, a column for every layer.

    Args:
        table: of the study `ernoult2019`, in long form.
    """
    drawn = source(table)
    drawn = drawn.assign(value=drawn.value.where(drawn.value > ROUNDING, 0.0))
    layers = sorted(drawn.layer.unique()) or ["W1"]
    with sheet(COLUMN, 2.4) as figure:
        panels = figure.subplots(2, len(layers), sharex=True, sharey="row", squeeze=False)
        for row, (metric, label) in zip(panels, ROWS.items(), strict=True):
            for axes, layer in zip(row, layers, strict=True):
                draw_panel(axes, drawn[(drawn.metric == metric) & (drawn.layer == layer)])
            row[0].set_ylabel(label)
        for axes in panels.flat:
            logarithmic(axes)
        for axes, layer in zip(panels[0], layers, strict=True):
            axes.set_title(layer)
        for axes in panels[1]:
            axes.set(xlabel="steps K")
            logarithmic(axes, "x", most=4)
        sizes = ", ".join(dict.fromkeys(drawn.hidden.astype(str)))
        task, n = ", ".join(dict.fromkeys(drawn.task)), drawn.seed.nunique()
        note = f"thin: seeds; thick: their mean; below {plain(ROUNDING)} a number counts as 0"
        caption = f"{task}, {sizes} tanh units, {count(n, 'seed')}; {note}"
        return finished(figure, finding(drawn), caption, panels[0][0])


def finding(drawn: pd.DataFrame) -> str:
    """The largest difference of the norms of both methods' changes, at equal steps, layers and seeds."""
    norms = drawn[drawn.metric == "update norm"].pivot_table(
        index=["layer", "steps", "seed"], columns="method", values="value"
    )
    if not {*LINES} <= {*norms}:
        return INCOMPLETE
    exact, ours = norms["equilibrium-gradient"], norms["equilibrium-propagation"]
    away = ((ours - exact).abs() / exact.where(exact > 0)).max()
    limit = drawn[(drawn.metric == "gradient distance") & (drawn.steps == drawn.steps.max())]
    return (
        f"At every step the change by equilibrium propagation differs from that of backpropagation through time by at "
        f"most {100 * away:.1f} % in norm; after {drawn.steps.max():g} steps both are up to "
        f"{limit.value.max():.2f} from "
        "the limit"
    )


def draw_panel(axes: Axes, table: pd.DataFrame) -> None:
    """Both methods, one over the other."""
    for method, (colour, marker) in style([*LINES]).items():
        mine = table[table.method == method].sort_values("steps")
        for _, one in mine.groupby("seed"):
            axes.plot(one.steps, one.value, color=colour, linewidth=0.35, alpha=0.6)
        mean = mine.groupby("steps").value.mean()
        axes.plot(
            mean.index, mean, color=colour, marker=marker, linestyle=LINES[method], label=LABELS[method]
        )
    not_run(axes, table)
