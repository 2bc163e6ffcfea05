"""What goes to a worker and comes back, as JSON: a run with its limit, and its outcome.

The parts of a run travel by name (`plausible.registry.encoding`). The worker makes them anew. It executes the user's
files that are named, as the user has named them in this command.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from plausible.errors import plain
from plausible.registry.encoding import decode, encode
from plausible.registry.failure import failure
from plausible.registry.names import whole_path
from plausible.study.keys.key import Key, read_key
from plausible.study.run import Outcome, Row
from plausible.study.work import Work
from plausible.study.workers.machine import machine


class Parcel(NamedTuple):
    """A run that is to be computed, as it is sent to a worker."""

    run: Work
    limit: float | None  # seconds
    checkpoint: Path | None
    key: Key | None = None  # what its code and data are to be, if its outcome is stored
    keep: bool = False  # whether its outcome is to hold what it learned

    def packed(self) -> str:
        """The parcel as JSON. Raises `BadInput` if a part of the run has no name."""
        run = self.run.renamed(lambda kind, text: whole_path(text))
        place = None if self.checkpoint is None else str(self.checkpoint.resolve())
        key = None if self.key is None else encode(self.key)
        about = {"run": encode(run), "limit": self.limit, "checkpoint": place, "key": key}
        return json.dumps(about | {"keep": self.keep})


def unpacked(text: str) -> Parcel:
    """The parcel that was packed. Raises `BadInput` if this process cannot make its run."""
    parcel: dict[str, Any] = json.loads(text)
    place = parcel["checkpoint"]
    run = decode(parcel["run"], Work, execute=True)
    key = None if parcel["key"] is None else read_key(parcel["key"])
    return Parcel(run, parcel["limit"], None if place is None else Path(place), key, parcel["keep"])


def told(outcome: Outcome) -> str:
    """An outcome as JSON, without its run, which the receiver knows."""
    rows = [[plain(value) for value in row] for row in outcome.rows]
    held = [b64encode(content).decode() for content in (outcome.learned, outcome.answers)]
    ended = outcome.status, outcome.reason, rows, outcome.traceback, machine(), outcome.keyed, *held
    return json.dumps(ended)


def told_of(error: BaseException) -> str:
    """The outcome of a run that raised an error and measured nothing, as JSON."""
    reason, traceback = failure(error)
    return json.dumps(["failed", reason, [], traceback, machine(), True, "", ""])


def unsent(error: BaseException) -> str:
    """The reason, in one line, why a run cannot be sent to a worker."""
    return f"the run cannot be sent to a worker: {failure(error).reason}"


def heard(run: Work, text: str) -> Outcome:
    """The outcome of `run`, from the JSON that `told` made."""
    status, reason, rows, traceback, computed_with, keyed, learned, answers = json.loads(text)
    measured = [Row(*row) for row in rows]
    ended = Outcome(run, status, reason, measured, traceback, machine=computed_with, keyed=keyed)
    return replace(ended, learned=b64decode(learned), answers=b64decode(answers))
