"""Angles: how far a rule's changes point away from the gradient, and its feedback from the weights it stands for.

Four angles that the literature often mixes up, each per layer and in degrees:

- **gradient angle**, between the rule's change of W_l over the whole batch and the reference's, both flattened; and
  **gradient distance**, the norm of their difference over the norm of the reference's;
- **delta angle**, between the rule's teaching signal δ_l and the reference's, example by example, then averaged;
  both signals include f'(z_l), and the reference's is backpropagated all the way from the output; changes that are
  differences of phases have no such signal;
- **pseudo-backprop angle**, between the teaching signal of the last hidden layer and (error W_L⁺) ⊙ f'(z), what would
  undo the error at once, with the Moore-Penrose inverse in the place of the transpose [lillicrap2016];
- **weight angle**, between feedback weights and what they stand for: B_l and W_lᵀ, P_l and R_lᵀ, or Q_l and
  W_Lᵀ ... W_{l+1}ᵀ.

The reference draws what the rule drew, such as the units that dropout silences. It sees examples as they are, also
where the rule moves them or smooths their labels (`varied`).

Two independent random directions in d dimensions are 90° ± 57.3°/√d apart.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from typing import ClassVar

import numpy as np
from numpy.random import Generator

from plausible.arrays import is_array
from plausible.core import Array, Measurement, Outer, Presentation, Rule, Step, Tick, Update, View, at_work
from plausible.networks.mlp import Pass
from plausible.networks.network import is_bias
from plausible.probes.probe import Moment, Sight
from plausible.rules.layered import Layered

NUMBERED = re.compile(
    r"([A-Z])(\d+)"
)  # the names of weights of our own networks but for biases, and their layers


def angle(a: Array, b: Array) -> float:
    """The angle between two arrays of one shape, flattened, in degrees; NaN if either is zero.

    >>> import numpy as np
    >>> from plausible.probes.alignment import angle
    >>> round(angle(np.array([[1.0, 0.0]]), np.array([[1.0, 1.0]])), 6)
    45.0
    """
    return float(row_angles(a.reshape(1, -1), b.reshape(1, -1))[0])


def distance(a: Array, b: Array) -> float:
    """|a - b| / |b| of two arrays of one shape; NaN if b is zero."""
    norm = float(np.linalg.norm(b.astype(np.float64)))
    return float(np.linalg.norm(a.astype(np.float64) - b)) / norm if norm else float("nan")


def row_angles(a: Array, b: Array) -> Array:
    """The angle between each row of `a` and of `b`, both (rows, n), in degrees, (rows,); NaN where one is zero."""
    a, b = a.astype(np.float64), b.astype(np.float64)
    norms = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    cosine = np.full(len(a), np.nan)
    np.divide((a * b).sum(axis=1), norms, out=cosine, where=norms > 0)
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))


def dense(update: Update) -> Array:
    """A change as one array of the shape of its weights."""
    return update.dense() if isinstance(update, Outer) else update


def gradient_angles(step: Step, reference: Step) -> Iterator[Measurement]:
    """The angle and the relative distance between the changes of each weight that is `compared`."""
    for name in compared(step, reference):
        ours, theirs = dense(step.updates[name]), dense(reference.updates[name])
        yield Measurement("gradient angle", name, angle(ours, theirs))
        yield Measurement("gradient distance", name, distance(ours, theirs))


def compared(step: Step, reference: Step) -> list[str]:
    """The weights that both change, but for biases, whatever a network calls them.

    >>> from plausible.core import Step
    >>> from plausible.probes.alignment import compared
    >>> compared(Step({"U": 1, "Query": 1, "b1": 1, "B2": 1}), Step({"U": 1, "Query": 1, "b1": 1}))
    ['Query', 'U']
    """
    both = step.updates.keys() & reference.updates.keys()
    return sorted(name for name in both if not is_bias(name))


def signals(update: Update | None, rows: int) -> Array | None:
    """The teaching signal in a change, (rows, n); None unless it has just these rows, and not two phases' or so."""
    if not isinstance(update, Outer) or len(update.post) != rows:
        return None
    signal: Array = np.sign(update.scale) * update.post
    return signal


def delta_angles(step: Step, reference: Step, rows: int) -> Iterator[Measurement]:
    """The mean angle between the teaching signals of each layer; only where both have one in each of `rows`."""
    for name in compared(step, reference):
        ours, theirs = signals(step.updates[name], rows), signals(reference.updates[name], rows)
        if ours is not None and theirs is not None:
            angles = row_angles(ours, theirs)
            if np.isfinite(angles).any():
                yield Measurement("delta angle", name, float(np.nanmean(angles)))


def pseudo_backprop_angle(
    step: Step, reference: Step, params: View, passed: Pass, rows: int
) -> Iterator[Measurement]:
    """The mean angle between the rule's signal to the last hidden layer and the error through the pseudoinverse."""
    depth = len(passed.activities) - 1
    ours = signals(step.updates.get(f"W{depth - 1}"), rows)
    error, readout = signals(reference.updates[f"W{depth}"], rows), params[f"W{depth}"]
    if ours is not None and error is not None and np.isfinite(readout).all():
        angles = row_angles(ours, error @ np.linalg.pinv(readout) * passed.slope(depth - 1))
        if np.isfinite(angles).any():
            yield Measurement("pseudo-backprop angle", f"W{depth - 1}", float(np.nanmean(angles)))


