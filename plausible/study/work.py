"""What a study consists of and a store holds: a run of a rule, an experiment, or a user's own kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import (
    TYPE_CHECKING,
    ClassVar,
    Generic,
    Literal,
    NamedTuple,
    Protocol,
    Self,
    TypeAlias,
    TypeVar,
    runtime_checkable,
)

from plausible.core import Rule
from plausible.errors import Passing
from plausible.probes.probe import Probe

Status: TypeAlias = Literal["done", "diverged", "failed", "timed out", "pruned"]
NONE = "none"  # the setting of a network that lacks it
Progress: TypeAlias = Callable[[float], None]
"""A function that is called with the fraction that is done."""


@runtime_checkable
class Work(Protocol):
    """A frozen dataclass of all that decides what is computed, with a name, a key, columns, and rows as its result.

    `engine` is the function that executes it, (module, name); the code in its key is followed from there.
    """

    engine: ClassVar[tuple[str, str]]

    @property
    def task(self) -> str:
        """The task that is learned, or the name of what is done."""
        ...

    @property
    def rule(self) -> str:
        """The rule that learns it, or the options with which it is done."""
        ...

    @property
    def seed(self) -> int:
        """The seed of all random numbers."""
        ...

    @property
    def data(self) -> str:
        """The task whose data are a part of the key, as on the command line; "" for none."""
        ...

    @property
    def registered(self) -> bool:
        """Whether making it executes nothing but what is registered."""
        ...

    def head(self) -> tuple[str, str, int]:
        """The beginning of every row: the labels of task and rule in tables, and the seed."""
        ...

    def settings(self) -> Mapping[str, str | int]:
        """The settings, by the names of columns; {} for an experiment."""
        ...

    def learner(self) -> Rule | None:
        """The rule that learns, made anew; None where none does. Raises `BadInput`."""
        ...

    def named(self) -> Mapping[str, str]:
        """By kind, the names that may lie in a user's own file: {"rule": "FILE.py:Mine", "task": "digits"}."""
        ...

    def renamed(self, change: Callable[[str, str], str]) -> Self:
        """A copy with other names: `change` is given the kind and the text of each that is `named`."""
        ...

    def probed(self, probes: tuple[Probe, ...]) -> Self:
        """A copy that these probes measure, too; unchanged, where nothing learns."""
        ...

    def execute(self, progress: Progress, limit: float | None, checkpoint: Path | None) -> Outcome:
        """Compute it, in at most `limit` seconds, from `checkpoint` on if that file is there. Raises `BadInput`."""
        ...


@runtime_checkable
class Keeps(Protocol):
    """A `Work` whose outcome can hold what was learned; of any other there are no weights to keep."""

    def keeping(self, progress: Progress, limit: float | None, checkpoint: Path | None) -> Outcome:
        """Compute it as `execute` does; the outcome holds what was learned."""
        ...

    def check_storable(self, n_in: int, n_out: int) -> None:
        """Raise `BadInput` if it is known that what is learned of a task of these columns cannot be stored."""
        ...


class Row(NamedTuple):
    """One measurement in long form."""

    task: str
    rule: str
    seed: int
    epoch: float
    examples: int
    seconds: float  # of learning alone; evaluation, probes and what happens once in a process are outside the clock
    split: str
    metric: str
    layer: str
    value: float


if TYPE_CHECKING:
    import typing_extensions as typing

    W = typing.TypeVar("W", bound=Work, default=Work, covariant=True)
else:
    W = TypeVar("W")
V = TypeVar("V", bound=Work)


@dataclass(frozen=True)
class Outcome(Generic[W]):
    """The outcome of a `Work`: how it ended, and its measurements."""

    run: W
    status: Status
    reason: str = ""  # why it was not done, in one line; if it was, which probes failed
    rows: list[Row] = field(default_factory=list)
    traceback: str = ""  # of a failure
    log: Path | None = None  # where the traceback lies, once the outcome is stored
    machine: Mapping[str, str] = field(default_factory=dict, compare=False)  # the machine that computed it
    keyed: bool = True  # whether code and data were those of its key; else it is not stored
    learned: bytes = field(default=b"", compare=False, repr=False)  # what it learned, on the way to the store
    answers: bytes = field(
        default=b"", compare=False, repr=False
    )  # `plausible.study.answers`, on the same way
    weights: Path | None = field(
        default=None, compare=False
    )  # the file of what it learned, once that is stored

    def of(self, run: V) -> Outcome[V]:
        """This outcome for `run`, the same run, which may name files otherwise than when it was stored."""
        held = {part.name: getattr(self, part.name) for part in fields(self) if part.name != "run"}
        return Outcome(run, **held)

    def __str__(self) -> str:
        """How it ended and why, in one line."""
        line = f"{self.status}: {self.reason}" if self.reason else self.status
        raised = self.status == "failed" or (self.status == "done" and self.reason)
        return (
            f"{line}; {'traceback' if self.traceback else 'log'} in {self.log}"
            if raised and self.log
            else line
        )


class OutOfTime(Passing):
    """The limit of time is over. It is no `Exception`, so that code which handles errors lets it through."""
