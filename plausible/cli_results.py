"""The commands of stored results: why, clean, export."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from plausible.cli_study import Scale, Study
from plausible.errors import BadInput
from plausible.terminal import say

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


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
