"""Every rule beside the reference as a table that is printed: differences, a mark per seed, and what they show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from plausible.printing import words
from plausible.printing.names import shortest
from plausible.printing.table import Column, Table
from plausible.printing.words import count, number
from plausible.study.statistics import ALPHA

CELLS = 11  # characters of the line that the seeds stand on
ONE, SEVERAL, ZERO, EMPTY = "o", "O", "|", "-"


def shown(rows: pd.DataFrame, seeds: pd.DataFrame, title: str = "", whole: bool = True) -> Table:
    """The comparison as a table that is printed: accuracies in per cent, differences in points.

    Args:
        rows: of `plausible.report.paired.beside_reference`.
        seeds: of `seed_by_seed`, of the same runs.
        title: of the table.
        whole: whether a rule's own mean stands there, and the reference; else only what compares with it.
    """
    names = ["task", "rule"] if rows.task.nunique() > 1 else ["rule"]
    tested = bool(rows.p_holm.notna().any())
    own = ("n", "lost", "test [95 %]", "middle half of the seeds") if whole else ("pairs", "lost")
    less = f"less {' or '.join(rows.reference.unique())} [95 %]"
    known = "difference_both_low" in rows and bool(rows.difference_both_low.notna().any())
    heads = (*own, less, *(("over seeds and examples",) if known else ()))
    heads = (*heads, "seed by seed", "as good?", "sees at 80 %")
    heads = (*heads, *(("p Holm",) if tested else ()), "effect d", "better with probability")
    columns = [*(Column(name, words=True) for name in names), *map(Column, heads)]
    table = Table(title, columns, len(names), "; ".join(notes(rows)))
    spots = strips(seeds)
    called = {name: shortest(rows[name]) for name in names}
    records: Any = rows.to_dict("records")
    for row in records:
        if not whole and row["rule"] == row["reference"]:
            continue
        factor, form = unit(row)
        mine = [str(row["n"]), str(row["lost"]), span(row, ("mean", "low", "high"), factor, form)]
        mine.append(number(factor * row["iqm"], form))
        alone = np.isnan(row["lost_as"])
        cells = [
            *(mine if whole else [str(row["pairs"]), str(row["lost"])]),
            span(row, ("difference", "difference_low", "difference_high"), factor, "+" + form),
            *((ends(row, factor, form),) if known else ()),
            spots.get((row["task"], row["rule"], row["metric"]), words.NOTHING) if alone else words.NOTHING,
            row["as_good"] if isinstance(row["as_good"], str) else words.NOTHING,
            number(factor * row["detectable"], form),
            *((number(row["p_holm"], ".3f"),) if tested else ()),
            number(row["d"], "+.1f"),
            span(row, ("improvement", "improvement_low", "improvement_high"), 1, ".2f"),
        ]
        told = [called[name][row[name]] for name in names]
        if not alone:
            told[-1] += f", lost at {factor * row['lost_as']:.3g}"
        table.add(*told, *cells)
    return table


def unit(row: Mapping[str, Any]) -> tuple[float, str]:
    """By what the numbers of a row are multiplied when they are printed, and their form."""
    return (100, ".2f") if row["metric"] == "accuracy" else (1, ".3g")


def span(row: Mapping[str, Any], names: tuple[str, str, str], factor: float, form: str) -> str:
    """An estimate with the limits of its interval, in columns of these names."""
    mean, low, high = (factor * row[name] for name in names)
    return words.span(mean, low, high, form)


def ends(row: Mapping[str, Any], factor: float, form: str) -> str:
    """The ends of the interval of a difference over seeds and test examples; a dash where they are not known."""
    low, high = (factor * row[name] for name in ("difference_both_low", "difference_both_high"))
    return words.NOTHING if np.isnan(low) else f"[{low:{form}}, {high:{form}}]"


def strips(seeds: pd.DataFrame) -> dict[tuple[str, str, str], str]:
    """By task, rule and metric, the differences of all seeds as marks on a line, the same for all rules of a task.

    >>> import pandas as pd
    >>> from plausible.report.beside import strips
    >>> apart = {"task": "t", "rule": "r", "metric": "accuracy", "difference": [-0.10, -0.06, -0.05, -0.05]}
    >>> strips(pd.DataFrame(apart))
    {('t', 'r', 'accuracy'): 'o---oO----|'}
    """
    drawn = {}
    for (task, metric), mine in seeds.groupby(["task", "metric"], sort=False, observed=True):
        low, high = min(mine.difference.min(), 0.0), max(mine.difference.max(), 0.0)
        step = (high - low) / (CELLS - 1) or 1.0
        for rule, part in mine.groupby("rule", sort=False, observed=True):
            line = [EMPTY] * CELLS
            line[round(-low / step)] = ZERO
            places = [round((value - low) / step) for value in part.difference]
            for place in places:
                line[place] = ONE if places.count(place) == 1 else SEVERAL
            drawn[str(task), str(rule), str(metric)] = "".join(line)
    return drawn


def notes(rows: pd.DataFrame) -> list[str]:
    """What is said of the columns: the margin, why there is no p, and what luck does."""
    compared = rows[rows.difference.notna() & rows.lost_as.isna()]
    if not len(compared):
        return []
    margins = dict.fromkeys(
        f"{factor * row['margin']:g} {of_margin(factor, row)}"
        for row in records(compared)
        for factor in [unit(row)[0]]
    )
    told = [
        f"marks: {ONE} is a seed, {SEVERAL} several, {ZERO} no difference",
        f"as good: within ± {' or '.join(margins)}, by two one-sided t tests at 5 %{over_examples(compared)}",
        "sees: the difference that so many pairs see with a power of 80 %",
        *without_p(compared),
    ]
    least = int(compared.pairs.max())
    if least > 1:
        chance = float(compared[compared.pairs == least].luck.iloc[0])
        told.append(
            f"of two equal rules, all {count(least, 'seed')} of one beat all of the other by luck in "
            f"{100 * chance:.2g} % of cases"
        )
    return told


def over_examples(compared: pd.DataFrame) -> str:
    """That a verdict is over test examples, too, where it is."""
    known = "difference_both_low" in compared and bool(compared.difference_both_low.notna().any())
    return ", over seeds and examples" if known else ""


def of_margin(factor: float, row: Mapping[str, Any]) -> str:
    """The unit of a margin."""
    if factor == 1:
        return "of the normalised error"
    return "point" if row["margin"] == 1 / factor else "points"


def records(rows: pd.DataFrame) -> Sequence[Mapping[str, Any]]:
    """The rows as mappings."""
    found: Any = rows.to_dict("records")
    return found


def without_p(compared: pd.DataFrame) -> list[str]:
    """Why some rows have no p, in one line: none that their pairs allow would be small enough."""
    silent = compared[compared.p_holm.isna()]
    if not len(silent):
        return ["p: of the sign-flip test, corrected by Holm over the rules of a task"]
    row = silent.sort_values("p_smallest").iloc[0]
    of = f"the smallest of {count(int(row.pairs), 'pair')}, corrected over the rules of a task"
    return [f"no p, where none could be below {ALPHA:g}: {of}, is {row.p_smallest:.2g}"]
