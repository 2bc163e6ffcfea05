"""The vocabulary of the suite: what a learning rule is given, and what it gives back.

A `Rule` looks at a `Presentation` and proposes a `Step`; an `Optimiser` turns the proposal into new weights;
`plausible.train.train` does nothing but let the two alternate. Rules never write into what they are given, and
they use only operators, numpy functions and `.T`, so that an array which carries its provenance, or one that
lives on a GPU, passes through a rule unchanged.

Axis names, fixed once: `batch` examples, `time` steps, `n_in` inputs, `n_out` outputs, `rows` = anything that is
summed over when a weight change is formed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol, TypeAlias, TypeGuard

import numpy as np
from numpy.random import Generator, SeedSequence
from numpy.typing import NDArray

from plausible.arrays import protected

Array: TypeAlias = NDArray[np.floating[Any]]
Params: TypeAlias = dict[str, Array]
"""Everything that persists, by name: `{"W1": (n_in, n_hidden), "b1": (n_hidden,), "B2": ...}`."""
View: TypeAlias = Mapping[str, Array]
"""The same, read-only: writing into an array raises `ValueError`, putting another in its place `TypeError`."""
State: TypeAlias = Any
"""Whatever a rule carries from one presentation to the next: traces, activities, a compiled simulation, None."""
Memory: TypeAlias = dict[str, Any]
"""Whatever an optimiser remembers: velocities, moments, a step count."""
Loss: TypeAlias = Callable[[], float]
"""The loss over what was shown, of the answer before the weights change; it is computed when it is asked for."""


class Presentation(NamedTuple):
    """What the network is shown between two weight changes.

    Three examples of two inputs and one output, which a rule may hear about by reward alone:

    >>> import numpy as np
    >>> from plausible.core import Presentation
    >>> x, y = np.ones((3, 2)), np.array([[0.0], [1.0], [1.0]])
    >>> shown = Presentation(x, y, reward=lambda answer: -abs(answer - y)[:, 0])
    >>> shown.reward(np.ones((3, 1)))
    array([-1., -0., -0.])
    >>> shown.first, shown.mask is None
    (True, True)
    """

    x: Array  # (batch, n_in) | (time, batch, n_in)
    y: Array  # the same leading axes, n_out
    reward: Callable[[Array], Array]  # answer -> one scalar per example: all that a reward rule may use
    mask: Array | None = None  # (time, batch): when the answer counts
    first: bool = True  # False: continues the previous presentation (a window of a sequence)


class Outer(NamedTuple):
    """A change that is, synapse by synapse, presynaptic times postsynaptic: `scale * pre.T @ post`.

    Handing over the factors states locality in the type, and lets an optimiser add the change to the weights in
    one pass over memory, with no gradient array in between. A bias is the weight of a unit that is always on: its
    `pre` is None, which stands for a column of ones, and its change has the shape of the bias, (n_out,).

    A change times or over a number, and its negative, are changes of another scale: `0.5 * change`, `-change`.

    >>> import numpy as np
    >>> from plausible.core import Outer
    >>> change = Outer(pre=np.ones((5, 2)), post=np.ones((5, 3)), scale=0.2)
    >>> change.dense()
    array([[1., 1., 1.],
           [1., 1., 1.]])
    >>> (-2 * change).scale, Outer(None, np.ones((5, 3))).dense()
    (-0.4, array([5., 5., 5.]))
    """

    pre: Array | None  # (rows, n_in)
    post: Array  # (rows, n_out)
    scale: float = 1.0

    def dense(self) -> Array:
        """The change as one array, (n_in, n_out) or (n_out,)."""
        change: Array = self.post.sum(axis=0) if self.pre is None else self.pre.T @ self.post
        change *= self.scale
        return change

    def __mul__(self, factor: object) -> Outer:  # a tuple would be repeated
        return self._replace(scale=self.scale * float(factor)) if is_number(factor) else NotImplemented

    def __rmul__(self, factor: object) -> Outer:
        return self * factor

    def __truediv__(self, divisor: object) -> Outer:
        return self._replace(scale=self.scale / float(divisor)) if is_number(divisor) else NotImplemented

    def __neg__(self) -> Outer:
        return self._replace(scale=-self.scale)


Outer.__array_ufunc__ = None  # type: ignore[attr-defined]  # a number of numpy's on the left leaves it to __rmul__


def is_number(value: object) -> TypeGuard[float]:
    """Whether `value` is a real number, Python's or numpy's."""
    return isinstance(value, int | float | np.integer | np.floating)


Update: TypeAlias = Array | Outer


class Step(NamedTuple):
    """What a rule proposes after one presentation."""

    updates: Mapping[str, Update]  # directions to ADD, averaged over the batch, with no learning rate inside
    state: State = None  # carried to the next presentation
    internals: Mapping[str, Any] = {}  # what probes may read: {"residual": ..., "B2": the feedback used}
    loss: Loss | None = None  # offered to optimisers that judge their own steps
    decay: Mapping[str, float] = {}  # the fraction of a weight that is lost before its change is added
    bounds: Mapping[str, tuple[float, float]] = {}  # (lowest, highest): where a weight is held after it


class Rule(Protocol):
    """A way to learn: a frozen dataclass that holds hyperparameters only, never arrays.

    Optional class attributes: `source`, a key of `references.bib`, and `answers`, the criticisms of backpropagation
    that its authors say it removes, by their names in `plausible.registry.criticisms`, where only a part of one is
    removed with that part in brackets, feed the tables; `search` says where hyperparameters are looked for. `reference`
    is the rule, registered or FILE.py:Name, with its options, whose changes are the gradient in what this rule learns:
    unless it is given, the one that its field `network` names, "backprop" for an `MLP` and "bptt" for an `RNN`, and ""
    where there is none; a property where options decide. A rule without that field brings a network of its own, and
    says `sequential = True` if it is shown sequences. `inputs` is the range, (lowest, highest), of the inputs that it
    takes, where it does not take any; `targets` is "classes", "values" or "zeros and ones" (classes, or several labels
    of an example), where it learns these only. `optimiser` names the optimiser of a rule whose proposals are whole
    changes, such as "sgd[rate=1]", and no directions: it is used, at a constant rate, where the user names none; a
    property where options decide. `presentation` is how many examples a presentation should have, where it is costly to
    begin one. `ignores` names settings of a network that the rule does not heed, each with what it has instead. `work`,
    ("multiply-adds",) unless it is given, names what its work is counted in: any other name is a number that `update`
    counts itself, over all examples of a presentation, and puts into `internals`.
    """

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        """New weights, each in a memory of its own, and a new state.

        Forward weights are drawn first, so that rules share them at one seed.
        """
        ...

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        """The changes that this rule proposes, having seen `shown`."""
        ...

    def respond(self, params: View, state: State, x: Array, rng: Generator) -> list[Array]:
        """Activity by layer, each (batch, units), the answer last. It has no labels, by signature.

        Each example is answered by itself: its place in the batch, and the others there, make no difference.
        """
        ...


class Optimiser(Protocol):
    """The only code that changes a weight, but for decay and bounds, which `train` sees to.

    A class attribute `full_batch = True` says that it needs the change of the whole training split at every step.
    """

    def init(self, params: View) -> Memory:
        """Memory for a run that starts from `params`."""
        ...

    def apply(
        self, params: Params, updates: Mapping[str, Update], memory: Memory, loss: Loss | None = None
    ) -> None:
        """Change `params` by `updates`, in place; what has no update stays as it is. `loss` is the step's."""
        ...


