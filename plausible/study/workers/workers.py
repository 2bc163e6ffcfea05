"""Worker processes on this machine: one that hangs, dies or is killed costs its own run only.

Each has a pipe of its own to its parent, and shares no lock and no queue with the others, so that nothing that one
leaves locked or half written disturbs another. A thread of the parent hands out runs, receives their progress, notices
workers that have died, and ends those that take too long. A worker whose parent is gone finds its pipe closed, and
ends.

A worker leads a group of processes. The processes that it has started end with it, however it ends: by SIGTERM, then
SIGKILL. Those that have left the group, as daemons do (`plausible.study.workers.groups`), go on. So do those
of a worker that is killed at the moment in which its parent is.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import queue
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from plausible.errors import Passing
from plausible.registry.elsewhere import import_elsewhere
from plausible.registry.failure import failure
from plausible.study.keys.key import Key
from plausible.study.work import Outcome, OutOfTime, Status, Work
from plausible.study.workers import groups
from plausible.study.workers.apart import without_main
from plausible.study.workers.travel import Parcel, heard, told, unpacked, unsent

GRACE = 1.0  # seconds beyond its limit that a run has to hand in its measurements
WIND_UP = 1.0  # seconds that a worker has to end by itself when it is told to
TRIES = 2  # how often a run is handed out, if workers die before they can begin it
NAME = "plausible worker"  # of their processes

Execute = Callable[[Work, Callable[[float], None], float | None, Path | None, Key | None, bool], Outcome]


class NotBegun(Exception):
    """No worker could begin a run. That says nothing of the run, so it is not stored."""


@dataclass
class Order:
    """A run that is to be computed."""

    run: Work
    limit: float | None
    checkpoint: Path | None
    key: Key | None = None
    keep: bool = False
    future: Future[Outcome] = field(default_factory=Future)
    began: float | None = None  # when a worker took it up, by the parent's clock
    tries: int = 0

    def lost(self, status: Status, reason: str, traceback: str = "") -> None:
        """Set the outcome of a run that gave no result but a reason."""
        self.future.set_result(Outcome(self.run, status, reason, traceback=traceback))

    def not_begun(self, reason: str) -> None:
        """Give up a run that no worker could begin."""
        self.future.set_exception(NotBegun(reason))

    def overdue(self, now: float) -> float:
        """Seconds since the end of the run's limit and of its time to write; negative before that."""
        if self.limit is None or self.began is None:
            return -float("inf")
        return now - self.began - self.limit - GRACE


class Worker:
    """A process that computes one run after the other, as its parent sees it."""

    def __init__(self, context: Any, execute: Execute, memory: float | None) -> None:
        self.pipe, theirs = context.Pipe()
        self.order: Order | None = None
        given = theirs, execute, memory, dict(os.environ)
        self.process = context.Process(target=work, args=given, name=NAME)
        try:
            with without_main(NAME):
                self.process.start()
        finally:
            theirs.close()  # so that its death closes the pipe

    def take(self, order: Order) -> None:
        """Hand out a run. Raises `OSError` if the worker has died, and any error of packing the run."""
        sent = Parcel(order.run, order.limit, order.checkpoint, order.key, order.keep).packed()
        self.order, order.began = order, None
        order.tries += 1
        self.pipe.send_bytes(sent.encode())

    def send(self, number: int) -> None:
        """Send a signal to the worker and to what it has started."""
        groups.send(self.process.pid, number)

    def hear(self, report: Callable[[Work, float], None]) -> bool:
        """Take in all that the worker has sent. Returns whether it is alive."""
        alive = not wait([self.process.sentinel], 0)  # asked first: then all that it sent has arrived
        try:
            while self.pipe.poll():
                what, value = json.loads(self.pipe.recv_bytes())
                order = self.order
                if order is None:
                    continue
                if what == "began":
                    order.began = time.monotonic()
                elif what == "progress":
                    report(order.run, value)
                elif what == "ended":
                    self.order = None
                    order.future.set_result(heard(order.run, value))
                else:
                    self.order = None
                    order.lost(*value)
        except (EOFError, OSError):
            return False
        except Exception as error:  # the answer cannot be read here
            if self.order is not None:
                self.order.lost("failed", f"its outcome cannot be read: {failure(error).reason}")
                self.order = None
        return alive