def weight_angles(params: View) -> Iterator[Measurement]:
    """The angle between feedback weights and the forward weights that they stand for, if their shapes fit."""
    for name in sorted(params):
        numbered = NUMBERED.fullmatch(name)
        forward = None if numbered is None else stood_for(params, numbered[1], int(numbered[2]))
        if forward is not None and forward.shape == params[name].shape:
            yield Measurement("weight angle", name, angle(params[name], forward))


def stood_for(params: View, kind: str, layer: int) -> Array | None:
    """What feedback weights stand for: W_lᵀ for B_l, R_lᵀ for P_l, a product for Q_l; None for other weights."""
    if kind == "Q":
        return backward_product(params, layer)
    forward = params.get({"B": "W", "P": "R"}.get(kind, "") + str(layer))
    return None if forward is None else forward.T


def backward_product(params: View, layer: int) -> Array | None:
    """W_Lᵀ ... W_{l+1}ᵀ, (n_L, n_l): what direct feedback to layer l stands for; None if there is no such product."""
    numbers = [int(at[2]) for at in map(NUMBERED.fullmatch, params) if at is not None and at[1] == "W"]
    chain = [params.get(f"W{at}") for at in range(max(numbers, default=0), layer, -1)]
    weights = [one.T for one in chain if one is not None and one.ndim == 2]
    fits = all(upper.shape[1] == lower.shape[0] for upper, lower in pairwise(weights))
    return reduce(operator.matmul, weights) if weights and fits and len(weights) == len(chain) else None


def scalars(internals: Mapping[str, object]) -> Iterator[Measurement]:
    """The numbers among `Step.internals`, such as the residual of settling."""
    for name, value in internals.items():
        if isinstance(value, float):
            yield Measurement(name, "", value)


def rest(internals: Mapping[str, object]) -> Iterator[Measurement]:
    """The fraction of examples that settled in the reference, in its worst phase: the others have no gradient."""
    fractions = [
        value for name, value in internals.items() if name.endswith("settled") and isinstance(value, float)
    ]
    if fractions:
        yield Measurement("reference settled", "", min(fractions))


def norms(arrays: Mapping[str, Update], metric: str) -> Iterator[Measurement]:
    """The Frobenius norm of each array."""
    for name in sorted(arrays):
        yield Measurement(metric, name, float(np.linalg.norm(dense(arrays[name]))))


@dataclass(frozen=True)
class Alignment:
    """All the angles between what the rule and its reference propose for the examples that are probed; see `read`."""

    name: ClassVar[str] = "alignment"
    in_turn: ClassVar[bool] = True
    split: ClassVar[str] = "train"
    when: ClassVar[tuple[Moment, ...]] = ("measurement",)

    def __call__(self, sight: Sight) -> Iterator[Measurement]:
        shown, before = sight.probed.shown, deepcopy(sight.rng)
        step = sight.propose(shown)
        yield from read(sight.tick, step, sight.reference, shown, sight.rng, before)


def aligned(
    tick: Tick, rule: Rule, reference: Rule | None, shown: Presentation, rng: Generator
) -> Iterator[Measurement]:
    """The angles between what a rule and a reference propose for `shown`; see `read`."""
    before = deepcopy(rng)
    with at_work(type(rule).__name__):
        step = rule.update(tick.params, tick.step.state, shown, rng)
    yield from read(tick, step, reference, shown, rng, before)


def with_the_same_draws(
    reference: Rule, params: View, shown: Presentation, rng: Generator, before: Generator
) -> Step:
    """What a reference proposes for `shown` where it draws what the rule drew, such as the units that dropout silences.

    `before` is the generator as it was before the rule drew from `rng`. What is drawn later stays what it is where the
    reference draws numbers of its own: `rng` moves on by as many.
    """
    replayed = deepcopy(before)
    step = reference.update(params, None, shown, replayed)
    if str(replayed.bit_generator.state) != str(before.bit_generator.state):
        reference.update(params, None, shown, rng)
    return step


def read(
    tick: Tick,
    step: Step,
    reference: Rule | None,
    shown: Presentation,
    rng: Generator,
    before: Generator,
) -> Iterator[Measurement]:
    """All the angles of what a rule proposes for `shown`, `step`, to what a reference does with the same weights.

    Nothing is changed: the weights are read-only, and `rng` is a probe's, `before` the same as it was before the rule
    drew from it: both draw the same noise. Without a reference there are the angles
    between weights, and norms. Feedback that a rule makes as it goes is in `Step.internals`. Of a reference that
    settles, "reference settled" says for which fraction of the examples its gradient stands.
    """
    if reference is not None:
        exact = with_the_same_draws(reference, tick.params, shown, rng, before)
        yield from gradient_angles(step, exact)
        rows = shown.x.size // shown.x.shape[-1]  # one per example, and time
        yield from delta_angles(step, exact, rows)
        yield from rest(exact.internals)
        if isinstance(reference, Layered) and reference.network.hidden:
            passed = reference.network.forward(tick.params, shown.x)
            yield from pseudo_backprop_angle(step, exact, tick.params, passed, rows)
    made = {name: array for name, array in step.internals.items() if name[:1] == "B" and is_array(array)}
    yield from weight_angles({**tick.params, **made})
    yield from scalars(step.internals)
    yield from norms(tick.params, "norm")
    yield from norms(step.updates, "update norm")
