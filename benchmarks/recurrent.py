"""What a time step of real-time recurrent learning takes, and how that grows with the units and with the batch."""

from __future__ import annotations

import statistics
import time
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
from threadpoolctl import threadpool_limits

from baselines.rtrl import RTRL
from benchmarks.rows import Row
from plausible.core import randomness
from plausible.networks.rnn import RNN
from plausible.optimise.sgd import SGD
from plausible.tasks.streams import Windows
from plausible.tasks.task import Split
from plausible.train import train

BOUND = 150.0  # microseconds a step at 32 units, batch 1, float32, one thread
UNITS, BATCHES = (32, 64, 128), (1, 4, 16, 64)
STEPS = 20  # of a window, where growth is measured


def step(units: int, batch: int, window: int, number: int) -> float:
    """Microseconds of processor time a time step of the add task, weight changes every `window` steps included."""
    rng = np.random.default_rng(0)
    rule, roles = RTRL(RNN((units,))), randomness(0)
    params, state = rule.init(2, 2, roles.weights)
    length = 50 * window
    x, y = (rng.random((length, batch, 2), dtype=np.float32) for _ in range(2))
    stream = Windows(window, batch)(Split(x, y), "values", 1_000_000, roles.order)
    ticks = train(rule, SGD(1e-4), params, state, stream, roles.noise)
    deque(islice(ticks, 10), maxlen=0)
    taken = []
    for _ in range(number):
        began = time.process_time()
        deque(islice(ticks, max(100 // window, 1)), maxlen=0)
        taken.append((time.process_time() - began) / (max(100 // window, 1) * window))
    return 1e6 * statistics.median(taken)


def slope(sizes: Sequence[int], taken: Sequence[float]) -> float:
    """The exponent of a power law through the measurements, by least squares on logarithms."""
    return float(np.polyfit(np.log(sizes), np.log(taken), 1)[0])


def rtrl(number: int) -> Iterator[Row]:
    """A step online, and the exponents of its growth; n⁴ multiply-adds and n³ numbers a step are expected."""
    with threadpool_limits(1):
        online = step(32, 1, 1, number)
        yield Row(
            "rtrl", "rtrl, 32 units, batch 1, a change every step", online, "µs a step", BOUND, rounds=number
        )
        windows = step(32, 1, STEPS, number)
        what = f"rtrl, 32 units, batch 1, a change every {STEPS} steps"
        yield Row("rtrl", what, windows, "µs a step", rounds=number)
        by_units = [step(n, 1, STEPS, max(number // 4, 3)) for n in UNITS]
        note = ", ".join(f"{n} units {taken:.0f} µs" for n, taken in zip(UNITS, by_units, strict=True))
        exponent = slope(UNITS, by_units)
        yield Row(
            "rtrl", "rtrl, exponent of its growth with units; 3 to 4 expected", exponent, "", 4.2, note=note
        )
        by_batch = [step(32, b, STEPS, max(number // 4, 3)) for b in BATCHES]
        note = ", ".join(f"batch {b} {taken:.0f} µs" for b, taken in zip(BATCHES, by_batch, strict=True))
        exponent = slope(BATCHES, by_batch)
        yield Row(
            "rtrl", "rtrl, exponent of its growth with the batch; 1 expected", exponent, "", 1.15, note=note
        )
