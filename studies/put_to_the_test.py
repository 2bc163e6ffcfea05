"""The experiments of the study `textbook`: each measures what a statement about backpropagation foretells.

In tables, `epoch` is a rate, a level of noise, a number of units, of sweeps or of steps, as each function says.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Optimiser, Presentation, View, randomness
from plausible.networks.activations import logistic
from plausible.networks.inits import Uniform
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.bold_driver import BoldDriver
from plausible.optimise.delta_bar_delta import DeltaBarDelta
from plausible.optimise.sgd import SGD
from plausible.optimise.wrappers import Decay
from plausible.probes.alignment import dense
from plausible.probes.criterion import Within
from plausible.registry import registry
from plausible.study.experiment import Bench, Measured
from plausible.study.learner import Learner
from plausible.tasks.streams import Minibatches
from plausible.tasks.task import Split, correct, one_hot

STEEP, SHALLOW = 100.0, 1.0  # curvatures of the ravine
LIMIT = 2 / STEEP  # the rate above which descent leaves the ravine
RATES = (1e-3, 1e-2, 0.1, 0.3, 1.0, 3.0, 10.0, 100.0)
DIGITS = "digits[split=seed]"
LABELS, PIXELS = (
    (0.0, 0.2, 0.4),
    (0.0, 1.0, 2.0),
)  # shares of wrong labels; standard deviations of a pixel's noise
LOGISTIC = output("logistic-squared", "sum")


# --- the delta rule, and biases -----------------------------------------------------------------------------


def presented(rng: Generator, examples: int, n_in: int, n_out: int) -> Presentation:
    """Normal inputs, and targets between 0 and 1."""
    x, y = rng.normal(size=(examples, n_in)), rng.uniform(size=(examples, n_out))
    return Presentation(x, y, reward=lambda answer: -((answer - y) ** 2).sum(axis=1))


def one_layer(bench: Bench) -> Iterator[Measured]:
    """How far the changes of a single layer lie from those of the delta rule, relative to their size."""
    rng = np.random.default_rng(bench.seed)
    shown = presented(rng, 20, 5, 3)
    for name in ("linear", "logistic-squared"):
        network = MLP((), output=output(name, "sum"), dtype="float64")
        params = network.start(5, 3, rng)
        z = shown.x @ params["W1"] + params["b1"]
        o = 1 / (1 + np.exp(-z)) if name != "linear" else z
        delta = shown.x.T @ ((shown.y - o) * (o * (1 - o) if name != "linear" else 1))
        step = registry.rule("backprop", network).update(params, None, shown, rng)
        apart = abs(dense(step.updates["W1"]) - delta).max() / abs(delta).max()
        yield Measured("distance", float(apart), layer=name)


def always_on(bench: Bench) -> Iterator[Measured]:
    """How far a network with biases and one with units that are always on come apart in 100 changes."""
    rng = np.random.default_rng(bench.seed)
    shown = presented(rng, 20, 5, 3)
    usual, without = (MLP((n,), logistic, LOGISTIC, "float64", bias=n == 4) for n in (4, 5))
    params = usual.start(5, 3, rng)
    on = np.full((1, 1), 40.0)  # of the hidden unit: its answer is 1 to the last bit
    ours = {
        "W1": np.block([[params["W1"], np.zeros((5, 1))], [params["b1"], on]]),
        "W2": np.vstack([params["W2"], params["b2"]]),
    }
    wide = shown._replace(x=np.hstack([shown.x, np.ones((20, 1))]))
    for network, weights, examples in ((usual, params, shown), (without, ours, wide)):
        optimiser, rule = SGD(0.1), registry.rule("backprop", network)
        memory = optimiser.init(weights)
        for _ in range(100):
            optimiser.apply(weights, rule.update(weights, None, examples, rng).updates, memory)
    pairs = (
        (ours["W1"][:5, :4], "W1"),
        (ours["W1"][5, :4], "b1"),
        (ours["W2"][:4], "W2"),
        (ours["W2"][4], "b2"),
    )
    for found, name in pairs:
        yield Measured("distance", float(abs(found - params[name]).max()), layer=name)


# --- rates and momentum, on a ravine and on digits ----------------------------------------------------------


def descent(
    optimiser: Optimiser, start: Array, steps: int, moving: Array | None = None
) -> tuple[Array, Array]:
    """The places (steps + 1, 2) on the way down the ravine, and their heights ½ Σ λ w²; `moving` is the first velocity."""
    curvature = np.array([SHALLOW, STEEP])
    params = {"w": start.copy()}
    memory, places = optimiser.init(params), [start.copy()]
    if moving is not None:
        memory["velocity"]["w"][...] = moving
    for _ in range(steps):
        here = params["w"]
        height = float((curvature * here**2).sum() / 2)
        optimiser.apply(params, {"w": -curvature * here}, memory, lambda height=height: height)
        places.append(np.clip(params["w"], -1e9, 1e9))
    return np.array(places), (curvature * np.array(places) ** 2).sum(axis=1) / 2


def sooner(heights: Array, share: float = 1e-6) -> float:
    """The steps until a height stays below `share` of the first one; all, if it does not."""
    above = np.flatnonzero(heights > share * heights[0])
    return float(above[-1] + 1)


def reversed_share(places: Array) -> float:
    """The share of changes across the ravine that turn the one before round, while anything changes."""
    steps = np.diff(places[:, 1])
    pairs = steps[1:] * steps[:-1]
    told = abs(pairs) > 0
    return float((pairs[told] < 0).mean()) if told.any() else 0.0


def ravine(bench: Bench) -> Iterator[Measured]:
    """Ways down a ravine of curvatures 1 and 100, from a drawn place: at rates, with momenta, at rates that vary.

    The plain rate is the best of 40. The momentum and its rate are the best ones for these curvatures [polyak1964].
    """
    angle = np.random.default_rng(bench.seed).uniform(np.pi / 8, 3 * np.pi / 8)
    start = np.array([np.cos(angle), np.sin(angle)])
    steep, shallow = STEEP**0.5, SHALLOW**0.5
    plain = [SGD(share * LIMIT) for share in np.linspace(0.5, 0.99, 40)]
    ways: dict[str, Optimiser] = {
        "slow": SGD(0.02 * LIMIT),
        "fast": SGD(0.95 * LIMIT),
        "too fast": SGD(1.05 * LIMIT),
        "best": min(plain, key=lambda optimiser: sooner(descent(optimiser, start, 1000)[1])),
        "momentum": SGD((2 / (steep + shallow)) ** 2, ((steep - shallow) / (steep + shallow)) ** 2),
        "bold driver": BoldDriver(0.95 * LIMIT),
        "delta-bar-delta": DeltaBarDelta(0.95 * LIMIT, increase=0.01 * LIMIT, decrease=0.5),
    }
    for name, optimiser in ways.items():
        places, heights = descent(optimiser, start, 1000)
        yield Measured("steps", sooner(heights), layer=name)
        yield Measured("reversals", reversed_share(places[:51]), layer=name)
        yield Measured("height left", float(np.clip(heights[100] / heights[0], 1e-30, 1e30)), layer=name)
        for step in range(41 if bench.seed == 0 else 0):
            yield Measured("across", float(places[step, 1]), step, layer=name)
            yield Measured("along", float(places[step, 0]), step, layer=name)


def momenta(bench: Bench) -> Iterator[Measured]:
    """How much of the gradient's own step is in a change, beside momentum times the change before; mean of 50 changes.

    At a momentum of 0.999 also in the form that averages, where the rate is multiplied with 1 - momentum. Weights move
    when learning begins, but for momentum 0.
    """
    start, moving = np.random.default_rng(bench.seed).normal(size=(2, 2))
    rate = 0.1 * LIMIT
    for momentum, factor, name in ((0.0, 1.0, "0"), (1.0, 1.0, "1"), (0.999, 0.001, "0.999, averaged")):
        places, _ = descent(SGD(rate * factor, momentum), start, 51, 0.01 * moving if momentum else None)
        moved, own = np.diff(places, axis=0), -rate * np.array([SHALLOW, STEEP]) * places[:-1]
        left = moved[1:] - momentum * moved[:-1]
        sizes = np.linalg.norm(own[1:], axis=1)
        yield Measured("own step", float((np.linalg.norm(left, axis=1) / sizes).mean()), layer=name)
        apart = np.linalg.norm(moved[1:] - own[1:], axis=1) / sizes
        yield Measured("distance from the gradient", float(apart.mean()), layer=name)


def plateau(bench: Bench) -> Iterator[Measured]:
    """How far 200 steps lead on a slope that is the same everywhere, with a momentum of 0.9 and without."""
    slope = np.random.default_rng(bench.seed).normal(size=3)
    for momentum in (0.0, 0.9):
        params, optimiser = {"w": np.zeros(3)}, SGD(0.01, momentum)
        memory = optimiser.init(params)
        for _ in range(200):
            optimiser.apply(params, {"w": slope}, memory)
        yield Measured("way", float(np.linalg.norm(params["w"])), layer=f"momentum {momentum:g}")


def learned(
    rule: str, optimiser: Optimiser, network: MLP, train: Split, batch: int, epochs: int, seed: int
) -> Iterator[tuple[int, Any, View]]:
    """(epoch, rule, weights) after each epoch of learning classes."""
    roles, made = randomness(seed), registry.rule(rule, network)
    learner = Learner.new(made, optimiser, train.x.shape[1], train.y.shape[1], roles)
    for epoch in range(1, epochs + 1):
        for _ in learner.ticks(Minibatches(batch)(train, "classes", 1, roles.order)):
            pass
        yield epoch, made, learner.params


def right(rule: Any, params: View, split: Split) -> float:
    """The share of examples that are answered rightly."""
    answer = rule.respond(params, None, split.x, np.random.default_rng(0))[-1]
    return float(correct(answer, split.y).mean())


def encoders(bench: Bench) -> Iterator[Measured]:
    """The sweeps until the 8-3-8 encoder is solved, 3000 if it never is, by rate, with a momentum and without."""
    task = registry.task("encoder", randomness(bench.seed).data)
    network = MLP((3,), logistic, LOGISTIC, "float64", Uniform(1.0), bias_init=Uniform(1.0))
    solved, train = Within(0.4), as_float(task.train)
    for momentum, rate in product((0.0, 0.5, 0.9), (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)):
        needed = 3000
        for sweep, rule, params in learned(
            "backprop", SGD(rate, momentum), network, train, 8, 3000, bench.seed
        ):
            if solved(rule.respond(params, None, train.x, np.random.default_rng(0))[-1], train.y):
                needed = sweep
                break
        yield Measured("sweeps needed", needed, rate, layer=f"momentum {momentum:g}")


def rates(bench: Bench) -> Iterator[Measured]:
    """The loss of a 64-32-10 network after 100 sweeps over all training digits, and the share of sweeps that raised it."""
    task = registry.task(DIGITS, randomness(bench.seed).data)
    network = MLP((32,), output=output("softmax"))
    for place, rate in enumerate(RATES):
        losses = []
        with np.errstate(all="ignore"):
            for _, rule, params in learned(
                "backprop", SGD(rate), network, task.train, len(task.train.x), 100, bench.seed
            ):
                answer = rule.respond(params, None, task.train.x, np.random.default_rng(0))[-1]
                losses.append(network.output.total(answer.clip(1e-30), task.train.y))
        yield Measured("loss", losses[-1], rate)
        yield Measured("rises", float((np.diff(losses) > 0).mean()), rate)
        bench.progress((place + 1) / len(RATES))


def xor(bench: Bench) -> Iterator[Measured]:
    """The largest share of the patterns of XOR that is right after any of 3000 sweeps, by hidden units."""
    task = registry.task("xor", randomness(bench.seed).data)
    for hidden in ((), (2,), (8,)):
        network = MLP(hidden, logistic, LOGISTIC, "float64", Uniform(1.0), bias_init=Uniform(1.0))
        best = 0.0
        ways = learned("backprop", SGD(0.3, 0.9), network, as_float(task.train), 4, 3000, bench.seed)
        for epoch, rule, params in ways:
            best = max(best, right(rule, params, task.train)) if epoch % 10 == 0 else best
        yield Measured("best share right", best, sum(hidden))
        yield Measured("share right", right(rule, params, task.train), sum(hidden))


def as_float(split: Split) -> Split:
    """A split in double precision."""
    return Split(split.x.astype(float), split.y.astype(float))


def restarts(bench: Bench) -> Iterator[Measured]:
    """The share of 40 starts of a logistic unit with one weight that end in the worse of two minima [auer1996].

    It sees two examples, of which each alone would have its weight far on another side; the 40 starts are 40 units of a
    layer, which do not know of each other. An end is a minimum where its slope is 0 and its curvature positive.
    """
    rng = np.random.default_rng(bench.seed)
    x, y = np.array([[1.0], [-5.0]]), rng.uniform(0.85, 0.95, size=(2, 1)) * np.ones(40)
    network = MLP((), output=LOGISTIC, dtype="float64", bias=False)
    rule, optimiser = registry.rule("backprop", network), SGD(0.5)
    params = {"W1": rng.uniform(-8, 8, size=(1, 40))}
    shown = Presentation(x, y, reward=lambda answer: -((answer - y) ** 2).sum(axis=1))
    memory = optimiser.init(params)

    def downhill(weights: Array) -> Array:
        return dense(rule.update({"W1": weights}, None, shown, rng).updates["W1"])[0]

    for _ in range(5000):
        optimiser.apply(params, {"W1": downhill(params["W1"])[None]}, memory)
    ends = params["W1"]
    minimum = (abs(downhill(ends)) < 1e-6) & (downhill(ends - 1e-4) > downhill(ends + 1e-4))
    error = ((rule.respond(params, None, x, rng)[-1] - y) ** 2).sum(axis=0) / 2
    yield Measured("share in worse minima", float((minimum & (error > error.min() + 0.01)).mean()))


def wide(bench: Bench) -> Iterator[Measured]:
    """The share of training digits that a 64-32-10 network gets right after 100 epochs: do starts end in worse minima?"""
    task = registry.task(DIGITS, randomness(bench.seed).data)
    network = MLP((32,), output=output("softmax"))
    *_, (_, rule, params) = learned("backprop", SGD(0.5), network, task.train, 32, 100, bench.seed)
    yield Measured("share right", right(rule, params, task.train))


def read_out(train: tuple[Array, Array], test: tuple[Array, Array]) -> float:
    """The share of test labels that logistic regression on features reads rightly."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    reader = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    return float(reader.fit(*train).score(*test))