def what_was_lost(code: int | None, when: str = " in the middle of the run") -> str:
    """The reason why a run has no outcome, from the exit code of its worker."""
    if code is not None and code < 0:
        known = -code in {int(one) for one in signal.Signals}
        name = signal.Signals(-code).name if known else f"signal {-code}"
        return f"its worker was killed by {name}{'; was memory short?' if name == 'SIGKILL' else ''}"
    return f"its worker ended with exit code {code}{when}"


class Crew:
    """A number of workers, started when there are runs for them, and a thread that looks after them."""

    def __init__(self, number: int, context: Any, execute: Execute, memory: float | None = None) -> None:
        self.number, self.start = number, partial(Worker, context, execute, memory)
        self.workers: list[Worker] = []
        self.waiting: deque[Order] = deque()
        self.reports: queue.SimpleQueue[tuple[Work, float]] = queue.SimpleQueue()
        self.bell, self.rope = context.Pipe(duplex=False)
        self.ending = False
        self.broken: Exception | None = None
        self.thread = threading.Thread(target=self.look_after, name="plausible workers", daemon=True)
        self.thread.start()

    def submit(
        self,
        run: Work,
        limit: float | None,
        checkpoint: Path | None,
        key: Key | None = None,
        keep: bool = False,
    ) -> Future[Outcome]:
        """The future outcome of a run."""
        if self.broken is not None:
            raise self.broken
        order = Order(run, limit, checkpoint, key, keep)
        order.future.set_running_or_notify_cancel()
        self.waiting.append(order)
        self.rope.send_bytes(b"a run")
        return order.future

    def send(self, number: int) -> None:
        """Send a signal to all workers, and to what they have started."""
        for worker in list(self.workers):
            worker.send(number)

    def end(self) -> None:
        """End all workers, whatever they do, and the thread."""
        self.ending = True
        self.rope.send_bytes(b"the end")
        self.thread.join()
        end(self.workers)
        self.bell.close()
        self.rope.close()

    def look_after(self) -> None:
        """The thread: hand out runs, and take in their outcomes."""
        try:
            while not self.ending:
                self.hand_out()
                self.listen()
                self.bury()
        except Exception as error:
            self.broken = error
            for order in [*self.waiting, *(worker.order for worker in self.workers if worker.order)]:
                order.future.set_exception(error)
            raise

    def hand_out(self) -> None:
        """Give runs to workers that have none."""
        while self.waiting and not self.ending:
            worker = next((worker for worker in self.workers if worker.order is None), None)
            if worker is None and len(self.workers) >= self.number:
                return
            order = self.waiting.popleft()
            try:
                if worker is None:
                    self.workers.append(worker := self.start())
                worker.take(order)
            except (OSError, EOFError) as error:
                if worker is None:  # else it has just died, which is noticed soon
                    order.not_begun(failure(error).reason)
            except Exception as error:  # the run cannot be sent
                order.lost("failed", unsent(error))

    def listen(self) -> None:
        """Wait until a worker sends something or dies, or a run is submitted."""
        ends = [-worker.order.overdue(time.monotonic()) for worker in self.workers if worker.order]
        soonest = min(ends, default=float("inf"))
        pipes = [each for worker in self.workers for each in (worker.pipe, worker.process.sentinel)]
        wait([self.bell, *pipes], None if soonest == float("inf") else max(soonest, 0.0))
        while self.bell.poll():
            self.bell.recv_bytes()

    def bury(self) -> None:
        """Take in what workers have sent, drop workers that have died, and end those that take too long."""
        for worker in list(self.workers):
            alive = worker.hear(lambda run, fraction: self.reports.put((run, fraction)))
            order = worker.order
            late = order is not None and order.overdue(time.monotonic()) >= 0
            if alive and not late:
                continue
            self.workers.remove(worker)
            end([worker])
            if order is None:
                continue
            if alive:
                order.lost(
                    "timed out", f"the run did not end within {order.limit:g} s, and its worker was killed"
                )
            elif order.began is None and order.tries < TRIES:
                self.waiting.appendleft(order)  # the worker had died before it could begin
            elif order.began is None:
                order.not_begun(what_was_lost(worker.process.exitcode, ""))
            else:
                order.lost("failed", what_was_lost(worker.process.exitcode))


