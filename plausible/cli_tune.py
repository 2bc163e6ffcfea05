"""The command `plausible tune`."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from plausible.cli_study import Lines, Only, Scale, Study
from plausible.terminal import err, say

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command()
def tune(
    study: Study,
    trials: Annotated[int, typer.Option(help="Trials of every rule, the same for all.")] = 20,
    epochs: Annotated[
        int | None, typer.Option(help="Epochs of a trial; as many as the study's runs if not given.")
    ] = None,
    share: Annotated[
        float | None, typer.Option(help="Epochs of a trial, as a share of those of the study's runs.")
    ] = None,
    scale: Scale = "fast",
    workers: Annotated[int | None, typer.Option(help="Worker processes; one per core if not given.")] = None,
    executor: Annotated[str, typer.Option(help="local, dask:local or dask:ADDRESS.")] = "local",
    only: Only = "*",
    limit: Annotated[float | None, typer.Option(help="Seconds that a run may take.")] = None,
) -> None:
    """Tune every rule of a study on validation, with the same budget, and run the winners on fresh seeds.

    Only then is the test split read. What the name of a rule sets, as in `pepita[scale=0.1]`, stays as it is. Every
    trial is stored: killed tuning goes on where it was. The tables keep what they hold of tasks that were tuned before
    and are not now, as by `--only`.
    """
    from plausible.errors import require
    from plausible.study import campaign, tuning
    from plausible.study.engine import Claims, compute
    from plausible.study.executors import cores
    from plausible.study.executors import executor as executor_called
    from plausible.study.store import Store
    from plausible.study.study import find

    require(trials > 0, "the number of trials", trials, "one or more")
    require(epochs is None or epochs > 0, "the number of epochs", epochs, "one or more")
    require(share is None or 0 < share <= 1, "the share of epochs", share, "a number above 0, up to 1")
    require(epochs is None or share is None, "the share of epochs", share, "nothing, beside --epochs")
    workers = cores() if workers is None else workers
    require(workers > 0, "the number of workers", workers, "one or more")
    store, found = Store(), find(study)
    runs = list(campaign.plan(found, scale, only).keys)
    groups = tuning.groups_of(runs, trials, epochs, share or 1.0)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    claims = Claims(store)
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        lines = Lines(
            progress, progress.add_task("trials and winners", total=len(groups) * trials + len(runs))
        )
        with executor_called(executor, workers) as workplace:
            tuning.tune(groups, claims, workplace, workers + 1, lines, limit)
            winners = tuning.winners(groups, runs)
            compute(winners, workplace, workers + 1, lines, limit, claims)
    for row in tuning.report(groups, winners, store):
        say(row)
    for file in tuning.write(found.name, scale, groups, winners, store):
        say(str(file))
