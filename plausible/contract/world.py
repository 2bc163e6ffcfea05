"""The small world in which rules are judged: three clouds of points, or sequences of them, and a network."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from plausible.contract.promises import Broken, NotJudged
from plausible.core import Array, Outer, Presentation, Randomness, Rule, Step, View, randomness, read_only
from plausible.networks.mlp import MLP
from plausible.networks.network import Network
from plausible.networks.rnn import RNN
from plausible.probes.traced import plain
from plausible.registry import networks, registry, specs
from plausible.tasks.streams import Minibatches
from plausible.tasks.task import Split, one_hot
from plausible.train import fits, owns

N_IN, N_OUT, STEPS = 6, 3, 5
BATCH = 5
SMALL: tuple[Network, ...] = (
    MLP(hidden=(7, 4)),
    RNN(hidden=(7,)),
)  # a rule is judged on the first that it learns


class Case(NamedTuple):
    """A rule in a small world, with new weights, and what it is shown."""

    rule: Rule
    roles: Randomness
    params: dict[str, Array]
    state: Any
    shown: Presentation

    def step(self, seed: int = 0, shown: Presentation | None = None) -> Step:
        """What the rule proposes, on read-only arrays. Raises `NotJudged` if that is no `Step`."""
        shown = self.shown if shown is None else shown
        step = self.rule.update(read_only(self.params), self.state, shown, np.random.default_rng(seed))
        if not isinstance(step, Step):
            raise NotJudged("update returns no Step")
        return step

    def respond(self, x: Array | None = None, seed: int = 1) -> list[Array]:
        """What the rule answers, on read-only arrays. Raises `NotJudged` if that is no list of arrays."""
        x = self.shown.x if x is None else x
        layers = self.rule.respond(read_only(self.params), self.state, x, np.random.default_rng(seed))
        if not isinstance(layers, list) or not layers or not all(isinstance(a, np.ndarray) for a in layers):
            raise NotJudged("respond returns no list of arrays")
        return layers


def case(
    text: str, dtype: str = "float32", batch: int = BATCH, hidden: tuple[int, ...] | None = None
) -> Case:
    """The rule that `text` names, with new weights and a presentation of `batch` examples.

    `hidden` are other sizes of hidden layers than those of the small world, where the rule learns a perceptron.
    """
    shape = network(text, dtype)
    if hidden is not None and isinstance(shape, MLP) and not has_own_network(text):
        shape = replace(shape, hidden=hidden)
    rule = registry.rule(text, shape)
    roles = randomness(0)
    params, state = rule.init(N_IN, N_OUT, roles.weights)
    split = examples(batch, dtype, learns_sequences(text), getattr(rule, "inputs", None))
    shown = next(Minibatches(batch, shuffle=False)(split, "classes", 1, roles.order))
    return Case(rule, roles, params, state, shown)


def network(text: str, dtype: str = "float32") -> Network:
    """A small network that the rule learns; its own default, or that of its class, where it learns none of ours.

    A rule that takes no network is shown what this one is; it may say `sequential = True` for sequences.
    """
    rule = made(text)
    chosen: Any = next((each for each in SMALL if networks.learns(rule, each)), None)
    if has_own_network(text):
        chosen = SMALL[bool(getattr(rule, "sequential", False))]
    elif chosen is None:
        chosen = networks.default_of(rule)
    return chosen if chosen.dtype == dtype else replace(chosen, dtype=dtype)


def made(text: str) -> Any:
    """The class that `text` names."""
    return registry.load("rule", specs.parse(text).name)


def learns_sequences(text: str) -> bool:
    """Whether the rule that `text` names is one for sequences: its network is, or it says so itself."""
    return network(text).sequential


def has_own_network(text: str) -> bool:
    """Whether the rule that `text` names takes no network, but brings its own."""
    return not networks.learned_by(made(text))


def examples(n: int, dtype: str, sequences: bool = False, inputs: tuple[float, float] | None = None) -> Split:
    """Three clouds of points, one per class, that a line separates well; or sequences of points of one class each.

    `inputs` is the range that points are scaled to, for a rule that takes no others.
    """
    rng = np.random.default_rng(5)
    labels = np.arange(n) % N_OUT
    centres, y = 2 * np.eye(N_OUT, N_IN), one_hot(labels, N_OUT, dtype)
    if not sequences:
        x = centres[labels] + 0.5 * rng.normal(size=(n, N_IN))
        if inputs is not None:
            x = inputs[0] + (inputs[1] - inputs[0]) * (x - x.min()) / np.ptp(x)
        return Split(x.astype(dtype), y)
    x = centres[labels] + 0.5 * rng.normal(size=(STEPS, n, N_IN))
    mask = (rng.random((STEPS, n)) < 0.7).astype(dtype)
    mask[-1] = 1
    return Split(x.astype(dtype), np.tile(y, (STEPS, 1, 1)), mask)


def values(step: Step) -> dict[str, tuple[Any, ...]]:
    """The arrays of each update."""
    return {name: tuple(u) if isinstance(u, Outer) else (u,) for name, u in step.updates.items()}


def same(a: Step, b: Step) -> bool:
    """Whether two proposals are equal to the last bit."""
    ours, theirs = values(a), values(b)
    return ours.keys() == theirs.keys() and all(
        len(ours[name]) == len(theirs[name])
        and all(map(np.array_equal, plain(ours[name]), plain(theirs[name])))
        for name in ours
    )


def check_fits(step: Step, params: View, when: str = "") -> None:
    """Raise `Broken` unless the updates of a step fit the weights, in arrays of their own, and are finite."""
    try:
        fits(step, params)
        owns(step, params)
    except ValueError as error:
        raise Broken(f"{when}{error}") from error
    for name, arrays in values(step).items():
        if not all(np.isfinite(a).all() for a in arrays if a is not None):
            raise Broken(f"{when}the update of {name!r} is not finite")


def within(tree: Any, path: str = "") -> Iterator[tuple[str, Array]]:
    """The arrays in nested tuples, lists, mappings and dataclasses, each with the way to it."""
    if isinstance(tree, np.ndarray):
        yield path, tree
    elif isinstance(tree, Mapping):
        for name, part in tree.items():
            yield from within(part, f"{path}[{name!r}]")
    elif isinstance(tree, tuple | list):
        for number, part in enumerate(tree):
            yield from within(part, f"{path}[{number}]")
    elif dataclasses.is_dataclass(tree) and not isinstance(tree, type):
        for field in dataclasses.fields(tree):
            yield from within(getattr(tree, field.name, None), f"{path}.{field.name}")


def alike(ours: Any, theirs: Any) -> bool:
    """Whether two trees hold the same arrays, to the last bit."""
    a, b = dict(within(ours)), dict(within(theirs))
    return a.keys() == b.keys() and all(np.array_equal(a[name], b[name], equal_nan=True) for name in a)
