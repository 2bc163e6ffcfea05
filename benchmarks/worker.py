"""One contender in a process of its own: `python -m benchmarks.worker NAME SIZES BATCH THREADS`.

Prints "ready" when warmed up; then, for every line it reads, trains for about `BLOCK` seconds and prints the
seconds of a step: by the clock, or of the processor where there is one thread, which on an idle machine is the same,
and on a busy one leaves out what other processes took.
"""

from __future__ import annotations

import math
import sys
import time

from benchmarks.contenders import contender
from benchmarks.setting import Setting

BLOCK = 0.4  # seconds: long beside the time that idle threads of another contender may spin
WARM = 1.0  # seconds


def main(name: str, sizes: str, batch: str, threads: str) -> None:
    training = contender(name, Setting(tuple(map(int, sizes.split("-"))), int(batch), int(threads)))
    now = time.process_time if threads == "1" else time.perf_counter
    training.steps(3)
    done, began = 0, time.perf_counter()
    while time.perf_counter() - began < WARM:
        training.steps(3)
        done += 3
    steps = math.ceil(BLOCK * done / (time.perf_counter() - began))
    print("ready", flush=True)
    for _ in sys.stdin:
        training.steps(math.ceil(steps / 20))  # wakes threads and caches up, off the clock
        began = now()
        training.steps(steps)
        print((now() - began) / steps, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
