"""Equilibrium propagation in networks of one, two and three hidden layers [scellier2017]."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.findings import NOTHING_YET, ends
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.panels import curve, not_run
from plausible.plotting.scales import degrees, logarithmic
from plausible.plotting.style import OTHERS, VIOLET
from plausible.printing.words import count
from plausible.study.columns import option

PUBLISHED = 2.5  # per cent, of MNIST, at the end
WITHIN = 0.5
LOOKS = OTHERS[:4]  # one, two and three layers, and slower rates


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
    if "key" in found:  # the same course, shorter and longer: the longer one
        length = found.groupby("key", observed=True).epoch.transform("max")
        cells = found.assign(length=length).groupby(["task", "net", "seed"], observed=True)
        found = found[length == cells.length.transform("max")]
    return found[["task", "net", "look", "seed", "epoch", "split", "metric", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """Errors against epochs on MNIST and on digits, and the angle of the first layer's change to the gradient.

    Args:
        table: of the study `scellier2017`, in long form.
    """
    drawn = source(table)
    error = drawn[drawn.metric == "accuracy"].assign(value=lambda found: 100 * (1 - found.value))
    with sheet(COLUMN, 3.0) as figure:
        grid = figure.add_gridspec(2, 2)
        mnist, digits, angles = (figure.add_subplot(place) for place in (grid[0, :], grid[1, 0], grid[1, 1]))
        draw_errors(mnist, error[error.task == "mnist"], "MNIST")
        if (error.task == "mnist").any():
            mnist.axhspan(PUBLISHED - WITHIN, PUBLISHED + WITHIN, color=VIOLET, alpha=0.15, linewidth=0)
        draw_errors(digits, error[error.task == "digits"], "Digits")
        angle = drawn[(drawn.metric == "gradient angle") & (drawn.task == "digits")]
        by_net(angles, angle, "-")
        angles.set(title="Digits: W1 to the gradient", xlabel="epoch", ylabel="degrees")
        degrees(angles)
        not_run(angles, angle)
        note = "violet: published range, from memory; angles: one minibatch"
        thin = "thin lines: seeds; thick: their mean; solid: validation; dashed: training"
        counts = drawn.groupby(["task", "net"], observed=True).seed.nunique()
        several = counts.nunique() > 1
        number = f"{counts.min()} to {counts.max()} seeds" if several else count(drawn.seed.nunique(), "seed")
        return finished(figure, finding(error), f"{number}; {thin}; {note}", mnist, digits)


def finding(error: pd.DataFrame) -> str:
    """The last validation errors, net by net."""
    last = ends(error[error.split == "validation"], "net")
    means = last.groupby(["task", "net"], observed=True).value.mean()
    told = []
    for task in sorted({*means.index.get_level_values(0)}, reverse=True):
        mine = means[task].sort_values()
        both = dict.fromkeys(f"{mine.iloc[n]:.1f} % ({mine.index[n]})" for n in (0, -1))
        told.append(f"{' to '.join(both)} on {task}")
    return f"Equilibrium propagation ends at errors of {' and of '.join(told)}" if told else NOTHING_YET


def draw_errors(axes: Axes, table: pd.DataFrame, title: str) -> None:
    """Errors by number of hidden layers, on the validation and the training split."""
    by_net(axes, table[table.split == "validation"], "-")
    by_net(axes, table[table.split == "train"], "--")
    axes.set(title=title, xlabel="epoch", ylabel="error (%)")
    logarithmic(axes)
    not_run(axes, table)


def by_net(axes: Axes, table: pd.DataFrame, line: str) -> None:
    """A thin curve for every seed of every network, and a thick one for their mean."""
    for (look, net), mine in table.groupby(["look", "net"]):
        colour, marker = LOOKS[look]
        for _, one in mine.groupby("seed"):
            axes.plot(one.epoch, one.value, color=colour, linestyle=line, linewidth=0.35, alpha=0.6)
        mean = mine.groupby("epoch").value.mean()
        curve(axes, mean, colour, marker, net if line == "-" else None, line)
