"""One process with its contenders: `python -m benchmarks.worker NAME+NAME SIZES BATCH THREADS STEPS`.

Prints "ready" when warmed up; then, for every line it reads, gives each contender about `BLOCK` seconds and prints
the seconds that each took for a step: by the clock, or of the processor where there is one thread, which on an idle
machine is the same, and on a busy one leaves out what other processes took. Where there are several contenders they
take turns of `SLICE` seconds, so that what moves slowly on the machine moves all of them.
"""

from __future__ import annotations

import math
import sys
import time

from benchmarks.contenders import Contender, contender
from benchmarks.setting import Setting

BLOCK = 0.4  # seconds: long beside the time that idle threads of another process may spin
SLICE = 0.02  # seconds
WARM = 0.6  # seconds


def warmed(training: Contender) -> int:
    """The steps of a slice, after `WARM` seconds of training."""
    done, began = 0, time.perf_counter()
    while time.perf_counter() - began < WARM:
        training.steps(3)
        done += 3
    return math.ceil(SLICE * done / (time.perf_counter() - began))


def main(names: str, sizes: str, batch: str, threads: str, steps: str) -> None:
    setting = Setting(tuple(map(int, sizes.split("-"))), int(batch), int(threads), int(steps))
    now = time.process_time if setting.threads == 1 else time.perf_counter
    team = [contender(name, setting) for name in names.split("+")]
    turns = [warmed(training) for training in team]
    slices = math.ceil(BLOCK / SLICE)
    print("ready", flush=True)
    for _ in sys.stdin:
        seconds = [0.0] * len(team)
        for index in range(slices + 1):
            for member in range(len(team))[:: 1 if index % 2 else -1]:
                began = now()
                team[member].steps(turns[member])
                if index:  # the first slice wakes threads and caches up
                    seconds[member] += now() - began
        print(*(taken / (slices * n) for taken, n in zip(seconds, turns, strict=True)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
