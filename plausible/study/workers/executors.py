"""Where runs compute. The engine speaks `concurrent.futures` alone; here are the executors that it speaks to."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager, nullcontext
from multiprocessing import forkserver, resource_tracker
from pathlib import Path
from typing import Any, Protocol

from threadpoolctl import threadpool_limits

from plausible.errors import BadInput, installing, require, unknown
from plausible.registry import registry, specs
from plausible.registry.encoding import decode, encode, origins
from plausible.registry.failure import failure
from plausible.registry.session import MAIN, is_in_session
from plausible.registry.users import of_the_code
from plausible.study.keys.executed import as_keyed
from plausible.study.keys.key import Key
from plausible.study.keys.sources import Changed, imported
from plausible.study.run import Outcome
from plausible.study.work import Keeps, Work
from plausible.study.workers.apart import safe_path, without_main
from plausible.study.workers.groups import stopped_together
from plausible.study.workers.machine import commit
from plausible.study.workers.travel import Parcel, heard, told, told_of, unpacked, unsent
from plausible.study.workers.workers import Crew, one_thread

ASIDE = "plausible.study.workers.aside"
DASK = "Dask Worker process (from Nanny)"  # what Dask calls the processes of its workers
UNPROFILED = {"distributed.worker.profile.enabled": False}  # held frames keep arrays, which are counted


class Executor(Protocol):
    """A place where runs compute."""

    def submit(
        self,
        run: Work,
        limit: float | None,
        checkpoint: Path | None,
        key: Key | None = None,
        keep: bool = False,
    ) -> Future[Outcome]:
        """The future outcome of a run that may take `limit` seconds and leaves checkpoints in a folder.

        If code or data are not those of `key`, it is "failed", and not `keyed`. With `keep` it holds what was learned.
        """
        ...

    def heard(self) -> Iterator[tuple[Work, float]]:
        """The reports of workers since the last call: runs, each with the part of it that is done."""
        ...


class LocalWorkers:
    """Worker processes on this machine. One that hangs, dies or is killed costs its own run only."""

    def __init__(self, workers: int, memory: float | None = None, tasks: Iterable[str] = ()) -> None:
        self.crew = Crew(workers, server(tasks), carried_out, memory)

    def submit(
        self,
        run: Work,
        limit: float | None,
        checkpoint: Path | None,
        key: Key | None = None,
        keep: bool = False,
    ) -> Future[Outcome]:
        return self.crew.submit(run, limit, checkpoint, key, keep)

    def heard(self) -> Iterator[tuple[Work, float]]:
        while not self.crew.reports.empty():
            yield self.crew.reports.get()

    def send(self, number: int) -> None:
        """Send a signal to the workers."""
        self.crew.send(number)

    def end(self, at_once: bool) -> None:
        """End the workers; the runs that they compute are lost."""
        self.crew.end()


class Here:
    """This process, for notebooks and debuggers: a run is computed when it is handed out.

    A limit is checked only between two steps. Code that ends the process ends the study.
    """

    def __init__(self) -> None:
        self.reports: deque[tuple[Work, float]] = deque()
        self.threads = threadpool_limits(1)  # as in workers, so that numbers are the same

    def submit(
        self,
        run: Work,
        limit: float | None,
        checkpoint: Path | None,
        key: Key | None = None,
        keep: bool = False,
    ) -> Future[Outcome]:
        try:
            outcome = carried_out(
                run, lambda part: self.reports.append((run, part)), limit, checkpoint, key, keep
            )
        except BadInput as error:  # the run could not start
            return ended(Outcome(run, "failed", failure(error).reason))
        return ended(outcome)

    def heard(self) -> Iterator[tuple[Work, float]]:
        while self.reports:
            yield self.reports.popleft()

    def send(self, number: int) -> None:
        """Send no signal: there are no workers."""

    def end(self, at_once: bool) -> None:
        """Let linear algebra have as many threads as before."""
        self.threads.restore_original_limits()


class DaskWorkers:
    """A Dask cluster, through its own `concurrent.futures` executor.

    A limit is checked only between two steps: a run that does not come to its next step holds its worker.
    """

    def __init__(self, address: str, workers: int) -> None:
        try:
            from dask import config
            from dask.distributed import Client, LocalCluster
        except ImportError as error:
            raise BadInput(f"--executor dask needs Dask: {installing('dask')}") from error
        self.environment = ExitStack()
        self.environment.enter_context(safe_path())  # until the end, as workers that die are started anew
        self.environment.enter_context(without_main(DASK))
        self.environment.enter_context(config.set(UNPROFILED))
        try:
            self.cluster: Any = None
            if address == "local":
                self.cluster = LocalCluster(
                    n_workers=workers,
                    threads_per_worker=1,
                    dashboard_address="127.0.0.1:0",  # any free port: another study may use the usual one
                    preload=[ASIDE],
                    silence_logs=logging.CRITICAL,  # connections close at the end, which need not be reported
                )
            self.client: Any = Client(self.cluster or address, timeout="20s")
        except (OSError, TimeoutError, ValueError) as error:
            self.environment.close()
            raise BadInput(f"no Dask cluster answers at {address!r}: start one, or use dask:local") from error
        self.executor: Any = self.client.get_executor(pure=False)

    def submit(
        self,
        run: Work,
        limit: float | None,
        checkpoint: Path | None,
        key: Key | None = None,
        keep: bool = False,
    ) -> Future[Outcome]:
        try:
            sent = Parcel(run, limit, None, key, keep).packed()
        except BadInput as error:
            return ended(Outcome(run, "failed", unsent(error)))
        return of_run(run, self.executor.submit(alone, sent))

    def heard(self) -> Iterator[tuple[Work, float]]:
        yield from ()

    def send(self, number: int) -> None:
        """Send no signal: workers may be on other machines, and our own are in our process group."""

    def end(self, at_once: bool) -> None:
        """Let go of the cluster, and end it if it is ours."""
        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        self.executor.shutdown(wait=not at_once)
        self.client.close()
        if self.cluster is not None:
            self.cluster.close()
        self.environment.close()


@contextmanager
def executor(
    name: str, workers: int, memory: float | None = None, tasks: Iterable[str] = ()
) -> Iterator[Executor]:
    """The executor called `name`: "local", "dask:local" or "dask:ADDRESS"; its workers end with the context.

    Args:
        name: as on the command line.
        workers: the number of processes to start; with 0, runs compute in this process.
        memory: limit of a local worker, in bytes of address space.
        tasks: the tasks of the runs; local workers start with the modules that these import.

    Raises:
        BadInput: for a number of workers or a limit of memory that this executor cannot have.
    """
    check_workers(name, workers, memory)
    kind, address = kind_of(name)
    made: LocalWorkers | DaskWorkers | Here | None = None
    at_once = True
    try:
        if kind == "local":
            made = LocalWorkers(workers, memory, tasks) if workers else Here()
        else:  # a cluster that is half made cannot be ended
            ours = address in ("", "local")
            with put_off() if ours else nullcontext(), uninterrupted() if ours else nullcontext():
                made = DaskWorkers(address or "local", workers)
        with stopped_together(made.send):
            yield made
        at_once = False
    finally:
        if made is not None:
            made.end(at_once)


def kind_of(name: str) -> tuple[str, str]:
    """ "local" or "dask", and the address of a cluster. Raises `BadInput` for any other name."""
    kind, colon, address = name.partition(":")
    if kind not in ("local", "dask") or (colon and (kind == "local" or not address)):
        raise unknown("executor", name, ("local", "dask:local", "dask:ADDRESS"))
    return kind, address


def check_workers(name: str, workers: int, memory: float | None) -> None:
    """Raise `BadInput` unless the executor called `name` can have so many workers, and they this limit of memory."""
    some = "one or more, as none computes in this process"
    require(workers > 0 or kind_of(name)[0] == "local", f"the number of workers of {name}", workers, some)
    require(workers > 0 or memory is None, "the number of workers with a limit of memory", workers, some)


def check_travels(runs: Iterable[Work], workers: int) -> None:
    """Raise `BadInput` if a run cannot be made anew in a worker, or its result could not be read again."""
    for run in runs:
        places = origins(run)
        if workers and (MAIN in places or any(map(is_in_session, run.named().values()))):
            raise BadInput(
                "a run is of classes that this notebook or script defines, which worker processes cannot import: take "
                "workers=0, or write them into a file and name them FILE.py:Name"
            )
        if MAIN in places or any(isinstance(place, Path) for place in places):
            try:
                again = decode(encode(run), execute=True)
            except BadInput as error:
                raise BadInput(f"a run of {run.rule!r} could not be read again: {error}") from error
            if again != run:
                raise BadInput(
                    f"a run of {run.rule!r} is of classes as they were before their file changed, and a worker would "
                    "take those that are there now: expected what the file holds now"
                )


def server(tasks: Iterable[str]) -> Any:
    """The context that starts workers: on systems with fork, a server that has imported what they and `tasks` need."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    modules = {registry.load("task", specs.parse(task).name).__module__ for task in tasks}
    needed = [name for module in sorted(modules) for name in imported(module)]
    context.set_forkserver_preload([ASIDE, __name__, *needed])  # names that are no modules are ignored there
    with safe_path(), uninterrupted():
        forkserver.ensure_running()  # now, so that it imports while the keys of the first runs are made
    return context


