"""Rules and the criticisms of backpropagation that they answer: what was measured, and where claims are otherwise."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from plausible.plotting.findings import NOTHING_YET, listed
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.panels import not_run
from plausible.plotting.style import BLACK, BLUE, GREEN, GREY, ORANGE, PALE, VERMILLION
from plausible.printing.words import count

COLOURS = {  # what is there is dark
    "present": VERMILLION,
    "partly": ORANGE,
    "removed": GREEN,
    "untraceable": GREY,
    "not applicable": PALE,
}


def source(table: pd.DataFrame) -> pd.DataFrame:
    """All of the table but what did not end."""
    done = table[table.status == "done"]
    return done[["rule", "criticism", "verdict", "value", "claimed", "agrees", "literature", "explained"]]


def draw(table: pd.DataFrame) -> Figure:
    """A cell for each rule and criticism: the verdict as a colour, with a ring where something else is said.

    Args:
        table: of `studies/plausibility.py`.
    """
    drawn = source(table)
    removed = drawn[drawn.verdict == "removed"].groupby("rule").size()
    rules = sorted(drawn.rule.unique(), key=lambda rule: (-removed.get(rule, 0), rule))
    criticisms = list(dict.fromkeys(drawn.criticism))
    with sheet(COLUMN, 0.9 + 0.108 * max(len(rules), 1)) as figure:
        axes = figure.subplots()
        verdicts = drawn.pivot_table(index="rule", columns="criticism", values="verdict", aggfunc="first")
        if len(rules):
            draw_cells(axes, verdicts.reindex(index=rules, columns=criticisms))
            draw_rings(axes, drawn, rules, criticisms)
        not_run(axes, drawn)
        caption = (
            f"{count(len(rules), 'rule')}, most removed on top; one audit each, n = 1; what was measured in each cell: "
            "`plausible audit RULE`"
        )
        return finished(figure, finding(drawn), caption, axes)


def finding(drawn: pd.DataFrame) -> str:
    """Which rule removes most criticisms, and which criticisms no rule removes."""
    gone = drawn[drawn.verdict == "removed"]
    if not len(gone):
        return NOTHING_YET
    most = gone.groupby("rule").size().sort_index().sort_values(kind="stable")
    best = most[most == most.max()].index
    left = [name for name in dict.fromkeys(drawn.criticism) if not (gone.criticism == name).any()]
    more = f" and {len(best) - 1} more" if len(best) > 1 else ""
    return (
        f"No rule removes more than {most.max()} of {drawn.criticism.nunique()} criticisms "
        f"({best[0]}{more}); removed by "
        f"none: {listed(left) or 'none'}"
    )


def draw_cells(axes: Axes, verdicts: pd.DataFrame) -> None:
    """The verdicts as colours, with names of rules at the left and criticisms on top."""
    names = list(COLOURS)
    numbers = verdicts.map(lambda verdict: names.index(verdict) if verdict in names else np.nan)
    colours = ListedColormap(list(COLOURS.values()))
    axes.imshow(numbers.to_numpy(float), cmap=colours, vmin=-0.5, vmax=len(names) - 0.5, aspect="auto")
    for name, colour in COLOURS.items():
        if (verdicts == name).to_numpy().any():
            axes.plot([], [], "s", color=colour, markersize=4, label=name)
    axes.set_xticks(range(len(verdicts.columns)), list(verdicts.columns), rotation=90)
    axes.set_yticks(range(len(verdicts.index)), list(verdicts.index))
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.grid(visible=False)
    for edge in range(1, len(verdicts.columns)):
        axes.axvline(edge - 0.5, color="white", linewidth=0.6)
    for edge in range(1, len(verdicts.index)):
        axes.axhline(edge - 0.5, color="white", linewidth=0.4)


def draw_rings(axes: Axes, drawn: pd.DataFrame, rules: list[str], criticisms: list[str]) -> None:
    """Rings around cells of which a rule claims something else, and of which something else is published."""
    said = drawn.literature.fillna("").astype(str)
    other = [
        bool(text) and any(not part.strip().startswith(verdict) for part in text.split(";"))
        for text, verdict in zip(said, drawn.verdict, strict=True)
    ]
    for chosen, colour, size, label in (
        (~drawn.agrees.astype(bool), BLACK, 3.0, "claimed to be removed, and explained"),
        (pd.Series(other, drawn.index, dtype=bool), BLUE, 4.6, "said otherwise in the literature"),
    ):
        mine = drawn[chosen]
        places = (
            [criticisms.index(name) for name in mine.criticism],
            [rules.index(rule) for rule in mine.rule],
        )
        axes.plot(*places, "o", color=colour, markersize=size, fillstyle="none", label=label)