def features(bench: Bench) -> Iterator[Measured]:
    """What is read from 32 hidden units that learned the digits 0 to 4: these, and 5 to 9, beside random units and pixels."""
    task = registry.task(DIGITS, randomness(bench.seed).data)
    network = MLP((32,), output=output("softmax"))
    low, high = ([each.some(np.flatnonzero((each.y.argmax(axis=1) < 5) == first)) for each in (task.train, task.test)]
                 for first in (True, False))  # fmt: skip
    ways = learned("backprop", SGD(0.5), network, low[0]._replace(y=low[0].y[:, :5]), 32, 40, bench.seed)
    start = network.start(64, 5, randomness(bench.seed).weights)
    *_, (_, _, params) = ways
    for name, pair in (("0 to 4", low), ("5 to 9", high)):
        for which, weights in (("learned", params), ("random", start), ("pixels", None)):
            seen = [
                each.x if weights is None else network.forward(weights, each.x).activities[1] for each in pair
            ]
            labels = [each.y.argmax(axis=1) for each in pair]
            yield Measured(
                "read out", read_out((seen[0], labels[0]), (seen[1], labels[1])), layer=f"{which}, {name}"
            )


def trees(bench: Bench) -> Iterator[Measured]:
    """Of how many of 24 persons one hidden unit of the family trees tells the family, before and after learning."""
    task = registry.task("family-trees", randomness(bench.seed).data)
    start = Uniform(1.0)
    network = MLP((12, 12, 6), logistic, LOGISTIC, "float64", start, bias_init=start)
    made = registry.rule("blocked-backprop[blocks=(24,6,12,6),tolerance=0.2]", network)
    learner = Learner.new(made, Decay(SGD(0.01, 0.9), rate=2e-5), 36, 24, randomness(bench.seed))
    people, family = np.eye(24, 36), np.arange(24) < 12
    for sweeps in (0, 12_000):
        for _ in learner.ticks(
            Minibatches(100)(as_float(task.train), "values", sweeps, randomness(bench.seed).order)
        ):
            pass
        units = network.forward(learner.params, people).activities[1][:, :6]
        told = [max((side == family).mean(), (side != family).mean())
                for unit in units.T for level in unit for side in (unit >= level,)]  # fmt: skip
        yield Measured("told by one unit", max(told), sweeps)


