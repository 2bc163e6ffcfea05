"""How good a rule's changes are: whether answers move to targets, what a change brings, and how it spreads.

With changes U of weights W, an answer a(W) to the examples that are shown, targets y and a loss L(W):

- **target alignment** is the cosine between what U does to the answer, d a(W + s U)/ds at s = 0, and y - a, over all
  answers [song2024]; also of the change of each weight matrix alone;
- **loss decrease per length** is (L(W) - L(W + s U)) / |s U|, a step of a share of |W|; the **loss decrease share** is
  that over what the reference's changes bring in a step of this length: 1 for the gradient, below 0 where loss rises;
- **bias angle** and **update spread** are of the changes U_k for batches of the same examples, as bias and variance of
  an estimate of the gradient [richards2019]: the angle between mean U_k and the reference's change for all of these
  examples, in degrees, and √(mean |U_k - mean U|²) / |mean U|; the **own spread** is likewise of what a rule draws
  itself, for one batch of all examples, and 0 for a rule that draws nothing.

A rule and its reference draw the same numbers, such as the units that dropout silences, but for bias and spread, where
each batch has its own.

Lengths are Euclidean, over all weights and biases that the reference changes too; angles and spreads leave biases out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Measurement, Presentation, Rule, State, Step, View
from plausible.errors import plain_fields, require, require_number, require_whole
from plausible.networks.network import is_bias
from plausible.probes.alignment import angle, dense, rest, with_the_same_draws
from plausible.probes.cost import MULTIPLY_ADDS, work_of
from plausible.probes.probe import Moment, Sight
from plausible.tasks.streams import Minibatches
from plausible.tasks.task import Split

Changes: TypeAlias = Mapping[str, Array]
"""Changes of weights by name, each of the shape of its weight."""
Answer: TypeAlias = Callable[[View], Array]
"""From weights to the answers that count, (answers, n_out)."""


@dataclass(frozen=True)
class TargetAlignment:
    """Whether the changes that a rule proposes move its answers to the targets; see `target_alignment`.

    Args:
        size: how far weights are moved to see it, as a share of their length.
        at: after how many changes of weights it looks, of the points that a run is measured at; () for all of them.
    """

    name: ClassVar[str] = "target alignment"
    split: ClassVar[str] = "train"
    when: ClassVar[tuple[Moment, ...]] = ("measurement",)

    size: float = 1e-4
    at: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        check(self, "size")

    def __call__(self, sight: Sight) -> Iterator[Measurement]:
        if not looks(sight, self.at):
            return
        shown = sight.probed.shown
        step, exact = proposals(sight, shown)
        changes, params = common(step, exact), sight.tick.params
        with sight.asking():
            answer = answering(sight.rule, sight.tick.step.state, shown, sight.rng)
            towards = counted(shown, shown.y) - answer(params)
            found = [("", target_alignment(answer, params, changes, towards, self.size))]
            for name in alone(changes):
                found.append(
                    (name, target_alignment(answer, params, {name: changes[name]}, towards, self.size))
                )
        yield from (Measurement("target alignment", name, value) for name, value in found)


@dataclass(frozen=True)
class Descent:
    """How much loss a step of a rule's changes takes away, beside the gradient's; see `decrease`.

    Args:
        size: the length of the step, as a share of that of the weights.
        at: as of `TargetAlignment`.
    """

    name: ClassVar[str] = "descent"
    split: ClassVar[str] = "train"
    when: ClassVar[tuple[Moment, ...]] = ("measurement",)

    size: float = 1e-3
    at: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        check(self, "size")

    def __call__(self, sight: Sight) -> Iterator[Measurement]:
        of = sight.loss
        if of is None or not looks(sight, self.at):
            return
        shown, params = sight.probed.shown, sight.tick.params
        step, exact = proposals(sight, shown)
        with sight.asking():
            answer = answering(sight.rule, sight.tick.step.state, shown, sight.rng)
            y = counted(shown, shown.y)

            def loss(params: View) -> float:
                return float(of(answer(params), y).mean())

            ours = decrease(loss, params, common(step, exact), self.size)
            theirs = None if exact is None else decrease(loss, params, common(exact, step), self.size)
        yield Measurement("loss decrease per length", "", ours)
        if theirs is not None and theirs > 0:
            yield Measurement("loss decrease share", "", ours / theirs)


@dataclass(frozen=True)
class Spread:
    """Bias and spread of a rule's changes about the gradient, over batches and over what it draws; see `Moments`.

    The examples that are probed are cut into batches, so that for a rule whose change is a mean over examples the mean
    over batches is the change for all of them. Examples that fill no batch are left out. Of a reference that settles,
    "reference settled" says for which share of the examples its change is the gradient.

    Args:
        batch: examples, or sequences, of a batch.
        draws: how often one batch of all examples is shown for the own spread.
        at: as of `TargetAlignment`.
    """

    name: ClassVar[str] = "spread"
    split: ClassVar[str] = "train"
    when: ClassVar[tuple[Moment, ...]] = ("measurement",)

    batch: int = 20
    draws: int = 8
    at: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        require_whole("batch", self.batch)
        require_whole("draws", self.draws, 2)
        check(self)

    def __call__(self, sight: Sight) -> Iterator[Measurement]:
        if not looks(sight, self.at):
            return
        whole, batches = cut(sight.probed.shown, sight.task.kind, self.batch, sight.rng)
        exact = None if sight.reference is None else reference_step(sight, whole)
        over_batches, own = Moments(), Moments()
        for shown in batches:
            over_batches.add(products(sight.propose(shown), exact))
        for _ in range(self.draws):
            own.add(products(sight.propose(whole), exact))
            if own.number > 1 and not own.squares:  # what drew nothing twice draws nothing
                break
        if exact is not None:
            yield from rest(exact.internals)
        for name in ("", *sorted(over_batches.mean)):
            if exact is not None:
                gradient = products(exact, exact)
                yield Measurement("bias angle", name, over_batches.angle(gradient, name))
            yield Measurement("update spread", name, over_batches.spread(name))
            yield Measurement("own spread", name, own.spread(name, lost=1))


class Moments:
    """The mean of changes that were added, and their mean squared distance from it, weight by weight.

    >>> import numpy as np
    >>> from plausible.probes.quality import Moments
    >>> moments = Moments()
    >>> for number in (1.0, 3.0):
    ...     moments.add({"W1": np.array([[number]])})
    >>> moments.mean["W1"], moments.spread("W1"), moments.angle({"W1": np.array([[-1.0]])}, "W1")
    (array([[2.]]), 0.5, 180.0)
    """

    def __init__(self) -> None:
        self.number = 0
        self.mean: dict[str, Array] = {}
        self.by_weight: dict[str, float] = {}  # the sum of squared distances from the mean

    @property
    def squares(self) -> float:
        """The sum of squared distances from the mean, over all weights."""
        return sum(self.by_weight.values())

    def add(self, changes: Changes) -> None:
        """Take one more into account."""
        self.number += 1
        for name, change in changes.items():
            mean = self.mean.setdefault(name, np.zeros(change.shape))
            off = change - mean
            mean += off / self.number
            self.by_weight[name] = self.by_weight.get(name, 0.0) + float((off * (change - mean)).sum())

    def spread(self, name: str = "", lost: int = 0) -> float:
        """√(Σ |U_k - mean U|² / (n - lost)) / |mean U| of a weight, "" for all of them; NaN where the mean is 0.

        `lost` is 0 for all batches that there are, and 1 for draws of many. As the mean of n draws keeps a share of
        their noise, the spread of mere noise is √n.
        """
        names = [name] if name else [*self.mean]
        length = norm({name: self.mean[name] for name in names})
        total = sum(self.by_weight[name] for name in names)
        return float(np.sqrt(max(total, 0.0) / (self.number - lost)) / length) if length else float("nan")

    def angle(self, gradient: Changes, name: str = "") -> float:
        """Between the mean change and a gradient, in degrees, of a weight, "" for all of them; NaN where one is 0."""
        names = [name] if name else [*self.mean]
        ours, theirs = (np.concatenate([of[n].ravel() for n in names]) for of in (self.mean, gradient))
        return angle(ours, theirs)


# --- what is asked of the rule ----------------------------------------------------------------------------


def check(probe: TargetAlignment | Descent | Spread, *sizes: str) -> None:
    """Raise `BadInput` unless a probe's fields make sense."""
    plain_fields(probe)
    for size in sizes:
        require_number(size, getattr(probe, size), 0, 1, open_low=True)
    good = isinstance(probe.at, tuple) and all(isinstance(n, int) and n >= 0 for n in probe.at)
    require(
        good,
        "at",
        probe.at,
        "a tuple of whole numbers, how many changes come before; () for every measurement",
    )


