"""A comparison: the same task, seeds and budget for several rules, and a table with its uncertainty."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from plausible import registry
from plausible.core import Optimiser, randomness
from plausible.errors import require
from plausible.functions import activation, distribution, output
from plausible.networks import MLP
from plausible.optimise.nested import is_wrapper, rebuilt
from plausible.optimise.schedules import scheduled
from plausible.recurrent_network import RNN, Network
from plausible.streams import stream
from plausible.study import rest
from plausible.study.engine import Silent, compute
from plausible.study.executors import executor
from plausible.study.run import Outcome, Row, Run, check_fit
from plausible.tasks.task import Task
from plausible.train import begin

RULES = ("backprop", "shallow", "feedback-alignment", "direct-feedback-alignment")
SEQUENCE_RULES = ("bptt", "readout-only", "random-feedback-bptt")


@dataclass(frozen=True)
class Comparison:
    """What is compared; where a field is None, the task's own recipe decides.

    Without `rules` they are `RULES`, or `SEQUENCE_RULES` for a task of sequences. `window` is for sequences: how many
    time steps are shown between two weight changes.
    """

    task: str = "digits"
    rules: tuple[str, ...] | None = None
    seeds: int = 5
    epochs: int | None = None
    hidden: tuple[int, ...] | None = None
    batch_size: int | None = None
    activation: str | None = None
    optimiser: str | None = None
    schedule: str = "cosine"
    window: int | None = None

    def runs(self) -> list[Run]:
        """One run per rule and seed, rule by rule.

        Raises:
            BadInput: for anything that a run could not start with: unknown names, impossible sizes, bad data.
        """
        require(
            isinstance(self.seeds, int) and self.seeds > 0, "the number of seeds", self.seeds, "one or more"
        )
        task = registry.task(self.task, randomness(0).data)
        rules = (SEQUENCE_RULES if task.sequential else RULES) if self.rules is None else self.rules
        require(len(rules) > 0, "the list of rules", "empty", "at least one rule, such as backprop")
        expected = "each rule once; files of one name in folders of one name have to be renamed"
        require(
            len(set(map(registry.label, rules))) == len(rules), "the list of rules", ",".join(rules), expected
        )
        recipe = task.recipe
        window = recipe.window if self.window is None else self.window
        epochs = recipe.epochs if self.epochs is None else self.epochs
        batch_size = recipe.batch_size if self.batch_size is None else self.batch_size
        require(isinstance(epochs, int) and epochs > 0, "the number of epochs", epochs, "one or more")
        network = self.network(task)
        steps = epochs * stream(batch_size, window).length(task.train)
        optimiser = registry.optimiser(recipe.optimiser if self.optimiser is None else self.optimiser)
        optimiser = with_schedule(optimiser, self.schedule, steps)
        run = Run(self.task, "", network, optimiser, epochs, batch_size, window=window)
        check_fit(run, task)
        for rule in rules:
            made = registry.rule(rule, network)
            registry.called(
                f"init of rule {rule!r}",
                partial(begin, made, optimiser, task.n_in, task.n_out, randomness(0).weights),
                {},
            )
        return [replace(run, rule=rule, seed=seed) for rule in rules for seed in range(self.seeds)]

    def network(self, task: Task) -> Network:
        """What learns: a recurrent network where the task shows sequences."""
        recipe = task.recipe
        hidden = recipe.hidden if self.hidden is None else self.hidden
        active = activation(recipe.activation if self.activation is None else self.activation)
        if not task.sequential:
            return MLP(hidden, active, output(recipe.output))
        weights = distribution(recipe.recurrent)
        return RNN(hidden, recipe.leak, active, output(recipe.output), recurrent=weights)


def with_schedule(optimiser: Optimiser, name: str, steps: int) -> Optimiser:
    """The optimiser with its rate on a schedule over `steps` steps; of a wrapper, the rates of those inside."""

    def change(path: str, member: Optimiser) -> Optimiser:
        rate = getattr(member, "rate", None)
        if is_wrapper(member) or not isinstance(rate, int | float):
            return member
        changed: Optimiser = replace(member, rate=scheduled(name, rate, steps))  # type: ignore[type-var]
        return changed

    return rebuilt(optimiser, change)


class Result(NamedTuple):
    """A comparison that has been made."""

    metrics: pd.DataFrame  # one row per measurement, with the columns of plausible.study.run.Row
    outcomes: list[Outcome]  # one per run


@dataclass
class Collector(Silent):
    """A listener that keeps the outcomes."""

    outcomes: dict[Run, Outcome] = field(default_factory=dict)

    def ended(self, outcome: Outcome) -> None:
        self.outcomes[outcome.run] = outcome
        self.hear(outcome.run, 1.0)


def compare(
    comparison: Comparison,
    workers: int = 1,
    progress: Callable[[float], None] = lambda done: None,
    limit: float | None = None,
) -> Result:
    """Run a comparison in `workers` processes; `progress` hears how many runs are done, in fractions.

    A run that takes longer than `limit` seconds ends as "timed out".
    """
    require(isinstance(workers, int) and workers > 0, "the number of workers", workers, "one or more")
    require(limit is None or limit > 0, "the limit", limit, "a positive number of seconds")
    runs = comparison.runs()
    listener = Collector(progress)
    with executor("local", min(workers, len(runs)), tasks={run.task for run in runs}) as workplace:
        compute(runs, workplace, workers + 1, listener, limit)
    outcomes = [listener.outcomes[run] for run in runs]
    return Result(
        pd.DataFrame([row for o in outcomes for row in o.rows], columns=list(Row._fields)), outcomes
    )


class Estimate(NamedTuple):
    """A mean over seeds with its 95 % interval; low and high are NaN for a single seed."""

    mean: float
    low: float
    high: float
    n: int


def estimate(values: Sequence[float]) -> Estimate:
    """Mean and Student's t interval of finite values; all NaN without any."""
    from scipy.stats import t

    finite = np.array([value for value in values if np.isfinite(value)])
    if not len(finite):
        return Estimate(np.nan, np.nan, np.nan, 0)
    half = (
        t.ppf(0.975, len(finite) - 1) * finite.std(ddof=1) / len(finite) ** 0.5 if len(finite) > 1 else np.nan
    )
    mean = float(finite.mean())
    return Estimate(mean, mean - half, mean + half, len(finite))


