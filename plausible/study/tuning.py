"""Fair tuning: the same number of trials, the same sampler and the same seeds for every rule, on validation alone.

A trial is a run like any other, so it is stored under its key: tuning that was killed goes on where it was, because
the sampler is seeded anew for every trial from the trial's number, and asks the same again when it is told the same.
Trials that diverge or fail count against the budget, with the worst score of all. A trial that falls behind the median
of those before it is pruned. The floors that prune it are part of its run, so that it is pruned again when it is
repeated.

What the sampler takes for a trial grows with the trials before it: 13 ms after 250 of them, 47 ms after 1250, and 34 s
in all for 1500, on one core of a busy machine in 2026. That is less than what nearly all trials take themselves.
"""

from __future__ import annotations

import warnings
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, is_dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from plausible.core import Array, Optimiser
from plausible.errors import BadInput, require, unknown
from plausible.optimise.nested import members, rebuilt
from plausible.printing.words import count
from plausible.registry import registry, specs
from plausible.search import Range
from plausible.study.engine import Claims, Listener, compute
from plausible.study.run import SCORES, Outcome, Run, Status
from plausible.study.work import Work
from plausible.study.workers.executors import Executor

SEED = 1000  # of every trial; winners run on seeds from 0
STARTUP = 5  # trials that are drawn at random, and never pruned
RUNGS = (0.25, 0.5, 0.75)  # shares of a trial's epochs at which it is compared with the trials before it
BLOCK = 64  # values of k whose weights are in memory at a time
NONE = 1e-30  # weights below this count as 0, as they add nothing to the expected best


class Trial(NamedTuple):
    """One trial: settings, and how they scored."""

    number: int
    run: Run
    settings: dict[str, str]
    status: Status
    score: float  # on validation, at the end; larger is better; -inf if the run was lost
    course: tuple[float, ...]  # the score at every rung that it reached


@dataclass
class Group:
    """A rule on a task and a network, which is tuned in trials of as many epochs as `base`."""

    base: Run
    budget: int
    trials: list[Trial] = field(default_factory=list)
    asked: Any = None  # Optuna's study
    pending: Any = None  # Optuna's trial whose run has not ended, and its settings
    settings: dict[str, str] = field(default_factory=dict)
    whole: Run | None = None  # the study's run, with all its epochs; `base`, if not given

    def winner(self) -> Run:
        """The study's run with the settings that won. Raises `BadInput` if all trials were lost."""
        return with_settings(replace(self.whole or self.base, seed=0), self.best().settings)

    def won(self, runs: Iterable[Run]) -> list[Run]:
        """Those of `runs` that have the settings that won, at any seed."""
        winner = self.winner()
        return [run for run in runs if replace(run, seed=0) == winner]

    def space(self) -> dict[str, Range]:
        """The settings that are searched: the optimiser's numbers, and those of the rule that its spec does not name.

        The numbers of a wrapper are those of the optimisers inside, as `optimiser.inner.rate`. A number inside that is
        0, such as the rate of frozen weights, is not searched, nor are those of an optimiser that the rule names.

        Raises:
            BadInput: if neither declares a `search`.
        """
        rule: Any = registry.load("rule", specs.parse(self.base.rule).name)
        ranges = {
            at("optimiser", path, name): range
            for path, member in ({} if has_its_own(self.base) else members(self.base.optimiser)).items()
            for name, range in getattr(member, "search", {}).items()
            if can_be_set(member, name) and not (path and getattr(member, name) == 0)
        }
        held = specs.parse(self.base.rule).options
        ranges |= {
            f"rule.{name}": range for name, range in getattr(rule, "search", {}).items() if name not in held
        }
        if not ranges:
            raise BadInput(
                f"nothing to tune for {self.base.rule!r}: neither it nor its optimiser declares `search`"
            )
        return ranges

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
                seed=SEED + number, multivariate=True, n_startup_trials=STARTUP
            )
        self.pending = self.asked.ask()
        self.settings = {
            name: range.option(self.pending.suggest_float(name, range.low, range.high, log=range.log))
            for name, range in self.space().items()
        }
        run = with_settings(self.base, self.settings)
        return replace(run, seed=SEED, floors=self.floors(), test=False)

    def floors(self) -> tuple[tuple[float, float], ...]:
        """The median rule [golovin2017]: the floor at a rung is the median score there of the trials that are done."""
        done = [trial for trial in self.trials if trial.status == "done"]
        if len(done) < STARTUP:
            return ()
        medians = np.median([trial.course for trial in done], axis=0).tolist()
        return tuple((rung * self.base.epochs, float(m)) for rung, m in zip(RUNGS, medians, strict=True))

    def tell(self, outcome: Outcome[Run]) -> None:
        """Take in the outcome of the last trial."""
        from optuna.trial import TrialState

        curve = scores(outcome)
        course = tuple(next((s for e, s in curve if e >= r * self.base.epochs), np.nan) for r in RUNGS)
        course = tuple(score for score in course if np.isfinite(score))
        kept = outcome.status in ("done", "pruned")
        score = curve[-1][1] if kept else -np.inf
        trial = Trial(len(self.trials), outcome.run, self.settings, outcome.status, score, course)
        self.trials.append(trial)
        if outcome.status == "pruned":
            for rung, value in enumerate(course):
                self.pending.report(value, rung)
            self.asked.tell(self.pending, state=TrialState.PRUNED)
        else:
            self.asked.tell(self.pending, score if kept else worst(self.trials))
        self.pending = None

    def best(self) -> Trial:
        """The best trial; the first one of equals. Raises `BadInput` if all were lost."""
        done = [trial for trial in self.trials if trial.status == "done"]
        if not done:
            raise BadInput(
                f"{count(len(self.trials), 'trial')} of {self.base.rule!r}, all lost: search other ranges"
            )
        return max(done, key=lambda trial: trial.score)


