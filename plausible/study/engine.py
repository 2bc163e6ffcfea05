"""The engine: runs that are missing are computed, once, by any executor; stored ones are not computed again."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import pyarrow as pa
from filelock import FileLock, Timeout

from plausible.errors import BadInput
from plausible.registry.failure import failure
from plausible.study.keys.key import Key, key
from plausible.study.run import Outcome
from plausible.study.store.store import Store, locked
from plausible.study.store.stored import WEIGHTS
from plausible.study.work import Work
from plausible.study.workers.executors import Executor, outcome_of
from plausible.study.workers.machine import machine
from plausible.study.workers.workers import NotBegun

PAUSE = 0.1  # seconds between two polls of the workers, and of what another process computes


class Listener(Protocol):
    """An object whose methods are called as runs get on and end."""

    def hear(self, run: Work, fraction: float) -> None:
        """Take note that this part of a run, from 0 to 1, is done."""
        ...

    def ended(self, outcome: Outcome) -> None:
        """Take note that a run has ended."""
        ...


@dataclass
class Silent:
    """A listener that prints nothing; `advance` is called with the number of runs done, parts of runs included."""

    advance: Callable[[float], None] = lambda done: None
    fractions: dict[Work, float] = field(default_factory=dict)

    def hear(self, run: Work, fraction: float) -> None:
        self.fractions[run] = fraction
        self.advance(sum(self.fractions.values()))

    def ended(self, outcome: Outcome) -> None:
        self.hear(outcome.run, 1.0)


def compute(
    runs: Sequence[Work] | deque[Work],
    executor: Executor,
    slots: int,
    listener: Listener,
    limit: float | None = None,
    claims: Claims | None = None,
    keep: bool = False,
) -> None:
    """Compute `runs`, in their order as far as possible, with at most `slots` of them handed out at a time.

    Every outcome goes to `listener.ended`, in the order in which runs end. If `runs` is a deque, the listener may put
    more runs into it then. `claims` decides which runs are ours. With `keep`, what runs learn is stored with them.

    Raises:
        BadInput: at the end, if no worker could begin some of the runs; or if code or data of runs changed on the way,
            so that these are not stored. The others have their outcomes.
        OSError: if an outcome cannot be stored. No run is started after that, and stored runs stay.
    """
    waiting = runs if isinstance(runs, deque) else deque(runs)
    flying: dict[Future[Outcome], Work] = {}
    not_begun: list[str] = []  # the reasons
    while waiting or flying:
        for _ in range(len(waiting)):
            if len(flying) >= slots:
                break
            run = waiting.popleft()
            claim = "mine" if claims is None else claims.claim(run)
            if claim == "mine":
                file = None if claims is None else claims.checkpoint(run)
                its_key = None if claims is None or claims.keys[run].of_session else claims.keys[run]
                flying[executor.submit(run, limit, file, its_key, keep)] = run
            elif claim == "taken":
                waiting.append(run)  # another process computes this run: look again later
            elif claims is not None:
                listener.ended(claims.outcome(run))
        done: set[Future[Outcome]] = set()
        if flying:
            done, _ = wait(flying, timeout=PAUSE, return_when=FIRST_COMPLETED)
        elif waiting:
            time.sleep(PAUSE)
        for run, fraction in executor.heard():
            listener.hear(run, fraction)
        for future in done:
            run, error = flying.pop(future), future.exception()
            if isinstance(error, NotBegun):
                not_begun.append(str(error))
                if claims is not None:
                    claims.give_up(run)
                continue
            outcome = outcome_of(run, future)
            if claims is not None:
                outcome = claims.settle(outcome)
            listener.ended(outcome)
    if claims is not None:
        claims.check()
    if not_begun:
        raise BadInput(
            f"no worker could begin {len(not_begun)} of the runs, of which nothing is stored ({not_begun[0]}): see "
            "what the worker printed, and run again, or compute in this process, with --workers 0 (in Python workers=0)"
        )


class Claims:
    """Which runs are ours: locks that end with this process, so that two processes share a store without waste."""

    def __init__(
        self, store: Store, again: frozenset[str] = frozenset(), planned: Mapping[Work, Key] | None = None
    ) -> None:
        self.store = store
        self.planned = planned or {}  # the keys under which runs are looked for later, where they are known
        self.changed: dict[Work, str] = {}  # runs that are not those of their keys, and what changed
        self.again = again  # names of keys whose runs are computed although they are stored
        self.locks: dict[Work, FileLock] = {}
        self.keys: dict[Work, Key] = {}  # of the runs that are ours
        self.settled = 0  # runs that were computed here

    def claim(self, run: Work) -> str:
        """ "mine" if nobody else computes the run, "taken" if somebody does, "there" if it is stored by now.

        "changed" if its code or its data are no longer those of the key under which it was planned.

        Raises:
            BadInput: if something else lies in the place of the lock.
        """
        its_key = self.planned.get(run)
        if (
            its_key is None or not its_key.of_session
        ):  # the steps of a run of this session may change its values
            now = key(run)
            if differences := now.differences(its_key or now):
                self.changed[run] = "; ".join(differences)
                return "changed"
            its_key = now
        lock = locked(self.store.root / "locks" / f"{its_key.name}.lock")
        try:
            lock.acquire(blocking=False)
        except Timeout:
            return "taken"
        if self.store.find(its_key) is not None and its_key.name not in self.again:
            let_go(lock)
            return "there"
        self.locks[run], self.keys[run] = lock, its_key
        return "mine"

    def checkpoint(self, run: Work) -> Path:
        """The file of the checkpoint of a run that is ours."""
        return self.store.root / "checkpoints" / f"{self.keys[run].name}.npz"

    def settle(self, outcome: Outcome) -> Outcome:
        """Store an outcome, and release its run. Returns it with the place of its log; "failed" if it cannot be stored.

        Its key is that of the code and the data at the time of the claim. If others were executed, it is not stored.

        Raises:
            OSError: if the disk is full.
        """
        run = outcome.run
        file = self.checkpoint(run)
        try:
            if not outcome.keyed:
                self.changed[run] = outcome.reason
                file.unlink(missing_ok=True)
                return outcome
            outcome = self.stored(self.keys[run], outcome)
            file.unlink(missing_ok=True)
            self.settled += 1
            return outcome
        finally:
            self.give_up(run)

    def give_up(self, run: Work) -> None:
        """Release a run that is ours."""
        del self.keys[run]
        let_go(self.locks.pop(run))

    def check(self) -> None:
        """Raise `BadInput` if runs were not stored, as their code or their data changed on the way."""
        if self.changed:
            what = "; ".join(dict.fromkeys(self.changed.values()))
            number = len(self.changed)
            raise BadInput(
                f"{what}, while the runs went on: {number} {'run is' if number == 1 else 'runs are'} not stored; give "
                "the command again"
            )

    def stored(self, its_key: Key, outcome: Outcome) -> Outcome:
        """Store an outcome; in the place of one that cannot be written, that it failed. Raises `OSError`."""
        try:
            there = placed(outcome, self.store.save(its_key, outcome))
            return replace(there, machine=dict(its_key.versions) | dict(outcome.machine or machine()))
        except OSError:
            raise
        except Exception as error:  # a part of the run, or a measurement, cannot be written
            reason, traceback = failure(error)
            lost = replace(
                outcome,
                status="failed",
                reason=f"its result cannot be stored: {reason}",
                rows=[],
                traceback=traceback,
                learned=b"",
                answers=b"",
            )
        with suppress(ValueError, TypeError, pa.ArrowException):  # the run itself cannot be written either
            return placed(lost, self.store.save(its_key, lost))
        return lost

    def outcome(self, run: Work) -> Outcome:
        """The outcome that another process, or an earlier one, stored; of a run that "changed", that it failed."""
        if run in self.changed:
            return Outcome(run, "failed", self.changed[run], keyed=False)
        stored = self.store.find(key(run))
        if stored is None or self.store.table(stored.folder) is None:
            return Outcome(run, "failed", "its result was not readable: run again")
        return stored.outcome().of(run)  # its files are named as the caller named them


def placed(outcome: Outcome, folder: Path) -> Outcome:
    """An outcome that is stored in a folder, with the places of its log and of its weights."""
    weights = folder / WEIGHTS if outcome.learned else None
    return replace(outcome, log=folder / "log.txt", learned=b"", answers=b"", weights=weights)


def let_go(lock: FileLock) -> None:
    """Release a lock that this process holds, and remove its file."""
    Path(lock.lock_file).unlink(missing_ok=True)
    lock.release()
