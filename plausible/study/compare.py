"""A comparison: the same task, seeds and budget for several rules, and a table with its uncertainty."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from plausible import registry
from plausible.core import Optimiser, Rule, randomness
from plausible.errors import require, require_kinds, require_whole
from plausible.functions import Uniform, activation, distribution, output
from plausible.networks import MLP
from plausible.optimise.nested import is_wrapper, rebuilt
from plausible.optimise.schedules import scheduled
from plausible.printing.names import shortest
from plausible.probes.cost import MEMORY, PER_EXAMPLE, WORK
from plausible.recurrent_network import RNN, Network
from plausible.streams import stream
from plausible.study import rest
from plausible.study.campaign import Plan, carry_out, conditions, distinct
from plausible.study.engine import Silent
from plausible.study.key import key
from plausible.study.refused import check_fit, check_inputs
from plausible.study.run import Outcome, Row, Run
from plausible.study.statistics import ANY, DEGREES, NOTHING, Bounds, bounds_of, mean_interval
from plausible.study.store import Store
from plausible.study.study import MOST_SEEDS
from plausible.study.tuned import Winner, winners
from plausible.tasks.task import Task
from plausible.train import weights_and_state

RULES = ("backprop", "shallow", "feedback-alignment", "direct-feedback-alignment")
SEQUENCE_RULES = ("bptt", "readout-only", "random-feedback-bptt")


class Entry(NamedTuple):
    """A run of a comparison, and what its rule is called there."""

    label: str
    run: Run


@dataclass(frozen=True)
class Comparison:
    """What is compared; where a field is None, the task's own recipe decides.

    Without `rules` they are `RULES`, or `SEQUENCE_RULES` for a task of sequences. `fa@adam` gives a rule an optimiser
    of its own. `tuned` names a study whose winners on this task replace the options and the optimiser of the rules that
    were tuned there; such a rule is called `fa@tuned`. `init` names the distribution of the first weights, such as
    orthogonal. The schedule goes over the rate of each optimiser. `window` is for sequences: how many time steps are
    shown between two weight changes.
    """

    task: str = "digits"
    rules: tuple[str, ...] | None = None
    seeds: int = 5
    epochs: int | None = None
    hidden: tuple[int, ...] | None = None
    batch_size: int | None = None
    activation: str | None = None
    init: str | None = None
    optimiser: str | None = None
    schedule: str = "cosine"
    window: int | None = None
    tuned: str | None = None

    def __post_init__(self) -> None:
        word, words, none = (str, "a name"), ((str, type(None)), "a name, or None"), type(None)
        names = dict.fromkeys(("activation", "init", "optimiser", "tuned"), words)
        counts = dict.fromkeys(("epochs", "batch_size", "window"), ((int, none), "a whole number, or None"))
        layers = ((tuple, none), "a tuple of whole numbers, or None")
        require_kinds(
            "a comparison", self, {"task": word, "schedule": word, "hidden": layers, **names, **counts}
        )
        good = self.rules is None or (
            isinstance(self.rules, tuple) and all(isinstance(r, str) for r in self.rules)
        )
        require(good, "rules of a comparison", self.rules, "a tuple of names, or None")

    def runs(self) -> list[Run]:
        """One run per rule and seed, rule by rule. Raises `BadInput`, as `entries` does."""
        return [entry.run for entry in self.entries]

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The runs, each with what its rule is called in tables.

        Raises:
            BadInput: for anything that a run could not start with: unknown names, impossible sizes, bad data.
        """
        require_whole("the number of seeds", self.seeds, 1, MOST_SEEDS, "one or more")
        task = registry.task(self.task, randomness(0).data)
        rules = (SEQUENCE_RULES if task.sequential else RULES) if self.rules is None else self.rules
        require(len(rules) > 0, "the list of rules", "empty", "at least one rule, such as backprop")
        recipe = task.recipe
        window = recipe.window if self.window is None else self.window
        epochs = recipe.epochs if self.epochs is None else self.epochs
        batch_size = recipe.batch_size if self.batch_size is None else self.batch_size
        require_whole("the number of epochs", epochs, expected="one or more")
        network = self.network(task)
        won = self.winners(rules, Run(self.task, rules[0], network, window=window))
        steps = epochs * stream(batch_size, window).length(task.train)
        shared = recipe.optimiser if self.optimiser is None else self.optimiser
        found: dict[str, Run] = {}
        parts_of: dict[str, tuple[Rule, Optimiser]] = {}
        for text in rules:
            label, rule, optimiser = chosen(text, shared, won)
            expected = "each rule once"
            renamed = f"{expected}; files of one name in folders of one name have to be renamed"
            require(label not in found, "the list of rules", ",".join(rules), renamed)
            optimiser = with_schedule(optimiser, self.schedule, steps)
            run = Run(self.task, rule, network, optimiser, epochs, batch_size, window=window)
            check_fit(run, task)
            made = registry.rule(rule, network)
            check_inputs(made, task)
            same = next((name for name, parts in parts_of.items() if alike(parts, (made, optimiser))), None)
            require(
                same is None, "the list of rules", ",".join(rules), f"{expected}: {label} is {same} again"
            )
            start = partial(weights_and_state, made, task.n_in, task.n_out, randomness(0).weights)
            weights, _ = registry.called(f"init of rule {rule!r}", start, {})
            registry.called(f"init of optimiser {optimiser!r}", partial(optimiser.init, weights), {})
            found[label], parts_of[label] = run, (made, optimiser)
        seeds, names = range(self.seeds), shortest(found)
        return tuple(Entry(names[label], replace(run, seed=s)) for label, run in found.items() for s in seeds)

    def winners(self, rules: Sequence[str], like: Run) -> dict[str, Winner]:
        """What won in the study `tuned` under conditions `like` these, of rules without an optimiser of their own."""
        if self.tuned is None:
            return {}
        pairs = map(registry.with_optimiser, rules)
        labels = {registry.label(rule) for rule, own in pairs if own is None}
        return winners(self.tuned, registry.label(self.task, "task"), conditions(like), labels)

    def network(self, task: Task) -> Network:
        """What learns: a recurrent network where the task shows sequences."""
        recipe = task.recipe
        hidden = recipe.hidden if self.hidden is None else self.hidden
        active = activation(recipe.activation if self.activation is None else self.activation)
        init = Uniform() if self.init is None else distribution(self.init)
        if not task.sequential:
            return MLP(hidden, active, output(recipe.output), init=init)
        weights = distribution(recipe.recurrent)
        return RNN(hidden, recipe.leak, active, output(recipe.output), init=init, recurrent=weights)


