"""Contenders that take turns, in processes of which only one computes at a time."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import NamedTuple, TypeAlias

import psutil

from benchmarks.setting import Setting

PAUSE = 0.25  # seconds between turns: OpenBLAS's idle threads spin for 0.13 s before they sleep
LAUNCHES = 6  # times that every process starts anew: where its arrays lie in memory moves a step's time too
OURS_TO_CHOOSE = ("OMP_", "MKL_", "OPENBLAS_", "KMP_", "GOMP_", "GOTO_")  # environment variables left out


Team: TypeAlias = tuple[str, ...]  # contenders in one process


class Round(NamedTuple):
    """One turn of every contender."""

    seconds: dict[str, float]  # a step, by contender
    others: float  # cores that other processes used meanwhile


class Patience:
    """Seconds that may be spent, in all, on waiting until other processes leave cores free."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def wait(self, cores: int, wake: float = 0.5, tolerance: float = 0.1) -> None:
        """Return when `cores` cores are idle, or when patience is over."""
        while self.seconds > 0:
            self.seconds -= wake
            busy = psutil.cpu_percent(wake) / 100 * (psutil.cpu_count() or 1)
            if busy <= (psutil.cpu_count() or 1) - cores + tolerance:
                return


class Worker:
    """Contenders in a plain interpreter."""

    def __init__(self, team: Team, setting: Setting) -> None:
        self.threads = setting.threads
        self.team = team
        sizes = map(str, (setting.batch, setting.threads, setting.steps))
        given = ("+".join(team), setting.network, *sizes)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker", *given],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=plain_environment(),
        )
        self.said()

    def turn(self) -> dict[str, float]:
        """Seconds of a step, by contender."""
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        return dict(zip(self.team, map(float, self.said().split()), strict=True))

    def said(self) -> str:
        """The next line that the process prints."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the process of {'+'.join(self.team)!r} ended: see its message above")
        return line

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def plain_environment() -> dict[str, str]:
    """The environment without settings of thread pools."""
    return {name: value for name, value in os.environ.items() if not name.startswith(OURS_TO_CHOOSE)}


def rounds(teams: Sequence[Team], setting: Setting, number: int, patience: Patience) -> Iterator[Round]:
    """`number` rounds in which every team has one turn, in an order that is reversed every round."""
    launches = min(LAUNCHES, number)
    for launch in range(launches):
        with ExitStack() as stack:
            workers = []
            for team in teams:
                workers.append(Worker(team, setting))
                stack.callback(workers[-1].close)
            for index in range(launch, number, launches):
                yield one_round(workers[:: -1 if index // launches % 2 else 1], patience)


def one_round(workers: Sequence[Worker], patience: Patience) -> Round:
    """One turn of every worker, once there is a free core for each of its threads."""
    patience.wait(workers[0].threads)
    seconds: dict[str, float] = {}
    wall = others = 0.0
    for worker in workers:
        time.sleep(PAUSE)
        began, busy, used = time.perf_counter(), busy_seconds(), cpu_seconds(worker)
        seconds |= worker.turn()
        wall += time.perf_counter() - began
        others += busy_seconds() - busy - (cpu_seconds(worker) - used)
    return Round(seconds, max(others / wall, 0.0))


def cpu_seconds(worker: Worker) -> float:
    """Processor seconds that a worker has used."""
    times = psutil.Process(worker.process.pid).cpu_times()
    return float(times.user + times.system)


def busy_seconds() -> float:
    """Processor seconds that all processes together have used, on all cores."""
    times = psutil.cpu_times()
    idle = times.idle + getattr(times, "iowait", 0.0)
    return float(sum(times[:8]) - idle) if len(times) > 7 else float(sum(times) - idle)
