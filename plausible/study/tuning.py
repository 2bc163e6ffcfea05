"""Fair tuning: the same number of trials, the same sampler and the same seeds for every rule, on validation alone.

A trial is a run like any other, so it is stored under its key: tuning that was killed goes on where it was, because
the sampler is seeded anew for every trial from the trial's number, and asks the same again when it is told the same.
Trials that diverge or fail count against the budget, with the worst score that there is.
"""

from __future__ import annotations

import warnings
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from math import comb
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from plausible import registry
from plausible.core import Optimiser
from plausible.errors import BadInput, require
from plausible.optimise.schedules import Cosine, Steps
from plausible.search import Range
from plausible.study.compare import estimate
from plausible.study.engine import Claims, Listener, compute
from plausible.study.executors import Executor
from plausible.study.key import key
from plausible.study.run import Outcome, Run
from plausible.study.store import Store

SEED = 1000  # of every trial; winners run on seeds from 0
SCORES = {"accuracy": 1.0, "normalised error": -1.0}  # what is tuned on, and in which direction


class Trial(NamedTuple):
    """One setting that was tried."""

    number: int
    run: Run
    score: float  # on validation, at the end; larger is better; -inf if the run was lost


@dataclass
class Group:
    """A rule on a task and a network: what is tuned together."""

    base: Run
    budget: int
    trials: list[Trial] = field(default_factory=list)
    asked: Any = None  # Optuna's study
    pending: Any = None  # Optuna's trial whose run has not ended

    def space(self) -> dict[str, Range]:
        """What is searched: the optimiser's numbers, and those of the rule.

        Raises:
            BadInput: if neither declares anything.
        """
        optimiser: Any = type(self.base.optimiser)
        rule: Any = registry.load("rule", registry.parse(self.base.rule).name)
        found = {f"optimiser.{name}": range for name, range in getattr(optimiser, "search", {}).items()}
        found |= {f"rule.{name}": range for name, range in getattr(rule, "search", {}).items()}
        if not found:
            raise BadInput(
                f"nothing to tune for {self.base.rule!r}: neither it nor its optimiser declares `search`"
            )
        return found

    def ask(self) -> Run:
        """The run of the next trial."""
        import optuna

        number = len(self.trials)
        if self.asked is None:
            optuna.logging.set_verbosity(optuna.logging.WARNING)
            self.asked = optuna.create_study(direction="maximize")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            self.asked.sampler = optuna.samplers.TPESampler(
                seed=SEED + number, multivariate=True, n_startup_trials=5
            )
        self.pending = self.asked.ask()
        values = {
            name: range.option(self.pending.suggest_float(name, range.low, range.high, log=range.log))
            for name, range in self.space().items()
        }
        return replace(with_settings(self.base, values), seed=SEED)

    def tell(self, outcome: Outcome) -> None:
        """What came of the last trial."""
        score = final_score(outcome)
        self.trials.append(Trial(len(self.trials), outcome.run, score))
        self.asked.tell(self.pending, score if np.isfinite(score) else worst(self.trials))
        self.pending = None

    def best(self) -> Trial:
        """The best trial; the first one of equals. Raises `BadInput` if all were lost."""
        found = max(self.trials, key=lambda trial: trial.score)
        if not np.isfinite(found.score):
            raise BadInput(
                f"all {len(self.trials)} trials of {self.base.rule!r} were lost: search other ranges"
            )
        return found


def worst(trials: Sequence[Trial]) -> float:
    """A score below all that were reached, for a sampler that takes finite numbers only."""
    finite = [trial.score for trial in trials if np.isfinite(trial.score)]
    return min(finite, default=0.0) - 1.0


def with_settings(run: Run, values: dict[str, str]) -> Run:
    """A run with other settings: `optimiser.NAME` and `rule.NAME`, as texts."""
    name = registry.parse(run.rule).name
    texts = {option: text for option, _, text in (part.partition("=") for part in option_texts(run.rule))}
    texts |= {what.removeprefix("rule."): text for what, text in values.items() if what.startswith("rule.")}
    spec = f"{name}[{','.join(f'{option}={text}' for option, text in texts.items())}]" if texts else name
    optimiser = run.optimiser
    for setting, text in values.items():
        if setting.startswith("optimiser."):
            optimiser = with_number(optimiser, setting.removeprefix("optimiser."), float(text))
    return replace(run, rule=spec, optimiser=optimiser)


def option_texts(spec: str) -> list[str]:
    """The options of a spec, as they stand there."""
    inside = spec.partition("[")[2].removesuffix("]")
    return [part.strip() for part in registry.OPTION_COMMAS.split(inside) if part.strip()]


def with_number(optimiser: Optimiser, name: str, value: float) -> Optimiser:
    """An optimiser with another number; a rate on a schedule keeps its schedule."""
    now = getattr(optimiser, name)
    new: Any = replace(now, start=value) if isinstance(now, Cosine | Steps) else value
    changed: Optimiser = replace(optimiser, **{name: new})  # type: ignore[type-var]
    return changed


