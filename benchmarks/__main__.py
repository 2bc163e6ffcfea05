"""`python -m benchmarks`: all measurements, one table, and `benchmarks/results.json`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Annotated

import typer
from rich.console import Console

from benchmarks import absolute, engine, recurrent, report, spiking
from benchmarks.alternate import Patience, plain_environment
from benchmarks.machine import installed, machine
from benchmarks.rows import COMPARISONS, Comparison, Row, compared

NAMES = (
    *dict.fromkeys(comparison.name for comparison in COMPARISONS),
    "rtrl",
    "import",
    "memory",
    "engine",
    "spiking",
)
AGAIN = "PLAUSIBLE_BENCHMARKS_AGAIN"  # set where the environment was made plain
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
out, err = Console(), Console(stderr=True)
if not out.is_terminal:
    out.width = 160


@app.command()
def main(
    only: Annotated[str, typer.Option(help=f"Some of {', '.join(NAMES)}, with commas in between.")] = "",
    where: Annotated[str, typer.Option(help='Settings that hold this text, such as "batch 128".')] = "",
    rounds: Annotated[int, typer.Option(help="Turns of every contender.", min=1)] = 24,
    quick: Annotated[bool, typer.Option("--quick", help="Four rounds, and nothing written.")] = False,
    patience: Annotated[float, typer.Option(help="Seconds to wait, in all, for idle cores.")] = 120.0,
) -> None:
    """Measure, print the table, and write benchmarks/results.json."""
    names = only.split(",") if only else NAMES
    unknown = sorted(set(names) - set(NAMES))
    if unknown:
        raise typer.BadParameter(f"{unknown[0]!r} is not one of {', '.join(NAMES)}")
    require_installed([one for one in COMPARISONS if one.name in names and where in str(one.setting)])
    rows: list[Row] = []
    for row in measured(names, where, 4 if quick else rounds, patience):
        rows.append(row)
        err.print("  ".join(report.cells(row)), highlight=False, markup=False, soft_wrap=True)
    rows.sort(key=lambda row: NAMES.index(row.name))
    if not quick:
        report.write(rows, machine())
    out.print(report.table(rows))
    out.print(
        f"other processes used up to {max(row.others for row in rows):.2f} cores meanwhile (median of a row)"
    )


def require_installed(chosen: list[Comparison]) -> None:
    """Raise `BadParameter` unless the packages are there that ours is to be measured beside."""
    for package in ("torch", "jax"):
        if any(package in one.beside.split() for one in chosen) and not installed(package):
            raise typer.BadParameter(
                f"{package} is not installed: expected the contenders, as `pip install --group bench` brings them, "
                f"or --only with measurements that need none of them, such as abstraction"
            )


def measured(names: tuple[str, ...] | list[str], where: str, rounds: int, patience: float) -> Iterator[Row]:
    """The rows of the measurements called `names`, as they come."""
    chosen = [one for one in COMPARISONS if one.name in names and where in str(one.setting)]
    yield from compared(chosen, rounds, Patience(patience))
    if "rtrl" in names:
        yield from recurrent.rtrl(max(rounds, 8))
    if "import" in names:
        yield from absolute.imports(max(rounds // 2, 3))
    if "memory" in names:
        yield from absolute.memory()
    if "engine" in names:
        yield from engine.engine(max(rounds // 8, 1))
    if "spiking" in names:
        yield from spiking.spiking(max(rounds // 8, 3))


if __name__ == "__main__":
    # Every row is measured with what libraries choose themselves. Once: what runs first may set some of it again.
    if plain_environment() != dict(os.environ) and AGAIN not in os.environ:
        again = [sys.executable, "-m", "benchmarks", *sys.argv[1:]]
        os.execve(sys.executable, again, {**plain_environment(), AGAIN: "1"})
    app()
