"""A cell of a study that is not one rule learning one task: a function that measures, with options and a seed."""

from __future__ import annotations

import importlib
import inspect
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from plausible.errors import BadInput, plain_fields, require, require_whole
from plausible.probes.probe import Probe
from plausible.registry import registry
from plausible.registry.failure import failure
from plausible.registry.names import is_in_file, whole_path
from plausible.registry.session import is_in_session
from plausible.registry.users import of_the_code
from plausible.study import checkpoint as checkpoints
from plausible.study import taken_up
from plausible.study.work import Outcome, OutOfTime, Progress, Row

Options = tuple[tuple[str, str | int | float], ...]


@dataclass(frozen=True)
class Experiment:
    """Everything that decides what an experiment computes.

    Args:
        function: where it is, as "module:function" or FILE.py:function, or the name under which a package has
            registered it; it is called with a `Bench` and the options, and yields `Measured`.
        options: names and values, in the order in which they are shown.
        seed: of all that it draws.
    """

    engine: ClassVar[tuple[str, str]] = ("plausible.study.experiment", "perform")

    function: str
    options: Options = ()
    seed: int = 0

    def __post_init__(self) -> None:
        plain_fields(self)
        check_function(self.function)
        object.__setattr__(self, "function", whole_path(self.function))
        pairs = isinstance(self.options, tuple) and all(
            isinstance(option, tuple) and len(option) == 2 for option in self.options
        )
        require(pairs, "the options of an experiment", self.options, "a tuple of pairs, (name, value)")
        for name, value in self.options:
            require(
                isinstance(name, str) and name.isidentifier(),
                "an option of an experiment",
                name,
                "a name as in Python",
            )
            require(
                isinstance(value, str | int | float) and str(value).isprintable(),
                f"option {name}",
                value,
                "a number, or a word without control characters",
            )
        require_whole("seed", self.seed, low=0)

    @property
    def task(self) -> str:
        """How it is called in the column `task`: the function's name, with the file that it is in if it is a user's."""
        name = self.function.rpartition(":")[2]
        return registry.label(self.function, "experiment") if is_in_file(self.function) else name

    @property
    def rule(self) -> str:
        """How it is called in the column `rule`: its options."""
        return ",".join(f"{name}={value}" for name, value in self.options) or "-"

    @property
    def data(self) -> str:
        """None that are known before it is done."""
        return ""

    @property
    def registered(self) -> bool:
        """No: its function is of any module."""
        return False

    def head(self) -> tuple[str, str, int]:
        """What every row begins with: the function's name, the options, and the seed."""
        return self.task, self.rule, self.seed

    def settings(self) -> dict[str, str]:
        """None but its options, which are in its name."""
        return {}

    def learner(self) -> None:
        """None that is known before it is done."""

    def named(self) -> dict[str, str]:
        """The function, where it lies in a user's own file."""
        return {"experiment": self.function} if is_in_file(self.function) else {}

    def renamed(self, change: Callable[[str, str], str]) -> Experiment:
        """The experiment with its file named otherwise."""
        return replace(self, function=change("experiment", self.function)) if self.named() else self

    def probed(self, probes: tuple[Probe, ...]) -> Experiment:
        """As it is: it says itself what it measures."""
        return self

    def execute(self, progress: Progress, limit: float | None, checkpoint: Path | None) -> Outcome:
        """See `perform`."""
        return perform(self, progress, limit, checkpoint)

    def load(self) -> Callable[..., Iterator[Measured]]:
        """The function. Raises `BadInput` if there is none of this name, or it does not have these options."""
        module, colon, name = self.function.rpartition(":")
        try:
            if colon and not (is_in_file(self.function) or is_in_session(self.function)):
                found: Any = getattr(importlib.import_module(module), name)
            else:
                found = registry.load("experiment", self.function)
            inspect.signature(found).bind(None, **dict(self.options))
        except (ImportError, AttributeError, TypeError) as error:
            raise BadInput(
                f"experiment {self.function!r} cannot be called ({error}): expected module:function, FILE.py:function "
                "or a registered name"
            ) from error
        return found


def check_function(text: object) -> None:
    """Raise `BadInput` unless this names a function, wherever that is; a name without a place must be registered."""
    expected = "module:function, FILE.py:function or a registered name"
    require(isinstance(text, str) and text.isprintable(), "function", text, expected)
    name = str(text)
    place, colon, attribute = name.rpartition(":")
    good = bool(re.fullmatch(r"[\w.]+:\w+", name, re.ASCII)) or (
        is_in_file(name) and attribute.isidentifier()
    )
    named = not colon and bool(re.fullmatch(r"[\w-]+", name, re.ASCII))
    require(good or named, "function", text, expected)
    if named:
        registry.full_name("experiment", name)
    if place.startswith("plausible_user_"):  # the module of a user's own file, which changes with it
        raise BadInput(f"function is {text!r}: expected f'{{__file__}}:{attribute}' in a file of your own")


class Measured(NamedTuple):
    """One measurement. `at` is where on the way it was made: examples, seconds, a frequency."""

    metric: str
    value: float
    at: float = 0.0
    split: str = "train"
    layer: str = ""


@dataclass
class Bench:
    """What an experiment is given: its seed, somebody to tell how far it is, and a place to go on from.

    `keep` leaves a tree of arrays, numbers and words for the next attempt, if this one is interrupted; `found` is what
    the attempt before left, or None.
    """

    seed: int
    progress: Callable[[float], None] = lambda fraction: None
    checkpoint: Path | None = None
    ends: float = float("inf")
    rows: list[Row] = field(default_factory=list)
    found: dict[str, Any] | None = None

    def keep(self, **tree: Any) -> None:
        """Leave what is needed to go on."""
        if self.checkpoint is not None:
            checkpoints.save(self.checkpoint, {**tree, "rows": [list(row) for row in self.rows]})


def perform(
    cell: Experiment,
    progress: Callable[[float], None] = lambda fraction: None,
    limit: float | None = None,
    checkpoint: Path | None = None,
) -> Outcome:
    """Carry an experiment out, as `plausible.study.course.execute` does. One that raises is "failed"."""
    found = None if checkpoint is None else checkpoints.load(checkpoint)
    if found is not None and not taken_up.rows(found.get("rows"), cell.head()):
        found = None  # no checkpoint of this experiment
    rows = [Row(*row) for row in found.pop("rows")] if found else []
    ends = float("inf") if limit is None else time.monotonic() + limit
    bench = Bench(cell.seed, progress, checkpoint, ends, rows, found)
    function = cell.load()
    began = time.perf_counter()  # after all that is imported
    try:
        for measured in function(bench, **dict(cell.options)):
            seconds = time.perf_counter() - began
            where = (*cell.head(), measured.at, int(measured.at), seconds)
            rows.append(Row(*where, measured.split, measured.metric, measured.layer, float(measured.value)))
            if time.monotonic() > ends:
                raise OutOfTime
    except OutOfTime:
        last = f"at {rows[-1].metric} {rows[-1].epoch:g}" if rows else "before the first measurement"
        return Outcome(cell, "timed out", f"out of time {last}", rows)
    except BaseException as error:
        if not of_the_code(error):
            raise
        reason, traceback = failure(error)
        return Outcome(cell, "failed", reason, rows, traceback)
    return Outcome(cell, "done", "", rows)