def end(workers: list[Worker]) -> None:
    """Ask workers to end, with all processes that they have started, and kill those that do not."""
    for worker in workers:
        worker.pipe.close()
        with suppress(OSError):
            worker.process.terminate()
        worker.send(signal.SIGTERM)
    limit = time.monotonic() + WIND_UP
    for worker in workers:
        worker.process.join(max(limit - time.monotonic(), 0.0))
        groups.end(worker.process.pid, limit)
        if worker.process.exitcode is None:
            worker.process.kill()
            worker.process.join()


class Leaving(Passing):
    """The worker is asked to end."""


def work(pipe: Connection, execute: Execute, memory: float | None, environment: Mapping[str, str]) -> None:
    """The life of a worker: interrupts are its parent's business, and it computes with one thread.

    `environment` is that of the parent when it starts the worker; a server that forks workers may have an older one.
    """
    os.environ.clear()
    os.environ.update(environment)
    with suppress(Leaving, OSError):  # an error of the pipe: the parent is gone
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, Leave())
        groups.lead()
        aside()
        import_elsewhere()
        orders: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        threading.Thread(target=listen, args=(pipe, orders), daemon=True).start()
        one_thread()
        if memory is not None:
            import resource

            resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
        while True:
            send(pipe, *served(orders.get(), pipe, execute))
    if orphaned():
        time.sleep(WIND_UP)  # time for the processes that it has started, which have been asked to end
        groups.send_own(groups.KILL)


def orphaned() -> bool:
    """Whether the parent of this process is gone, so that nobody ends the processes that this one has started."""
    parent = multiprocessing.parent_process()
    with suppress(OSError, ValueError):  # a rule may have closed the pipe or the streams
        return parent is not None and not parent.is_alive()
    return False


def send(pipe: Connection, what: str, value: Any) -> None:
    """Send a message to the parent."""
    pipe.send_bytes(json.dumps([what, value]).encode())


def served(sent: bytes, pipe: Connection, execute: Execute) -> tuple[str, Any]:
    """Compute one order, and return the message with its outcome."""

    def report(fraction: float) -> None:
        send(pipe, "progress", float(fraction))

    send(pipe, "began", None)
    limit = None
    try:
        run, limit, checkpoint, key, keep = unpacked(sent.decode())
        with alarm(limit):
            return "ended", told(execute(run, report, limit, checkpoint, key, keep))
    except Leaving:
        raise
    except OutOfTime:
        return "lost", ("timed out", f"out of time after {limit:g} s", "")
    except BaseException as error:  # sys.exit, too
        return "lost", ("failed", *failure(error))


class Leave:
    """The handler of SIGTERM: leave the worker, once; a process that a rule has forked ends at once.

    The handler stays: Python tells of a signal that comes while its handler is taken away.
    """

    def __init__(self) -> None:
        self.worker = os.getpid()
        self.left = False

    def __call__(self, number: int, frame: Any) -> None:
        if os.getpid() != self.worker:
            groups.die(number)
        if not self.left:
            self.left = True
            raise Leaving


def listen(pipe: Connection, orders: queue.SimpleQueue[bytes]) -> None:
    """Take in orders. A closed pipe says that the parent is gone, or done: end the worker, whatever it computes."""
    try:
        while True:
            orders.put(pipe.recv_bytes())
    except (EOFError, OSError):
        groups.send_own(signal.SIGTERM)
        if hasattr(signal, "pthread_kill") and (main := threading.main_thread().ident):
            signal.pthread_kill(main, signal.SIGTERM)  # to the main thread, so that it stops waiting
            time.sleep(WIND_UP)
        groups.send_own(groups.KILL)
        os._exit(1)


@contextmanager
def alarm(limit: float | None) -> Iterator[None]:
    """A context that raises `OutOfTime` after `limit` seconds, wherever Python is, but not within a call into C."""
    if limit is None or not hasattr(signal, "setitimer"):
        yield
        return

    def ring(number: int, frame: Any) -> None:
        raise OutOfTime

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, limit)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)


def aside() -> None:
    """Send to standard error what this process prints, and what its C code and its children print.

    Characters that the streams cannot encode are replaced, as in the process that started it.
    """
    with suppress(OSError, AttributeError):  # a process without standard output prints nothing
        os.dup2(2, 1)
        sys.stdout.reconfigure(line_buffering=True, errors="replace")  # type: ignore[union-attr]


def one_thread() -> None:
    """One BLAS thread, in the libraries that are loaded and in those that will be."""
    threadpool_limits(1)
    os.environ.update(OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1", OMP_NUM_THREADS="1")