def noise(bench: Bench, rule: str) -> Iterator[Measured]:
    """The test accuracy after 20 epochs of digits with wrong labels, or with normal noise on training inputs."""
    roles = randomness(bench.seed)
    task = registry.task(DIGITS, roles.data)
    rng = roles.probes
    other = one_hot((task.train.y.argmax(axis=1) + rng.integers(1, 10, len(task.train.y))) % 10, 10)
    draw, jitter = rng.uniform(size=(len(other), 1)), rng.normal(size=task.train.x.shape).astype(np.float32)
    spread = task.train.x.std()
    for kind, levels in (("labels", LABELS), ("inputs", PIXELS)):
        for level in levels:
            y = np.where(draw < level, other, task.train.y) if kind == "labels" else task.train.y
            x = task.train.x + level * spread * jitter if kind == "inputs" else task.train.x
            network = MLP((64, 64), output=output("softmax"))
            *_, (_, made, params) = learned(rule, SGD(0.2), network, Split(x, y), 32, 20, bench.seed)
            yield Measured("accuracy", right(made, params, task.test), level, "test", kind)


def sweep(bench: Bench) -> Iterator[Measured]:
    """The test accuracy of backprop after 20 epochs of digits, by rate and hidden units."""
    task = registry.task(DIGITS, randomness(bench.seed).data)
    for units, rate in product((2, 8, 32), (1e-3, 1e-2, 0.1, 1.0, 10.0)):
        with np.errstate(all="ignore"):
            ways = learned(
                "backprop", SGD(rate), MLP((units,), output=output("softmax")), task.train, 32, 20, bench.seed
            )
            *_, (_, rule, params) = ways
        yield Measured("accuracy", right(rule, params, task.test), rate, "test", f"{units} units")