def worst(trials: Sequence[Trial]) -> float:
    """A finite score below all others, for lost trials: the sampler takes finite numbers only."""
    finite = [trial.score for trial in trials if np.isfinite(trial.score)]
    return min(finite, default=0.0) - 1.0


def with_settings(run: Run, values: dict[str, str]) -> Run:
    """A run with other settings: `optimiser.NAME` and `rule.NAME`, as texts."""
    spec = specs.parse(run.rule)
    texts = {what.removeprefix("rule."): text for what, text in values.items() if what.startswith("rule.")}
    spec = spec._replace(options=spec.options | texts)
    numbers = {what: float(text) for what, text in values.items() if what.startswith("optimiser.")}
    own = registry.own_optimiser(str(spec)) if has_its_own(run) else None  # options may decide which
    optimiser = with_numbers(run.optimiser, numbers) if own is None else registry.optimiser(own)
    return replace(run, rule=str(spec), optimiser=optimiser)


def has_its_own(run: Run) -> bool:
    """Whether the optimiser of a run is the one that its rule names."""
    own = registry.own_optimiser(run.rule)
    return own is not None and registry.optimiser(own) == run.optimiser


def at(*path: str) -> str:
    """The name of a setting: `optimiser.rate`, or `optimiser.inner.rate` for an optimiser inside of another one."""
    return ".".join(filter(None, path))


def can_be_set(optimiser: Optimiser, name: str) -> bool:
    """Whether an optimiser's number can be changed: it is a number, or a schedule whose start can be changed."""
    now = getattr(optimiser, name)
    return not callable(now) or callable(getattr(now, "started", None))


def with_numbers(optimiser: Optimiser, numbers: dict[str, float]) -> Optimiser:
    """An optimiser with other numbers, by the name of the setting; a rate on a schedule keeps its schedule.

    Raises:
        BadInput: for a setting that it does not have.
    """
    known = {
        at("optimiser", path, name) for path, member in members(optimiser).items() for name in vars(member)
    }
    for setting in numbers.keys() - known:
        raise unknown(f"setting of {optimiser!r}", setting, known)

    def change(path: str, member: Optimiser) -> Optimiser:
        prefix = at("optimiser", path) + "."
        mine = {
            what.removeprefix(prefix): number for what, number in numbers.items() if what.startswith(prefix)
        }
        new: dict[str, Any] = {}
        for name in mine.keys() & vars(member).keys():
            now = getattr(member, name)
            new[name] = now.started(mine[name]) if callable(now) else mine[name]
        changed: Optimiser = replace(member, **new) if new else member  # type: ignore[type-var]
        return changed

    return rebuilt(optimiser, change)


def scores(outcome: Outcome) -> list[tuple[float, float]]:
    """The validation scores of a run, with their epochs, in order."""
    rows = [row for row in outcome.rows if row.split == "validation" and row.metric in SCORES]
    return [(row.epoch, SCORES[row.metric] * row.value) for row in rows]


class Tuner:
    """A listener that feeds a queue: as each trial of a group ends, the next one of that group is asked for."""

    def __init__(self, groups: Iterable[Group], listener: Listener) -> None:
        self.groups = list(groups)
        self.listener = listener
        self.queue: deque[Work] = deque()
        self.asking: dict[Work, tuple[Run, list[Group]]] = {}  # rules of two names may ask for one run
        for group in self.groups:
            require(group.budget > 0, "the number of trials", group.budget, "one or more")
            self.ask(group)

    def ask(self, group: Group) -> None:
        """Put a group's next trial into the queue."""
        run = group.ask()
        if run not in self.asking:
            self.queue.append(run)
        self.asking.setdefault(run, (run, []))[1].append(group)

    def hear(self, run: Work, fraction: float) -> None:
        self.listener.hear(run, fraction)

    def ended(self, outcome: Outcome) -> None:
        self.listener.ended(outcome)
        run, groups = self.asking.pop(outcome.run)
        for group in groups:
            group.tell(outcome.of(run))
            if len(group.trials) < group.budget:
                self.ask(group)


