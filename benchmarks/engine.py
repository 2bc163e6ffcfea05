"""What the study engine costs beside running the same runs by hand, and how fast many results are read."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

from benchmarks.rows import Row
from plausible.networks.mlp import MLP
from plausible.optimise.sgd import SGD
from plausible.study.course import execute
from plausible.study.engine import Claims, Silent, compute
from plausible.study.keys.key import key
from plausible.study.run import Run
from plausible.study.store.store import Store
from plausible.study.workers.executors import executor, one_thread

SHARE_BOUND, COST_BOUND, LOAD_BOUND = 1 / 0.9, 50.0, 5.0  # of the ideal, ms, s
WORKERS, SHORT_RUNS, TINY_RUNS, STORED_RUNS = 2, 40, 100, 10_000
SHORT = Run("digits", "backprop", MLP((256, 256)), SGD(0.05, momentum=0.9), epochs=40, batch_size=32)
TINY = Run("two-moons[examples=40]", "backprop", MLP((4,)), SGD(0.1), epochs=1, batch_size=20)


def engine(number: int) -> Iterator[Row]:
    """The time of a study over the ideal, the engine's cost of a run, and the time of loading a large store."""
    runs = [replace(SHORT, seed=seed) for seed in range(SHORT_RUNS)]
    ours, ideal = alternately(partial(by_engine, runs, WORKERS), partial(by_hand, runs, WORKERS), number)
    ratios = sorted(a / b for a, b in zip(ours, ideal, strict=True))
    low, middle, high = statistics.quantiles(ratios, method="inclusive") if number > 1 else ratios * 3
    yield Row(
        "engine",
        f"{SHORT_RUNS} short runs on {WORKERS} workers, over the same runs in {WORKERS} bare processes",
        statistics.median(ours),
        "s",
        SHARE_BOUND,
        beside="bare processes",
        theirs=statistics.median(ideal),
        ratio=(low, middle, high),
        rounds=number,
    )
    tiny = [replace(TINY, seed=seed) for seed in range(TINY_RUNS)]
    ours, bare = alternately(partial(by_engine, tiny, 1), partial(by_hand, tiny, 1), number)
    costs = [1e3 * (a - b) / len(tiny) for a, b in zip(ours, bare, strict=True)]
    what = f"the engine's cost of a run: key, lock, worker and store, mean of {TINY_RUNS} tiny runs"
    yield Row("engine", what, statistics.median(costs), "ms", COST_BOUND, rounds=number)
    yield loading(number)


def alternately(
    ours: Callable[[], float], theirs: Callable[[], float], number: int
) -> tuple[list[float], list[float]]:
    """Seconds of both, in turns."""
    pairs = [(ours(), theirs()) for _ in range(number)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def by_engine(runs: Sequence[Run], workers: int) -> float:
    """Seconds that the engine takes to compute and store `runs`, from starting its workers to their end."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        with executor("local", workers, tasks={run.task for run in runs}) as workplace:
            compute(runs, workplace, workers + 1, Silent(), claims=Claims(Store(Path(folder))))
        return time.perf_counter() - began


def by_hand(runs: Sequence[Run], workers: int) -> float:
    """Seconds that bare processes take, each with its share of the runs, from their first run to their last."""
    with ProcessPoolExecutor(workers, initializer=one_thread) as pool:
        return max(pool.map(in_turn, [runs[first::workers] for first in range(workers)]))


def in_turn(runs: Sequence[Run]) -> float:
    """Execute `runs` one after the other, and say how many seconds that took."""
    began = time.perf_counter()
    for run in runs:
        execute(run)
    return time.perf_counter() - began


def loading(number: int) -> Row:
    """Seconds to load all measurements of a store of many runs, whose files the system has in memory.

    The first time reads one file per run and packs them; quoted is what every later time takes, the first in words.
    """
    outcome, base = execute(TINY), key(TINY)
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        keys = [replace(base, spec=f"{base.spec}-{n}") for n in range(STORED_RUNS)]
        for one in keys:
            store.save(one, outcome)
        os.sync()  # the disk is at rest from now on
        taken = []
        for _ in range(1 + max(number, 3)):
            began = time.perf_counter()
            frame = Store(Path(folder)).measured(keys)
            taken.append(time.perf_counter() - began)
        assert len(frame) == STORED_RUNS * len(outcome.rows)
    what = f"loading {STORED_RUNS:,} stored runs of {len(outcome.rows)} measurements each"
    note = f"{taken[0]:.1f} s the first time, when one file per run is read"
    return Row(
        "engine", what, statistics.median(taken[1:]), "s", LOAD_BOUND, rounds=len(taken) - 1, note=note
    )
