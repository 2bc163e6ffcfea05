"""What a comparison leaves behind: a table on the terminal, metrics.parquet, and the figure."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from plausible import report_settling as settled
from plausible.errors import BadInput
from plausible.printing.table import Column, Table
from plausible.printing.words import count
from plausible.study import paired, rest
from plausible.study.compare import Comparison, Estimate, Result, reasons, summary
from plausible.writing import whole


@contextmanager
def progress(console: Console, runs: int) -> Iterator[Callable[[float], None]]:
    """A bar over runs, which keeps quiet where the console is no terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    clock = (TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn())
    with Progress(*columns, *clock, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(f"{runs} runs", total=runs)
        yield lambda done: bar.update(task, completed=done)


def tables(result: Result, comparison: Comparison) -> list[Table]:
    """The summary for people, what came of settling, and every rule beside backprop: what there is of them."""
    rows: Any = summary(result).to_dict("records")
    apart = settled.table(rows) if rest.settles(result.metrics) else None
    beside = tests_table(result)
    return [table for table in (summary_table(result, comparison), apart, beside) if table is not None]


def summary_table(result: Result, comparison: Comparison) -> Table:
    """How well every rule learned, and what that took."""
    percent = bool((result.metrics.metric == "accuracy").any())
    score = "accuracy %" if percent else "normalised error"
    heads = (
        *(f"validation {score}", f"test {score}", "angle to gradient °"),
        *("examples /s", "multiply-adds /example"),
    )
    table = Table(title(comparison, result), [Column("rule", words=True), *map(Column, heads)])
    rows: Any = summary(result).to_dict("records")
    for row in rows:
        lost = [
            f"{row[status]} of {row['runs']} {status}" for status in ("diverged", "failed") if row[status]
        ]
        table.add(
            row["rule"],
            shown(row["validation"], percent),
            shown(row["test"], percent),
            shown(row["gradient angle"], form=".1f"),
            thousands(row["examples per second"]),
            thousands(row["multiply-adds"]),
            note=", ".join(lost),
        )
    return table


def tests(result: Result) -> pd.DataFrame:
    """Every rule beside backprop, paired by seed."""
    return paired.beside_reference(result.metrics, [o.run for o in result.outcomes if o.status != "done"])


def tests_table(result: Result) -> Table | None:
    """The same for people; nothing where backprop was not run, or ran alone."""
    rows = tests(result)
    if not len(rows) or rows.rule.nunique() < 2:
        return None
    note = paired.smallest_p(rows)
    return paired.shown(rows, "test, paired by seed" + (f" ({note})" if note else ""), whole=False)


def title(comparison: Comparison, result: Result) -> str:
    """What was compared, in one line."""
    run = result.outcomes[0].run
    sizes = "-".join(map(str, run.network.hidden)) or "no"
    return f"{comparison.task}, {sizes} hidden units, {count(run.epochs, 'epoch')}, {count(comparison.seeds, 'seed')}"


def shown(estimate: Estimate, percent: bool = False, form: str = "") -> str:
    """A mean with the half width of its 95 % interval, or a dash where there is nothing to average."""
    if not estimate.n:
        return "–"
    factor = 100 if percent else 1
    mean, half = factor * estimate.mean, factor * (estimate.high - estimate.mean)
    form = form or (".2f" if percent else ".3g")
    return f"{mean:{form}} ± {half:{form}}" if estimate.n > 1 else f"{mean:{form}}"


def thousands(estimate: Estimate) -> str:
    """A mean, in groups of three digits."""
    return f"{estimate.mean:,.0f}" if estimate.n else "–"


def as_json(result: Result, comparison: Comparison) -> dict[str, Any]:
    """The summary, for programs: estimates as mean, low, high and n; what is not known is null."""
    run = result.outcomes[0].run

    def plain(value: Any) -> Any:
        if isinstance(value, Estimate):
            return {name: plain(part) for name, part in value._asdict().items()}
        if isinstance(value, float | np.floating):
            return float(value) if np.isfinite(value) else None
        return int(value) if isinstance(value, np.integer) else value

    rows = [{name: plain(cell) for name, cell in row.items()} for row in summary(result).to_dict("records")]
    return {
        "task": comparison.task,
        "seeds": comparison.seeds,
        "hidden": list(run.network.hidden),
        "activation": repr(run.network.activation),
        "output": repr(run.network.output),
        "optimiser": repr(run.optimiser),
        "epochs": run.epochs,
        "batch": run.batch_size,
        "rules": rows,
        "against backprop": paired.plain(tests(result)),
        "lost": reasons(result),
    }


def writable(folder: Path) -> None:
    """Make `folder`, and make sure that files can be written there. Raises `BadInput`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        reason = error.strerror or str(error)
        raise BadInput(
            f"output folder {str(folder)!r} cannot be written ({reason}): choose another with --out"
        ) from error


def write(result: Result, comparison: Comparison, folder: Path) -> list[Path]:
    """Write the measurements, their summary and the figure; each file is whole or not there."""
    from plausible.figure import draw, save

    files = [folder / "metrics.parquet", folder / "summary.json"]
    with whole(files[0]) as name:
        result.metrics.to_parquet(name, index=False)
    with whole(files[1]) as name:
        name.write_text(json.dumps(as_json(result, comparison), indent=2) + "\n")
    done = completed(result)
    if len(done):
        figure = draw(done, title(comparison, result))
        for ending in ("png", "svg"):
            files.append(folder / f"compare.{ending}")
            with whole(files[-1]) as name:
                save(figure, name, ending)
    return files


def completed(result: Result) -> Any:
    """The measurements of the runs that were done."""
    from plausible import registry

    done = {(registry.label(o.run.rule), o.run.seed) for o in result.outcomes if o.status == "done"}
    keep = [(rule, seed) in done for rule, seed in zip(result.metrics.rule, result.metrics.seed, strict=True)]
    return result.metrics[keep]
