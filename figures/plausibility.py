"""Rules and the criticisms of backpropagation that they answer: what was measured, and where claims are otherwise."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from plausible.plotting.frame import captioned, sheet

COLOURS = {  # of a colour-blind safe palette; what is there is dark
    "present": "#D55E00",
    "partly": "#E9C46A",
    "removed": "#009E73",
    "untraceable": "#7F7F7F",
    "not applicable": "#EDEDED",
}
INK = {"present": "white", "removed": "white", "untraceable": "white"}
CLAIMED, SAID = "black", "#0072B2"  # the rings around cells of which something else is claimed, or published


def source(table: pd.DataFrame) -> pd.DataFrame:
    """All of the table but what did not end."""
    done = table[table.status == "done"]
    return done[["rule", "criticism", "verdict", "value", "claimed", "agrees", "literature", "explained"]]


def draw(table: pd.DataFrame) -> Figure:
    """A cell for each rule and criticism: the verdict as a colour, with its number.

    Args:
        table: of `studies/plausibility.py`.
    """
    drawn = source(table)
    rules = sorted(drawn.rule.unique(), key=lambda rule: (len(gone(drawn, rule)), rule))
    criticisms = list(dict.fromkeys(drawn.criticism))
    with sheet(9, 2.2 + 0.2 * max(len(rules), 1)) as figure:
        axes = figure.subplots()
        for row in drawn.itertuples():
            cell(axes, criticisms.index(row.criticism), rules.index(row.rule), row)
        axes.set_xlim(-0.5, max(len(criticisms), 1) - 0.5)
        axes.set_ylim(-0.5, max(len(rules), 1) - 0.5)
        axes.set_xticks(range(len(criticisms)), criticisms, rotation=40, ha="left", fontsize=7)
        axes.xaxis.tick_top()
        axes.set_yticks(range(len(rules)), rules, fontsize=7)
        axes.tick_params(length=0)
        for side in axes.spines.values():
            side.set_visible(False)
        axes.grid(visible=False)
        axes.legend(
            handles=legend(), loc="upper center", bbox_to_anchor=(0.4, 0), ncols=4, fontsize=7, frameon=False
        )
        return captioned(
            figure,
            "numbers are dimensions, phases, sizes of moves and counts: `plausible audit RULE` tells which",
        )


def gone(drawn: pd.DataFrame, rule: str) -> pd.DataFrame:
    """The criticisms that a rule removes."""
    return drawn[(drawn.rule == rule) & (drawn.verdict == "removed")]


def cell(axes: Axes, x: int, y: int, row: object) -> None:
    """One cell."""
    verdict, value = str(getattr(row, "verdict", "")), getattr(row, "value", None)
    axes.fill(
        [x - 0.46, x + 0.46, x + 0.46, x - 0.46],
        [y - 0.42, y - 0.42, y + 0.42, y + 0.42],
        color=COLOURS.get(verdict, "white"),
        linewidth=0,
    )
    if value is not None and pd.notna(value) and verdict in ("present", "partly"):
        axes.text(
            x, y, short(float(value)), ha="center", va="center", fontsize=5, color=INK.get(verdict, "black")
        )
    said = str(getattr(row, "literature", "") or "")
    other = said and any(not part.strip().startswith(verdict) for part in said.split(";"))
    for ring, colour, size in ((not getattr(row, "agrees", True), CLAIMED, 9), (other, SAID, 12)):
        if ring:
            axes.plot(
                x, y, "o", markersize=size, markerfacecolor="none", markeredgecolor=colour, markeredgewidth=1
            )


def short(value: float) -> str:
    """A number in a few characters."""
    return f"{value:.0f}" if value >= 9.95 or value == round(value) else f"{value:.1f}"


def legend() -> list[Patch | Line2D]:
    """What colours and rings mean."""
    colours: list[Patch | Line2D] = [Patch(facecolor=colour, label=name) for name, colour in COLOURS.items()]
    rings = ((CLAIMED, "claimed to be removed, and explained"), (SAID, "said otherwise in the literature"))
    shown = {"linestyle": "none", "marker": "o", "markerfacecolor": "none"}
    return [
        *colours,
        *(Line2D([], [], markeredgecolor=colour, label=text, **shown) for colour, text in rings),
    ]
