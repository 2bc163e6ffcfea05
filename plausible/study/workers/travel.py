"""What goes to a worker and comes back, as JSON: a run with its limit, and what became of it.

What a run is made of is named (`plausible.registry.encoding`); the worker makes it anew, and executes those files of
the user's that are named, which the user has named in this command.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from plausible.errors import plain
from plausible.registry.encoding import decode, encode
from plausible.registry.failure import failure
from plausible.registry.names import whole_path
from plausible.study.run import Outcome, Row
from plausible.study.work import Work
from plausible.study.workers.machine import machine


class Parcel(NamedTuple):
    """A run that is to be computed, as its worker is given it."""

    run: Work
    limit: float | None  # seconds
    checkpoint: Path | None

    def packed(self) -> str:
        """The parcel as JSON. Raises `BadInput` for a run of something that has no name."""
        run = self.run.renamed(lambda kind, text: whole_path(text))
        place = None if self.checkpoint is None else str(self.checkpoint.resolve())
        return json.dumps({"run": encode(run), "limit": self.limit, "checkpoint": place})


def unpacked(text: str) -> Parcel:
    """What was packed. Raises `BadInput` for what this process cannot make."""
    parcel: dict[str, Any] = json.loads(text)
    place = parcel["checkpoint"]
    run = decode(parcel["run"], Work, execute=True)
    return Parcel(run, parcel["limit"], None if place is None else Path(place))


def told(outcome: Outcome) -> str:
    """An outcome as JSON, without its run, which whoever handed it out knows."""
    rows = [[plain(value) for value in row] for row in outcome.rows]
    return json.dumps([outcome.status, outcome.reason, rows, outcome.traceback, machine()])


def told_of(error: BaseException) -> str:
    """The outcome of a run of which nothing came but an error, as JSON."""
    reason, traceback = failure(error)
    return json.dumps(["failed", reason, [], traceback, machine()])


def unsent(error: BaseException) -> str:
    """Why a run cannot be computed by a worker, in one line."""
    return f"the run cannot be sent to a worker: {failure(error).reason}"


def heard(run: Work, text: str) -> Outcome:
    """The outcome of a run that was told."""
    status, reason, rows, traceback, computed_with = json.loads(text)
    return Outcome(run, status, reason, [Row(*row) for row in rows], traceback, machine=computed_with)
