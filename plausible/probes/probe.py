"""What a probe is: a frozen dataclass that is called while a rule learns, and yields what it measured.

A run names its probes, as it names its optimiser (`Run.probes`), so that another one changes nothing of what runs it:

>>> from dataclasses import dataclass, field
>>> from plausible.core import Measurement
>>> from plausible.networks.mlp import MLP
>>> from plausible.study.course import execute
>>> from plausible.study.run import Run
>>> @dataclass(frozen=True)
... class Largest:
...     "The largest weight of each layer."
...
...     name = "largest weight"
...     when = ("end",)
...     split = "train"
...
...     def __call__(self, sight):
...         for name, weights in sight.tick.params.items():
...             yield Measurement("largest weight", name, abs(weights).max())
>>> outcome = execute(Run("two-moons", "backprop", MLP((4,)), epochs=1, probes=(Largest(),)))
>>> outcome.status, sorted({row.layer for row in outcome.rows})
('done', ['W1', 'W2', 'b1', 'b2'])

It is registered as an entry point under `plausible.probes`, or named by its file, FILE.py:Largest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol, TypeAlias, get_args, runtime_checkable

from numpy.random import Generator

from plausible.core import Array, Measurement, Presentation, Rule, Step, Tick, at_work
from plausible.errors import require
from plausible.tasks.task import Split, Task

Moment: TypeAlias = Literal["begin", "epoch", "measurement", "end"]
"""When a probe is called: before the first change; before the first change of every epoch; at each of the 20 to 50
points that a run is measured at, from before the first change to after the last; after the last change, unless the
run was lost. At one moment probes are called in the order in which the run names them."""


@runtime_checkable
class Probe(Protocol):
    """A frozen dataclass that measures, and changes nothing.

    It may read other data, which the rule may not: it asks the rule under `sight.asking()`, or by `sight.propose`.

    `name` says which probe failed where one raises, which costs its own measurements only. `split` is the column of the
    table: the split that was measured; a probe of "test" is not called in runs that may not read that split.

    Optional: `in_turn = True` says that it draws from the one generator that such probes share, each after the one
    before it, as the suite's have always done. Any other has a generator of its own, so that it moves no number of
    another: it is made anew from the seed of the run at each call, so that two calls draw alike.
    """

    @property
    def name(self) -> str: ...

    @property
    def when(self) -> tuple[Moment, ...]: ...

    @property
    def split(self) -> str: ...

    def __call__(self, sight: Sight) -> Iterable[Measurement]:
        """What was measured; what it yields before it raises is kept."""
        ...


MOMENTS = get_args(Moment)
# Of a `Probe`, which `isinstance` takes tenfold as long to look for.
MEMBERS = ("name", "when", "split", "__call__")


class Probed(NamedTuple):
    """What a run is probed on, of its training split."""

    answered: Split  # whose answers are measured
    shown: Presentation  # that angles, distances and work are measured on
    one: Presentation  # that memory is measured on: of one example, as long as the stream shows it at once


@dataclass(eq=False)
class Sight:
    """What a probe is given: a rule on its way, and the examples that it may be looked at on.

    Args:
        tick: the weights and the step that the rule proposed, before it is applied.
        rule: that which learns.
        reference: the rule whose changes are the gradient for it, or None.
        task: what is learned; its arrays may be of another dtype than the network's.
        splits: by name, in the network's dtype; no "test" in a run that may not read it.
        probed: the examples of training that are the same for every rule at one seed.
        loss: of an answer and its target, example by example, if the rule's network has one.
        rng: what the probe draws from.
        clock: how many examples were shown, and after how many seconds of learning, at each measurement so far.
        raised: what the rule raised when it was asked; that is the rule's failure, not the probe's.
        answers: by split, what the rule answered last, (answers, n_out), as `plausible.probes.performance` leaves it.
    """

    tick: Tick
    rule: Rule
    reference: Rule | None
    task: Task
    splits: Mapping[str, Split]
    probed: Probed
    loss: Callable[[Array, Array], Array] | None
    rng: Generator
    clock: Callable[[], Sequence[tuple[int, float]]] = tuple
    raised: Exception | None = None
    answers: dict[str, Array] = field(default_factory=dict)

    @contextmanager
    def asking(self) -> Iterator[None]:
        """The rule is asked meanwhile: what is raised is its own failure, and no task is made."""
        try:
            with at_work(type(self.rule).__name__):
                yield
        except Exception as error:
            self.raised = error
            raise

    def propose(self, shown: Presentation) -> Step:
        """What the rule proposes for `shown`, with the weights and the state of the tick."""
        with self.asking():
            return self.rule.update(self.tick.params, self.tick.step.state, shown, self.rng)


def check_probes(probes: object) -> None:
    """Raise `BadInput` unless these are probes in a tuple, each a frozen dataclass."""
    expected = "a tuple of probes, such as (Alignment(), Cost())"
    require(isinstance(probes, tuple), "probes", probes, expected)
    for probe in probes if isinstance(probes, tuple) else ():
        good = all(hasattr(probe, member) for member in MEMBERS) and not isinstance(probe, type)
        require(good, "a probe", probe, "a frozen dataclass with name, when, split and __call__")
        params = getattr(type(probe), "__dataclass_params__", None)
        require(getattr(params, "frozen", False), "a probe", probe, "a dataclass with frozen=True")
        what = f"of probe {probe.name!r}"
        require(
            isinstance(probe.split, str) and probe.split.isprintable(), f"split {what}", probe.split, "a word"
        )
        moments = isinstance(probe.when, tuple) and set(probe.when) <= {*MOMENTS}
        require(moments, f"when {what}", probe.when, f"a tuple of {', '.join(MOMENTS)}")


def numbered(measured: Iterable[Measurement]) -> Iterator[Measurement]:
    """Measurements as a table takes them. Raises `TypeError` or `ValueError` for what is no word, or no number."""
    for metric, layer, value in measured:
        if not (isinstance(metric, str) and isinstance(layer, str)):
            raise TypeError(f"a measurement is called {metric!r}, of {layer!r}: expected two words")
        yield Measurement(metric, layer, float(value))
