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
from plausible.core import Presentation, randomness, read_only
from plausible.networks.mlp import MLP
from plausible.registry import registry
from plausible.spiking.compiled import Compiled, compiler
from plausible.spiking.diehl_cook.network import SLOT, circuit
from plausible.spiking.diehl_cook.presentation import fresh
from plausible.tasks.streams import rewarding

PIXELS = 784
BOUNDS = {100: 3.5, 400: 12.0}  # ms a slot
LEARNING = (
    *("s2-stdp", "paired-competing-neurons", "neuronal-competition-groups"),
    *("first-spike-stdp", "first-spike-reward-stdp"),
    *("event-driven-feedback", "kinase", "urbanczik-senn", "reward-stdp", "mstdpet", "diehl-cook"),
)
CHUNK = 1000  # examples of a presentation
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
from plausible.registry import registry
from plausible.networks.mlp import MLP
from plausible.core import read_only
import sys
rule, rng = registry.rule(sys.argv[1], MLP((100,))), np.random.default_rng(0)
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
    yield from examples_of_rules(rounds)
    yield from profiled(400, slots)
    yield from side_by_side(100, rounds, slots)
    yield from beside_runtime(400)
    yield from memory()


def memory() -> Iterator[Row]:
    """The most that a process and its programs hold at once while they learn from 60,000 images."""
    for name, what in (("diehl-cook", ""), ("neuronal-competition-groups", "groups of first spikes, ")):
        command = [sys.executable, "-c", MEMORY, name]
        peak = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        said = f"peak memory, {what}runs of 1,000 of 60,000 images, 784-100"
        yield Row("spiking", said, int(peak.stdout) / 1e9, "GB", 1.5)


def built() -> Iterator[Row]:
    """Seconds to compile, and to find what is compiled; how often a program is built that several runs need."""
    builds: list[Path] = []

    class Counted(Compiled):
        def generate(self) -> None:
            builds.append(self.folder)
            Compiled.generate(self)

    with tempfile.TemporaryDirectory() as folder:
        programs = [Counted(circuit(PIXELS, 100), Path(folder)) for _ in range(3)]
        began, before = time.perf_counter(), used()
        programs[0].build()
        spent, note = used() - before, f"{time.perf_counter() - began:.0f} s by the clock"
        yield Row("spiking", "Brian2 circuit 784-100 built; processor time", spent, "s", 60.0, note=note)
        began = time.perf_counter()
        programs[0].build()
        yield Row("spiking", "784-100 found built already", time.perf_counter() - began, "s", 0.1)
        for seed, program in enumerate(programs):
            program.run(SLOT, start(100) | {"control.seed": seed}, [])
    yield Row("spiking", "784-100: builds for three seeds and a second look", len(builds), "", 1.0)


def examples_of_rules(rounds: int) -> Iterator[Row]:
    """Every spiking rule that serves tasks, learning digits in presentations of 1,000; programs are built before."""
    task = registry.task("digits", randomness(0).data)
    x, y = task.train.x[:CHUNK].astype("float32"), task.train.y[:CHUNK].astype("float32")
    shown = Presentation(x, y, rewarding(task.kind, y, None))
    for name in LEARNING:
        rule, rng = registry.rule(name, MLP((100,))), np.random.default_rng(0)
        params, state = rule.init(task.n_in, task.n_out, rng)
        step, taken = rule.update(read_only(params), state, shown, rng), []
        for _ in range(rounds):
            before = used() + time.process_time()
            step = rule.update(read_only(params), step.state, shown, rng)
            taken.append(1000 * (used() + time.process_time() - before) / CHUNK)
        events = float(step.internals["synaptic events"]) / CHUNK
        each = statistics.median(taken)
        note = f"{events:.0f} synaptic events, {1e6 * each / events:.0f} ns each"
        yield Row("spiking", f"{name}, 64-100: a digit, learning", each, "ms", rounds=rounds, note=note)


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
