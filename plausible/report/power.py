"""How many seeds it takes to see a difference, from how far the differences that were measured scatter."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import pandas as pd

from plausible.errors import require_number
from plausible.report.paired import Key, final_values, with_references
from plausible.study.statistics import Level, mean_interval

MOST = 10_000  # seeds; above it nobody runs a study, and the search ends


def power(seeds: int, difference: float, spread: float, level: Level = 0.95) -> float:
    """The chance that a two-sided paired t test at `level` tells `difference` from 0: of noncentral t [cohen1988].

    Args:
        seeds: pairs, two or more.
        difference: the true mean of the paired differences.
        spread: their standard deviation, in the same unit.
        level: 1 less the size of the test.
    """
    from scipy.stats import nct, t

    limit = float(t.ppf((1 + level) / 2, seeds - 1))
    if spread == 0:
        return float(difference != 0)
    shift = abs(difference) / spread * seeds**0.5
    above, below = nct.sf(limit, seeds - 1, shift), nct.cdf(-limit, seeds - 1, shift)
    return float(above + (0 if np.isnan(below) else below))


def seeds_needed(difference: float, spread: float, wanted: float = 0.8, level: Level = 0.95) -> int | None:
    """The fewest seeds, at least two, whose `power` is `wanted`; None if `MOST` are too few.

    Raises:
        BadInput: for a difference that is not positive, or a wanted power or level outside (0, 1).
    """
    require_number("the difference to be seen", difference, open_low=True)
    require_number("the power", wanted, 0.05, 0.999)
    require_number("the level of the test", level, 0.5, 0.9999)
    require_number("the spread of the differences", spread)
    low, high = 2, 2
    while power(high, difference, spread, level) < wanted:
        low, high = high + 1, 2 * high
        if low > MOST:
            return None
    while low < high:  # power rises with the number of seeds
        middle = (low + high) // 2
        low, high = (
            (low, middle) if power(middle, difference, spread, level) >= wanted else (middle + 1, high)
        )
    return low


def beside_reference(
    table: pd.DataFrame,
    metric: str,
    reference: str,
    difference: float,
    wanted: float,
    lost: Collection[Key] = (),
) -> list[dict[str, Any]]:
    """Of every task and rule, what its seeds can see of a `difference` from the reference, on the test split.

    Columns: task, rule; pairs; spread, the standard deviation of the paired differences; half, half the width of their
    95 % interval (Student's t) at so many pairs; seeds, how many see the difference with the power `wanted`, None if
    more than `MOST` do not. Spread, half and seeds are None with fewer than two pairs.
    """
    rows = []
    for task, values in final_values(table, metric, "test", lost).items():
        theirs = values.get(reference)
        for rule, mine in values.items():
            if rule == reference or theirs is None:
                continue
            apart = (mine - theirs)[np.isfinite(mine - theirs)]
            row: dict[str, Any] = {"task": task, "rule": rule, "pairs": len(apart)}
            row |= dict.fromkeys(("spread", "half", "seeds"))
            if len(apart) > 1:
                spread = float(apart.std(ddof=1))
                _, low, high, _ = mean_interval(apart)
                row |= {
                    "spread": spread,
                    "half": (high - low) / 2,
                    "seeds": seeds_needed(difference, spread, wanted),
                }
            rows.append(row)
    return rows


def of_study(
    table: pd.DataFrame, difference: float, wanted: float, own: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """`beside_reference` for a study's long table: accuracies in points, other scores as they are, for each reference.

    A setting that the study varies becomes a part of the task's name, as in its report. `own` are the rules that are
    the reference in a user's own network (`plausible.report.paired.own_references`).
    """
    rows = []
    for metric, reference, mine in with_references(table, own):
        factor = 100.0 if metric == "accuracy" else 1.0
        scaled = mine.assign(value=factor * mine.value)
        rows += beside_reference(scaled, metric, reference, difference, wanted)
    return rows
