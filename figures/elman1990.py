"""Structure found in time [elman1990]: errors by position, letter by letter, and the words' clusters."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.cluster.hierarchy import dendrogram, linkage
from scipy.spatial.distance import pdist, squareform

from plausible.plotting.frame import captioned, sheet
from plausible.plotting.panels import band
from plausible.plotting.style import OTHERS
from plausible.printing.words import count
from plausible.study.statistics import AMOUNT

METRICS = ("squared error", "error", "consonant error", "mean activity")
FIRST = 30  # letters that are drawn one by one
COLOURS = {"n": "#0072B2", "v": "#D55E00"}
VERBS = ("think", "sleep", "exist", "see", "chase", "like", "move", "break", "smell", "smash", "eat")


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: errors by position, and mean activities by word and unit."""
    found = table[table.metric.isin(METRICS) & (table.split == "test") & (table.status == "done")]
    return found[["task", "window", "seed", "metric", "layer", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """Exclusive or in time, letters, and the dendrogram of words.

    Args:
        table: of the study `elman1990`, in long form, with the setting `window`.
    """
    drawn = source(table)
    with sheet(9, 9) as figure:
        grid = figure.add_gridspec(3, 2, height_ratios=(3, 3, 4), width_ratios=(2, 3))
        draw_xor(figure.add_subplot(grid[0, 0]), drawn[drawn.metric == "squared error"])
        draw_letters(figure.add_subplot(grid[0, 1]), drawn[drawn.metric == "error"], "all features")
        draw_letters(
            figure.add_subplot(grid[1, :]), drawn[drawn.metric == "consonant error"], "“consonant” alone"
        )
        draw_words(figure.add_subplot(grid[2, :]), drawn[drawn.metric == "mean activity"])
        seeds = drawn[drawn.metric == "squared error"].seed.nunique()
        note = f"errors: {count(seeds, 'seed')}, bands: 95 % interval of the mean; words: one seed"
        return captioned(figure, f"backpropagation in windows of one step is Elman's rule; {note}")


def draw_xor(axes: Axes, table: pd.DataFrame) -> None:
    """The error at twelve successive positions."""
    found = table.assign(position=table.layer.astype(str).str.slice(0, 2).astype(int), value=table.value**0.5)
    for line, (colour, marker), window in windows(found):
        band(axes, line, colour, marker, window, against="position", bounds=AMOUNT)
    axes.axhline(0.5, color="black", linewidth=0.8, linestyle="--")
    axes.set(title="Exclusive or in time", xlabel="position, modulo 12", ylabel="RMS error", ylim=(0, 0.8))
    if len(found):
        axes.legend(fontsize=7, loc="upper right", ncols=2)


def windows(table: pd.DataFrame) -> list[tuple[pd.DataFrame, tuple[str, str], str]]:
    """The lines of a panel: one for every length of windows."""
    names = table.window.astype(str)
    found = sorted(names.unique(), key=lambda name: (len(name), name))
    pairs = zip(found, OTHERS, strict=False)
    return [(table[names == name], style, f"windows of {name}") for name, style in pairs]


def draw_letters(axes: Axes, table: pd.DataFrame, what: str) -> None:
    """The error of the first letters of a text, one seed's, since every seed reads another text."""
    one = table[table.seed == table.seed.min()]
    for line, (colour, marker), window in windows(one):
        places = line[line.layer.astype(str).str.slice(0, 2).astype(int) < FIRST].sort_values("layer")
        axes.plot(range(len(places)), places.value, color=colour, marker=marker, markersize=4, label=window)
        axes.set_xticks(range(len(places)), [name[-1] for name in places.layer.astype(str)], fontsize=8)
    axes.set(title=f"Letters: {what}", ylabel="RMS error", ylim=(0, None))
    if len(one):
        axes.set_ylim(0, 1.25 * one.value.max())
        axes.legend(fontsize=7, loc="upper right", ncols=2)


def draw_words(axes: Axes, table: pd.DataFrame) -> None:
    """Words, joined in the order in which their mean hidden activities lie together (average linkage)."""
    pairs = table.layer.astype(str).str.split(" ", expand=True)
    axes.set(title="Words by their mean hidden activity", ylabel="distance")
    if pairs.shape[1] != 2:
        return
    one = table.assign(word=pairs[0], unit=pairs[1].astype(int))
    one = one[one.seed == one.seed.min()]
    vectors = one.pivot_table(index="word", columns="unit", values="value")
    if len(vectors) < 2:
        return
    joined = linkage(vectors.to_numpy(), "average")
    dendrogram(
        joined, labels=list(vectors.index), ax=axes, color_threshold=0, above_threshold_color="#555555"
    )
    for label in axes.get_xticklabels():
        label.set(
            rotation_mode="anchor",
            rotation=60,
            fontsize=8,
            ha="right",
            color=COLOURS["v" if label.get_text() in VERBS else "n"],
        )
    apart = squareform(pdist(vectors.to_numpy())) + np.diag(np.full(len(vectors), np.inf))
    kind = vectors.index.isin(VERBS)
    alike = (
        f"{(kind[apart.argmin(axis=1)] == kind).sum()} of {len(kind)} words are nearest to one of their kind"
    )
    note = f"blue: nouns; orange: verbs\n{alike}"
    axes.text(0.99, 0.95, note, transform=axes.transAxes, fontsize=7, ha="right", va="top")
    axes.grid(axis="x", visible=False)
    axes.set_ylim(0, float(np.max(joined[:, 2])) * 1.05)
