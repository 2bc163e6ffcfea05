"""The command `plausible tune`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from plausible.cli.options import Executor, Limit, Only, Scale, Study, Workers, checked, json_alone, keeping
from plausible.printing.terminal import remark, say, show
from plausible.printing.words import count

if TYPE_CHECKING:
    from plausible.study.store.store import Store
    from plausible.study.tuning import Group
    from plausible.study.work import Work

MOST_TRIALS = 10_000

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


Trials = Annotated[int, typer.Option(help="Trials of every rule, the same for all.")]
Epochs = Annotated[
    int | None, typer.Option(help="Epochs of a trial; as many as the study's runs if not given.")
]
Share = Annotated[
    float | None, typer.Option(help="Epochs of a trial, as a share of those of the study's runs.")
]


@app.command()
def tune(
    study: Study,
    trials: Trials = 20,
    epochs: Epochs = None,
    share: Share = None,
    scale: Scale = "fast",
    workers: Workers = None,
    executor: Executor = "local",
    only: Only = "*",
    limit: Limit = None,
) -> None:
    """Tune every rule of a study on validation, with the same budget, and run the winners on fresh seeds.

    Only then is the test split read. What the name of a rule sets, as in `pepita[scale=0.1]`, stays as it is. Every
    trial is stored: killed tuning goes on where it was. The tables keep what they hold of tasks that were tuned before
    and are not now, as by `--only`.
    """
    from plausible.cli.progress import followed
    from plausible.errors import BadInput
    from plausible.report.tuning import winners_table
    from plausible.study import campaign, tuning
    from plausible.study import trials as trials_tables
    from plausible.study.campaign import name
    from plausible.study.engine import Claims, compute
    from plausible.study.store.store import Store
    from plausible.study.study import find
    from plausible.study.workers.executors import check_travels
    from plausible.study.workers.executors import executor as executor_called

    check_budget(trials, epochs, share)
    workers = checked(workers, limit, executor=executor)
    store, definition = Store(), find(study)
    runs = campaign.plan(definition, scale, only).runs
    if not runs:
        raise BadInput(
            f"study {definition.name!r} has nothing to tune: it measures by functions of its own, and no rule learns a "
            f"task; plausible run {study}"
        )
    check_travels(runs, workers)
    groups = tuning.groups_of(runs, trials, epochs, share or 1.0)
    claims = Claims(store)
    with (
        json_alone(workers == 0),
        keeping(store),
        followed("trials and winners", len(groups) * trials + len(runs)) as lines,
        executor_called(executor, workers) as workplace,
    ):
        tuning.tune(groups, claims, workplace, workers + 1, lines, limit)
        groups, lost = tuning.apart(groups)
        winners = tuning.winners(groups, runs)
        enlist(store, definition.name, scale, groups, winners)
        compute(winners, workplace, workers + 1, lines, limit, claims)
    for group in lost:
        remark(f"{count(len(group.trials), 'trial')} of {name(group.base)}, all lost: search other ranges")
    if not groups:
        raise typer.Exit(1)
    show(winners_table(groups, winners, store))
    for file in trials_tables.write(definition.name, scale, groups, winners, store):
        say(str(file))
    if lost:
        raise typer.Exit(1)


def enlist(store: Store, study: str, scale: str, groups: Iterable[Group], winners: Iterable[Work]) -> None:
    """Note in the store that the trials and the winners belong to a study."""
    from plausible.study.keys.key import key
    from plausible.study.store import members

    tried = [trial.run for group in groups for trial in group.trials]
    for what, those in (("trials", tried), ("tuned", winners)):
        members.add(store.root, study, f"{scale}, {what}", [key(run).name for run in those])


def check_budget(trials: int, epochs: int | None, share: float | None) -> None:
    """Raise `BadInput` for a number of trials or a length of a trial that cannot be."""
    from plausible.errors import require, require_whole

    require_whole("the number of trials", trials, high=MOST_TRIALS, expected="one or more")
    if epochs is not None:
        require_whole("the number of epochs", epochs, expected="one or more")
    require(share is None or 0 < share <= 1, "the share of epochs", share, "a number above 0, up to 1")
    require(epochs is None or share is None, "the share of epochs", share, "nothing, beside --epochs")