AT_WORK: ContextVar[str] = ContextVar("AT_WORK", default="")
"""The rule that is at work in this context, by name; "" for none. `rule_at_work` asks of the thread too."""


class OfThread(threading.local):
    """What holds in a thread whatever the context is, as code may run in a context of its own."""

    rule: str = ""


OF_THREAD = OfThread()
BEFORE_WORK: list[Callable[[], object]] = []
"""What is called before a rule goes to work: `plausible.tasks.shut` watches from then on which files are opened."""


def rule_at_work() -> str:
    """The rule that is at work here, by name; "" for none. Meanwhile no task is made: `plausible.tasks.shut`.

    >>> from contextvars import Context
    >>> from plausible.core import at_work, rule_at_work
    >>> with at_work("fa"):
    ...     rule_at_work(), Context().run(rule_at_work)
    ('fa', 'fa')
    """
    return AT_WORK.get() or OF_THREAD.rule


@contextmanager
def at_work(rule: str) -> Iterator[None]:
    """A context in which a rule of this name learns or answers, so that no task is made; "" opens tasks again."""
    if rule:
        for each in BEFORE_WORK:
            each()
    before, of_thread = AT_WORK.set(rule), OF_THREAD.rule
    OF_THREAD.rule = rule
    try:
        yield
    finally:
        OF_THREAD.rule = of_thread
        AT_WORK.reset(before)


class Tick(NamedTuple):
    """What a probe sees: the weights as they were when the rule proposed `step`, just before it is applied."""

    number: int
    params: View
    shown: Presentation
    step: Step


class Measurement(NamedTuple):
    """One number that was read."""

    metric: str
    layer: str  # the weight, unit or place in a sequence that it belongs to, or "" for the whole network
    value: float


class Randomness(NamedTuple):
    """Independent generators by role: drawing more in one role moves no number in another."""

    data: Generator  # examples of tasks that are drawn
    order: Generator  # the order in which examples are shown
    weights: Generator  # initial weights
    noise: Generator  # whatever a rule draws while it learns
    probes: Generator  # whatever is drawn to measure


def randomness(seed: int) -> Randomness:
    """All the randomness of a run, from its one seed.

    >>> from plausible.core import randomness
    >>> random, other = randomness(0), randomness(0)
    >>> _ = random.data.normal(size=1000)
    >>> random.weights.normal() == other.weights.normal()
    True
    """
    return Randomness(*map(np.random.default_rng, SeedSequence(seed).spawn(len(Randomness._fields))))


def read_only(params: View) -> View:
    """Views on the same memory through which nothing can be written, in a mapping that cannot be changed.

    Arrays of another library that has no such flag are plain views: `train` looks whether a rule wrote into them.

    >>> import numpy as np
    >>> from plausible.core import read_only
    >>> params = {"W1": np.zeros((2, 3))}
    >>> views = read_only(params)
    >>> views["W1"] += 1
    Traceback (most recent call last):
    ValueError: output array is read-only
    >>> params["W1"] += 1
    >>> views["W1"][0]
    array([1., 1., 1.])
    """
    return MappingProxyType({name: protected(array) for name, array in params.items()})
