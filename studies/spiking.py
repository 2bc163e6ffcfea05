"""What are features worth that spikes and timing have found, beside rules that send errors back, and what do they cost?

Neurons that compete and learn by STDP alone [diehl2015], read in three ways; the same network before it has learned; and rate
networks with as many hidden units. Spikes are counted in synaptic events, rates in multiply-adds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plausible.core import Array, Params, randomness
from plausible.networks.mlp import MLP
from plausible.optimise.sgd import SGD
from plausible.registry import registry
from plausible.rules.spiking.diehl_cook import DiehlCook, simulated
from plausible.spiking.decode import class_rates, linear_readout, remembered, votes
from plausible.spiking.diehl_cook.presentation import Presented, fresh, present
from plausible.spiking.simulate import Simulation, Values
from plausible.study.compare import Comparison
from plausible.study.experiment import Bench, Experiment, Measured
from plausible.study.learner import Learner
from plausible.study.study import Cell, Study
from plausible.tasks.streams import Minibatches
from plausible.tasks.task import correct

CHUNK = 1000  # images a presentation
RATE, SHOWN = 31.875, 0.35  # Hz of a pixel of 1 at the gain 1, seconds of an image
PENALTIES = (1.0, 10.0, 100.0, 1000.0)  # of the linear read-out
RULES = ("backprop", "feedback-alignment", "direct-feedback-alignment", "shallow")


class Watched:
    """A simulation of images, and how many input spikes it is expected to have had."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation, self.circuit, self.inputs = simulation, simulation.circuit, 0.0

    def run(self, steps: int, start: Values, wanted: Sequence[str]) -> dict[str, NDArray[Any]]:
        """As `Simulation.run`: every slot shows an image, with a larger gain if it is the one before's."""
        ended = self.simulation.run(steps, start, wanted)
        images = np.append(ended["shown.image"][1:], ended["control.image"]).astype(int)
        sums, gain = np.sum(start["pixels"], axis=1), float(np.ravel(start.get("control.gain", 0.0))[0])
        before = int(np.ravel(start["control.image"])[0])
        for image in images:
            gain, before = gain + 1 if image == before else 2.0, image
            self.inputs += float(sums[image]) * gain * RATE * SHOWN
        return ended


def show(rule: DiehlCook, params: Params, x: Array, seed: int, learn: bool) -> tuple[Presented, float]:
    """What came of showing images, and the synaptic events of one.

    An input spike reaches every neuron; a neuron's one inhibitory neuron, and through it every other.
    """
    neurons = params["W1"].shape[1]
    watched = Watched(simulated(x.shape[1], rule))
    rates = rule.potentiation, rule.depression, rule.growth, rule.tau_theta
    start = fresh(params["W1"], params["theta"], params["delay"], *rates)
    shown = present(watched, start, x, seed, learn)
    return shown, (watched.inputs * neurons + shown.spikes * neurons) / len(x)


def features(
    bench: Bench,
    task: str,
    neurons: int,
    images: int,
    known: int,
    potentiation: float = 0.02,
    tau_theta: float = 2500.0,
) -> Iterator[Measured]:
    """Test accuracy by each read-out after `images` images, read-outs learned from `known`; spikes and events of an image.

    Without images to learn, weights are those of the start, normalised.
    """
    roles = randomness(bench.seed)
    given = registry.task(task, roles.data)
    rule = DiehlCook(MLP((neurons,)), potentiation=potentiation, tau_theta=tau_theta)
    learner = Learner.new(rule, SGD(1.0), given.n_in, given.n_out, roles)
    params = learner.params
    params["W1"] *= (78 / 784 * given.n_in / params["W1"].sum(axis=0)).astype(params["W1"].dtype)
    size = CHUNK if len(given.train.x) > 2 * CHUNK else len(given.train.x)
    stream = Minibatches(size)(given.train, given.kind, 10**6, roles.order)
    shown = done = 0
    for tick in learner.ticks(islice(stream, -(-images // size))):
        shown, done = shown + tick.step.internals["slots"], done + len(tick.shown.x)
        bench.progress(done / (images + known + len(given.test.x)))
    yield Measured("slots an image", shown / max(done, 1), done)
    seeds = [int(seed) for seed in np.random.default_rng(bench.seed).integers(2**31, size=3)]
    train_x, train_y = given.train.x[:known], given.train.y[:known]
    _, events = show(rule, params, train_x[:CHUNK], seeds[0], learn=True)
    yield Measured("events per example", events, done)
    kept, _ = show(rule, params, train_x, seeds[1], learn=False)
    answered, events = show(rule, params, given.test.x, seeds[2], learn=False)
    yield Measured("events per example", events, done, "test")
    yield Measured("spikes per example", answered.spikes / len(given.test.x), done, "test")
    rates = class_rates(remembered(np.zeros((given.n_out, neurons + 1)), kept.counts, train_y, 10**9))
    for name, answer in (
        ("votes", votes(answered.counts.astype(float), rates)),
        ("likelihood", likelihood(answered.counts, rates)),
        ("linear", linear(kept.counts, train_y, answered.counts)),
    ):
        yield Measured("accuracy", float(correct(answer, given.test.y).mean()), done, "test", name)


def likelihood(counts: NDArray[Any], rates: Array) -> Array:
    """Logarithms of the probability of counts, (images, classes), of independent Poisson neurons with these rates."""
    floor = np.maximum(rates, 1e-2)
    found: Array = counts @ np.log(floor).T - floor.sum(axis=1)
    return found


def linear(counts: NDArray[Any], y: Array, new: NDArray[Any]) -> Array:
    """Answers to new counts by ridge regression, its penalty chosen on the last fifth of what is known."""
    cut = len(counts) * 4 // 5
    scores = [
        correct(read(counts[cut:], linear_readout(counts[:cut], y[:cut], penalty)), y[cut:]).mean()
        for penalty in PENALTIES
    ]
    return read(new, linear_readout(counts, y, PENALTIES[int(np.argmax(scores))]))


def read(counts: NDArray[Any], weights: Array) -> Array:
    """What the read-out says of counts."""
    answer: Array = np.concatenate([counts, np.ones((len(counts), 1))], axis=1) @ weights
    return answer


def cells(task: str, neurons: int, images: int, known: int, seeds: int) -> list[Cell]:
    """The spiking network, before and after learning."""
    named = (("task", task), ("neurons", neurons))
    return [
        Experiment("studies.spiking:features", (*named, ("images", learned), ("known", known)), seed)
        for learned in (images, 0)
        for seed in range(seeds)
    ]


def smoke() -> list[Cell]:
    """Seconds, once the program is compiled."""
    return [*cells("digits", 20, 100, 100, 1), *Comparison("digits", ("backprop",), 1, 1, (20,)).runs()]


def fast() -> list[Cell]:
    """Digits, 100 neurons: some minutes."""
    return [*cells("digits", 100, 8000, 1078, 3), *Comparison("digits", RULES, 3, hidden=(100,)).runs()]


def long() -> list[Cell]:
    """MNIST as well, an hour."""
    return [
        *fast(),
        *cells("mnist", 100, 40_000, 10_000, 3),
        *Comparison("mnist", RULES, 3, hidden=(100,)).runs(),
    ]


study = Study(
    "spiking",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "long": long, "paper": long},
    metrics=(
        "accuracy",
        "events per example",
        "spikes per example",
        "slots an image",
        "multiply-adds per example",
    ),
)