def alike(one: tuple[Rule, Optimiser], other: tuple[Rule, Optimiser]) -> bool:
    """Whether two rules with their optimisers are equal, however they are written; not if that cannot be told."""
    try:
        return bool(one == other)
    except ValueError:  # arrays in a field of a user's own
        return False


def chosen(text: str, shared: str, won: Mapping[str, Winner]) -> tuple[str, str, Optimiser]:
    """What a rule is called in tables, its spec, and its optimiser: its own, the one that won, or the shared one."""
    rule, own = registry.with_optimiser(text)
    label = registry.label(rule)
    if own is not None:
        return f"{label}@{registry.label(own, 'optimiser')}", rule, registry.optimiser(own)
    if label in won:
        options = won[label].rule.partition("[")[1:]  # alone: which rule it is says the user, and no table
        return f"{label}@tuned", rule.partition("[")[0] + "".join(options), won[label].optimiser
    return label, rule, registry.optimiser(shared)


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
    labels: list[str]  # of every outcome: what its rule is called
    computed: int = 0  # runs that were not in the store


def compare(
    comparison: Comparison,
    workers: int = 1,
    progress: Callable[[float], None] = lambda done: None,
    limit: float | None = None,
    store: Store | None = None,
    retry_lost: bool = False,
) -> Result:
    """Run a comparison in `workers` processes; `progress` hears how many runs are done, in fractions.

    A run that takes longer than `limit` seconds ends as "timed out". What lies in `store` is not computed again, unless
    it was lost and `retry_lost` says so; without a store nothing is kept. Raises `OSError` if the store is full.
    """
    require(isinstance(workers, int) and workers > 0, "the number of workers", workers, "one or more")
    require(limit is None or limit > 0, "the limit", limit, "a positive number of seconds")
    if store is None:
        with TemporaryDirectory() as folder:
            result = compare(comparison, workers, progress, limit, Store(Path(folder)))
            return result._replace(outcomes=[without_folder(outcome) for outcome in result.outcomes])
    entries = comparison.entries
    plan = Plan(distinct({run: key(run) for _, run in entries}))
    listener = Silent(progress, dict.fromkeys(plan.stored(store), 1.0))
    computed = carry_out(plan, store, listener, workers=workers, limit=limit, retry_lost=retry_lost)
    stored = plan.stored(store)
    unread = "its result was not readable: run again"
    outcomes = [
        replace(stored[run].outcome(), run=run) if run in stored else Outcome(run, "failed", unread)
        for _, run in entries
    ]
    pairs = zip(entries, outcomes, strict=True)
    rows = [row._replace(rule=label) for (label, _), outcome in pairs for row in outcome.rows]
    metrics = pd.DataFrame(rows, columns=list(Row._fields))
    return Result(metrics, outcomes, [label for label, _ in entries], computed)


