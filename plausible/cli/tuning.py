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
Seeds = Annotated[int, typer.Option(help="Seeds of a trial; those after the first if it is promising.")]
Finalists = Annotated[int, typer.Option(help="The best trials, which run again at full length.")]
FinalSeeds = Annotated[int, typer.Option(help="Seeds of each finalist, which choose the winner.")]
Widenings = Annotated[int, typer.Option(help="How often a range is widened if a winner is at its edge.")]
MultiplyAdds = Annotated[
    float | None,
    typer.Option(help="Budget of every rule's trials in multiply-adds, such as 1e11, beside --trials."),
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
    seeds: Seeds = 2,
    finalists: Finalists = 3,
    final_seeds: FinalSeeds = 5,
    widenings: Widenings = 2,
    multiply_adds: MultiplyAdds = None,
) -> None:
    """Tune every rule of a study on validation, with as many trials, and run the winners on fresh seeds.

    A search finds the best trials. These run again, at full length and on seeds of their own, and the winner is chosen
    there. If it lies at an edge of its range, the range is widened and the search goes on; at last, the table says so.
    Only then is the test split read. What the name of a rule sets, as in `pepita[scale=0.1]`, stays as it is. Every
    run is stored: killed tuning goes on where it was. The tables keep what they hold of tasks that were tuned before
    and are not now, as by `--only`.
    """
    from plausible.cli.progress import followed
    from plausible.errors import require_whole
    from plausible.report.tuning import winners_table
    from plausible.study import trials as tables
    from plausible.study import tune as tuning
    from plausible.study.campaign import name
    from plausible.study.store.store import Store
    from plausible.study.study import find
    from plausible.study.trials import words_of
    from plausible.study.tuning.design import MOST_TRIALS, Design, check_budget

    check_budget(trials, epochs, share)
    require_whole("the number of finalists", finalists, 1, MOST_TRIALS, "one or more")
    design = Design(seeds, finalists, final_seeds, widenings, multiply_adds)
    workers = checked(workers, limit, executor=executor)
    store = Store()
    plan = tuning.planned(find(study), scale, only, trials, epochs, share, workers, design=design)
    if finalists > trials:
        remark(
            f"{count(trials, 'trial')} of each rule: every one is a finalist, where {finalists} were asked for"
        )
    with json_alone(workers == 0), keeping(store), followed("trials and winners", plan.total) as lines:
        tuned = tuning.carried_out(plan, store, lines, executor, workers, limit)
    for group in tuned.lost:
        remark(f"{count(len(group.trials), 'trial')} of {name(group.base)}, all lost: search other ranges")
    if not tuned.groups:
        raise typer.Exit(1)
    show(winners_table(tuned.groups, tuned.winners, store))
    for group in tuned.groups:
        if edges := words_of(group.at_edge()):
            remark(f"what won of {name(group.base)} is at an edge of what was searched: {edges}")
    for file in tables.write(plan.study, scale, tuned.groups, tuned.winners, store, plan.metrics):
        say(str(file))
    if tuned.lost:
        raise typer.Exit(1)
