"""The results in titles of figures: numbers by rule, in order, read from a table, so that a title changes with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

from plausible.study.statistics import mean_interval

NOTHING_YET = "Nothing done yet"
INCOMPLETE = "Not all runs are done yet"
NO_REFERENCE = "{}, the reference, has no run done here"
NOT_THESE = "Nothing can be drawn of these numbers"
PAIRED = "more, less: by 95 % intervals, paired by seed"
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


def told_apart(
    wrong: pd.DataFrame, reference: str, names: Mapping[str, str] = OWN, where: str = "", digits: int = 1
) -> str:
    """A finding: which rules err more than a reference, which less, and which cannot be told apart from it.

    A rule errs more or less where the 95 % interval of its difference from the reference, paired by seed, is without 0;
    the caption says so by `PAIRED`. Of one seed nothing is told apart.

    Args:
        wrong: errors in per cent with the columns `rule`, `seed` and `value`; several rows of a seed are averaged.
        reference: a rule in it.
        names: how rules are called, where not by their names.
        where: what comes first, such as "On digits".
        digits: of the numbers, behind the point.

    >>> import pandas as pd
    >>> from plausible.plotting.findings import told_apart
    >>> seeds = {"rule": ["bp"] * 3 + ["fa"] * 3, "seed": [0, 1, 2] * 2, "value": [2.0, 2.2, 2.4, 4.0, 4.3, 4.4]}
    >>> told_apart(pd.DataFrame(seeds), "bp", where="On digits")
    'On digits fa errs more than bp (2.2 %), by 2.0 points'
    """
    wide = wrong.pivot_table(index="seed", columns="rule", values="value", observed=True)
    if not len(wide.columns):
        return NOTHING_YET
    called = names.get(reference, reference)
    if reference not in wide:
        return NO_REFERENCE.format(called[:1].upper() + called[1:])
    places: dict[str, dict[str, float]] = {"more": {}, "less": {}, "alike": {}}
    for rule in wide.columns.drop(reference):
        apart = (wide[rule] - wide[reference]).dropna()
        if len(apart):
            found = mean_interval(apart.to_numpy())
            place = "more" if found.low > 0 else "less" if found.high < 0 else "alike"
            places[place][names.get(str(rule), str(rule))] = found.estimate
    if not any(places.values()):
        return INCOMPLETE
    beside = f"{called} ({wide[reference].mean():.{digits}f} %)"
    if len(wide) == 1:
        each = {**places["alike"], **places["more"], **places["less"]}
        told = listed(f"{name} {away:+.{digits}f}" for name, away in each.items())
        return f"{where} one seed tells nothing apart from {beside}: {told} points".strip()
    parts: list[str] = []
    for place in ("more", "less"):
        if of := dict(sorted(places[place].items(), key=lambda one: abs(one[1]))):
            by = between((abs(away) for away in of.values()), f".{digits}f")
            verb = "errs" if len(of) == 1 else "err"
            parts.append(f"{listed(of)} {verb} {place} than {called if parts else beside}, by {by} points")
    if of := places["alike"]:
        away = between(of.values(), f"+.{digits}f")
        than = f"{called} ({away} points)" if parts else f"{beside[:-1]}; {away} points)"
        parts.append(f"{listed(of)} cannot be told apart from {than}")
    return f"{where} {'; '.join(parts)}".strip()


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
