"""The command `plausible tune`."""

from __future__ import annotations

from typing import Annotated

import typer

from plausible.cli.options import Executor, Limit, Only, Scale, Study, Workers, checked, json_alone, keeping
from plausible.printing.terminal import remark, say, show
from plausible.printing.words import count

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
    from plausible.report.tuning import winners_table
    from plausible.study import trials as tables
    from plausible.study import tune as tuning
    from plausible.study.campaign import name
    from plausible.study.store.store import Store
    from plausible.study.study import find

    tuning.check_budget(trials, epochs, share)
    workers = checked(workers, limit, executor=executor)
    store = Store()
    plan = tuning.planned(find(study), scale, only, trials, epochs, share, workers)
    with json_alone(workers == 0), keeping(store), followed("trials and winners", plan.total) as lines:
        tuned = tuning.carried_out(plan, store, lines, executor, workers, limit)
    for group in tuned.lost:
        remark(f"{count(len(group.trials), 'trial')} of {name(group.base)}, all lost: search other ranges")
    if not tuned.groups:
        raise typer.Exit(1)
    show(winners_table(tuned.groups, tuned.winners, store))
    for file in tables.write(plan.study, scale, tuned.groups, tuned.winners, store):
        say(str(file))
    if tuned.lost:
        raise typer.Exit(1)
