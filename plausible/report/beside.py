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
    return [
        f"marks: {ONE} is a seed, {SEVERAL} several, {ZERO} no difference",
        f"as good: within ± {' or '.join(margins)}, by two one-sided t tests at 5 %{over_examples(compared)}",
        "sees: the difference that so many pairs see with a power of 80 %",
        *without_p(compared),
        *by_luck(compared),
    ]


def by_luck(compared: pd.DataFrame) -> list[str]:
    """How often all seeds of one of two equal rules beat all of the other, for each number of seeds that a task has.

    Where tasks differ in it, each number stands with its tasks.
    """
    most = compared[compared.pairs == compared.groupby("task", observed=True).pairs.transform("max")]
    most = most[most.pairs > 1].sort_values("pairs", ascending=False, kind="stable")
    told = []
    for pairs, rows in most.groupby("pairs", sort=False):
        chance = f"by luck in {100 * float(rows.luck.iloc[0]):.2g} % of cases"
        tasks = "" if most.pairs.nunique() == 1 else f" on {' and '.join(dict.fromkeys(map(str, rows.task)))}"
        told.append(f"all {count(int(str(pairs)), 'seed')} of one beat all of the other {chance}{tasks}")
    return [f"of two equal rules, {', and '.join(told)}"] if told else []


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
    """What p is, if a row has one; and why some rows have none: none that their pairs allow would be small enough."""
    silent = compared[compared.p_holm.isna()].sort_values(["pairs", "p_smallest"], ascending=[False, True])
    told = ["p: of the sign-flip test, corrected by Holm over the rules of a task"]
    if not len(silent):
        return told
    of = [
        f"of {count(int(pairs), 'pair')}{', corrected over the rules of a task,' * (not place)} is {p:.2g}"
        for place, (pairs, p) in enumerate(
            silent.drop_duplicates("pairs")[["pairs", "p_smallest"]].to_numpy()
        )
    ]
    why = f"no p, where none could be below {ALPHA:g}: the smallest {', '.join(of)}"
    return [*(told if len(silent) < len(compared) else []), why]
