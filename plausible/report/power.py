"""How many seeds it takes to detect a difference, from how far the differences that were measured scatter."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import pandas as pd

from plausible.report.comparisons import Key, final_values
from plausible.report.paired import with_references
from plausible.study.designs import seeds_needed
from plausible.study.statistics import mean_interval


def beside_reference(
    table: pd.DataFrame,
    metric: str,
    reference: str,
    difference: float,
    wanted: float,
    lost: Collection[Key] = (),
) -> list[dict[str, Any]]:
    """Of every task and rule, how many seeds detect a `difference` from the reference, on the test split.

    Columns: task, rule; pairs; spread, the standard deviation of the paired differences; half, half the width of their
    95 % interval at so many pairs; seeds, how many detect the difference with the power `wanted`, None if more than
    `plausible.study.designs.MOST` do not. Spread, half and seeds are None with fewer than two pairs.
    """
    rows = []
    for task, values in final_values(table, metric, "test", lost).items():
        theirs = values.get(reference)
        for rule, mine in values.items():
            if rule == reference or theirs is None:
                continue
            apart = (mine - theirs).dropna().to_numpy()
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
