"""The commands of studies: run, status, why, clean, export."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from plausible.errors import BadInput
from plausible.study.run import Outcome, Run
from plausible.terminal import err, out, remark, say

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)

Study = Annotated[str, typer.Argument(help="A name in studies/, or FILE.py, or FILE.py:NAME.")]
Scale = Annotated[
    str, typer.Option(help="smoke (seconds), fast (minutes), long (some studies) or paper (as published).")
]
Only = Annotated[str, typer.Option(help='Runs whose name matches, such as "backprop@*" or "*/0".')]


@dataclass
class Lines:
    """A line per running cell, and one for all of them; silent where the console is no terminal."""

    progress: Progress
    total: TaskID
    lines: dict[Run, TaskID] = field(default_factory=dict)

    def hear(self, run: Run, fraction: float) -> None:
        from plausible.study.campaign import name

        if run not in self.lines:
            self.lines[run] = self.progress.add_task(name(run), total=1.0)
        self.progress.update(self.lines[run], completed=fraction)

    def ended(self, outcome: Outcome) -> None:
        if outcome.run in self.lines:
            self.progress.remove_task(self.lines.pop(outcome.run))
        self.progress.advance(self.total)


@app.command()
def run(
    study: Study,
    scale: Scale = "fast",
    workers: Annotated[int | None, typer.Option(help="Worker processes; one per core if not given.")] = None,
    executor: Annotated[str, typer.Option(help="local, dask:local or dask:ADDRESS.")] = "local",
    only: Only = "*",
    retry_failed: Annotated[bool, typer.Option(help="Run again what diverged, failed or timed out.")] = False,
    limit: Annotated[float | None, typer.Option(help="Seconds that a run may take.")] = None,
    memory: Annotated[float | None, typer.Option(help="GiB of address space that a worker may take.")] = None,
) -> None:
    """Run what is missing of a study. Exit code 1 says that a run diverged, failed or timed out."""
    from plausible.errors import require
    from plausible.study import campaign
    from plausible.study.executors import cores
    from plausible.study.store import Store
    from plausible.study.study import find

    workers = cores() if workers is None else workers
    require(workers > 0, "the number of workers", workers, "one or more")
    require(limit is None or limit > 0, "the limit", limit, "a positive number of seconds")
    require(memory is None or memory > 0, "the memory", memory, "a positive number of GiB")
    store, found = Store(), find(study)
    plan = campaign.plan(found, scale, only)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    clock = (TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn())
    with Progress(*columns, *clock, console=err, transient=True, disable=not err.is_terminal) as progress:
        there = len(plan.stored(store))
        lines = Lines(progress, progress.add_task("all", total=len(plan.keys), completed=there))
        try:
            computed = campaign.carry_out(
                plan, store, lines, executor_name=executor, workers=workers, limit=limit,
                memory=None if memory is None else memory * 2**30, retry_lost=retry_failed,
            )  # fmt: skip
        except OSError as error:
            raise BadInput(
                f"results cannot be written to {str(store.root)!r} ({error.strerror or error}): "
                "what was stored is whole; make room and run again"
            ) from error
    say(f"{found.name}, {scale}: {computed} computed, {len(plan.keys) - computed} were there")
    if report_lost(plan, store):
        raise typer.Exit(1)


def report_lost(plan: object, store: object) -> bool:
    """Print what was lost or skipped; whether anything was lost."""
    from plausible.study import campaign

    lost = [o for o in campaign.outcomes(plan, store) if o.status != "done"]  # type: ignore[arg-type]
    for outcome in lost:
        remark(f"{campaign.name(outcome.run)}: {outcome.status}: {outcome.reason}")
    for cell in plan.skipped:  # type: ignore[attr-defined]
        remark(f"{campaign.name(cell)}: skipped: {cell.reason}")
    return bool(lost)


@app.command()
def status(study: Study, scale: Scale = "fast", only: Only = "*") -> None:
    """How far a study is."""
    from plausible.study import campaign
    from plausible.study.store import Store
    from plausible.study.study import find

    store, found = Store(), find(study)
    plan = campaign.plan(found, scale, only)
    stored = plan.stored(store)
    counts = Counter(stored[run].status if run in stored else "missing" for run in plan.keys)
    counts["skipped"] = len(plan.skipped)
    table = Table(
        title=f"{found.name}, {scale}: {found.question}", title_justify="left", box=None, pad_edge=False
    )
    table.add_column("runs", justify="right")
    table.add_column("status")
    for word in ("done", "diverged", "failed", "timed out", "missing", "skipped"):
        if counts[word]:
            table.add_row(str(counts[word]), word)
    out.print(table)
    report_lost(plan, store)


@app.command()
def report(
    study: Study,
    scale: Scale = "fast",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Every rule of a study beside backprop, paired by seed, with intervals, tests and effect sizes.

    Where rules settle, also in how many steps, and whether they came to rest.
    """
    from plausible import report_settling
    from plausible.study import campaign, paired
    from plausible.study.store import Store
    from plausible.study.study import find

    store, found = Store(), find(study)
    plan = campaign.plan(found, scale)
    ended, measured = campaign.outcomes(plan, store), plan.table(store)
    lost = [outcome.run for outcome in ended if outcome.status != "done"]
    rows = paired.beside_reference(measured, lost)
    if not len(rows):
        raise BadInput(
            f"there is nothing to report of {found.name!r} yet: plausible run {study} --scale {scale}"
        )
    done = {plan.keys[o.run].name: o.run for o in ended if o.status == "done" and isinstance(o.run, Run)}
    settling = report_settling.of_study(measured, done)
    if as_json:
        told = report_settling.plain(settling)
        records = [row | {"settling": told.get((row["task"], row["rule"]))} for row in paired.plain(rows)]
        print(json.dumps(records, indent=2))
    else:
        out.print(paired.shown(rows, f"{found.name}, {scale}: {found.question}"))
        if apart := report_settling.table(settling):
            out.print()
            out.print(apart)
        if note := paired.smallest_p(rows):
            remark(note)
    report_lost(plan, store)


