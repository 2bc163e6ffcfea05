"""The command `plausible compare`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from plausible.cli.options import (
    AsJson,
    Keep,
    Limit,
    Margin,
    Retry,
    Workers,
    checked,
    json_alone,
    keeping,
    share,
)
from plausible.errors import BadInput, require
from plausible.printing.terminal import ClosedPipe, emit, remark, show
from plausible.printing.words import count, stored_before
from plausible.writing import at_home

if TYPE_CHECKING:
    from plausible.study.compare import Comparison, Result

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
LOCK = "compare.lock"


Task = Annotated[str, typer.Option(help="What is learned; see `plausible list tasks`.")]
Rules = Annotated[
    str | None,
    typer.Option(
        help="Names, initials or FILE.py:Class, with commas in between; fa@adam for an optimiser of its own."
    ),
]
Seeds = Annotated[int, typer.Option(help="Runs per rule; seed 0 and up.")]
Epochs = Annotated[int | None, typer.Option(help="Passes over the training split.")]
Hidden = Annotated[str | None, typer.Option(help="Units of each hidden layer: 800,800; none for no layer.")]
Batch = Annotated[int | None, typer.Option(help="Examples between two weight changes.")]
Activation = Annotated[str | None, typer.Option(help="Of the hidden layers: tanh, relu, logistic ...")]
First = Annotated[
    str | None, typer.Option(help="Of the first weights: uniform, orthogonal, glorot, he, gaussian(0.1) ...")
]
Network = Annotated[
    str | None,
    typer.Option(help='What learns: mlp or rnn, "mlp[bias=False,output=linear]" or FILE.py:Class[width=16].'),
]
Probes = Annotated[
    str | None,
    typer.Option(help="What else is measured: names or FILE.py:Class, with commas in between."),
]
Optimiser = Annotated[str | None, typer.Option(help='Such as "sgd[rate=0.1,momentum=0.9]" or "adam".')]
Tuned = Annotated[
    str | None, typer.Option(help="A tuned study: options and optimisers that won there, of its rules.")
]
Schedule = Annotated[str, typer.Option(help="Of the learning rate: constant, step or cosine.")]
Window = Annotated[int | None, typer.Option(help="Of sequences: time steps between two weight changes.")]
Out = Annotated[
    Path | None,
    typer.Option("--out", help="Folder for the table and the figure; results/compare if not given."),
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Also where another comparison lies in that folder.")
]
Html = Annotated[
    Path | None,
    typer.Option("--html", help="A file: the comparison as one page that needs no other file, too."),
]


@app.command()
def compare(
    task: Task = "digits",
    rules: Rules = None,
    seeds: Seeds = 5,
    epochs: Epochs = None,
    hidden: Hidden = None,
    batch: Batch = None,
    activation: Activation = None,
    init: First = None,
    network: Network = None,
    probes: Probes = None,
    optimiser: Optimiser = None,
    tuned: Tuned = None,
    schedule: Schedule = "cosine",
    window: Window = None,
    workers: Workers = None,
    limit: Limit = None,
    retry_failed: Retry = False,
    keep_weights: Keep = False,
    out_dir: Out = None,
    overwrite: Overwrite = False,
    margin: Margin = 1.0,
    as_json: AsJson = False,
    html: Html = None,
) -> None:
    """Compare learning rules: a table, a figure, and every number in metrics.parquet.

    What is not given follows the task's own recipe. Runs are stored: what is there is not computed again. Without
    --out, results/compare is written to if it holds the same comparison or none, else results/compare-2, and so on.
    Exit code 1 says that a run diverged or failed, or that the figure could not be drawn. With --keep-weights,
    summary.json and --json name the files of weights. They lie beside the results, results/runs/KEY/weights.npz, and
    are removed with them by `clean`; a stored run without such a file is computed again for it.
    """
    from plausible.registry import specs
    from plausible.report import comparison_page
    from plausible.study.compare import Comparison

    processes, out_dir = checked(workers, limit), out_dir and at_home("--out", out_dir)
    if html is not None:
        html = at_home("--html", html)
        comparison_page.checked(html, overwrite)
    equal = share(margin)
    comparison = Comparison(
        task=task,
        rules=None if rules is None else tuple(specs.split(rules, "--rules")),
        seeds=seeds,
        epochs=epochs,
        hidden=None if hidden is None else layers(hidden),
        batch_size=batch,
        activation=activation,
        init=init,
        network=network,
        probes=() if probes is None else tuple(specs.split(probes, "--probes")),
        optimiser=optimiser,
        schedule=schedule,
        window=window,
        tuned=tuned,
    )
    with json_alone(as_json or processes == 0):
        how = {"limit": limit, "retry_lost": retry_failed, "keep_weights": keep_weights}
        result = carried_out(comparison, processes, out_dir, overwrite, how)
    if html is not None:  # before what may end with an exit code, as where a run was lost
        comparison_page.write(
            comparison_page.page(result, comparison, to_say(result, comparison), equal), html
        )
        remark(str(html))
    printed(result, comparison, out_dir, overwrite, as_json, equal)


def printed(
    result: Result,
    comparison: Comparison,
    out: Path | None,
    overwrite: bool,
    as_json: bool,
    margin: float,
) -> None:
    """Print the results of a comparison, and write its files. Raises `typer.Exit` where something is lost."""
    from plausible.report import comparison as report

    with json_alone(as_json):
        text = json.dumps(report.as_json(result, comparison, margin), indent=2) if as_json else ""
    try:
        if as_json:
            emit(text)
        else:
            show(*report.tables(result, comparison, margin))
        lost = told(result, comparison)
    except ClosedPipe:  # nobody reads on; the files are written all the same
        with redirect_stderr(StringIO()):
            left(result, comparison, out, overwrite, margin)
        raise
    if not left(result, comparison, out, overwrite, margin) or lost:
        raise typer.Exit(1)


def carried_out(
    comparison: Comparison, workers: int, out: Path | None, overwrite: bool, how: Mapping[str, Any]
) -> Result:
    """Run what is missing, once it is known that the files can be written; `how` are options of `compare`."""
    from plausible.cli.progress import followed
    from plausible.report import comparison as report
    from plausible.study.compare import compare as run
    from plausible.study.folders import place, spec
    from plausible.study.store.store import Store, locked

    wanted = spec(comparison)  # before the folder is made, so that a refused comparison leaves none
    store = Store()
    locked(store.root / "locks" / LOCK)  # what lies in the lock's place is refused before the runs
    report.writable(place(wanted, out, store.root / "compare", overwrite))
    runs = len(comparison.entries)
    with keeping(store), followed(count(runs, "run"), runs) as lines:
        return run(comparison, workers, lines.all_done, store=store, **how)


def left(result: Result, comparison: Comparison, out: Path | None, overwrite: bool, margin: float) -> bool:
    """Write the files of a comparison, numbers first. Returns whether the figure could be drawn, too."""
    from plausible.report import comparison as report
    from plausible.study.folders import place, spec
    from plausible.study.store.store import Store, locked

    root = Store().root
    try:
        with locked(root / "locks" / LOCK):  # two comparisons that end at once must not take the same folder
            folder = place(spec(comparison), out, root / "compare", overwrite)
            report.writable(folder)
            files = report.write(result, comparison, folder, margin)
            drawn, trouble = report.draw(result, comparison, folder)
    except OSError as error:
        folder = root / "compare" if out is None else out
        raise BadInput(
            f"folder {str(folder)!r} cannot be written ({error.strerror or error}): the runs are stored; make room and "
            "give the same command again"
        ) from error
    for file in (*files, *drawn):
        remark(str(file))
    if trouble:
        remark(f"the figure could not be drawn: {trouble}")
    return not trouble


def told(result: Result, comparison: Comparison) -> bool:
    """Say how much was computed, what is not tuned, and what was lost. Returns whether anything was lost."""
    from plausible.report.answers import unread
    from plausible.report.comparison import completed
    from plausible.report.labels import plain_rule
    from plausible.report.networks import of_networks
    from plausible.report.remarks import remarks
    from plausible.report.summary import reasons, unmeasured
    from plausible.study.tuning.settings import has_its_own

    runs = len(result.outcomes)
    for line in of_networks(comparison):
        remark(line)
    remark(f"{result.computed} computed, {stored_before(runs - result.computed)}")
    kept = [outcome for outcome in result.outcomes if outcome.weights is not None]
    if kept:
        remark(f"kept the weights of {count(len(kept), 'run')}: summary.json names the files")
    if comparison.tuned is not None:
        for label, run in comparison.entries:
            if run.seed == 0 and label.endswith("@tuned"):
                remark(f"{label}: {run.rule}, {run.optimiser}")
        without = dict.fromkeys(
            label
            for label, run in comparison.entries
            if not label.endswith("@tuned") and (plain_rule(label) == label or has_its_own(run))
        )
        if without:
            remark(f"not tuned in {comparison.tuned!r}: {', '.join(without)}")
    for line in (*unmeasured(result), *unread(result.outcomes), *remarks(completed(result))):
        remark(line)
    lost = reasons(result)
    if lost:
        for line in lost:
            remark(line)
        if result.left:
            remark("what was lost before is not run again; --retry-failed does")
    return bool(lost)


def to_say(result: Result, comparison: Comparison) -> list[str]:
    """What is to be said of a comparison, a line each: own networks, lost runs, failed probes, rules at chance."""
    from plausible.report.comparison import completed
    from plausible.report.networks import of_networks
    from plausible.report.remarks import remarks
    from plausible.report.summary import reasons, unmeasured

    return [*of_networks(comparison), *reasons(result), *unmeasured(result), *remarks(completed(result))]


def layers(text: str) -> tuple[int, ...]:
    """`800,800` as (800, 800), and `none` as (). Raises `BadInput`."""
    if text.strip() == "none":
        return ()
    parts = [part.strip() for part in text.split(",")]
    good = all(re.fullmatch(r"[+-]?[0-9]{1,4000}", part) for part in parts)
    require(good, "--hidden", text, "whole numbers such as 800,800, or none")
    return tuple(map(int, parts))
