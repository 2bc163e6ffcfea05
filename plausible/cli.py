"""The command `plausible`."""

from __future__ import annotations

import json
import signal
import sys
import threading
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any

import typer

from plausible import cli_known, cli_results, cli_study, cli_tune
from plausible.errors import BadInput
from plausible.terminal import complain, err, remark, replace_what_cannot_be_encoded, say, show

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


for part in (cli_known, cli_study, cli_results, cli_tune):
    app.add_typer(part.app)


@app.callback(invoke_without_command=True)
def plausible(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Say which version this is, and end.")] = False,
) -> None:
    """Biologically plausible learning beside backpropagation: same tasks, same seeds, same budget."""
    if version:
        print(f"plausible {metadata.version('plausible')}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        print(context.get_help())


@app.command()
def compare(
    task: Annotated[str, typer.Option(help="What is learned; see `plausible list tasks`.")] = "digits",
    rules: Annotated[
        str, typer.Option(help="Names, initials or FILE.py:Class, with commas in between.")
    ] = "",
    seeds: Annotated[int, typer.Option(help="Runs per rule; seed 0 and up.")] = 5,
    epochs: Annotated[int | None, typer.Option(help="Passes over the training split.")] = None,
    hidden: Annotated[
        str | None, typer.Option(help="Units of each hidden layer: 800,800; none for no layer.")
    ] = None,
    batch: Annotated[int | None, typer.Option(help="Examples between two weight changes.")] = None,
    activation: Annotated[
        str | None, typer.Option(help="Of the hidden layers: tanh, relu, logistic ...")
    ] = None,
    optimiser: Annotated[
        str | None, typer.Option(help='Such as "sgd[rate=0.1,momentum=0.9]" or "adam".')
    ] = None,
    schedule: Annotated[str, typer.Option(help="Of the learning rate: constant, step or cosine.")] = "cosine",
    window: Annotated[
        int | None, typer.Option(help="Of sequences: time steps between two weight changes.")
    ] = None,
    workers: Annotated[int | None, typer.Option(help="Worker processes; one per core if not given.")] = None,
    out_dir: Annotated[Path, typer.Option("--out", help="Folder for the table and the figure.")] = Path(
        "results/compare"
    ),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Compare learning rules: a table, a figure, and every number in metrics.parquet.

    What is not given follows the task's own recipe. Exit code 1 says that a run diverged or failed.
    """
    from plausible import registry, report
    from plausible.study.compare import Comparison, reasons
    from plausible.study.compare import compare as run
    from plausible.study.executors import cores

    comparison = Comparison(
        task=task,
        rules=tuple(registry.split(rules)) if rules else None,
        seeds=seeds,
        epochs=epochs,
        hidden=None if hidden is None else layers(hidden),
        batch_size=batch,
        activation=activation,
        optimiser=optimiser,
        schedule=schedule,
        window=window,
    )
    report.writable(out_dir)
    with report.progress(err, len(comparison.runs())) as advance:
        result = run(comparison, cores() if workers is None else workers, advance)
    files = report.write(result, comparison, out_dir)
    if as_json:
        print(json.dumps(report.as_json(result, comparison), indent=2))
    else:
        show(*report.tables(result, comparison))
        remark("\n".join(map(str, files)))
    lost = reasons(result)
    if lost:
        remark("\n".join(lost))
        raise typer.Exit(1)


def layers(text: str) -> tuple[int, ...]:
    """`800,800` as (800, 800), and `none` as (). Raises `BadInput`."""
    if text.strip() == "none":
        return ()
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise BadInput(f"--hidden is {text!r}: expected whole numbers such as 800,800, or none") from None


@app.command()
def check(rule: Annotated[str, typer.Argument(help="FILE.py:Class, or the name of a rule")]) -> None:
    """Run the contract tests on a rule, and say in words what is wrong with it."""
    from plausible import contract

    findings = contract.check(rule)
    for finding in findings:
        say(f"{'no ' if finding.problem else 'yes'} {finding.promise}", "red" if finding.problem else None)
        if finding.problem:
            say(f"    {finding.problem}")
    problems = sum(bool(finding.problem) for finding in findings)
    if problems:
        remark(f"{problems} of {len(findings)} promises broken")
        raise typer.Exit(1)


USAGE_ERROR: Any = typer.BadParameter.__base__  # click's, or Typer's own copy of it


def main(arguments: list[str] | None = None) -> None:
    """The entry point: bad input is one line and exit code 2, an interrupt or SIGTERM is exit code 130."""
    code = 0
    try:
        replace_what_cannot_be_encoded()
        heed_termination()
        code = app(arguments, standalone_mode=False)
    except BadInput as error:
        complain(f"error: {error}")
        code = 2
    except USAGE_ERROR as error:
        complain(f"error: {error.format_message().rstrip('.')}; see --help")
        code = 2
    except (typer.Abort, KeyboardInterrupt):
        code = 130
    if code == 130:
        complain("interrupted: the workers have ended; a study keeps the runs that were done")
    sys.exit(code)


def heed_termination() -> None:
    """End on SIGTERM as on an interrupt: otherwise the workers would go on without this process."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)
