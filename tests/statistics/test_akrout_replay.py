"""The first epochs of [akrout2019] on MNIST, replayed with the generator of its code to the digits that its logs print.

Oracle: the published logs of 784-500-10 logistic units, seed 1111 (makrout/Deep-Learning-without-Weight-Transport,
experiments/mnist). All biases, then all weights, then all feedback weights are drawn, each in (n_out, n_in) columns,
normal with variance 1 / (n_in + n_out); batches of 128 in the order of the file, the last incomplete one left out;
biases move by a further 128th, as the code divides their mean by the batch once more. B_1 is drawn and never used.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from baselines.backprop import Backprop
from plausible.core import Array, Params, Rule
from plausible.errors import BadInput
from plausible.networks.activations import logistic
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.sgd import SGD
from plausible.optimise.wrappers import Grouped
from plausible.probes.alignment import angle
from plausible.registry import registry
from plausible.rules.feedback.accumulating_mirror import AccumulatingWeightMirror
from plausible.rules.feedback.feedback_alignment import FeedbackAlignment
from plausible.rules.feedback.kolen_pollack import KolenPollack
from plausible.tasks.streams import Minibatches
from plausible.tasks.task import Split, correct
from plausible.train import train

SIZES, BATCH = (784, 500, 10), 128
NETWORK = MLP((500,), logistic, output("logistic"), "float64")


def drawn() -> Params:
    """All that is drawn, in the code's order, turned into rows."""
    return drawn_by()[0]


def drawn_by() -> tuple[Params, np.random.RandomState]:
    """The same, and the generator as it is afterwards."""
    legacy, pairs = np.random.RandomState(1111), list(itertools.pairwise(SIZES))

    def normal(n_in: int, n_out: int, *shape: int) -> Array:
        return np.sqrt(1.0 / (n_in + n_out)) * legacy.randn(*shape)

    biases = [normal(n, m, m, 1) for n, m in pairs]
    weights = [normal(n, m, m, n) for n, m in pairs]
    feedback = [normal(n, m, n, m) for n, m in pairs]
    params = {f"b{layer}": b[:, 0] for layer, b in enumerate(biases, 1)}
    params |= {f"W{layer}": np.ascontiguousarray(w.T) for layer, w in enumerate(weights, 1)}
    return params | {"B2": np.ascontiguousarray(feedback[1].T)}, legacy


def training_file() -> tuple[Split, Split]:
    """All 60,000 training examples in their order, and the test split, in float64."""
    try:
        task = registry.task("mnist", np.random.default_rng(0))
    except BadInput as error:
        pytest.skip(str(error))
    parts = task.train, task.validation  # together the training file
    split = Split(*(np.concatenate([part[i] for part in parts]).astype(np.float64) for i in (0, 1)))
    assert len(split.x) == 60_000
    return split, Split(task.test.x.astype(np.float64), task.test.y.astype(np.float64))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rule", "rate", "accuracies", "angles"),
    [
        (Backprop(NETWORK), 0.2, (88.00, 89.69, 90.58), None),
        (FeedbackAlignment(NETWORK), 0.2, (85.49, 88.04, 89.01), (40.035, 34.916, 32.600)),
        (KolenPollack(NETWORK, decay=0.0), 0.3, (88.90, 90.65, 91.75), (19.746, 17.090, 15.750)),
    ],
    ids=["backprop", "feedback-alignment", "kolen-pollack"],
)
def test_the_published_log_comes_out_to_the_printed_digit(
    rule: Rule, rate: float, accuracies: tuple[float, ...], angles: tuple[float, ...] | None
) -> None:
    split, test = training_file()
    params = drawn() if angles else {name: array for name, array in drawn().items() if name[0] != "B"}
    stream = Minibatches(BATCH, shuffle=False, drop_last=True)(split, "classes", 3, np.random.default_rng(0))
    optimiser = Grouped((("b*", SGD(rate / BATCH)),), default=SGD(rate))
    ticks, memory, state = iter(stream), optimiser.init(params), None
    for epoch in range(3):
        shown = [next(ticks) for _ in range(60_000 // BATCH)]
        for _ in train(rule, optimiser, params, state, shown, np.random.default_rng(0), memory):
            pass
        answer = rule.respond(params, None, test.x, np.random.default_rng(0))[-1]
        assert round(100 * float(correct(answer, test.y).mean()), 2) == accuracies[epoch]
        if angles:
            assert round(angle(params["B2"], params["W2"].T), 3) == angles[epoch]


class Legacy:
    """The noise of the code's mirrors: it also draws for B_1, and after every mirror call, what it does not use."""

    def __init__(self, generator: np.random.RandomState, before: int) -> None:
        self.generator, self.before, self.calls = generator, before, 0

    def random(self, shape: tuple[int, int]) -> Array:
        self.calls += 1
        self.generator.rand(SIZES[0], shape[1])
        noise: Array = self.generator.rand(*shape)
        if self.calls >= self.before:
            for n in SIZES[1:]:
                self.generator.rand(n, BATCH)
        return noise


@pytest.mark.slow
def test_the_published_log_of_the_mirror_comes_out_to_the_printed_digit() -> None:
    """One mirror batch for every batch of the file before the first example, then one before each change but the first.

    The code shows noise after every change, here it is shown before the next one, which is the same.
    """
    split, test = training_file()
    steps = len(split.x) // BATCH
    params, generator = drawn_by()
    rng: Any = Legacy(generator, steps)
    rule = AccumulatingWeightMirror(NETWORK)
    for _ in range(steps - 1):
        params["B2"] += rule.correlation(2, params, BATCH, rng)
    stream = Minibatches(BATCH, shuffle=False, drop_last=True)(split, "classes", 4, np.random.default_rng(0))
    optimiser = Grouped((("b*", SGD(0.05 / BATCH)), ("B*", SGD(1.0))), default=SGD(0.05))
    accuracies, angles = [], []
    for tick in train(rule, optimiser, params, None, itertools.islice(stream, 3 * steps + 1), rng):
        if tick.number and tick.number % steps == 0:
            answer = rule.respond(tick.params, None, test.x, rng)[-1]
            accuracies.append(round(100 * float(correct(answer, test.y).mean()), 2))
            angles.append(round(angle(tick.step.internals["B2"], tick.params["W2"].T), 3))
    assert accuracies == [78.48, 84.23, 86.54]
    assert angles == [61.334, 53.151, 47.256]
