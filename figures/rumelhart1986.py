"""A symmetry detector and two family trees [rumelhart1986]: how far they come, and after how many sweeps."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plausible.plotting.frame import captioned, sheet
from plausible.plotting.panels import band
from plausible.plotting.style import OTHERS
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
    taken = f"{levels[-1]} from sweep 20 on" if levels else optimiser[rate]
    return f"rate {taken}, {optimiser['rate'] if decays else 0:g} lost a sweep"


def draw(table: pd.DataFrame) -> Figure:
    """Sweeps to criterion of the detector; the error of the trees against sweeps, a line for every recipe.

    Args:
        table: of the study `rumelhart1986`, in long form, with the settings `init` and `optimiser`.
    """
    drawn = source(table)
    with sheet(9, 3.8) as figure:
        left, right = figure.subplots(1, 2, width_ratios=(2, 3))
        draw_detector(left, drawn[drawn.task == "symmetry"])
        trees = drawn[drawn.task == "family-trees"]
        draw_trees(right, trees)
        seeds = drawn.groupby("task", observed=True).seed.nunique()
        note = f"{count(seeds.get('symmetry', 0), 'seed')} of the detector, {seeds.get('family-trees', 0)} of the trees"
        lines = "dotted: published sweeps, from memory and not checked; bands: 95 % interval of the mean"
        return captioned(
            figure, f"{note}; {lines}\nerrors below 0.2 count as 0 while learning, so that it can exceed 1"
        )


def draw_detector(axes: Axes, table: pd.DataFrame) -> None:
    """A dot for every seed that met the criterion, where it did."""
    epochs, solved = (table[table.metric == metric] for metric in ("epochs to criterion", "solved"))
    found = epochs.value.sort_values()
    axes.plot(
        found, range(1, len(found) + 1), color=OTHERS[0][0], marker="o", markersize=4, drawstyle="steps-post"
    )
    axes.axvline(PUBLISHED["symmetry"], color="black", linewidth=1, linestyle=":")
    axes.set(
        title=f"Symmetry detector 6-2-1: {solved.value.sum():.0f} of {len(solved)} solved",
        xlabel="sweeps to criterion",
        ylabel="seeds that met it",
        ylim=(0, len(solved) + 0.5),
        xlim=(0, None),
    )


def draw_trees(axes: Axes, table: pd.DataFrame) -> None:
    """The error on the 100 facts that are shown; 1 is that of the mean answer."""
    errors = table[(table.metric == "normalised error") & (table.split == "validation")]
    for recipe, (colour, marker) in zip(sorted(errors.recipe.unique()), OTHERS, strict=False):
        mine = errors[errors.recipe == recipe]
        solved = table[(table.metric == "solved") & (table.recipe == recipe)].value
        label = f"{recipe}: {solved.sum():.0f} of {len(solved)} solved"
        band(axes, mine, colour, marker, label, bounds=AMOUNT)
    axes.axhline(1, color="black", linewidth=0.8, linestyle="--")
    axes.axvline(PUBLISHED["family-trees"], color="black", linewidth=1, linestyle=":")
    axes.set(title="Family trees 36-18-12-6-24", xlabel="sweeps", ylabel="normalised error", ylim=(0, 2.4))
    if len(errors):
        axes.legend(fontsize=6, loc="upper right")
