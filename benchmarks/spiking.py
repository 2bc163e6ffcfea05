"""How fast spikes are: Diehl and Cook's network per slot, its profile and bound, beside Brian2's runtime; memory.

A slot is 350 ms of an image and 150 ms of rest. Images are drawn, of the size and the mean brightness of MNIST's.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.rows import Row
from plausible.spiking.compiled import Compiled, compiler
from plausible.spiking.diehl_cook.network import SLOT, circuit
from plausible.spiking.diehl_cook.presentation import fresh

PIXELS = 784
BOUNDS = {100: 6.0, 400: 18.0}  # ms a slot
BYTES = (
    4 + 4 + 8 + 8
)  # a synaptic event: its number, its target, weight and arrival read and written, in float32
RUNTIME = """
import sys, time, numpy as np
from benchmarks.spiking import start
from plausible.spiking.diehl_cook.network import circuit
from plausible.spiking.live import Live
live = Live(circuit(784, int(sys.argv[1]), rows=100), target="cython", dt=0.1)
values = start(int(sys.argv[1]), 100)
live.run(100, values, [])
began = time.process_time()
live.run(5000, values, [])
print(1000 * (time.process_time() - began))
"""
MEMORY = """
import resource, numpy as np
from benchmarks.spiking import digits
from plausible.rules.spiking.diehl_cook import DiehlCook
from plausible.networks.mlp import MLP
from plausible.core import randomness, read_only
rule, rng = DiehlCook(MLP((100,))), np.random.default_rng(0)
params, state = rule.init(784, 10, rng)
x, y = np.tile(digits(1000), (60, 1)).astype("float32"), np.eye(10, dtype="float32")[np.arange(60_000) % 10]
for first in (0, 1000, 2000):
    from plausible.core import Presentation
    shown = Presentation(x[first : first + 1000], y[first : first + 1000], lambda answer: answer)
    state = rule.update(read_only(params), state, shown, rng).state
print(1024 * sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))
"""


def digits(images: int) -> Any:
    """Images of strokes, (images, 784): a fifth of the pixels are on, their mean is that of MNIST, 0.13."""
    rng = np.random.default_rng(0)
    return (rng.random((images, PIXELS)) < 0.2) * rng.uniform(0.3, 1.0, (images, PIXELS))


def start(neurons: int, rows: int = 1000) -> dict[str, Any]:
    """A network that has learned nothing, and images for it."""
    rng = np.random.default_rng(0)
    weights, delay = 0.3 * rng.random((PIXELS, neurons)), 0.5e-3 * rng.integers(0, 21, (PIXELS, neurons))
    values = fresh(weights, np.full(neurons, 0.04), delay)
    return values | {
        "pixels": digits(rows), "control.images": rows, "control.image": -1, "control.total": 1e9,
        "control.seed": 1, "control.learn": 1.0,
    }  # fmt: skip


def used() -> float:
    """Processor seconds of the programs that have ended."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime


def spiking(rounds: int, slots: int = 50) -> Iterator[Row]:
    """All rows; none without a C++ compiler."""
    if compiler() is None:
        yield Row("spiking", "Diehl and Cook", float("nan"), "ms a slot", note="skipped: no C++ compiler")
        return
    for neurons, bound in BOUNDS.items():
        program, values, taken = Compiled(circuit(PIXELS, neurons)), start(neurons), []
        program.build()
        for _ in range(rounds):
            before = used()
            program.run(slots * SLOT, values, [])
            taken.append(1000 * (used() - before) / slots)
        what = f"STDP network 784-{neurons}: a slot of 0.5 s, learning; processor time"
        yield Row("spiking", what, statistics.median(taken), "ms a slot", bound, rounds=rounds)
    yield from built()
    yield from profiled(400, slots)
    yield from side_by_side(100, rounds, slots)
    yield from beside_runtime(400)
    peak = subprocess.run([sys.executable, "-c", MEMORY], check=True, stdout=subprocess.PIPE, text=True)
    yield Row(
        "spiking", "peak memory, runs of 1,000 of 60,000 images, 784-100", int(peak.stdout) / 1e9, "GB", 1.5
    )