@contextmanager
def uninterrupted() -> Iterator[None]:
    """A context in which processes start with interrupts blocked; this one receives pending interrupts at the end."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    with safe_path():
        resource_tracker.ensure_running()  # before, as its start lets interrupts through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def put_off() -> Iterator[None]:
    """A context in which this process puts off what asks it to end; at the end it obeys the last such signal.

    The signals are not blocked, since processes that start would inherit that and could not be ended by them.
    """
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked: list[int] = []
    before = {number: signal.signal(number, lambda number, _: asked.append(number)) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if asked:
            signal.raise_signal(asked[-1])


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def alone(sent: str) -> str:
    """Execute a run in a worker that cannot report: takes a parcel, and returns an outcome, both as JSON."""
    one_thread()
    try:
        run, limit, checkpoint, key, keep = unpacked(sent)
        return told(carried_out(run, ignore, limit, checkpoint, key, keep))
    except BaseException as error:  # as text, since its class may be unknown to the receiver
        if not of_the_code(error):
            raise
        return told_of(error)


def ended(outcome: Outcome) -> Future[Outcome]:
    """A future that has its outcome already."""
    future: Future[Outcome] = Future()
    future.set_result(outcome)
    return future


def of_run(run: Work, answer: Future[str]) -> Future[Outcome]:
    """The future outcome of a run, made from the future answer of its worker."""
    future: Future[Outcome] = Future()
    future.set_running_or_notify_cancel()

    def hear(answer: Future[str]) -> None:
        try:
            future.set_result(heard(run, answer.result()))
        except BaseException as error:  # for instance, the worker died
            future.set_exception(error)

    answer.add_done_callback(hear)
    return future


def carried_out(
    run: Work,
    progress: Callable[[float], None],
    limit: float | None,
    checkpoint: Path | None,
    key: Key | None = None,
    keep: bool = False,
) -> Outcome:
    """Execute a run or an experiment, and return its outcome; it tells whether code and data were those of `key`.

    With `keep` it holds what was learned, if the run is one that `Keeps`.
    """
    commit()  # as it is now, and not as it is when the run ends
    execute = run.keeping if keep and isinstance(run, Keeps) else run.execute
    if key is None:
        return execute(progress, limit, checkpoint)
    try:
        with as_keyed(run, key):
            return execute(progress, limit, checkpoint)
    except Changed as changed:
        return Outcome(run, "failed", str(changed), keyed=False)


def ignore(fraction: float) -> None:
    """Report nothing."""


def outcome_of(run: Work, future: Future[Outcome]) -> Outcome:
    """The outcome of a run, even if its worker died. Raises `BadInput` if the run could not start at all."""
    error = future.exception()
    if error is None:
        return future.result()
    reason, traceback = failure(error)
    return Outcome(run, "failed", reason, traceback=traceback)