def final_score(outcome: Outcome) -> float:
    """The validation score at the end of a run; -inf if it was lost."""
    if outcome.status != "done":
        return -np.inf
    found = [row for row in outcome.rows if row.split == "validation" and row.metric in SCORES]
    last = max(found, key=lambda row: row.examples)
    return SCORES[last.metric] * last.value


class Tuner:
    """A listener that feeds a queue: as each trial of a group ends, the next one of that group is asked for."""

    def __init__(self, groups: Iterable[Group], listener: Listener) -> None:
        self.groups = list(groups)
        self.listener = listener
        self.queue: deque[Run] = deque()
        self.asking: dict[Run, Group] = {}
        for group in self.groups:
            require(group.budget > 0, "the number of trials", group.budget, "one or more")
            self.ask(group)

    def ask(self, group: Group) -> None:
        """Put a group's next trial into the queue."""
        run = group.ask()
        self.asking[run] = group
        self.queue.append(run)

    def hear(self, run: Run, fraction: float) -> None:
        self.listener.hear(run, fraction)

    def ended(self, outcome: Outcome) -> None:
        group = self.asking.pop(outcome.run)
        group.tell(outcome)
        self.listener.ended(outcome)
        if len(group.trials) < group.budget:
            self.ask(group)


def best_of(scores: Sequence[float]) -> list[float]:
    """The expected best of k trials out of those that were made, for k = 1 ... n [dodge2019].

    The mean, over all choices of k of the n scores without replacement, of the largest: Σ_i s_(i) C(i-1, k-1)/C(n, k)
    with s_(1) ≤ ... ≤ s_(n). Lost trials must have a finite score.
    """
    ordered, n = sorted(scores), len(scores)
    return [sum(s * comb(i, k - 1) for i, s in enumerate(ordered)) / comb(n, k) for k in range(1, n + 1)]


def tune(
    groups: Sequence[Group],
    claims: Claims,
    executor: Executor,
    slots: int,
    listener: Listener,
    limit: float | None,
) -> None:
    """Make every trial of every group; groups go on side by side, the trials of one group one after the other."""
    tuner = Tuner(groups, listener)
    compute(tuner.queue, executor, slots, tuner, limit, claims)


def groups_of(runs: Iterable[Run], budget: int) -> list[Group]:
    """One group per task, network and rule among `runs`, whatever their seeds."""
    bases = dict.fromkeys(replace(run, seed=0) for run in runs)
    return [Group(base, budget) for base in bases]


def winners(groups: Sequence[Group], runs: Sequence[Run]) -> list[Run]:
    """The best setting of every group, on the seeds of `runs`, none of which was tuned on."""
    seeds: dict[Run, list[int]] = {}
    for run in runs:
        seeds.setdefault(replace(run, seed=0), []).append(run.seed)
    return [replace(group.best().run, seed=seed) for group in groups for seed in seeds[group.base]]


def table(groups: Sequence[Group]) -> pd.DataFrame:
    """Every trial: task, rule, its number, its setting, its score (NaN if it was lost)."""
    columns = ("task", "rule", "trial", "spec", "optimiser", "score")
    rows = [
        (
            *(registry.label(group.base.task, "task"), registry.label(group.base.rule), trial.number),
            *(trial.run.rule, repr(trial.run.optimiser), trial.score if np.isfinite(trial.score) else np.nan),
        )
        for group in groups
        for trial in group.trials
    ]
    return pd.DataFrame(rows, columns=columns)


def final_table(winners: Sequence[Run], store: Store) -> pd.DataFrame:
    """What the winners measured, in long form."""
    return store.load([key(run) for run in winners])


def report(groups: Sequence[Group], winners: Sequence[Run], store: Store) -> list[str]:
    """One line per group: the setting that won, and how it does on fresh seeds, on the test split."""
    frame = final_table(winners, store)
    lines = []
    for group in groups:
        best = group.best()
        keys = {key(run).name for run in winners if replace(run, seed=0) == replace(best.run, seed=0)}
        test = frame[frame.key.isin(keys) & (frame.split == "test") & frame.metric.isin(SCORES)]
        found = estimate(test.value.tolist())
        lost = sum(not np.isfinite(trial.score) for trial in group.trials)
        sign = SCORES.get(test.metric.iloc[0], 1.0) if len(test) else 1.0
        lines.append(
            f"{registry.label(group.base.task, 'task')}  {registry.label(best.run.rule)}  {best.run.optimiser}: "
            f"validation {sign * best.score:.4f} in {len(group.trials)} trials ({lost} lost), "
            f"test {found.mean:.4f} [{found.low:.4f}, {found.high:.4f}] on {found.n} fresh seeds"
        )
    return lines
