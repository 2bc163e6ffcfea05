"""The contract that every rule keeps, as promises that can be checked; `plausible check` says which are broken."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from plausible import registry
from plausible.core import Array, Outer, Presentation, Randomness, Rule, Step, randomness, read_only
from plausible.errors import BadInput
from plausible.networks import MLP
from plausible.optimise.sgd import SGD
from plausible.probes.cost import MULTIPLY_ADDS, work_of
from plausible.probes.traced import Traced, plain, sources, traced_arguments
from plausible.recurrent_network import RNN, Network
from plausible.streams import Minibatches, rewarding
from plausible.tasks.task import Split, correct, one_hot
from plausible.train import fits, train

N_IN, N_OUT, STEPS = 6, 3, 5


class Broken(Exception):
    """A promise that a rule does not keep, in words."""


class Finding(NamedTuple):
    """One promise, and what is wrong with it; nothing if it is kept."""

    promise: str
    problem: str


def keep(holds: bool, problem: str) -> None:
    """Raise `Broken` unless `holds`."""
    if not holds:
        raise Broken(problem)


class Case(NamedTuple):
    """A rule in a small world, and what it did there once."""

    rule: Rule
    roles: Randomness
    params: dict[str, Array]
    state: Any
    shown: Presentation

    def step(self, seed: int = 0, shown: Presentation | None = None) -> Step:
        """What the rule proposes, on read-only arrays."""
        shown = self.shown if shown is None else shown
        return self.rule.update(read_only(self.params), self.state, shown, np.random.default_rng(seed))


def case(text: str, dtype: str = "float32", batch: int = 5) -> Case:
    """The rule that `text` names, with new weights and a presentation of `batch` examples."""
    rule = registry.rule(text, network(text, dtype))
    roles = randomness(0)
    params, state = rule.init(N_IN, N_OUT, roles.weights)
    split = examples(batch, dtype, learns_sequences(text), getattr(rule, "inputs", None))
    shown = next(Minibatches(batch, shuffle=False)(split, "classes", 1, roles.order))
    return Case(rule, roles, params, state, shown)


def network(text: str, dtype: str = "float32") -> Network:
    """A small network of the kind that the rule learns."""
    return RNN(hidden=(7,), dtype=dtype) if learns_sequences(text) else MLP(hidden=(7, 4), dtype=dtype)


def learns_sequences(text: str) -> bool:
    """Whether the rule that `text` names is one for sequences."""
    return registry.network_of(registry.load("rule", registry.parse(text).name)) is RNN


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


def holds_hyperparameters_only(text: str) -> None:
    """It is a frozen dataclass that holds hyperparameters, and no arrays."""
    rule = case(text).rule
    keep(dataclasses.is_dataclass(rule), "it is no dataclass: put @dataclass(frozen=True) above the class")
    frozen: Any = type(rule)
    keep(frozen.__dataclass_params__.frozen, "it is not frozen: put @dataclass(frozen=True) above the class")
    for name, value in vars(rule).items():
        keep(
            not isinstance(value, np.ndarray),
            f"its field {name!r} holds an array: arrays belong to params or state",
        )


def starts_the_same_at_one_seed(text: str) -> None:
    """init gives the same weights at the same seed, and draws the forward weights first."""
    first, second = case(text), case(text)
    for name, array in first.params.items():
        keep(
            np.array_equal(array, second.params[name]),
            f"{name!r} differs between two calls with one seed: draw from rng only",
        )
    shared = getattr(first.rule, "reference", "backprop") in (
        "backprop",
        "bptt",
    )  # else its network is its own
    if shared and registry.network_of(type(first.rule)) is not None:
        expected = network(text).start(N_IN, N_OUT, randomness(0).weights)
        for name in expected.keys() & first.params.keys():
            alike = expected[name].shape != first.params[name].shape or np.array_equal(
                expected[name], first.params[name]
            )
            keep(
                alike,
                f"{name!r} differs from network.start(n_in, n_out, rng) at the same seed: call that first",
            )


def keeps_the_dtype(text: str) -> None:
    """Weights, updates and answers have the dtype of the network: float32 stays float32, float64 stays float64."""
    own = registry.network_of(registry.load("rule", registry.parse(text).name)) is None
    for dtype in (
        ("float32",) if own else ("float32", "float64")
    ):  # a network of its own has no dtype to be told
        it = case(text, dtype)
        for name, array in it.params.items():
            keep(array.dtype == dtype, f"weight {name!r} is {array.dtype} in a {dtype} network")
        fits(it.step(), it.params)
        answer = it.rule.respond(read_only(it.params), it.state, it.shown.x, it.roles.noise)[-1]
        keep(answer.dtype == dtype, f"the answer is {answer.dtype} in a {dtype} network")


def proposes_finite_updates_that_fit(text: str) -> None:
    """Every update has the name and the shape of a weight, and is finite; something is learned."""
    it = case(text)
    step = it.step()
    keep(isinstance(step, Step), f"update returned {type(step).__name__}: expected a plausible.core.Step")
    fits(step, it.params)
    keep(bool(step.updates), "update proposes no change at all")
    for name, arrays in values(step).items():
        keep(
            all(np.isfinite(a).all() for a in arrays if a is not None),
            f"the update of {name!r} is not finite",
        )


def never_writes(text: str) -> None:
    """update and respond write into nothing that they are given."""
    it = case(text)
    before = {name: array.copy() for name, array in it.params.items()}
    try:
        it.step()
        it.rule.respond(read_only(it.params), it.state, it.shown.x, it.roles.noise)
    except ValueError as error:
        if "read-only" in str(error):
            raise Broken(
                "it writes into what it was given: return updates, and let the optimiser apply them"
            ) from error
        raise
    keep(
        all(np.array_equal(before[name], it.params[name]) for name in before),
        "a weight changed during update or respond",
    )


def repeats_itself(text: str) -> None:
    """The same seed gives the same updates and answers, to the last bit."""
    it = case(text)
    keep(
        same(it.step(), it.step()),
        "two calls of update with one seed differ: draw from rng only, keep state in Step.state",
    )
    first, second = (
        it.rule.respond(read_only(it.params), it.state, it.shown.x, np.random.default_rng(1))[-1]
        for _ in range(2)
    )
    keep(np.array_equal(first, second), "two calls of respond with one seed differ: draw from rng only")


def averages_over_the_batch(text: str) -> None:
    """A batch shown twice over proposes the change of the batch shown once (not checked if the rule draws noise)."""
    it = case(text, "float64")
    if not same(it.step(0), it.step(1)):
        return
    x, y, _, mask, _ = it.shown
    twice = it.shown._replace(
        x=np.concatenate([x, x], axis=-2),
        y=np.concatenate([y, y], axis=-2),
        mask=None if mask is None else np.concatenate([mask, mask], axis=-1),
        reward=lambda answer: np.concatenate(
            [it.shown.reward(half) for half in np.split(answer, 2, axis=-2)], axis=-1
        ),
    )
    once, doubled = it.step(), it.step(shown=twice)
    for name, update in once.updates.items():
        other = doubled.updates[name]
        ours, theirs = (u.dense() if isinstance(u, Outer) else u for u in (update, other))
        ratio = np.linalg.norm(theirs) / max(float(np.linalg.norm(ours)), 1e-300)
        advice = "is the mean over examples missing (scale = -1/batch)?"
        keep(
            np.allclose(ours, theirs, rtol=1e-9, atol=1e-12),
            f"the update of {name!r} becomes {ratio:.3g} times as large: {advice}",
        )


def takes_any_batch(text: str) -> None:
    """Batches of one and of many examples work."""
    for batch in (1, 2, 13):
        it = case(text, batch=batch)
        fits(it.step(), it.params)


def answers_without_labels(text: str) -> None:
    """respond returns a list of activities by layer, each ([time,] batch, units), the answer (..., n_out) last."""
    it = case(text)
    layers = it.rule.respond(read_only(it.params), it.state, it.shown.x, it.roles.noise)
    keep(
        isinstance(layers, list) and len(layers) > 0,
        f"respond returned {type(layers).__name__}: expected a list of arrays",
    )
    for number, layer in enumerate(layers, 1):
        keep(
            layer.shape[:-1] == it.shown.x.shape[:-1],
            f"activity {number} has {len(layer)} rows for {len(it.shown.x)} examples",
        )
    expected = (*it.shown.x.shape[:-1], N_OUT)
    keep(layers[-1].shape == expected, f"the answer has shape {layers[-1].shape}: expected {expected}")


def lets_provenance_through(text: str) -> None:
    """It keeps to operators, numpy functions and .T, so that arrays which carry their provenance pass through."""
    it = case(text)
    step = it.rule.update(
        *traced_arguments(read_only(it.params), it.state, it.shown), np.random.default_rng(0)
    )
    keep(same(step, it.step()), "traced arrays give other updates than plain ones")
    for name, arrays in values(step).items():
        factors = [a for a in arrays if isinstance(a, np.ndarray)]
        traced = all(isinstance(a, Traced) for a in factors) and bool(sources(step.updates[name]))
        keep(
            traced,
            f"the update of {name!r} lost its provenance: avoid np.asarray, np.array, np.zeros and out=",
        )


def counts_its_work(text: str) -> None:
    """What it counts its work in, unless that is multiply-adds, is a number of at least 0 in Step.seen."""
    it = case(text)
    seen = {} if work_of(it.rule) == (MULTIPLY_ADDS,) else it.step().seen
    for name in work_of(it.rule):
        value = seen.get(name)
        good = name == MULTIPLY_ADDS or (isinstance(value, int | float | np.number) and bool(value >= 0))
        keep(
            good,
            f"its `work` names {name!r}, and Step.seen has {value!r} under this name: count it in update",
        )


def goes_on_with_windows(text: str) -> None:
    """A sequence may come in windows of any length, the state carried from one to the next (rules for sequences)."""
    if not learns_sequences(text):
        return
    it = case(text)
    for steps in (1, 2, 3):
        state = it.state
        for start in range(0, STEPS, steps):
            window = slice(start, start + steps)
            x, y, mask = it.shown.x[window], it.shown.y[window], it.shown.mask
            mask = None if mask is None else mask[window]
            shown = Presentation(x, y, rewarding("classes", y, mask), mask, start == 0)
            step = it.rule.update(read_only(it.params), state, shown, np.random.default_rng(0))
            fits(step, it.params)
            finite = all(np.isfinite(a).all() for u in values(step).values() for a in u if a is not None)
            keep(finite, f"an update is not finite at step {start} in windows of {steps}")
            state = step.state


def learns(text: str) -> None:
    """It beats chance on a small task."""
    it = case(text)
    split = examples(300, "float32", learns_sequences(text), getattr(it.rule, "inputs", None))
    batch: int = getattr(it.rule, "presentation", 20)
    stream = Minibatches(batch)(split, "classes", 60 * 20 // batch, it.roles.order)
    state = it.state
    for tick in train(it.rule, SGD(0.05, momentum=0.9), it.params, state, stream, it.roles.noise):
        state = tick.step.state
    answer = it.rule.respond(read_only(it.params), state, split.x, it.roles.noise)[-1]
    accuracy = float(correct(split.counted(answer), split.counted(split.y)).mean())
    wanted = 1 / N_OUT + 0.15  # chance is 1/3 ± 0.03 over 300 examples
    advice = "updates are directions to ADD: is a sign wrong?"
    keep(
        accuracy > wanted,
        f"accuracy {accuracy:.2f} after 60 epochs of an easy task, chance is {1 / N_OUT:.2f}: {advice}",
    )


PROMISES: tuple[Callable[[str], None], ...] = (
    holds_hyperparameters_only,
    starts_the_same_at_one_seed,
    proposes_finite_updates_that_fit,
    keeps_the_dtype,
    never_writes,
    repeats_itself,
    averages_over_the_batch,
    takes_any_batch,
    answers_without_labels,
    lets_provenance_through,
    counts_its_work,
    goes_on_with_windows,
    learns,
)


def check(text: str) -> list[Finding]:
    """Check every promise on the rule that `text` names. Raises `BadInput` if there is no such rule."""
    registry.rule(text, network(text))
    return [Finding((promise.__doc__ or "").strip(), problem(promise, text)) for promise in PROMISES]


def problem(promise: Callable[[str], None], text: str) -> str:
    """What is wrong with one promise, in one line; nothing if it is kept."""
    try:
        promise(text)
    except (Broken, BadInput) as error:
        return str(error)
    except Exception as error:
        return f"it raises {type(error).__name__}: {registry.first_line(error)}"
    return ""