def batches(bench: Bench, batch: int) -> Iterator[Measured]:
    """The epochs until 93 % of the validation digits are right, at the best of four rates; 400 if they never are."""
    task = registry.task(DIGITS, randomness(bench.seed).data)
    size = min(batch, len(task.train.x))
    for rate in (0.02, 0.1, 0.5, 2.0):
        network, needed = MLP((32,), output=output("softmax")), 400
        with np.errstate(all="ignore"):
            for epoch, rule, params in learned(
                "backprop", SGD(rate), network, task.train, size, 400, bench.seed
            ):
                if right(rule, params, task.validation) >= 0.93:
                    needed = epoch
                    break
        yield Measured("epochs needed", needed, rate)


def waiting(bench: Bench, loops: float) -> Iterator[Measured]:
    """The cosine between the change of recurrent backpropagation after so many steps of settling and that after 500.

    One batch at initial weights, which are normal with a deviation of `loops` within the pool of 32 units.
    """
    roles = randomness(bench.seed)
    task = registry.task("completion", roles.data)
    network = MLP((32,), output=output("logistic"), dtype="float64")
    shown = next(Minibatches(50)(as_float(task.train), task.kind, 1, roles.order))
    found: dict[int, Array] = {}
    for most in (1, 2, 4, 8, 16, 32, 500):
        name = f"recurrent-backprop[adjoint=relaxation,recurrent=gaussian({loops}),most={most},adjoint_most={most},tolerance=1e-10]"
        rule = registry.rule(name, network)
        params, state = rule.init(task.n_in, task.n_out, randomness(bench.seed).weights)
        updates = rule.update(params, state, shown, roles.noise).updates
        found[most] = np.concatenate([dense(updates[key]).ravel() for key in sorted(updates)])
    for most, change in found.items():
        rest = found[500]
        yield Measured("cosine", float(change @ rest / np.linalg.norm(change) / np.linalg.norm(rest)), most)
