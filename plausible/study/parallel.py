"""Many runs at once: worker processes with one BLAS thread each, and nothing left behind."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Any

from pebble import ProcessPool
from threadpoolctl import threadpool_limits

from plausible.errors import BadInput
from plausible.study.run import Outcome, Run, execute

_reports: Any = None  # of a worker: where it says how far it is


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def execute_all(
    runs: Sequence[Run], workers: int, progress: Callable[[float], None] = lambda done: None
) -> Iterator[Outcome]:
    """The outcomes of `runs`, in their order, from `workers` processes; `progress` hears how many runs are done.

    Whatever the number of workers, every run computes in a process of its own kind, with one BLAS thread, so its
    numbers are the same to the last bit. A worker that dies costs its own run, which comes back as "failed".
    Leaving the iterator early, or an interrupt, ends the workers at once.
    """
    context = multiprocessing.get_context("spawn")
    reports = context.SimpleQueue()
    pool: Any = ProcessPool(max_workers=workers, context=context, initializer=_prepare, initargs=(reports,))
    finished = False
    try:
        futures = [pool.submit(_work, None, index, run) for index, run in enumerate(runs)]
        fractions = [0.0] * len(runs)
        waiting: set[Future[Outcome]] = set(futures)
        while waiting:
            _, waiting = wait(waiting, timeout=0.1, return_when=FIRST_COMPLETED)
            while not reports.empty():
                index, fraction = reports.get()
                fractions[index] = fraction
            for index, future in enumerate(futures):
                if future.done():
                    fractions[index] = 1.0
            progress(sum(fractions))
        finished = True
        for run, future in zip(runs, futures, strict=True):
            error = future.exception()
            if isinstance(error, BadInput):
                raise error
            yield Outcome(run, "failed", f"{type(error).__name__}: {error}") if error else future.result()
    finally:
        if finished:
            pool.close()
        else:
            pool.stop()
        pool.join()


def _prepare(reports: Any) -> None:
    global _reports
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to end
    threadpool_limits(1)  # of the libraries that are loaded; the environment is for those that will be
    os.environ.update(OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1", OMP_NUM_THREADS="1")
    _reports = reports


def _work(index: int, run: Run) -> Outcome:
    return execute(run, lambda fraction: _reports.put((index, fraction)))
