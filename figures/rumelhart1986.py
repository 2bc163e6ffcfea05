"""A symmetry detector and two family trees [rumelhart1986]: how far they come, and after how many sweeps."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.findings import NOTHING_YET
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.panels import band, not_run, spread
from plausible.plotting.style import OTHERS, VIOLET
from plausible.printing.words import count
from plausible.study.columns import option, parts
from plausible.study.statistics import AMOUNT

PUBLISHED = {"symmetry": 1425, "family-trees": 1500}  # sweeps of one run each, from memory


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: errors and shares right while learning, and when the criterion was met."""
    wanted = table.metric.isin(("normalised error", "epochs to criterion", "solved", "right"))
    found = table[wanted & (table.status == "done")].copy()
    start = option(found, "init_limit").fillna(0)
    found["recipe"] = [
        f"weights ±{limit:g}, {recipe(parts(text))}"
        for limit, text in zip(start, found.optimiser, strict=True)
    ]
    return found[["task", "recipe", "seed", "epoch", "split", "metric", "value"]]


def recipe(optimiser: Mapping[str, Any]) -> str:
    """The rate, the last one of those that are taken one after the other, and what is lost of weights."""
    decays = optimiser["name"] == "Decay"
    rate = "inner_rate" if decays else "rate"
    levels = ast.literal_eval(optimiser.get(f"{rate}_values", "()"))
    taken = f"{levels[-1]} from sweep 20" if levels else optimiser[rate]
    return f"rate {taken}, decay {optimiser['rate'] if decays else 0:g}"


def draw(table: pd.DataFrame) -> Figure:
    """Sweeps to criterion of the detector; the error of the trees against sweeps, a line for every recipe.

    Args:
        table: of the study `rumelhart1986`, in long form, with the settings `init` and `optimiser`.
    """
    drawn = source(table)
    detector, trees = (drawn[drawn.task == task] for task in PUBLISHED)
    with sheet(COLUMN, 2.7) as figure:
        above, below = figure.subplots(2, 1, height_ratios=(2, 3))
        draw_detector(above, detector)
        draw_trees(below, trees)
        numbers = detector.seed.nunique(), trees.seed.nunique()
        note = f"{count(numbers[0], 'seed')} of the detector, {numbers[1]} of the trees; {spread(numbers[1])}"
        lines = "dotted: published sweeps, one run each, from memory"
        more = "errors below 0.2 count as 0 while learning, so that it can exceed 1"
        return finished(figure, finding(detector, trees), f"{note}; {lines}; {more}", below)


def finding(detector: pd.DataFrame, trees: pd.DataFrame) -> str:
    """How many seeds solve either task, and with which recipe."""
    found, family = (part[part.metric == "solved"] for part in (detector, trees))
    if not len(found) or not len(family):
        return NOTHING_YET
    by = family.groupby("recipe").value.agg(["sum", "count"]).sort_values("sum")
    told = f"the family trees by {by['sum'].iloc[-1]:.0f} of {by['count'].iloc[-1]} with the best of {len(by)} recipes"
    return f"The symmetry detector is found by {found.value.sum():.0f} of {count(len(found), 'seed')}, {told}"


def draw_detector(axes: Axes, table: pd.DataFrame) -> None:
    """A dot for every seed that met the criterion, where it did."""
    epochs, solved = (table[table.metric == metric] for metric in ("epochs to criterion", "solved"))
    found = epochs.value.sort_values()
    colour = OTHERS[0][0]
    axes.plot(found, range(1, len(found) + 1), color=colour, marker="o", drawstyle="steps-post")
    if len(table):
        axes.axvline(PUBLISHED["symmetry"], color=VIOLET, linewidth=0.8, linestyle=":")
    axes.set(title="Symmetry detector 6-2-1", xlabel="sweeps to criterion", ylabel="seeds that met it")
    axes.set(ylim=(0, len(solved) + 0.5), xlim=(0, None))
    not_run(axes, table)


def draw_trees(axes: Axes, table: pd.DataFrame) -> None:
    """The error on the 100 facts that are shown; 1 is that of the mean answer."""
    errors = table[(table.metric == "normalised error") & (table.split == "validation")]
    for recipe, (colour, marker) in zip(sorted(errors.recipe.unique()), OTHERS, strict=False):
        solved = table[(table.metric == "solved") & (table.recipe == recipe)].value
        label = f"{recipe}: {solved.sum():.0f} of {len(solved)} solved"
        band(axes, errors[errors.recipe == recipe], colour, marker, label, bounds=AMOUNT)
    axes.axhline(1, color="black", linewidth=0.5, linestyle="--")
    if len(table):
        axes.axvline(PUBLISHED["family-trees"], color=VIOLET, linewidth=0.8, linestyle=":")
    axes.set(title="Family trees 36-18-12-6-24", xlabel="sweeps", ylabel="normalised error")
    axes.set_ylim(bottom=0)
    not_run(axes, errors)