SCORES = ("accuracy", "normalised error")


def summary(result: Result) -> pd.DataFrame:
    """One row per rule: what came of its runs, and estimates over the seeds that were done.

    Columns: rule, runs, done, diverged, failed; validation and test score; the gradient angle of hidden layers, at
    the end; examples per second; multiply-adds per example. The last five hold an `Estimate` each.

    Where any rule settles, also: settling steps per example, the largest residual, and the shares of examples settled
    and oscillating, at the end, as `plausible.study.rest` says; the residual is a number, the others an `Estimate`
    each; and the phases of fixed steps, which nothing is asked of.
    """
    rows, settles = [], rest.settles(result.metrics)
    for rule in dict.fromkeys(registry.label(outcome.run.rule) for outcome in result.outcomes):
        outcomes = [outcome for outcome in result.outcomes if registry.label(outcome.run.rule) == rule]
        seeds = [outcome.run.seed for outcome in outcomes if outcome.status == "done"]
        mine = result.metrics[(result.metrics.rule == rule) & result.metrics.seed.isin(seeds)]
        last = mine[mine.epoch == mine.groupby("seed").epoch.transform("max")]
        whole = last[last.layer == ""]
        angles = last[(last.metric == "gradient angle") & last.layer.isin(hidden_layers(outcomes[0].run))]

        def of(metrics: Sequence[str], split: str, whole: pd.DataFrame = whole) -> Estimate:
            return estimate(whole[whole.metric.isin(metrics) & (whole.split == split)].value.tolist())

        settling = estimated(rest.at_the_end(last, outcomes[0].run)) if settles else {}
        rows.append(
            {
                "rule": rule,
                "runs": len(outcomes),
                **{
                    status: sum(o.status == status for o in outcomes)
                    for status in ("done", "diverged", "failed")
                },
                "validation": of(SCORES, "validation"),
                "test": of(SCORES, "test"),
                "gradient angle": estimate(angles.groupby("seed").value.mean().tolist()),
                "examples per second": of(["examples per second"], "train"),
                "multiply-adds": of(["multiply-adds per example"], "train"),
                **settling,
            }
        )
    return pd.DataFrame(rows)


def estimated(found: Mapping[str, Any]) -> dict[str, Any]:
    """What `rest.at_the_end` has found, with an `Estimate` where there is one number a seed."""
    return {name: estimate(cell) if name in rest.BY_SEED else cell for name, cell in found.items()}


def hidden_layers(run: Run) -> list[str]:
    """The weights of a run's hidden layers; the read-out if there is none."""
    return [*run.network.inner] or ["W1"]


def reasons(result: Result) -> list[str]:
    """One line for every run that was not done."""
    return [
        f"{registry.label(o.run.rule)}, seed {o.run.seed}: {o}" for o in result.outcomes if o.status != "done"
    ]