def built() -> Iterator[Row]:
    """Seconds to compile, and to find what is compiled."""
    with tempfile.TemporaryDirectory() as folder:
        program = Compiled(circuit(PIXELS, 100), Path(folder))
        began = time.perf_counter()
        program.build()
        yield Row("spiking", "Brian2 circuit 784-100 built", time.perf_counter() - began, "s", 60.0)
        began = time.perf_counter()
        assert not program.build(), "built twice"
        yield Row("spiking", "784-100 found built already", time.perf_counter() - began, "s", 0.1)


def profiled(neurons: int, slots: int) -> Iterator[Row]:
    """Which parts of the program take the time, and the bound: synaptic events by the bytes that one moves."""
    program = Compiled(circuit(PIXELS, neurons), profile=True)
    program.run(slots * SLOT, start(neurons), [])
    total = sum(program.profiled.values())
    for part, seconds in sorted(program.profiled.items(), key=lambda item: -item[1])[:6]:
        share = f"{100 * seconds / total:.0f} % of the slot"
        yield Row("spiking", f"784-{neurons}: {part}", 1000 * seconds / slots, "ms a slot", note=share)
    big = np.ones(2**25, np.uint8)  # pages that are there
    began = time.process_time()
    for _ in range(8):
        big += 1
    speed = 8 * 2 * big.nbytes / (time.process_time() - began)  # bytes read and written a second
    events = digits(1000).mean() * PIXELS * 63.75 * 0.35 * neurons
    note = (
        f"{events:.3g} synaptic events, {BYTES} bytes each, at {speed / 1e9:.1f} GB/s; twice, for the queue"
    )
    yield Row(
        "spiking", f"784-{neurons}: bound of memory", 2000 * events * BYTES / speed, "ms a slot", note=note
    )


def side_by_side(neurons: int, rounds: int, slots: int) -> Iterator[Row]:
    """Two seeds at a time over one after the other: at least 1.8 where two cores are idle."""
    from concurrent.futures import ThreadPoolExecutor

    program, ratios = Compiled(circuit(PIXELS, neurons)), []
    starts = [start(neurons) | {"control.seed": seed} for seed in (1, 2)]
    with ThreadPoolExecutor(2) as pool:
        for _ in range(rounds):
            times = []
            for workers in (map, pool.map):
                began = time.perf_counter()
                list(workers(lambda values: program.run(slots * SLOT, values, []), starts))
                times.append(time.perf_counter() - began)
            ratios.append(times[1] / times[0])
    what = "STDP network 784-100: time of two seeds side by side, of one after the other"
    yield Row("spiking", what, statistics.median(ratios), "", 1 / 1.8, rounds=rounds)


def beside_runtime(neurons: int, images: int = 3) -> Iterator[Row]:
    """An image, with the repetitions that it takes, beside one slot of Brian2's runtime at its default step of 0.1 ms.

    The equations are the same, so it is the runtime that is compared, as the example of [diehl2015] which comes with
    Brian2 uses it: compiled by Cython, driven from Python, step by step.
    """
    program, values = Compiled(circuit(PIXELS, neurons)), start(neurons)
    ratios, ours, theirs = [], [], []
    for _ in range(images):
        before = used()
        program.run(20 * SLOT, values, [])
        ours.append(1000 * (used() - before) / 20)
        answer = subprocess.run(
            [sys.executable, "-c", RUNTIME, str(neurons)], check=True, stdout=subprocess.PIPE, text=True
        )
        theirs.append(float(answer.stdout))
        ratios.append(ours[-1] / theirs[-1])
    low, middle, high = statistics.quantiles(ratios, method="inclusive")
    yield Row(
        "spiking", f"784-{neurons} over Brian2's runtime: a slot", statistics.median(ours), "ms a slot", 1 / 20,
        "Brian2, runtime, 0.1 ms", statistics.median(theirs), (low, middle, high), images,
    )  # fmt: skip