def looks(sight: Sight, at: tuple[int, ...]) -> bool:
    """Whether a probe looks now: not at rules whose work is in a compiled simulation, as it would take too long."""
    return MULTIPLY_ADDS in work_of(sight.rule) and (not at or sight.tick.number in at)


def reference_step(sight: Sight, shown: Presentation) -> Step:
    """What the reference proposes for `shown`, with the same weights."""
    reference: Rule = sight.reference  # type: ignore[assignment]
    return reference.update(sight.tick.params, None, shown, sight.rng)


def proposals(sight: Sight, shown: Presentation) -> tuple[Step, Step | None]:
    """What the rule and its reference propose for `shown`, by the same draws; None without a reference."""
    before = deepcopy(sight.rng)
    step, reference = sight.propose(shown), sight.reference
    if reference is None:
        return step, None
    return step, with_the_same_draws(reference, sight.tick.params, shown, sight.rng, before)


def common(step: Step, reference: Step | None) -> dict[str, Array]:
    """The changes of weights and biases that both change, or all of a step's without a reference, in float64."""
    both = step.updates.keys() if reference is None else step.updates.keys() & reference.updates.keys()
    return {name: dense(step.updates[name]).astype(np.float64) for name in sorted(both)}


def products(step: Step, reference: Step | None) -> dict[str, Array]:
    """The same without biases."""
    return {name: change for name, change in common(step, reference).items() if not is_bias(name)}


