"""The commands of stored results: why, clean, quarantine, export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from plausible.cli.options import Scale, Study
from plausible.cli.strict import Strict
from plausible.errors import BadInput
from plausible.printing.terminal import remark, say
from plausible.printing.words import count
from plausible.writing import at_home

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
quarantine = typer.Typer(
    cls=Strict, no_args_is_help=True, help="Runs that were put aside because they could not be read."
)
app.add_typer(quarantine, name="quarantine")


ExecuteFiles = Annotated[
    bool,
    typer.Option("--execute-files", help="Execute the files that a result names; else they are only read."),
]


@app.command()
def why(
    run: Annotated[str, typer.Argument(help="The key of a stored run, or its beginning.")],
    execute_files: ExecuteFiles = False,
) -> None:
    """Which part of a stored run's key has changed since, so that it would be run again; and where its weights are."""
    from plausible.report.kept import changed
    from plausible.study.learned import trouble
    from plausible.study.store.cleaning import the_one
    from plausible.study.store.store import Store

    store = Store(execute=execute_files)
    rows = changed(store, run, execute_files)
    for change in rows.change if len(rows) else ["nothing changed: this result is used"]:
        say(change)
    if (weights := the_one(store, run).weights) is not None:
        wrong = trouble(weights)
        say(f"weights: {weights}" + (f", which cannot be loaded: {wrong}" if wrong else ""))


@app.command()
def clean(
    everything: Annotated[
        bool, typer.Option("--all", help="Also the results whose code, data or versions changed.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be removed, and remove nothing.")
    ] = False,
    sure: Annotated[bool, typer.Option("--yes", help="Remove results; --all does not without.")] = False,
    execute_files: ExecuteFiles = False,
) -> None:
    """Remove what interrupted processes left behind, and with --all --yes the results that no longer hold."""
    from plausible.report.kept import removable
    from plausible.study.store.cleaning import rescue
    from plausible.study.store.store import Store, remove

    for option, given in (("--execute-files", execute_files), ("--yes", sure)):
        if given and not everything:
            raise BadInput(f"{option} says something of what --all removes: expected --all beside it")
    store = Store(execute=execute_files, only_look=dry_run)
    rows = removable(store, everything, execute_files)
    outdated = rows[rows.what == "stale"]
    if dry_run:
        for row in rows.to_dict("records"):
            about = "{what}: {run} in {path}: {change}" if row["what"] == "stale" else "{what}: {path}"
            say(about.format_map(row))
        say(f"{len(rows) - len(outdated)} left over and {len(outdated)} stale would be removed")
        return
    if len(outdated) and not sure:
        raise BadInput(
            f"--all would remove {count(len(outdated), 'result')} for good: look first with --dry-run, then add --yes"
        )
    rescued = rescue(store)
    left_over = removable(store)
    for path in [*left_over.path, *outdated.path]:
        remove(Path(path))
    say(f"{len(left_over)} left over and {len(outdated)} stale removed")
    if rescued:
        say(f"{count(len(rescued), 'whole run')} left over and put back in place")


@quarantine.command("list")
def quarantine_list() -> None:
    """The runs that were moved to quarantine, and those that were left where they are, each with the reason."""
    from plausible.report.kept import unused
    from plausible.study.store.store import Store

    store = Store()
    rows = unused(store)
    aside = rows["where"] == "quarantine"
    for row in rows[aside].to_dict("records"):
        say(f"{row['key']} in quarantine: {row['reason'] or 'whole, can be restored'}")
    for row in rows[~aside].to_dict("records"):
        say(f"{row['key']} left in {store.runs}: {row['reason']}")
    say(f"{aside.sum()} in quarantine, {(~aside).sum()} left where they are and not used")


@quarantine.command("restore")
def quarantine_restore(
    run: Annotated[str, typer.Argument(help="The key of a run in quarantine, or its beginning.")],
) -> None:
    """Put a run back into its place, if it is whole by now."""
    from plausible.study.store.cleaning import begun, quarantined, restore
    from plausible.study.store.store import Store

    store = Store()
    matches = [held for held in quarantined(store) if held.folder.name.startswith(run)]
    if len(matches) != 1:
        raise BadInput(
            f"{begun(f'runs in {str(store.quarantined)!r}', run, [held.folder for held in matches])}: expected a key, "
            "as in plausible quarantine list"
        )
    say(str(restore(store, matches[0])))


@app.command()
def export(
    study: Study,
    scale: Scale = "fast",
    folder: Annotated[Path, typer.Option(help="Where the table goes.")] = Path("studies/tables"),
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Also a table that is of another scale, or not of this study.")
    ] = False,
) -> None:
    """Write the small table of a study that is committed, so that its figure can be drawn on a fresh clone.

    A table that is there is replaced if it is of the same scale. The command that draws it is printed, or which file is
    missing for it.
    """
    from plausible.plotting import committed as figures
    from plausible.report.comparison import writable
    from plausible.study import campaign
    from plausible.study.store.export import scales_of, write_table
    from plausible.study.store.store import Store
    from plausible.study.study import find

    folder, store, definition = at_home("--folder", folder), Store(), find(study)
    plan = campaign.plan(definition, scale)
    stored = plan.stored(store)
    missing = len(plan.keys) - len(stored)
    if missing:
        raise BadInput(
            f"{missing} of {count(len(plan.keys), 'run')} missing: plausible run {study} --scale {scale}"
        )
    file = folder / f"{definition.name}.parquet"
    if not overwrite and file.exists() and (there := scales_of(file)) != [scale]:
        raise BadInput(
            f"table {str(file)!r} is of scale {', '.join(there) or 'unknown'}, not {scale}: choose another --folder, "
            "or add --overwrite"
        )
    writable(folder, "--folder")
    write_table(definition, scale, plan, store, file, study)
    say(str(file))
    if drawn_by := figures.to_draw(file):
        remark(f"drawn by: {drawn_by}")
    else:
        remark(f"no figure draws it yet: {figures.missing(file.stem)}")