@app.command()
def why(run: Annotated[str, typer.Argument(help="The key of a stored run, or its beginning.")]) -> None:
    """Which part of a stored run's key has changed since, so that it would be run again."""
    from plausible.study.key import key
    from plausible.study.store import Store

    store = Store()
    matches = [stored for stored in store if stored.folder.name.startswith(run)]
    if len(matches) != 1:
        raise BadInput(
            f"{len(matches)} stored runs begin with {run!r}: expected a key, as in the folder {store.runs}"
        )
    (stored,) = matches
    differences = key(stored.run).differences(stored.key)
    say("\n".join(differences) if differences else "nothing changed: this result is used")


@app.command()
def clean(
    everything: Annotated[
        bool, typer.Option("--all", help="Also the results whose code, data or versions changed.")
    ] = False,
) -> None:
    """Remove what interrupted processes left behind, and with --all the results that no longer hold."""
    from plausible.study.key import key
    from plausible.study.store import Store

    store = Store()
    leftovers = list((store.root / "writing").iterdir())
    stale = [s.folder for s in store if everything and key(s.run) != s.key]
    for folder in [*leftovers, *stale]:
        shutil.rmtree(folder)
    say(f"{len(leftovers)} left over and {len(stale)} stale removed")


@app.command()
def export(
    study: Study,
    scale: Scale = "fast",
    folder: Annotated[Path, typer.Option(help="Where the table goes.")] = Path("studies/tables"),
) -> None:
    """Write the small table of a study that is committed, so that its figure can be drawn on a fresh clone."""
    from plausible.report import writable
    from plausible.study import campaign
    from plausible.study.store import Store
    from plausible.study.study import find
    from plausible.writing import whole

    store, found = Store(), find(study)
    plan = campaign.plan(found, scale)
    stored = plan.stored(store)
    missing = len(plan.keys) - len(stored)
    if missing:
        raise BadInput(
            f"{missing} of {len(plan.keys)} runs are missing: plausible run {study} --scale {scale}"
        )
    writable(folder)
    table = plan.table(store).assign(scale=scale)
    table = table[table.metric.isin(found.metrics)] if found.metrics else table
    status = {plan.keys[run].name: there.status for run, there in stored.items()}
    with whole(folder / f"{found.name}.parquet") as name:
        table.assign(status=table.key.map(status)).to_parquet(name, index=False, compression="zstd")
    say(str(folder / f"{found.name}.parquet"))


@app.command()
def reproduce(
    study: Study,
    scale: Scale = "fast",
    workers: Annotated[int | None, typer.Option(help="Worker processes; one per core if not given.")] = None,
) -> None:
    """Run what is missing of a study, and hold its numbers against the published ones.

    Exit code 1 says that one is outside the stated tolerance, or that there is none to compare at this scale.
    """
    from plausible.study import campaign
    from plausible.study.published import rows
    from plausible.study.store import Store
    from plausible.study.study import find

    found = find(study)
    if not found.published:
        raise BadInput(f"study {found.name!r} is held against nothing published: plausible run {study}")
    with suppress(typer.Exit):  # something was lost: the table below says so too
        run(study, scale, workers)
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("what", "published", "ours", "within?", "source"):
        table.add_column(column, justify="right" if column in ("published", "ours") else "left")
    compared = rows(found, campaign.plan(found, scale).table(Store()))
    for row in compared:
        table.add_row(row.what, row.published, row.ours, row.within, row.source)
    out.print(table)
    within = {row.within for row in compared}
    if "no" in within or "yes" not in within:
        raise typer.Exit(1)


Formats = Annotated[str, typer.Option("--format", help="svg, png or pdf, with commas in between.")]


@app.command()
def figure(
    name: Annotated[str, typer.Argument(help="A file in figures/ whose table is in studies/tables/.")],
    formats: Formats = "svg,png",
    folder: Annotated[
        Path | None, typer.Option("--out", help="Where it goes; figures/ if not given.")
    ] = None,
) -> None:
    """Draw one figure from its committed table."""
    from plausible import figures
    from plausible.report import writable

    if folder is not None:
        writable(folder)
    for file in figures.draw(name, formats.split(","), folder):
        say(str(file))


@app.command("figures")
def figures_(formats: Formats = "svg,png") -> None:
    """Draw all figures from the committed tables."""
    from plausible import figures

    for name in figures.drawable():
        for file in figures.draw(name, formats.split(",")):
            say(str(file))


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