def alone(changes: Changes) -> Iterable[str]:
    """The weights that are moved alone: those that change, but for biases."""
    return (name for name, change in changes.items() if not is_bias(name) and change.any())


def counted(shown: Presentation, values: Array) -> Array:
    """Those of `values` whose answers count, (answers, n_out), in float64."""
    return Split(shown.x, shown.y, shown.mask).counted(values).astype(np.float64)


def answering(rule: Rule, state: State, shown: Presentation, rng: Generator) -> Answer:
    """From weights to the rule's answers to `shown`, in float64; whatever it draws for them is the same every time."""
    x = shown.x.astype(np.float64)

    def answer(params: View) -> Array:
        exact = {name: array.astype(np.float64) for name, array in params.items()}
        return counted(shown, rule.respond(exact, state, x, deepcopy(rng))[-1])

    return answer


def cut(
    shown: Presentation, kind: str, batch: int, rng: Generator
) -> tuple[Presentation, list[Presentation]]:
    """The examples shown, but for those that fill no batch, at once, and in batches of `batch` in a new order."""
    split = Split(shown.x, shown.y, shown.mask)
    size = min(batch, split.examples)
    order = rng.permutation(split.examples)[: split.examples // size * size]
    mixed = split.some(order)
    whole = next(Minibatches(len(order), shuffle=False)(mixed, kind, 1, rng))
    return whole, [*Minibatches(size, shuffle=False)(mixed, kind, 1, rng)]


# --- what is measured -------------------------------------------------------------------------------------


def norm(arrays: Changes) -> float:
    """The Euclidean length of all numbers in these arrays."""
    return float(np.sqrt(sum(float((array.astype(np.float64) ** 2).sum()) for array in arrays.values())))


def moved(params: View, changes: Changes, factor: float) -> dict[str, Array]:
    """Weights, float64, with `factor` times the changes added."""
    return {
        name: array.astype(np.float64) + factor * changes[name] if name in changes else array
        for name, array in params.items()
    }


def pace(params: View, changes: Changes, size: float) -> float:
    """The factor of changes at which they are `size` of the length of the weights that they change; 0 of no change.

    Where these weights are all 0, changes are as long as `size` itself.
    """
    length = norm(changes)
    return size * (norm({name: params[name] for name in changes}) or 1.0) / length if length else 0.0


def cosine(a: Array, b: Array) -> float:
    """Of the angle between two arrays of one shape, flattened; NaN if either is zero."""
    norms = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float((a * b).sum()) / norms if norms else float("nan")


def target_alignment(answer: Answer, params: View, changes: Changes, towards: Array, size: float) -> float:
    """The cosine between (a(W + s U) - a(W - s U)) / 2s and `towards`, y - a; NaN where no answer moves.

    Its error is of the order s², which is exact where answers are linear in what is moved.

    Args:
        answer: from weights to answers, (answers, n_out).
        params: the weights W, by name.
        changes: the changes U, by name.
        towards: targets minus answers, (answers, n_out).
        size: |s U| as a share of the length of the weights that are moved.
    """
    factor = pace(params, changes, size)
    ahead, back = (answer(moved(params, changes, sign * factor)) for sign in (1, -1))
    return cosine(ahead - back, towards)


def decrease(loss: Callable[[View], float], params: View, changes: Changes, size: float) -> float:
    """(L(W) - L(W + s U)) / |s U|, in units of loss over weight; 0 where nothing changes.

    For short steps it is -∇L · U / |U|: |∇L| for the gradient, times the cosine of the angle to it for others.

    Args:
        loss: from weights to their loss.
        params: the weights W, by name.
        changes: the changes U, by name.
        size: |s U| as a share of the length of the weights that are moved.
    """
    factor = pace(params, changes, size)
    length = factor * norm(changes)
    return (loss(params) - loss(moved(params, changes, factor))) / length if length else 0.0
