"""The results in titles of figures: numbers by rule, in order, read from a table, so that a title changes with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

NOTHING_YET = "Nothing done yet"
INCOMPLETE = "Not all runs are done yet"
NO_REFERENCE = "{}, the reference, has no run done here"
NOT_THESE = "Nothing can be drawn of these numbers"
OWN: Mapping[str, str] = MappingProxyType({})  # names: the rules' own


def ends(table: pd.DataFrame, *more: str) -> pd.DataFrame:
    """The rows of each run's last epoch; runs differ in task, rule, seed and `more`."""
    runs = [name for name in ("task", "rule", "seed", *more) if name in table]
    return table[table.epoch == table.groupby(runs, observed=True).epoch.transform("max")]


def by_rule(table: pd.DataFrame, metric: str, split: str = "") -> pd.Series[float]:
    """The mean of a metric at the end of runs, by rule, in ascending order."""
    found = table[table.metric == metric]
    found = ends(found[found["split"] == split] if split and "split" in found else found)
    return found.groupby("rule", observed=True).value.mean().dropna().sort_values()


def errors(table: pd.DataFrame, split: str) -> pd.Series[float]:
    """The mean error in per cent at the end of runs, by rule, the least one first."""
    return (100 * (1 - by_rule(table, "accuracy", split))).sort_values()


def said(values: pd.Series[float], unit: str, names: Mapping[str, str] = OWN, digits: int = 1) -> str:
    """Names with their numbers: `A 1.5 %, B 2.0 % and C 7.1 %`; a name that is not in `names` is its own."""
    return listed(f"{names.get(str(name), name)} {value:.{digits}f}{unit}" for name, value in values.items())


def listed(words: Iterable[str]) -> str:
    """`a, b and c`."""
    found = list(words)
    return " and ".join(filter(None, [", ".join(found[:-1]), *found[-1:]]))


def between(values: Iterable[float], form: str) -> str:
    """`1 to 3`: the least and the largest number; one of them, if they are written alike."""
    numbers = np.asarray([*values], float)
    low, high = f"{numbers.min():{form}}", f"{numbers.max():{form}}"
    return low if low == high else f"{low} to {high}"


def slope(x: Iterable[float], y: Iterable[float]) -> float:
    """The least squares slope of log y against log x, of positive numbers; NaN for fewer than two places."""
    across, up = (np.log(np.asarray([*values], float)) for values in (x, y))
    return float(np.polyfit(across, up, 1)[0]) if len({*across}) > 1 else float("nan")
