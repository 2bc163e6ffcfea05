"""Rules beside the reference at equal compute: what they had reached by the multiply-adds that its run took."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from plausible.probes.cost import MULTIPLY_ADDS, PER_EXAMPLE
from plausible.report.comparisons import RUN, Key, keys
from plausible.report.paired import ELSE, WITHIN, beside_reference, named, varying, with_references

COLUMNS = ("mean", "low", "high", "difference", "difference_low", "difference_high", "as_good")
WHERE = ["task", "rule", "metric"]
UNCOUNTED = "multiply-adds were not counted"
UNCOUNTED_REFERENCE = "multiply-adds of the reference were not counted"
NO_CURVE = "no curve: measured at the start and the end alone"
NO_VALIDATION = "no validation score"
ROUNDING = 1e-9  # of quotients of costs


def at_equal_compute(table: pd.DataFrame, lost: Sequence[Key] = ()) -> pd.DataFrame:
    """What `beside_reference` says of validation scores, each the last that was measured by a compute that is given.

    The compute is that of the reference's run of the same task and seed: multiply-adds per example, times the examples
    that it was shown; of a seed at which the reference's run is lost, the mean over its others. A rule's run has used
    it up after that many multiply-adds of its own, or has ended before. The reference stands with its last score.
    Scores are those on validation: test is read at the end alone.

    Args:
        table: in long form, as `beside_reference` takes it, with the column `examples`.
        lost: the runs that diverged, failed or timed out, as the table names them.

    Returns:
        A row for each row of `beside_reference`'s: task, rule, metric, lost_as; `COLUMNS`, each with "_at_compute";
        work, the multiply-adds of the rule's whole runs over those of the reference's, the mean over its seeds; and
        without, why there is no number, "" where there is one. Nothing where the reference is missing.
    """
    plain, runs = named(table, varying(table)), pd.DataFrame()
    if "examples" in table:
        facts = [allowances(mine, metric, reference) for metric, reference, mine in with_references(table)]
        runs = pd.concat(facts, ignore_index=True) if facts else runs
    if not len(runs):
        return runs
    said = (
        runs.groupby(WHERE, sort=False).agg(work=("work", "mean"), without=("without", "max")).reset_index()
    )
    good = pd.MultiIndex.from_frame(said[said.without == ""][["task", "rule"]])
    plain = plain[pd.MultiIndex.from_frame(plain[["task", "rule"]]).isin(good)]
    for metric in {*said.metric}:
        plain = until(plain, runs, metric)
    settings = [name for name in (*WITHIN, *ELSE) if name in plain]  # they are in the names of tasks
    found = beside_reference(plain.drop(columns=settings), lost, split="validation")
    found = found.reindex(columns=[*WHERE, "lost_as", *COLUMNS])
    found = found.rename(columns={each: f"{each}_at_compute" for each in COLUMNS})
    known, unknown = said[said.without == ""], said[said.without != ""]
    if not len(known):
        return unknown.reindex(columns=[*said, "lost_as", *(f"{each}_at_compute" for each in COLUMNS)])
    return pd.concat([known.merge(found, on=WHERE, how="left"), unknown], ignore_index=True)


def allowances(table: pd.DataFrame, metric: str, reference: str) -> pd.DataFrame:
    """By run that ended, how many examples of it the reference's compute pays for; and by rule why that is unknown.

    Returns:
        task, rule, seed, metric; allowed, in examples; work, over the reference's; without, as `at_equal_compute`.
    """
    whole = table[(table.layer == "") & table.value.notna()]
    ended = pd.DataFrame(keys(whole[whole.split == "test"]) or keys(whole), columns=RUN)
    cost = whole[whole.metric == PER_EXAMPLE.format(MULTIPLY_ADDS)].groupby(RUN, observed=True).value.last()
    curves = whole[(whole.metric == metric) & (whole.split == "validation")]
    last = curves.groupby(RUN, observed=True).examples.max()
    between = curves[(curves.examples > 0) & (curves.examples < last.reindex(index(curves)).to_numpy())]
    at = index(ended)
    runs = ended.assign(
        cost=cost.reindex(at).to_numpy(float), last=last.reindex(at).to_numpy(float),
        curve=at.isin(index(between)), metric=metric,
    )  # fmt: skip
    first = runs[runs.rule == reference].set_index(["task", "seed"])
    budget = first.cost * first["last"]
    places = pd.MultiIndex.from_frame(runs[["task", "seed"]])
    paid = budget.reindex(places).to_numpy(float)
    paid = np.where(np.isnan(paid), runs.task.map(budget.groupby("task").mean()).to_numpy(float), paid)
    runs["work"] = runs.cost * runs["last"] / paid
    runs["allowed"] = paid / runs.cost * (1 + ROUNDING)
    reasons: list[tuple[Any, str]] = [
        (np.isnan(paid), UNCOUNTED_REFERENCE),
        (runs.cost.isna(), UNCOUNTED),
        (runs["last"].isna(), NO_VALIDATION),
        (~runs.curve & (runs.allowed < runs["last"]), NO_CURVE),
    ]
    runs["without"] = np.select([each for each, _ in reasons], [text for _, text in reasons], "")
    return runs[[*RUN, "metric", "allowed", "work", "without"]]


def until(table: pd.DataFrame, runs: pd.DataFrame, metric: str) -> pd.DataFrame:
    """The table without the validation scores that a run had beyond what it is allowed."""
    allowed = runs[runs.metric == metric].set_index(RUN).allowed
    score = (table.metric == metric) & (table.split == "validation") & (table.layer == "")
    most = allowed.reindex(index(table)).to_numpy(float)
    return table[~score | (table.examples.to_numpy(float) <= most) | np.isnan(most)]


def index(table: pd.DataFrame) -> pd.MultiIndex:
    """Task, rule and seed of each row."""
    return pd.MultiIndex.from_frame(table[RUN])
