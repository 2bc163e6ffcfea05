"""Rules and the criticisms of backpropagation that they answer: what was measured, and where claims are otherwise."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse

from plausible.plotting.findings import NOTHING_YET, listed
from plausible.plotting.frame import COLUMN, PAGE, SMALL, finished, sheet
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
UNITS = {  # of the number in a cell
    "weight transport": "ratio",
    "exact derivatives": "ratio",
    "non-local error": "layers",
    "separate phases": "passes",
    "update locking": "ratio",
    "target at the output": "rank",
    "continuous values": "values",
    "synchronised steps": "products",
    "storage in time": "ratio",
    "signed synapses": "neurons",
    "one-to-one units": "layers",
    "extra state": "per weight",
}


ROUNDING = 1e-9  # what is less is 0, as it was computed
MOST = 60  # rules that fit on a page, one below the other; more of them stand in two columns, across the page


def source(table: pd.DataFrame) -> pd.DataFrame:
    """All of the table but what did not end."""
    done = table[table.status == "done"]
    return done[["rule", "criticism", "verdict", "value", "claimed", "agrees", "literature", "explained"]]


def draw(table: pd.DataFrame) -> Figure:
    """A cell for each rule and criticism: the verdict as a colour, what was measured as a number, and rings.

    Args:
        table: of `studies/plausibility.py`.
    """
    drawn = source(table)
    removed = drawn[drawn.verdict == "removed"].groupby("rule").size()
    rules = sorted(drawn.rule.unique(), key=lambda rule: (-removed.get(rule, 0), rule))
    criticisms = list(dict.fromkeys(drawn.criticism))
    panels = 1 if len(rules) <= MOST else 2
    rows = -(-max(len(rules), 1) // panels)
    with sheet(COLUMN if panels == 1 else PAGE, 0.9 + 0.116 * rows) as figure:
        parts = list(figure.subplots(1, panels, squeeze=False).flat)
        for axes, first in zip(parts, range(0, panels * rows, rows), strict=True):
            some = rules[first : first + rows]
            if some:
                draw_part(axes, drawn[drawn.rule.isin(some)], some, criticisms, rows)
            not_run(axes, drawn)
        caption = (
            f"{count(len(rules), 'rule')}, most removed on top; one audit each, n = 1. The number in a cell was "
            "measured, to one digit (.0: above 0, though below .05; e2: some 100; none: it cannot be told). Ratio: how "
            "far a change moves under intervention, in its own size; of rules of spikes, the slopes that they use. "
            "Else a count. A verdict rests on more than its number, so that a 0 may be there in part; in words: "
            "`plausible audit RULE`"
        )
        return finished(figure, finding(drawn), caption, *parts)


def draw_part(axes: Axes, drawn: pd.DataFrame, rules: list[str], criticisms: list[str], rows: int) -> None:
    """A panel of some rules, with room for so many rows."""
    verdicts = drawn.pivot_table(index="rule", columns="criticism", values="verdict", aggfunc="first")
    draw_cells(axes, verdicts.reindex(index=rules, columns=criticisms))
    draw_numbers(axes, drawn, rules, criticisms)
    draw_rings(axes, drawn, rules, criticisms)
    axes.set_ylim(rows - 0.5, -0.5)


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
        f"({best[0]}{more}); "
        + (f"no rule removes {listed(left)}" if left else "each is removed by some rule")
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
    axes.set_xticks(range(len(verdicts.columns)), [titled(name) for name in verdicts.columns], rotation=90)
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
        (~drawn.agrees.astype(bool), BLACK, 0.84, "claimed to be removed, and explained"),
        (pd.Series(other, drawn.index, dtype=bool), BLUE, 0.98, "said otherwise in the literature"),
    ):
        for criticism, rule in zip(drawn.criticism[chosen], drawn.rule[chosen], strict=True):
            place = criticisms.index(criticism), rules.index(rule)
            axes.add_patch(Ellipse(place, size, size, fill=False, edgecolor=colour, linewidth=0.9))
        axes.plot([], [], "o", color=colour, markersize=5, fillstyle="none", label=label)


def draw_numbers(axes: Axes, drawn: pd.DataFrame, rules: list[str], criticisms: list[str]) -> None:
    """The number that was measured in each cell."""
    for rule, criticism, value in drawn[["rule", "criticism", "value"]].itertuples(index=False):
        place = criticisms.index(criticism), rules.index(rule)
        text = axes.text(*place, short(value), ha="center", va="center_baseline", fontsize=SMALL, color=BLACK)
        text.set_in_layout(False)  # it needs no room of its own, and there are hundreds


def short(value: float | None) -> str:
    """A number in two characters, to one digit, or its power of ten from 100 on; "" for none.

    >>> [short(value) for value in (None, 2e-16, 0.0372, 0.37, 0.97, 1.24, 20.0, 1234.0)]
    ['', '0', '.0', '.4', '1', '1', '20', 'e3']
    """
    if value is None or not np.isfinite(value):
        return ""
    if abs(value) >= 99.5:
        return f"e{np.log10(abs(value)):.0f}"
    if abs(value) < ROUNDING:
        return "0"
    return f"{value:.0f}" if abs(value) >= 0.95 else f"{value:.1f}".replace("0.", ".")


def titled(criticism: str) -> str:
    """A criticism, and what its number counts."""
    return f"{criticism} ({UNITS[criticism]})" if criticism in UNITS else criticism
