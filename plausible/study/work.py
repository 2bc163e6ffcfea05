"""What a study is made of and a store holds: a run of a rule, an experiment, or a kind of one's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
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
"""Hears which fraction is done."""


@runtime_checkable
class Work(Protocol):
    """A frozen dataclass of all that decides what is computed: it has a name, a key and columns, and yields rows.

    `engine` is the function that carries it out, (module, name), from which the code in its key is followed.
    """

    engine: ClassVar[tuple[str, str]]

    @property
    def task(self) -> str:
        """What is learned, or done."""
        ...

    @property
    def rule(self) -> str:
        """Who learns it, or how it is done."""
        ...

    @property
    def seed(self) -> int:
        """Of all that is drawn."""
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
        """What every row begins with: task and rule as tables call them, and the seed."""
        ...

    def settings(self) -> Mapping[str, str | int]:
        """What it is done under, by the names of columns; nothing for an experiment."""
        ...

    def learner(self) -> Rule | None:
        """The rule that learns, made anew; None where none does. Raises `BadInput`."""
        ...

    def named(self) -> Mapping[str, str]:
        """What it names that may lie in a user's own file, by kind: {"rule": "FILE.py:Mine", "task": "digits"}."""
        ...

    def renamed(self, change: Callable[[str, str], str]) -> Self:
        """The same with other names: `change` is given the kind and the text of each that is `named`."""
        ...

    def probed(self, probes: tuple[Probe, ...]) -> Self:
        """The same, measured by these probes too; as it is, where nothing learns."""
        ...

    def execute(self, progress: Progress, limit: float | None, checkpoint: Path | None) -> Outcome:
        """Carry it out: in `limit` seconds, going on from `checkpoint` if that file is there. Raises `BadInput`."""
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
    """What came out of it."""

    run: W
    status: Status
    reason: str = ""  # why it was not done, in one line; of one that was, which probes failed
    rows: list[Row] = field(default_factory=list)
    traceback: str = ""  # of a failure
    log: Path | None = None  # where the traceback lies, once the outcome is stored
    machine: Mapping[str, str] = field(default_factory=dict, compare=False)  # with what it was computed

    def of(self, run: V) -> Outcome[V]:
        """The same of a run as it was asked for, which may name files otherwise than it was stored with."""
        return Outcome(run, self.status, self.reason, self.rows, self.traceback, self.log, self.machine)

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
    """It took longer than it may. It is no `Exception`, so that code which handles errors lets it through."""