def without_folder(outcome: Outcome) -> Outcome:
    """An outcome whose traceback is told and not pointed at, as its folder goes."""
    if outcome.log is None:
        return outcome
    text = outcome.log.read_text(encoding="utf-8") if outcome.status == "failed" else ""
    return replace(outcome, log=None, traceback=text)


class Estimate(NamedTuple):
    """A mean over seeds with its 95 % interval; low and high are NaN for a single seed."""

    mean: float
    low: float
    high: float
    n: int


def estimate(values: Sequence[float], bounds: Bounds = ANY) -> Estimate:
    """Mean and interval of finite values that lie between bounds, as `mean_interval` says; all NaN without any."""
    finite = [value for value in values if np.isfinite(value)]
    return Estimate(*(mean_interval(finite, bounds) if finite else NOTHING))


SCORES = ("accuracy", "normalised error")


def summary(result: Result) -> pd.DataFrame:
    """One row per rule: what came of its runs, and estimates over the seeds that were done.

    Columns: rule, runs, done, diverged, failed; validation and test score; the gradient angle of hidden layers, at
    the end; examples per second; and what learning costs, as `plausible.probes.cost` says: multiply-adds, elementwise
    operations and random numbers per example, bytes of weights, of state and in flight, and what rules count
    themselves, such as spikes. From validation score on, all hold an `Estimate` each, with n = 0 where a cost is not
    counted.

    Where any rule settles, also: settling steps per example, the largest residual, and the shares of examples settled
    and oscillating, at the end, as `plausible.study.rest` says; the residual is a number, the others an `Estimate`
    each; and the phases of fixed steps, which nothing is asked of.
    """
    rows, settles, costs = [], rest.settles(result.metrics), costs_of(result.metrics)
    for rule in dict.fromkeys(result.labels):
        outcomes = [o for o, label in zip(result.outcomes, result.labels, strict=True) if label == rule]
        seeds = [outcome.run.seed for outcome in outcomes if outcome.status == "done"]
        mine = result.metrics[(result.metrics.rule == rule) & result.metrics.seed.isin(seeds)]
        last = mine[mine.epoch == mine.groupby("seed").epoch.transform("max")]
        whole = last[last.layer == ""]
        angles = last[(last.metric == "gradient angle") & last.layer.isin(hidden_layers(outcomes[0].run))]

        def of(metrics: Sequence[str], split: str, whole: pd.DataFrame = whole) -> Estimate:
            found = whole[whole.metric.isin(metrics) & (whole.split == split)]
            return estimate(found.value.tolist(), bounds_of(next(iter(found.metric), "")))

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
                "gradient angle": estimate(angles.groupby("seed").value.mean().tolist(), DEGREES),
                "examples per second": of(["examples per second"], "train"),
                **{name: of([metric], "train") for name, metric in costs.items()},
                **settling,
            }
        )
    return pd.DataFrame(rows)


def costs_of(metrics: pd.DataFrame) -> dict[str, str]:
    """The costs in a table of measurements, their metrics by name; those that rules count themselves come last."""
    known = {**{name: PER_EXAMPLE.format(name) for name in WORK}, **dict(zip(MEMORY, MEMORY, strict=True))}
    return known | own_costs(metrics)


def own_costs(metrics: pd.DataFrame) -> dict[str, str]:
    """Of these, what some rule counts itself, such as spikes."""
    ending = PER_EXAMPLE.format("")
    found = {name.removesuffix(ending): name for name in metrics.metric.unique() if name.endswith(ending)}
    return {name: metric for name, metric in sorted(found.items()) if name not in WORK}


def estimated(found: Mapping[str, Any]) -> dict[str, Any]:
    """What `rest.at_the_end` has found, with an `Estimate` where there is one number a seed."""
    return {
        name: estimate(cell, bounds_of(name)) if name in rest.BY_SEED else cell
        for name, cell in found.items()
    }


def hidden_layers(run: Run) -> list[str]:
    """The weights of a run's hidden layers; the read-out if there is none."""
    return [*run.network.inner] or ["W1"]


def reasons(result: Result) -> list[str]:
    """One line for every run that was not done."""
    return lines(result, lambda outcome: outcome.status != "done")


def unmeasured(result: Result) -> list[str]:
    """One line for every run that was done, but for measurements of a probe that failed."""
    return lines(result, lambda outcome: outcome.status == "done" and bool(outcome.reason))


def lines(result: Result, told: Callable[[Outcome], bool]) -> list[str]:
    """How runs ended, one line for each that is told."""
    pairs = zip(result.outcomes, result.labels, strict=True)
    return [f"{label}, seed {o.run.seed}: {o}" for o, label in pairs if told(o)]
