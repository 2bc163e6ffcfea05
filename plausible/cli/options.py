"""What commands share: options and what they may be, output that is JSON alone, and what a full disk leaves."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import TYPE_CHECKING, Annotated

import typer

from plausible.errors import BadInput, require, require_number

if TYPE_CHECKING:
    from plausible.study.store.store import Store

MOST_WORKERS = 1024
SHORTEST = 0.001  # seconds that a run may be limited to
LEAST_MEMORY = (
    1.0  # GiB of address space: a worker with less spins in the memory of its linear algebra, or dies
)

Study = Annotated[str, typer.Argument(help="A name in studies/, or FILE.py, or FILE.py:NAME.")]
Scale = Annotated[
    str,
    typer.Option(
        help="smoke (seconds), fast (minutes), long or tuned (some studies), or paper (as published)."
    ),
]
Only = Annotated[str, typer.Option(help='Runs whose name matches, such as "backprop@*" or "*/0".')]
Workers = Annotated[
    int | None, typer.Option(help="Worker processes; one per core if not given, 0 for this process.")
]
Executor = Annotated[str, typer.Option(help="local, dask:local or dask:ADDRESS.")]
Limit = Annotated[float | None, typer.Option(help="Seconds that a run may take.")]
Memory = Annotated[float | None, typer.Option(help="GiB of address space that a worker may take.")]
Retry = Annotated[bool, typer.Option("--retry-failed", help="Run again what diverged, failed or timed out.")]
Keep = Annotated[
    bool,
    typer.Option(
        "--keep-weights",
        help="Keep what each run learns beside its result, in weights.npz, for plausible.load.",
    ),
]
Margin = Annotated[
    float,
    typer.Option(
        help="As good as the reference is who differs by less: points of accuracy, or hundredths of the normalised "
        "error."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


def checked(
    workers: int | None, limit: float | None = None, memory: float | None = None, executor: str = "local"
) -> int:
    """The number of workers. Raises `BadInput` for a resource that no run could be given."""
    from plausible.study.workers.executors import check_workers, cores, kind_of

    number = cores() if workers is None else workers
    require(
        0 <= number <= MOST_WORKERS,
        "the number of workers",
        number,
        f"0 for this process, up to {MOST_WORKERS}",
    )
    if limit is not None:
        require_number("the limit in seconds", limit, SHORTEST)
    if memory is not None:
        require_number("the memory in GiB", memory, LEAST_MEMORY, 2.0**20)
    kind_of(executor)
    check_workers(executor, number, memory)
    return number


def share(margin: float) -> float:
    """A margin of equivalence in points as a share of 1. Raises `BadInput` if it is not positive."""
    require_number("--margin", margin, high=100, open_low=True)
    return margin / 100


@contextmanager
def keeping(store: Store) -> Iterator[None]:
    """A context in which results are stored: an `OSError` in it becomes `BadInput`, the store cannot be written."""
    try:
        yield
    except OSError as error:
        raise BadInput(
            f"results cannot be written to {str(store.root)!r} ({error.strerror or error}): "
            "what was stored is whole; make room and run again"
        ) from error


@contextmanager
def json_alone(wanted: bool) -> Iterator[None]:
    """A context in which all that is printed goes to standard error, if `wanted`: standard output is JSON alone.

    A user's rules, tasks and studies may print when they are imported and when they run, from Python or from a library
    below it. What runs print in this process goes to standard error too, as it does in workers.
    """
    if not wanted:
        yield
        return
    sys.stdout.flush()
    with redirect_stdout(sys.stderr):
        try:
            kept = os.dup(1)
        except OSError:  # there is no standard output at all
            yield
            return
        try:
            os.dup2(2, 1)
            yield
        finally:
            os.dup2(kept, 1)
            os.close(kept)
