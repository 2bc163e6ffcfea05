"""Equilibrium propagation in networks of one, two and three hidden layers [scellier2017]."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.frame import captioned, sheet
from plausible.plotting.panels import curve, logarithmic, not_run
from plausible.plotting.style import LOOKS
from plausible.printing.words import count
from plausible.study.columns import option

PUBLISHED = 2.5  # per cent, of MNIST, at the end
WITHIN = 0.5


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: errors, and the angle of the first layer's change to the gradient."""
    score = (table.metric == "accuracy") & table.split.isin(["train", "validation"]) & (table.epoch > 0)
    angle = (table.metric == "gradient angle") & (table.layer == "W1")
    found = table[(score | angle) & (table.status == "done")]
    slower = (option(found, "optimiser_groups_?1_rate_name") == "Cosine").map(
        {True: ", slower rates", False: ""}
    )
    sizes = found.hidden.astype(str)
    layers = sizes.str.count("-") + 1
    found = found.assign(net=sizes + " units" + slower, look=layers.where(slower == "", 4) - 1)
    return found[["task", "net", "look", "seed", "epoch", "split", "metric", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """Errors against epochs on MNIST and on digits, and the angle of the first layer's change to the gradient.

    Args:
        table: of the study `scellier2017`, in long form.
    """
    drawn = source(table)
    error = drawn[drawn.metric == "accuracy"].assign(value=lambda found: 100 * (1 - found.value))
    with sheet(11, 3.6) as figure:
        left, middle, right = figure.subplots(1, 3)
        draw_errors(left, error[error.task == "mnist"], "MNIST")
        left.axhspan(PUBLISHED - WITHIN, PUBLISHED + WITHIN, color="#AA3377", alpha=0.15, linewidth=0)
        draw_errors(middle, error[error.task == "digits"], "Digits")
        angle = drawn[(drawn.metric == "gradient angle") & (drawn.task == "digits")]
        by_net(right, angle, "-")
        right.set(
            title="Angle of W1's change to the gradient", xlabel="epoch", ylabel="degrees", ylim=(0, 100)
        )
        not_run(right, angle)
        note = "violet: published range, from memory; angles: digits, one minibatch"
        thin = "thin lines: seeds; thick: their mean; solid: validation; dashed: training"
        counts = drawn.groupby(["task", "net"], observed=True).seed.nunique()
        several = counts.nunique() > 1
        number = f"{counts.min()} to {counts.max()} seeds" if several else count(drawn.seed.nunique(), "seed")
        return captioned(figure, f"{number}; {thin}; {note}")


def draw_errors(axes: Axes, table: pd.DataFrame, title: str) -> None:
    """Errors by number of hidden layers, on the validation and the training split."""
    by_net(axes, table[table.split == "validation"], "-")
    by_net(axes, table[table.split == "train"], "--")
    axes.set(title=title, xlabel="epoch", ylabel="error (%)")
    not_run(axes, table)
    if len(table):
        logarithmic(axes)
        axes.legend(fontsize=7)


def by_net(axes: Axes, table: pd.DataFrame, line: str) -> None:
    """A thin curve for every seed of every network, and a thick one for their mean."""
    for (look, net), mine in table.groupby(["look", "net"]):
        colour, marker = LOOKS[look]
        for _, one in mine.groupby("seed"):
            axes.plot(one.epoch, one.value, color=colour, linestyle=line, linewidth=0.5, alpha=0.6)
        mean = mine.groupby("epoch").value.mean()
        curve(axes, mean, colour, marker, net if line == "-" else None, line)
