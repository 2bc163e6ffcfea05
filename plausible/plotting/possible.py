"""What figures leave out of a table, and how they tell of it: numbers that cannot be, such as an accuracy above 1.

What a number can be follows from its metric; of other columns from their names. Each kind that was left out is told on
the picture and in one line: how many, what was expected, and the first of them with the place where it stands.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_float_dtype, is_numeric_dtype

from plausible.printing.words import count, visible
from plausible.study.statistics import AMOUNT, ANY, DEGREES, PERCENT, SHARE, Bounds, bounds_of

LARGEST = 1e100  # of what is drawn: the squares of much larger numbers are infinite
ROUNDING = 1e-6  # how far a cosine lies outside of -1 to 1
COSINE: Bounds = (-1 - ROUNDING, 1 + ROUNDING)
SCORE: Bounds = (-math.inf, 1.0)  # accuracies, or 1 less an error
RANGES: Sequence[tuple[str, Bounds]] = (  # of metrics that only some studies have
    ("(start )?recovered by .*|(best )?share (right|in .*)|accuracy while .*|p of .*", SHARE),
    ("solved|reached|remembered|legal|accepted|hits|read out|told by .*|chance", SHARE),
    ("right trials", PERCENT),
    ("angle to .*", DEGREES),
    ("cosine|update cosine|correlation|target alignment", COSINE),
    ("loss|error|error left|rate|weights|latency|learning time|reconstruction|completion", AMOUNT),
    ("(squared|letter|consonant|trial) error|(gradient )?distance|.* needed|.* to criterion", AMOUNT),
)
TRIALS = ("score", "best_of_k", "low", "high", "final")  # the columns of a table of trials that are scores
OPTION = re.compile(r"(task|rule|optimiser|init|network|activation)_")  # how the columns of options begin
PLACE = ("task", "rule", "seed", "epoch", "layer", "trial")  # the columns that say where a number stands
LONGEST = 40  # characters of a name that are told
TOLD = 3  # kinds that are told one by one


class LeftOut(NamedTuple):
    """Numbers of one kind that a figure leaves out."""

    what: str  # a metric, or a column
    number: int
    expected: str
    first: float
    where: str  # the first of them stands

    def __str__(self) -> str:
        numbers = count(self.number, "number")
        return f"{numbers} of {self.what}, expected {self.expected}: {self.first:g} at {self.where}"


def told(left: Sequence[LeftOut]) -> str:
    """What was left out, in one line; "" if nothing was."""
    more = f"; and numbers of {count(len(left) - TOLD, 'other kind')}" if len(left) > TOLD else ""
    return f"left out: {'; '.join(map(str, left[:TOLD]))}{more}" if left else ""


def possible(table: pd.DataFrame) -> tuple[pd.DataFrame, list[LeftOut]]:
    """A table with the numbers that can be, and what was left out of it.

    Measurements that cannot be, in the column `value` of rows with a `metric`, lose their rows; in other columns NaN
    takes the place of a number that cannot be. Rows of runs that did not end well stay as they are.

    >>> import pandas as pd
    >>> from plausible.plotting.possible import possible, told
    >>> runs = pd.DataFrame({"rule": ["fa", "dfa"], "metric": "accuracy", "value": [0.9, 1e302], "status": "done"})
    >>> kept, left = possible(runs)
    >>> kept.rule.tolist(), told(left)
    (['fa'], 'left out: 1 number of accuracy, expected from 0 to 1: 1e+302 at rule dfa')
    """
    left: list[LeftOut] = []
    for name in [name for name in table if is_float_dtype(table[name]) and not OPTION.match(str(name))]:
        bounds = SCORE if name in TRIALS and "best_of_k" in table else ANY
        if name != "value" or "metric" not in table:
            outside = beyond(table, str(name), bounds)
            if len(outside):
                left.append(left_out(str(name), outside, str(name), bounds))
                table = table.assign(**{str(name): table[name].drop(outside.index).reindex(table.index)})
    if not {"metric", "value", "status"} <= {*table} or not is_numeric_dtype(table.value):
        return table, left
    whole, places = table, np.flatnonzero(table.status == "done")
    # two columns alone, as a table may have seventy
    numbers = table[["metric", "value"]].iloc[places].set_axis(places)
    for metric, values in numbers.groupby("metric", observed=True, sort=False)["value"]:
        away = is_beyond(values, ranged(str(metric)))
        if away.any():
            outside = whole.iloc[values.index[away]]
            left.append(left_out(str(metric), outside, "value", ranged(str(metric))))
            table = table.drop(outside.index)
    return table, left


def beyond(rows: pd.DataFrame, column: str, bounds: Bounds) -> pd.DataFrame:
    """The rows whose number in a column lies outside of bounds, or is larger than any that is drawn; none of NaN."""
    away = is_beyond(rows[column], bounds)
    return rows[away] if away.any() else rows[:0]


def is_beyond(numbers: pd.Series[float], bounds: Bounds) -> NDArray[np.bool_]:
    """Which of several numbers lie there."""
    values, (low, high) = numbers.to_numpy(float), bounds
    return (values < max(low, -LARGEST)) | (values > min(high, LARGEST))


def left_out(what: str, outside: pd.DataFrame, column: str, bounds: Bounds) -> LeftOut:
    """The rows that were left out, told."""
    (low, high), first = bounds, outside.iloc[0]
    ends = [f"{max(low, -LARGEST):g}", f"{min(high, LARGEST):g}"]
    expected = f"at least {ends[0]}" if bounds == AMOUNT else f"at most {ends[1]}" if bounds == SCORE else ""
    expected = expected or f"from {' to '.join(ends)}"
    where = (
        f"{name} {shown(first[name])}"
        for name in PLACE
        if name in outside and pd.notna(first[name]) and first[name] != ""
    )
    return LeftOut(visible(what), len(outside), expected, float(first[column]), ", ".join(where) or "row 1")


def shown(cell: object) -> str:
    """A cell in one short word."""
    text = f"{cell:g}" if isinstance(cell, float) else visible(str(cell))
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def ranged(metric: str) -> Bounds:
    """The bounds of a metric, also of one that only some studies have."""
    known = (bounds for pattern, bounds in RANGES if re.fullmatch(pattern, metric))
    return next(known, bounds_of(metric))
