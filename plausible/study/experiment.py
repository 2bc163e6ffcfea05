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

from plausible.errors import BadInput, plain_fields, require, require_seed
from plausible.probes.probe import Probe
from plausible.registry import registry
from plausible.registry.failure import failure
from plausible.registry.names import is_in_file, whole_path
from plausible.registry.session import is_in_session
from plausible.registry.users import of_the_code
from plausible.study import checkpoint as checkpoints
from plausible.study import resumption
from plausible.study.work import Outcome, OutOfTime, Progress, Row

Options = tuple[tuple[str, str | int | float], ...]


@dataclass(frozen=True)
class Experiment:
    """Everything that decides what an experiment computes.

    Args:
        function: the function, as "module:function", FILE.py:function, or the name under which a package has
            registered it; it is called with a `Bench` and the options, and yields `Measured`.
        options: names and values, in the order in which tables give them.
        seed: of all random numbers that the function draws.
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
        require_seed("seed", self.seed)

    @property
    def task(self) -> str:
        """The text in the column `task`: the function's name, with its file if that is a user's own."""
        name = self.function.rpartition(":")[2]
        return registry.label(self.function, "experiment") if is_in_file(self.function) else name

    @property
    def rule(self) -> str:
        """The text in the column `rule`: the options."""
        return ",".join(f"{name}={value}" for name, value in self.options) or "-"

    @property
    def data(self) -> str:
        """No data are known before the experiment is done."""
        return ""

    @property
    def registered(self) -> bool:
        """False: the function may be in any module."""
        return False

    def head(self) -> tuple[str, str, int]:
        """The beginning of every row: the function's name, the options, and the seed."""
        return self.task, self.rule, self.seed

    def settings(self) -> dict[str, str]:
        """No settings: its options are in its name."""
        return {}

    def learner(self) -> None:
        """No rule is known before the experiment is done."""

    def named(self) -> dict[str, str]:
        """The function, if it lies in a user's own file."""
        return {"experiment": self.function} if is_in_file(self.function) else {}

    def renamed(self, change: Callable[[str, str], str]) -> Experiment:
        """The experiment with another name of its file."""
        return replace(self, function=change("experiment", self.function)) if self.named() else self

    def probed(self, probes: tuple[Probe, ...]) -> Experiment:
        """The experiment unchanged: its function decides what is measured."""
        return self

    def execute(self, progress: Progress, limit: float | None, checkpoint: Path | None) -> Outcome:
        """See `perform`."""
        return perform(self, progress, limit, checkpoint)

    def load(self) -> Callable[..., Iterator[Measured]]:
        """The function. Raises `BadInput` if there is no such function, or it does not have these options."""
        module, colon, name = self.function.rpartition(":")
        try:
            if colon and not (is_in_file(self.function) or is_in_session(self.function)):
                function: Any = getattr(importlib.import_module(module), name)
            else:
                function = registry.load("experiment", self.function)
            inspect.signature(function).bind(None, **dict(self.options))
        except (ImportError, AttributeError, TypeError) as error:
            raise BadInput(
                f"experiment {self.function!r} cannot be called ({error}): expected module:function, FILE.py:function "
                "or a registered name"
            ) from error
        return function


def check_function(text: object) -> None:
    """Raise `BadInput` unless a text can name a function; a name without a place must be registered."""
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
    if place.startswith("plausible_user_"):  # the module of a user's file, renamed as the file changes
        raise BadInput(f"function is {text!r}: expected f'{{__file__}}:{attribute}' in a file of your own")


class Measured(NamedTuple):
    """One measurement. `at` is its place on the way: a number of examples, seconds, a frequency."""

    metric: str
    value: float
    at: float = 0.0
    split: str = "train"
    layer: str = ""


@dataclass
class Bench:
    """What an experiment is given: its seed, a function to call with the fraction done, and the state to go on from.

    `keep` writes a checkpoint, a tree of arrays, numbers and words, for the next attempt if this one is interrupted.
    `found` is the checkpoint of the attempt before, or None. `ends` is the time, on the monotonic clock, at which the
    limit is over. `rows` are the measurements so far.
    """

    seed: int
    progress: Callable[[float], None] = lambda fraction: None
    checkpoint: Path | None = None
    ends: float = float("inf")
    rows: list[Row] = field(default_factory=list)
    found: dict[str, Any] | None = None

    def keep(self, **tree: Any) -> None:
        """Write a checkpoint with what is needed to go on."""
        if self.checkpoint is not None:
            checkpoints.save(self.checkpoint, {**tree, "rows": [list(row) for row in self.rows]})


def perform(
    cell: Experiment,
    progress: Callable[[float], None] = lambda fraction: None,
    limit: float | None = None,
    checkpoint: Path | None = None,
) -> Outcome:
    """Carry an experiment out, as `plausible.study.course.execute` does. One that raises is "failed"."""
    left = None if checkpoint is None else checkpoints.load(checkpoint)
    if left is not None and not resumption.rows(left.get("rows"), cell.head()):
        left = None  # no checkpoint of this experiment
    rows = [Row(*row) for row in left.pop("rows")] if left else []
    ends = float("inf") if limit is None else time.monotonic() + limit
    bench = Bench(cell.seed, progress, checkpoint, ends, rows, left)
    function = cell.load()
    began = time.perf_counter()  # after all imports
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