def best_of(scores: Sequence[float]) -> list[float]:
    """The expected best of k trials out of those that were made, for k = 1 ... n [dodge2019].

    The mean, over all choices of k of the n scores without replacement, of the largest: Σ_i s_(i) C(i-1, k-1)/C(n, k)
    with s_(1) ≤ ... ≤ s_(n). Lost trials must have a finite score.
    """
    expected: list[float] = expected_best(np.asarray([scores], float))[0].tolist()
    return expected


def best_of_bands(
    scores: Sequence[float], resamples: int = 1000, seed: int = 0
) -> tuple[list[float], list[float]]:
    """The 2.5th and 97.5th percentile of `best_of` over trials drawn again with replacement."""
    drawn = np.random.default_rng(seed).choice(np.asarray(scores, float), (resamples, len(scores)))
    low, high = np.percentile(expected_best(drawn), [2.5, 97.5], axis=0)
    return low.tolist(), high.tolist()


def expected_best(scores: Array) -> Array:
    """`best_of` for each of several sets of n scores, (sets, n); the result has k = 1 ... n in its columns."""
    ordered, n = np.sort(scores, axis=1), scores.shape[1]
    expected, weight, place = np.empty(ordered.shape), np.full(n, 1 / n), np.arange(n)
    for start in range(0, n, BLOCK):
        block = np.empty((min(BLOCK, n - start), n))
        for row, k in zip(block, range(start + 1, n + 1), strict=False):
            row[:] = (
                weight  # C(i, k-1)/C(n, k) at i = 0 ... n - 1: the binomials themselves have 1,500 digits at 5,000
            )
            weight = weight * (place - k + 1) / k * ((k + 1) / max(n - k, 1))
            weight[weight < NONE], weight[-1] = 0, (k + 1) / n
        expected[:, start : start + len(block)] = ordered @ block.T
    return expected


def tune(
    groups: Sequence[Group],
    claims: Claims,
    executor: Executor,
    slots: int,
    listener: Listener,
    limit: float | None,
) -> None:
    """Run every trial of every group: groups side by side, the trials of one group one after the other."""
    tuner = Tuner(groups, listener)
    compute(tuner.queue, executor, slots, tuner, limit, claims)


def groups_of(runs: Iterable[Run], budget: int, epochs: int | None = None, share: float = 1.0) -> list[Group]:
    """One group per run among `runs`, whatever its seed: a task, a rule, a network and an optimiser.

    Trials have `epochs` epochs, or this share of the epochs of the runs, at least one.
    """
    bases = dict.fromkeys(replace(run, seed=0) for run in runs)
    lengths = [epochs or max(1, round(share * base.epochs)) for base in bases]
    pairs = zip(bases, lengths, strict=True)
    return [Group(shortened(base, length), budget, whole=base) for base, length in pairs]


def shortened(run: Run, epochs: int) -> Run:
    """A run of fewer epochs, in which a rate or momentum still goes through its whole schedule."""

    def change(path: str, member: Optimiser) -> Optimiser:
        fields: dict[str, Any] = vars(member) if is_dataclass(member) else {}
        schedules = {
            name: value for name, value in fields.items() if callable(getattr(value, "shortened", None))
        }
        new: Any = {name: value.shortened(epochs / run.epochs) for name, value in schedules.items()}
        changed: Optimiser = replace(member, **new) if new else member  # type: ignore[type-var]
        return changed

    return replace(run, epochs=epochs, optimiser=rebuilt(run.optimiser, change))


def apart(groups: Iterable[Group]) -> tuple[list[Group], list[Group]]:
    """The groups of which a trial was done, and those of which all were lost."""
    parted: tuple[list[Group], list[Group]] = ([], [])
    for group in groups:
        parted[not any(trial.status == "done" for trial in group.trials)].append(group)
    return parted


def winners(groups: Sequence[Group], runs: Sequence[Run]) -> list[Run]:
    """The runs of the study with the settings that won; no seed of them was tuned on."""
    settings = {replace(group.whole or group.base, seed=0): group.best().settings for group in groups}
    pairs = [(run, settings.get(replace(run, seed=0))) for run in runs]
    return [with_settings(run, won) for run, won in pairs if won is not None]
