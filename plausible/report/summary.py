"""The summary of a comparison: a row per rule, and why runs were lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from plausible.networks.network import inner
from plausible.probes.cost import MEMORY, PER_EXAMPLE, WORK
from plausible.report import rest
from plausible.report.paired import at_chance
from plausible.study.compare import Result
from plausible.study.run import SCORES, Outcome, Run
from plausible.study.statistics import DEGREES, NOTHING, Interval, bounds_of, estimate

BALANCED = "balanced accuracy"  # measured where classes are uneven
LOST = ("diverged", "failed", "timed out")
AS_CHANCE = "test, lost as chance"


def summary(result: Result) -> pd.DataFrame:
    """One row per rule: how its runs ended, and estimates over the seeds that were done.

    Columns: rule, runs, done, diverged, failed, timed out; validation and test score; where runs were lost, also the
    test score if these count as chance (`plausible.report.paired.at_chance`); the gradient angle of hidden layers, at
    the end; examples per second; and what learning costs, as `plausible.probes.cost` says: multiply-adds, elementwise
    operations and random numbers per example, bytes of weights, of state and in flight, and what rules count
    themselves, such as spikes. From validation score on, all hold an `Interval` each, with n = 0 where a cost is not
    counted. Where classes are uneven, also the balanced accuracy on the test split, an `Interval`.

    Where any rule settles, also: settling steps per example, the largest residual, and the shares of examples settled
    and oscillating, at the end, as `plausible.report.rest` says; the residual is a number, the others an `Interval`
    each; and the phases of fixed steps, in which nothing has to come to rest.
    """
    rows, settles, costs = [], rest.settles(result.metrics), costs_of(result.metrics)
    uneven = bool((result.metrics.metric == BALANCED).any())
    lost = any(outcome.status != "done" for outcome in result.outcomes)
    for rule in dict.fromkeys(result.labels):
        outcomes = [o for o, label in zip(result.outcomes, result.labels, strict=True) if label == rule]
        seeds = [outcome.run.seed for outcome in outcomes if outcome.status == "done"]
        mine = result.metrics[(result.metrics.rule == rule) & result.metrics.seed.isin(seeds)]
        last = mine[mine.epoch == mine.groupby("seed").epoch.transform("max")]
        whole = last[last.layer == ""]
        angles = last[(last.metric == "gradient angle") & last.layer.isin(hidden_layers(outcomes[0].run))]

        def of(metrics: Sequence[str], split: str, whole: pd.DataFrame = whole) -> Interval:
            whole_network = whole[whole.metric.isin(metrics) & (whole.split == split)]
            return estimate(whole_network.value.tolist(), bounds_of(next(iter(whole_network.metric), "")))

        settling = estimated(rest.at_the_end(last, outcomes[0].run)) if settles else {}
        rows.append(
            {
                "rule": rule,
                "runs": len(outcomes),
                **{status: sum(o.status == status for o in outcomes) for status in ("done", *LOST)},
                "validation": of([*SCORES], "validation"),
                "test": of([*SCORES], "test"),
                **({AS_CHANCE: as_chance(result, whole, len(outcomes))} if lost else {}),
                **({BALANCED: of([BALANCED], "test")} if uneven else {}),
                "gradient angle": estimate(angles.groupby("seed").value.mean().tolist(), DEGREES),
                "examples per second": of(["examples per second"], "train"),
                **{name: of([metric], "train") for name, metric in costs.items()},
                **settling,
            }
        )
    return pd.DataFrame(rows)


def as_chance(result: Result, whole: pd.DataFrame, runs: int) -> Interval:
    """The test score of a rule over all its `runs`, of which those without one count as chance.

    Args:
        result: the comparison.
        whole: the last measurements of the rule's runs that were done, of the whole network.
        runs: of the rule.
    """
    for metric in SCORES:
        if not (result.metrics.metric == metric).any():
            continue
        scores = whole[(whole.metric == metric) & (whole.split == "test")].value.tolist()
        levels = at_chance(result.metrics, metric).values()
        if len(scores) < runs and not levels:  # chance was not measured
            return NOTHING
        return estimate([*scores, *[*levels] * (runs - len(scores))], bounds_of(metric))
    return NOTHING


def flat(rows: pd.DataFrame) -> pd.DataFrame:
    """A summary in plain columns: an estimate stands under its name, its 95 % interval and count beside it.

    Columns of an estimate such as `test` are test, test_low, test_high and test_n, in the unit of the measurement: an
    accuracy is a share of 1. An estimate that does not exist is NaN, and so are the limits of a single seed.

    >>> import pandas as pd
    >>> from plausible.report.summary import flat
    >>> from plausible.study.statistics import Interval
    >>> flat(pd.DataFrame({"rule": ["backprop"], "test": [Interval(0.9, 0.8, 0.95, 3)]})).to_dict("records")
    [{'rule': 'backprop', 'test': 0.9, 'test_low': 0.8, 'test_high': 0.95, 'test_n': 3}]
    """
    columns: dict[str, Any] = {}
    for name in map(str, rows):
        cells = rows[name].tolist()
        if any(isinstance(cell, Interval) for cell in cells):
            parts = (name, f"{name}_low", f"{name}_high", f"{name}_n")
            columns |= dict(zip(parts, zip(*cells, strict=True), strict=True))
        else:
            columns[name] = [", ".join(cell) if isinstance(cell, list) else cell for cell in cells]
    return pd.DataFrame(columns)


def costs_of(metrics: pd.DataFrame) -> dict[str, str]:
    """The costs in a table of measurements, their metrics by name; those that rules count themselves come last."""
    known = {**{name: PER_EXAMPLE.format(name) for name in WORK}, **dict(zip(MEMORY, MEMORY, strict=True))}
    return known | own_costs(metrics)


def own_costs(metrics: pd.DataFrame) -> dict[str, str]:
    """The costs that some rule counts itself, such as spikes, their metrics by name."""
    ending = PER_EXAMPLE.format("")
    counted = {name.removesuffix(ending): name for name in metrics.metric.unique() if name.endswith(ending)}
    return {name: metric for name, metric in sorted(counted.items()) if name not in WORK}


def estimated(at_the_end: Mapping[str, Any]) -> dict[str, Any]:
    """The values of `rest.at_the_end`, with an `Interval` where there is one number a seed."""
    return {
        name: estimate(cell, bounds_of(name)) if name in rest.BY_SEED else cell
        for name, cell in at_the_end.items()
    }


def hidden_layers(run: Run) -> list[str]:
    """The weights of a run's hidden layers; the first weights if its network names none."""
    return [*inner(run.network)] or ["W1"]


def reasons(result: Result) -> list[str]:
    """One line for every run that was not done."""
    return lines(result, lambda outcome: outcome.status != "done")


def unmeasured(result: Result) -> list[str]:
    """One line for every run that was done, but for measurements of a probe that failed."""
    return lines(result, lambda outcome: outcome.status == "done" and bool(outcome.reason))


def lines(result: Result, told: Callable[[Outcome], bool]) -> list[str]:
    """How runs ended, one line for each that `told` chooses."""
    pairs = zip(result.outcomes, result.labels, strict=True)
    return [f"{label}, seed {o.run.seed}: {o}" for o, label in pairs if told(o)]
