"""What is drawn in the place of a figure whose table has nothing to draw, or numbers that no figure can be drawn of."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
from matplotlib.figure import Figure
from pandas.api.types import is_numeric_dtype

from plausible.errors import BadInput, first_line
from plausible.plotting.findings import NOT_THESE, NOTHING_YET
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.possible import TRIALS
from plausible.plotting.style import label, labelled


def picture(
    draws: Callable[[pd.DataFrame], Figure], kept: pd.DataFrame, table: pd.DataFrame
) -> tuple[Figure, str]:
    """The figure of what was kept of a table, or a sheet in its place, and what to say of that; "" for a figure.

    Raises whatever drawing raises if numbers are not to blame: if other numbers in their place are not drawn, either.
    """
    if not len(kept):
        return empty(table), ""
    try:
        return draws(labelled(kept)), ""
    except Exception as error:
        if not drawn_of_others(draws, kept):
            raise
        reason = (
            first_line(error)
            if isinstance(error, BadInput)
            else f"{type(error).__name__}: {first_line(error)}"
        )
    told = f"{reason}; given: {ranges(kept)}"
    with sheet(COLUMN, 0.3) as figure:
        return finished(figure, NOT_THESE, label(told)), f"nothing can be drawn of its numbers ({reason})"


def empty(table: pd.DataFrame) -> Figure:
    """What is drawn of a table without anything to draw, whatever its figure: that it is so, and how its runs ended."""
    there = {"status", "key"} <= {*table}
    runs = table.drop_duplicates("key").status.value_counts() if there else pd.Series(dtype=int)
    told = ", ".join(f"{number} {how}" for how, number in runs.items())
    with sheet(COLUMN, 0.3) as figure:
        return finished(
            figure, NOTHING_YET, f"no run that ended well has a number in this table; runs: {told or 'none'}"
        )


def drawn_of_others(draws: Callable[[pd.DataFrame], Figure], table: pd.DataFrame) -> bool:
    """Whether the figure can be drawn with halves in the place of all measurements and scores."""
    numbers = [name for name in ("value", *TRIALS) if name in table and is_numeric_dtype(table[name])]
    try:
        draws(labelled(table.assign(**dict.fromkeys(numbers, 0.5))))
    except Exception:
        return False
    return bool(numbers)


def ranges(table: pd.DataFrame) -> str:
    """From where to where the numbers of a table reach, metric by metric, in words."""
    parts = table.groupby("metric", observed=True, sort=False) if "metric" in table else [("value", table)]
    found = ((str(name), rows["value"].dropna()) for name, rows in parts if "value" in rows)
    return "; ".join(f"{name} from {one.min():g} to {one.max():g}" for name, one in found if len(one))
