"""Feedback alignment in a linear network: Task 1 of [lillicrap2016].

30-20-10 units without biases learn y = x T online, x ~ N(0, 1), T ~ U[-1, 1], from W ~ U[-0.01, 0.01] with feedback
B ~ U[-0.5, 0.5] at the rate 1e-3. Oracles: the paper's conserved quantity, for which the algebra is below; the
angle between random vectors; and the project's own re-run of the task (plain
numpy, ten seeds), whose figures are quoted where they are used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import pytest

from baselines.backprop import Backprop
from baselines.shallow import Shallow
from plausible.core import Array, Params, Presentation, Tick
from plausible.networks.activations import identity
from plausible.networks.inits import Uniform
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.sgd import SGD
from plausible.rules.feedback.feedback_alignment import FeedbackAlignment
from plausible.rules.layered import Layered
from plausible.train import train
from tests.oracles import angle, present

N_IN, N_HIDDEN, N_OUT = 30, 20, 10
NETWORK = MLP((N_HIDDEN,), identity, output("linear"), "float64", Uniform(0.01), bias=False)
ALIGNED = FeedbackAlignment(NETWORK, feedback=Uniform(0.5))
SEEDS = range(8)


class Course(NamedTuple):
    """A student with its lessons, which are taken by going through `ticks`, and 1,000 examples to test it on."""

    rule: Layered
    params: Params
    ticks: Iterator[Tick]
    x: Array
    y: Array

    def finish(self) -> Course:
        for _ in self.ticks:
            pass
        return self

    def error(self) -> Array:
        """Answer minus target, (examples, n_out)."""
        return NETWORK.forward(self.params, self.x).activities[-1] - self.y

    def unexplained(self) -> float:
        """The squared error, relative to the variance of the targets."""
        return float((self.error() ** 2).mean() / self.y.var())

    def angle(self) -> Array:
        """Between the hidden layer's teaching signal and backprop's, by example, in degrees."""
        passed = NETWORK.forward(self.params, self.x)
        ours, theirs = (
            rule.signals(self.params, passed, self.error())[0] for rule in (self.rule, Backprop(NETWORK))
        )
        return angle(ours, theirs)


def course(rule: Layered, seed: int, rate: float, steps: int) -> Course:
    rng = np.random.default_rng(seed)
    teacher = rng.uniform(-1, 1, (N_IN, N_OUT))
    params, state = rule.init(N_IN, N_OUT, rng)
    x = rng.normal(size=(1000, N_IN))

    def lessons() -> Iterator[Presentation]:
        for _ in range(steps):
            shown = rng.normal(size=(1, N_IN))
            yield present(shown, shown @ teacher)

    return Course(rule, params, train(rule, SGD(rate), params, state, lessons(), rng), x, x @ teacher)


# --- alignment ------------------------------------------------------------------------------------------


def test_the_signals_start_at_right_angles_and_align() -> None:
    """From 90°, within the spread of 57.3° / √200 between random matrices of 200 weights, to the re-run's 29.6°.

    Our mean and the re-run's, of as many seeds and ten, may differ by four standard errors.
    """
    courses = [course(ALIGNED, seed, rate=1e-3, steps=2000) for seed in SEEDS]
    before = [c.angle().mean() for c in courses]
    after = [c.finish().angle().mean() for c in courses]
    assert all(abs(degrees - 90) < 4 * 57.3 / 200**0.5 for degrees in before)
    assert max(after) < 45
    assert np.mean(after) < 35
    error = np.std(after, ddof=1) * (1 / len(after) + 1 / 10) ** 0.5
    assert abs(np.mean(after) - 29.6) < 4 * error


def test_the_signals_agree_after_200_steps() -> None:
    """cos > 0, on average over the examples, for every seed: 100 of 100 in the re-run."""
    for seed in range(100):
        degrees = course(ALIGNED, seed, rate=1e-3, steps=200).finish().angle()
        assert np.cos(np.radians(degrees)).mean() > 0, seed


@pytest.mark.parametrize(
    ("rule", "learned"),
    [
        (ALIGNED, lambda left: left < 0.01),
        (Shallow(NETWORK), lambda left: left > 0.95),
    ],  # re-run: 0.0002 and 0.998
    ids=["feedback-alignment", "shallow"],
)
@pytest.mark.parametrize("seed", SEEDS)
def test_only_a_hidden_layer_that_learns_learns_the_task(
    seed: int, rule: Layered, learned: Callable[[float], bool]
) -> None:
    student = course(rule, seed, rate=1e-3, steps=2450)
    assert abs(student.unexplained() - 1) < 0.05  # weights near zero answer zero
    assert learned(student.finish().unexplained())


# --- what is conserved ----------------------------------------------------------------------------------
#
# With h = x W1 and one example a step, ΔW2 = -η hᵀe and ΔW1 = -η xᵀ(e B). Then W1ᵀ ΔW1 = -η hᵀ(e B) = ΔW2 B, so in
#
#     C = W2 B + (W2 B)ᵀ - W1ᵀ W1
#
# every term of first order in η cancels, and what is left of a step is ΔC = -ΔW1ᵀ ΔW1 = -η² |x|² (e B)ᵀ(e B).


def conserved(params: Params) -> Array:
    product = params["W2"] @ params["B2"]
    return product + product.T - params["W1"].T @ params["W1"]


def drift(seed: int, rate: float, steps: int) -> tuple[Array, Array]:
    """The change of C over a course, as measured and as summed up from the formula."""
    student = course(ALIGNED, seed, rate, steps)
    feedback, before = student.params["B2"].copy(), conserved(student.params)
    predicted = np.zeros_like(before)
    for tick in student.ticks:
        x, y, *_ = tick.shown
        echo = (x @ tick.params["W1"] @ tick.params["W2"] - y) @ feedback  # e B, (1, hidden)
        predicted -= rate**2 * (x * x).sum() * (echo.T @ echo)
    return conserved(student.params) - before, predicted


@pytest.mark.parametrize("rate", [1e-3, 1e-2])
@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_conserved_drifts_by_the_second_order_alone(seed: int, rate: float) -> None:
    measured, predicted = drift(seed, rate, steps=300)
    np.testing.assert_allclose(measured, predicted, rtol=0, atol=1e-13)  # some hundred roundings near 10
    assert np.linalg.norm(measured) > 0.1  # far above the tolerance


def test_the_drift_over_a_given_time_is_of_the_order_of_the_rate() -> None:
    """Over rate · steps = 1 it is 0.81 at 1e-3 and 0.070 at 1e-4 in the re-run's one seed, a factor of about ten.

    Seeds differ by a tenth or so, and the re-run's is one of them: our means may be off by a quarter.
    """
    coarse, fine = (
        np.array([np.linalg.norm(drift(seed, rate, round(1 / rate))[0]) for seed in range(4)])
        for rate in (1e-3, 1e-4)
    )
    assert ((coarse / fine > 7) & (coarse / fine < 14)).all()
    assert abs(coarse.mean() / 0.81 - 1) < 0.25
    assert abs(fine.mean() / 0.070 - 1) < 0.25
