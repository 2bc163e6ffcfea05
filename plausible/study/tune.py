"""Tuning a study: a search and finals of every rule, then the winners on fresh seeds, all stored as they end."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from plausible.errors import BadInput, require
from plausible.study import campaign
from plausible.study.engine import Claims, Listener, compute
from plausible.study.keys.key import key
from plausible.study.run import Run
from plausible.study.store import members
from plausible.study.store.store import Store
from plausible.study.study import Study
from plausible.study.tuning import tuner
from plausible.study.tuning.design import Design, check_budget, check_disjoint
from plausible.study.tuning.search import Group
from plausible.study.work import Work
from plausible.study.workers.executors import check_travels, executor


class Planned(NamedTuple):
    """What tuning is to do."""

    study: str
    scale: str
    runs: list[Run]  # of the study, whose seeds the winners are run on
    groups: list[Group]  # a rule on a task and a network each
    metrics: tuple[str, ...] = ()  # in the study's tables; all, if none is named

    @property
    def total(self) -> int:
        """The most runs that there can be: of trials, of finals and of winners."""
        return sum(group.design.most_runs(group.budget) for group in self.groups) + len(self.runs)


class Tuned(NamedTuple):
    """The outcome of tuning."""

    groups: list[Group]  # those with a winner
    winners: list[Run]  # on fresh seeds
    lost: list[Group]  # those whose trials were all lost


def planned(
    study: Study,
    scale: str,
    only: str,
    trials: int,
    epochs: int | None,
    share: float | None,
    workers: int,
    limit: float | None = None,
    design: Design | None = None,
) -> Planned:
    """The groups of a study's runs, each with a budget of so many trials; see `plausible tune`.

    Raises:
        BadInput: for an impossible budget, a study with nothing to tune or with seeds that tuning uses, or runs that no
            worker can make.
    """
    design = Design() if design is None else design
    require(isinstance(design, Design), "design", design, "a plausible.study.tuning.design.Design, or None")
    check_budget(trials, epochs, share)
    campaign.check_resources(workers, limit)
    runs = campaign.plan(study, scale, only).runs
    if not runs:
        raise BadInput(
            f"study {study.name!r} has nothing to tune: it measures by functions of its own, and no rule learns a "
            f"task; plausible run {study.name}"
        )
    check_disjoint(design, runs)
    check_travels(runs, workers)
    groups = tuner.groups_of(runs, trials, epochs, share or 1.0, design, study.search)
    return Planned(study.name, scale, runs, groups, study.metrics)


def carried_out(
    plan: Planned,
    store: Store,
    listener: Listener,
    executor_name: str = "local",
    workers: int = 1,
    limit: float | None = None,
) -> Tuned:
    """Compute what is missing of trials, finals and winners' runs. Raises `OSError` if the store is full."""
    claims = Claims(store)
    with executor(executor_name, workers) as workplace:
        tuner.tune(plan.groups, claims, workplace, workers + 1, listener, limit)
        groups, lost = tuner.apart(plan.groups)
        winners = tuner.winners(groups, plan.runs)
        enlist(store, plan.study, plan.scale, groups, winners)
        compute(winners, workplace, workers + 1, listener, limit, claims)
    return Tuned(groups, winners, lost)


def enlist(store: Store, study: str, scale: str, groups: Iterable[Group], winners: Iterable[Work]) -> None:
    """Note in the store that the trials, the finals and the winners belong to a study."""
    groups = list(groups)
    tried = [run for group in groups for trial in group.trials for run in trial.runs]
    ended = [run for group in groups for run in group.finals.ended]
    for what, those in (("trials", tried), ("finals", ended), ("tuned", winners)):
        members.add(store.root, study, f"{scale}, {what}", [key(run).name for run in those])
