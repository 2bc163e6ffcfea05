"""What tests hold the library against: angles, changes by definition, and small random problems off every kink."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import NamedTuple

import numpy as np

from plausible.core import Array, Outer, Params, Presentation, Rule, Step, Update, View
from plausible.networks.activations import logistic
from plausible.networks.inits import Uniform
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.networks.rnn import RNN
from plausible.optimise.sgd import SGD
from plausible.probes.differences import STEP
from plausible.tasks.streams import reward_of_value
from plausible.tasks.task import Split
from plausible.train import train

KINKS = {"relu": (0.0,), "leaky-relu": (0.0,), "hard-sigmoid": (0.0, 1.0)}
"""Where an activation has no derivative."""

MARGIN = 100 * STEP  # a weight moved by STEP moves no z as far as this, so no unit crosses its kink


class Problem(NamedTuple):
    """Weights and one batch."""

    params: Params
    shown: Presentation


def angle(a: Array, b: Array) -> Array:
    """The angle between the last axes of `a` and `b`, in degrees."""
    cosine = (a * b).sum(axis=-1) / (np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1))
    degrees: Array = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    return degrees


def dense(update: Update) -> Array:
    """A change as one array, formed by the definition."""
    if not isinstance(update, Outer):
        return update
    pre = np.ones((len(update.post), 1), update.post.dtype) if update.pre is None else update.pre
    change: Array = update.scale * np.einsum("ri,ro->io", pre, update.post)
    return change[0] if update.pre is None else change


def changes(step: Step) -> Params:
    """The changes of a step, by name."""
    return {name: dense(update) for name, update in step.updates.items()}


def propose(rule: Rule, params: Params, shown: Presentation) -> Params:
    """The changes that `rule` proposes for `shown`, by name."""
    return changes(rule.update(params, None, shown, np.random.default_rng(0)))


def present(x: Array, y: Array) -> Presentation:
    """`x` with its targets `y`, and nothing else."""
    return Presentation(x, y, partial(reward_of_value, y))


def examples(network: MLP, batch: int, n_in: int, n_out: int) -> Presentation:
    """A batch of normal inputs, with targets of the kind that the network's output is made for."""
    rng = np.random.default_rng(1)
    return present(rng.normal(size=(batch, n_in)), targets(network.output.name, rng, batch, n_out))


def trained(rule: Rule, params: Params, shown: Iterable[Presentation], rate: float) -> Params:
    """`params` after gradient descent by what `rule` proposes for each of `shown`."""
    for _ in train(rule, SGD(rate), params, None, shown, np.random.default_rng(2)):
        pass
    return params


def assert_same(ours: View, theirs: View) -> None:
    """The same names, and bit by bit the same arrays."""
    assert ours.keys() == theirs.keys()
    for name, array in ours.items():
        np.testing.assert_array_equal(array, theirs[name], err_msg=name)


def targets(output: str, rng: np.random.Generator, batch: int, n_out: int) -> Array:
    """Targets of the kind that an output is made for."""
    if output == "softmax":
        return np.eye(n_out)[rng.integers(n_out, size=batch)]
    if output == "logistic":
        return rng.integers(2, size=(batch, n_out)).astype(float)
    return rng.normal(size=(batch, n_out))


def problem(network: MLP, n_in: int = 4, n_out: int = 3, batch: int = 5, seed: int = 0) -> Problem:
    """The first problem from `seed` on in which every hidden unit is at least MARGIN away from its kinks."""
    for tried in range(seed, seed + 100):
        rng = np.random.default_rng(tried)
        params = network.start(n_in, n_out, rng)
        x, y = rng.normal(size=(batch, n_in)), targets(network.output.name, rng, batch, n_out)
        if distance_to_kink(network, params, x) > MARGIN:
            dtype = network.dtype
            return Problem(params, present(x.astype(dtype), y.astype(dtype)))
    raise AssertionError("no problem off the kinks")


def distance_to_kink(network: MLP, params: View, x: Array) -> float:
    """How near any hidden unit is to a kink of its activation, on any example of `x`."""
    nearest, h = np.inf, x
    for layer in range(1, network.depth):
        z = h @ params[f"W{layer}"] + params.get(f"b{layer}", 0.0)
        for kink in KINKS.get(network.activation.name, ()):
            nearest = min(nearest, float(abs(z - kink).min()))
        h = network.activation.value(z)
    return nearest


def sequences(
    network: RNN,
    steps: int = 7,
    n_in: int = 4,
    n_out: int = 3,
    batch: int = 5,
    mask: bool = True,
    seed: int = 0,
) -> Problem:
    """As `problem`, with sequences; with `mask`, about a third of the answers do not count."""
    for tried in range(seed, seed + 100):
        rng = np.random.default_rng(tried)
        params = network.start(n_in, n_out, rng)
        x = rng.normal(size=(steps, batch, n_in))
        y = targets(network.output.name, rng, steps * batch, n_out).reshape(steps, batch, n_out)
        counted = (rng.random((steps, batch)) < 0.7).astype(network.dtype) if mask else None
        if distance_to_kink_over_time(network, params, x) > 2 * MARGIN:  # a moved weight acts at every step
            x, y = x.astype(network.dtype), y.astype(network.dtype)
            return Problem(params, Presentation(x, y, partial(reward_of_value, y), counted))
    raise AssertionError("no problem off the kinks")


def distance_to_kink_over_time(network: RNN, params: View, x: Array) -> float:
    """How near any recurrent unit comes to a kink of its activation, by the definition of the network."""
    nearest, h = np.inf, np.zeros((x.shape[1], network.hidden[0]))
    for shown in x:
        z = shown @ params["W1"] + h @ params["R1"] + params.get("b1", 0.0)
        for kink in KINKS.get(network.activation.name, ()):
            nearest = min(nearest, float(abs(z - kink).min()))
        h = (1 - network.leak) * h + network.leak * network.activation.value(z)
    return nearest


def window(shown: Presentation, start: int, end: int) -> Presentation:
    """Steps `start` to `end` of a presentation; the first ones begin a sequence."""
    x, y, mask = shown.x[start:end], shown.y[start:end], shown.mask
    return Presentation(
        x, y, partial(reward_of_value, y), None if mask is None else mask[start:end], start == 0
    )


def summed(rule: Rule, params: Params, shown: Presentation, steps: int) -> Params:
    """What `rule` proposes for the windows of a sequence, its state carried from one to the next, summed."""
    state, total = None, {name: np.zeros_like(array) for name, array in params.items()}
    for start in range(0, len(shown.x), steps):
        step = rule.update(params, state, window(shown, start, start + steps), np.random.default_rng(0))
        state = step.state
        for name, change in changes(step).items():
            total[name] += change
    return total


def encoder(n: int, hidden: int) -> tuple[MLP, Presentation]:
    """The N-M-N encoder as [fahlman1988] set it up: logistic units, the squared error summed over the patterns."""
    out = output("logistic-squared", "sum")
    network = MLP((hidden,), logistic, out, "float64", Uniform(1.0), bias_init=Uniform(1.0))
    return network, present(np.eye(n), np.eye(n))


def numbered(examples: int) -> Split:
    """Examples of three inputs and two targets: example k has k in its x, and -k in its y."""
    k = np.arange(examples, dtype=float)[:, None]
    return Split(k + np.zeros(3), -k + np.zeros(2))
