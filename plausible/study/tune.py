"""Tuning a study: trials of every rule with the same budget, then the winners on fresh seeds, stored as they end."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from plausible.errors import BadInput, require, require_whole
from plausible.study import campaign, tuning
from plausible.study.engine import Claims, Listener, compute
from plausible.study.keys.key import key
from plausible.study.run import Run
from plausible.study.store import members
from plausible.study.store.store import Store
from plausible.study.study import Study
from plausible.study.tuning import Group
from plausible.study.work import Work
from plausible.study.workers.executors import check_travels, executor

MOST_TRIALS = 10_000


class Planned(NamedTuple):
    """What tuning is to do."""

    study: str
    scale: str
    runs: list[Run]  # of the study, whose seeds the winners are run on
    groups: list[Group]  # a rule on a task and a network each

    @property
    def total(self) -> int:
        """Trials and winners together."""
        return sum(group.budget for group in self.groups) + len(self.runs)


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
) -> Planned:
    """The groups of a study's runs, each with a budget of so many trials; see `plausible tune`.

    Raises:
        BadInput: for an impossible budget, a study with nothing to tune, or runs that no worker can make.
    """
    check_budget(trials, epochs, share)
    campaign.check_resources(workers, limit)
    runs = campaign.plan(study, scale, only).runs
    if not runs:
        raise BadInput(
            f"study {study.name!r} has nothing to tune: it measures by functions of its own, and no rule learns a "
            f"task; plausible run {study.name}"
        )
    check_travels(runs, workers)
    return Planned(study.name, scale, runs, tuning.groups_of(runs, trials, epochs, share or 1.0))


def carried_out(
    plan: Planned,
    store: Store,
    listener: Listener,
    executor_name: str = "local",
    workers: int = 1,
    limit: float | None = None,
) -> Tuned:
    """Compute what is missing of the trials, and then of the winners' runs. Raises `OSError` if the store is full."""
    claims = Claims(store)
    with executor(executor_name, workers) as workplace:
        tuning.tune(plan.groups, claims, workplace, workers + 1, listener, limit)
        groups, lost = tuning.apart(plan.groups)
        winners = tuning.winners(groups, plan.runs)
        enlist(store, plan.study, plan.scale, groups, winners)
        compute(winners, workplace, workers + 1, listener, limit, claims)
    return Tuned(groups, winners, lost)


def enlist(store: Store, study: str, scale: str, groups: Iterable[Group], winners: Iterable[Work]) -> None:
    """Note in the store that the trials and the winners belong to a study."""
    tried = [trial.run for group in groups for trial in group.trials]
    for what, those in (("trials", tried), ("tuned", winners)):
        members.add(store.root, study, f"{scale}, {what}", [key(run).name for run in those])


def check_budget(trials: int, epochs: int | None, share: float | None) -> None:
    """Raise `BadInput` for a number of trials or a length of a trial that cannot be."""
    require_whole("the number of trials", trials, high=MOST_TRIALS, expected="one or more")
    if epochs is not None:
        require_whole("the number of epochs", epochs, expected="one or more")
    require(share is None or 0 < share <= 1, "the share of epochs", share, "a number above 0, up to 1")
    require(epochs is None or share is None, "the share of epochs", share, "nothing, beside --epochs")
