"""Structure found in time [elman1990]: errors by position, letter by letter, and the words' clusters."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.cluster.hierarchy import dendrogram, linkage
from scipy.spatial.distance import pdist, squareform

from plausible.plotting.findings import INCOMPLETE, listed
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.panels import band, not_run, spread
from plausible.plotting.style import BLUE, DARK, OTHERS, VERMILLION
from plausible.printing.words import count
from plausible.study.statistics import AMOUNT

METRICS = ("squared error", "error", "consonant error", "mean activity")
FIRST = 30  # letters that are drawn one by one
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
    with sheet(COLUMN, 6.4) as figure:
        grid = figure.add_gridspec(4, 1, height_ratios=(3, 3, 3, 8))
        xor, letters, consonants, words = (figure.add_subplot(grid[n]) for n in range(4))
        draw_xor(xor, drawn[drawn.metric == "squared error"])
        draw_letters(letters, drawn[drawn.metric == "error"], "all features")
        draw_letters(consonants, drawn[drawn.metric == "consonant error"], "“consonant” alone")
        alike = draw_words(words, drawn[drawn.metric == "mean activity"])
        seeds = drawn[drawn.metric == "squared error"].seed.nunique()
        note = f"errors: {count(seeds, 'seed')}, {spread(seeds)}; letters and words: one seed"
        caption = (
            f"backpropagation in windows of one step is Elman's rule; {note}; blue: nouns; orange: verbs"
        )
        return finished(figure, finding(drawn, alike), caption, xor)


def finding(drawn: pd.DataFrame, alike: str) -> str:
    """How words cluster, and the error at the third of three bits, which alone can be foretold."""
    bits = drawn[drawn.metric == "squared error"]
    place = bits.layer.astype(str).str.slice(0, 2).astype(int)
    told = (bits[place % 3 == 1].groupby(bits.window.astype(str)).value.mean() ** 0.5).sort_values()
    others = bits[place % 3 != 1].value.mean() ** 0.5
    if not alike or not len(told):
        return INCOMPLETE
    by = listed(f"{error:.2f} in windows of {window}" for window, error in told.items())
    return f"{alike}; the bit that can be foretold has an RMS error of {by}, the others {others:.2f}"


def draw_xor(axes: Axes, table: pd.DataFrame) -> None:
    """The error at twelve successive positions."""
    found = table.assign(position=table.layer.astype(str).str.slice(0, 2).astype(int), value=table.value**0.5)
    for line, (colour, marker), window in windows(found):
        band(axes, line, colour, marker, window, against="position", bounds=AMOUNT)
    axes.axhline(0.5, color="black", linewidth=0.5, linestyle="--")
    axes.set(title="Exclusive or in time", xlabel="position, modulo 12", ylabel="RMS error")
    axes.set_ylim(bottom=0)
    not_run(axes, table)


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
        axes.plot(range(len(places)), places.value, color=colour, marker=marker, label=window)
        axes.set_xticks(range(len(places)), [name[-1] for name in places.layer.astype(str)])
    axes.set(title=f"Letters: {what}", ylabel="RMS error")
    axes.set_ylim(bottom=0)
    not_run(axes, table)


def draw_words(axes: Axes, table: pd.DataFrame) -> str:
    """Words, joined in the order in which their mean hidden activities lie together (average linkage).

    Returns how many are nearest to one of their kind; "" without words.
    """
    pairs = table.layer.astype(str).str.split(" ", expand=True)
    axes.set(title="Words by their mean hidden activity", xlabel="distance")
    not_run(axes, table)
    if pairs.shape[1] != 2:
        return ""
    one = table.assign(word=pairs[0], unit=pairs[1].astype(int))
    one = one[one.seed == one.seed.min()]
    vectors = one.pivot_table(index="word", columns="unit", values="value")
    vectors = vectors.fillna(vectors.mean())  # a unit that was not measured for a word tells it from no other
    if len(vectors) < 2:
        return ""
    joined = linkage(vectors.to_numpy(), "average")
    words = list(vectors.index)
    dendrogram(
        joined, labels=words, ax=axes, orientation="left", color_threshold=0, above_threshold_color=DARK
    )
    for lines in axes.collections:
        lines.set_linewidth(0.7)
    for label in axes.get_yticklabels():
        label.set(fontsize=6, color=VERMILLION if label.get_text() in VERBS else BLUE)
    apart = squareform(pdist(vectors.to_numpy())) + np.diag(np.full(len(vectors), np.inf))
    kind = vectors.index.isin(VERBS)
    axes.grid(axis="y", visible=False)
    axes.set_xlim(float(np.max(joined[:, 2])) * 1.05, 0)
    near = (kind[apart.argmin(axis=1)] == kind).sum()
    return f"{near} of {len(kind)} words are nearest to one of their kind, noun or verb"
