"""The optimisers of 1988 to 1993: whole-epoch methods that choose their own steps.

Oracles: the pseudocode of Fahlman's program, number by number; parabolas, whose minimum a secant step finds exactly;
invariances; and gradient descent in the limit in which nothing adapts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from baselines.backprop import Backprop
from plausible.core import Memory, Optimiser, Params, Presentation, Rule, Step
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.networks.rnn import RNN
from plausible.optimise.bold_driver import BoldDriver
from plausible.optimise.delta_bar_delta import DeltaBarDelta
from plausible.optimise.quickprop import Quickprop, fan_in
from plausible.optimise.rprop import VARIANTS, Rprop
from plausible.optimise.sgd import SGD
from plausible.train import train
from tests.oracles import encoder


def one_weight(
    optimiser: Optimiser, downhill: Callable[[float], float], start: float, steps: int
) -> list[float]:
    """The course of a single weight without a bias."""
    params, found = {"W1": np.array([[start]])}, [start]
    memory = optimiser.init(params)
    for _ in range(steps):
        optimiser.apply(params, {"W1": np.array([[downhill(params["W1"].item())]])}, memory)
        found.append(params["W1"].item())
    return found


# --- Quickprop ------------------------------------------------------------------------------------------


def fahlman(w: float, slopes: list[float], rate: float, mu: float, fan: int) -> float:
    """The program's branches, as they stand in it; where it would divide by zero there is no parabola."""
    shrink, before, change = mu / (1 + mu), 0.0, 0.0
    for s in slopes:
        step = 0.0
        parabola = change * s / (before - s) if before != s else 0.0
        if change > 0:
            step += rate * s / fan if s > 0 else 0.0
            step += mu * change if s > shrink * before else parabola
        elif change < 0:
            step += rate * s / fan if s < 0 else 0.0
            step += mu * change if s < shrink * before else parabola
        else:
            step += rate * s / fan
        w, before, change = w + step, s, step
    return w


@pytest.mark.parametrize("growth", [1.75, 0.5, 1000.0])
def test_quickprop_is_the_authors_program(growth: float) -> None:
    """Slopes are whole numbers from -3 to 3: every branch is taken, and differences are 0 or at least 1."""
    rng = np.random.default_rng(0)
    slopes = rng.integers(-3, 4, (9, 6, 50)).astype(float)
    params = {"W1": rng.normal(size=(6, 50)), "b1": np.zeros(50)}
    start, optimiser = params["W1"].copy(), Quickprop(0.7, growth, decay=0.0)
    memory = optimiser.init(params)
    for step in slopes:
        optimiser.apply(params, {"W1": step}, memory)
    for place in np.ndindex(start.shape):
        expected = fahlman(start[place], [step[place] for step in slopes], 0.7, growth, fan=7)
        assert params["W1"][place] == pytest.approx(expected, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(("curvature", "centre"), [(1.0, 1.0), (2.0, -3.0), (0.5, 0.25)])
def test_the_parabola_of_quickprop_lands_on_the_minimum(curvature: float, centre: float) -> None:
    """E = a (w - c)²/2: the first step goes part of the way, the second is exact, and there it stays.

    Every number is a short binary fraction, so there is no rounding: the change is a quarter of the slope, and S' - S
    is a/4 of S', a power of two.
    """
    optimiser = Quickprop(0.25, growth=1000.0, decay=0.0, additive=False)
    course = one_weight(optimiser, lambda w: curvature * (centre - w), 0.0, 4)
    assert course[1] == 0.25 * curvature * centre
    assert course[2:] == [centre] * 3


def test_with_the_slope_added_quickprop_goes_too_far_by_just_that() -> None:
    """By rate · S / fan, S the slope after the first step; fan is 1."""
    course = one_weight(Quickprop(0.25, growth=1000.0, decay=0.0), lambda w: 1.0 - w, 0.0, 2)
    assert course[1:] == [0.25, 1.0 + 0.25 * 0.75]


def test_quickprop_grows_no_faster_than_it_may() -> None:
    """On a slope that never changes there is no parabola: each step is `growth` times the last."""
    optimiser = Quickprop(1.0, growth=1.5, decay=0.0, additive=False)
    assert one_weight(optimiser, lambda w: 1.0, 0.0, 4) == [0.0, 1.0, 2.5, 4.75, 8.125]


def test_quickprop_splits_its_rate_by_fan_in() -> None:
    params = {"W1": np.zeros((4, 3)), "b1": np.zeros(3), "W2": np.zeros((3, 2))}
    ones = {name: np.ones_like(array) for name, array in params.items()}
    for split, expected in (
        (True, {"W1": 1 / 5, "b1": 1 / 5, "W2": 1 / 3}),
        (False, dict.fromkeys(params, 1)),
    ):
        optimiser, moved = Quickprop(1.0, split=split), {name: 0 * array for name, array in params.items()}
        optimiser.apply(moved, ones, optimiser.init(moved))
        for name, array in moved.items():
            np.testing.assert_array_equal(array, expected[name])


def test_the_fan_in_of_a_unit_counts_all_that_comes_into_it() -> None:
    """In an RNN inputs, recurrent weights and the bias; weights of other names have units of their own.

    A gain, one number for each unit, is one connection, and so is each bias of a unit with several components.
    """
    rnn = RNN((5,)).start(3, 2, np.random.default_rng(0))
    assert {name: fan_in(name, rnn) for name in rnn} == {"W1": 9, "R1": 9, "b1": 9, "W2": 6, "b2": 6}
    plain = RNN((5,), bias=False).start(3, 2, np.random.default_rng(0))
    assert {name: fan_in(name, plain) for name in plain} == {"W1": 8, "R1": 8, "W2": 5}
    own = {
        "U": np.zeros((4, 3)),
        "gain": np.zeros(7),
        "B2": np.zeros((2, 3)),
        "W2": np.zeros((3, 2)),
        "b2": np.zeros((6, 2)),
    }
    assert {name: fan_in(name, own) for name in own} == {"U": 4, "gain": 1, "B2": 2, "W2": 4, "b2": 4}


def test_quickprop_decays_within_the_slope() -> None:
    """Without an update from the rule, the first step is -rate · decay · W / fan."""
    params = {"W1": np.full((2, 1), 8.0)}
    optimiser = Quickprop(1.0, decay=0.25)
    optimiser.apply(params, {"W1": np.zeros((2, 1))}, optimiser.init(params))
    np.testing.assert_array_equal(params["W1"], 8.0 - 0.25 * 8.0 / 2)


# --- Rprop ----------------------------------------------------------------------------------------------


def trained(rule: Rule, optimiser: Optimiser, shown: Presentation, steps: int, seed: int = 0) -> Params:
    """The weights after some whole epochs."""
    params, state = rule.init(shown.x.shape[1], shown.y.shape[1], np.random.default_rng(seed))
    for _ in train(rule, optimiser, params, state, [shown] * steps, np.random.default_rng(0)):
        pass
    return params


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("factor", [2.0**-20, 1e-3, 3.7, 1e6])
def test_the_course_of_rprop_does_not_know_the_scale_of_the_loss(variant: str, factor: float) -> None:
    """Bitwise: nothing of an update enters but its sign, and nothing of a loss but whether it rose.

    In 25 epochs no unit saturates so far that a product underflows.
    """

    class Scaled(Backprop):
        """The loss times a constant, and so its gradient."""

        def update(self, *given: object) -> Step:
            step = Backprop.update(self, *given)  # type: ignore[arg-type]
            assert step.loss is not None
            loss = factor * step.loss()
            changes = {
                name: update._replace(scale=factor * update.scale) for name, update in step.updates.items()
            }  # type: ignore[union-attr]
            return step._replace(updates=changes, loss=lambda: loss)

    network, shown = encoder(8, 3)
    ours = trained(Scaled(network), Rprop(0.1, variant), shown, 25)  # type: ignore[arg-type]
    theirs = trained(Backprop(network), Rprop(0.1, variant), shown, 25)  # type: ignore[arg-type]
    for name, array in theirs.items():
        np.testing.assert_array_equal(ours[name], array)
    descent = trained(Scaled(network), SGD(0.1), shown, 25)
    assert (descent["W1"] != trained(Backprop(network), SGD(0.1), shown, 25)["W1"]).all()


def test_the_variants_of_rprop_differ_where_a_sign_turns() -> None:
    """|w| from 0.25 in steps of 1, 1.2 ...: the first leads to -0.75, and there the sign turns."""
    after = {
        "rprop-": -0.75 + 0.5,  # goes back by half a step
        "rprop+": 0.25,  # takes the step back
        "irprop-": -0.75,  # waits
    }
    for variant, expected in after.items():
        course = one_weight(Rprop(1.0, variant), lambda w: -np.sign(w), 0.25, 2)  # type: ignore[arg-type]
        assert course == [0.25, -0.75, expected]
    for losses, expected in (((1.0, 2.0), 0.25), ((2.0, 1.0), -0.75)):  # the loss rose, or fell
        params, optimiser = {"W1": np.array([[0.25]])}, Rprop(1.0, "irprop+")
        memory = optimiser.init(params)
        for loss in losses:
            optimiser.apply(params, {"W1": -np.sign(params["W1"])}, memory, lambda loss=loss: loss)
        assert params["W1"].item() == expected


@pytest.mark.parametrize("variant", ["rprop-", "rprop+", "irprop-"])
def test_the_steps_of_rprop_have_bounds(variant: str) -> None:
    course = one_weight(Rprop(1.0, variant, most=2.0), lambda w: 1.0, 0.0, 6)  # type: ignore[arg-type]
    np.testing.assert_allclose(np.diff(course), [1.0, 1.2, 1.44, 1.728, 2.0, 2.0], rtol=1e-15)
    signs = iter([1.0, -1.0] * 40)
    course = one_weight(Rprop(1.0, variant, least=0.1), lambda w: next(signs), 0.0, 80)  # type: ignore[arg-type]
    assert min(abs(np.diff(course)[np.diff(course) != 0])) == pytest.approx(0.1, rel=1e-12)


# --- learning rates that vary ---------------------------------------------------------------------------


def downhill_course(optimiser: Optimiser, shown: Presentation, network: MLP, steps: int) -> Iterator[Memory]:
    """What an optimiser remembers after each step."""
    rule = Backprop(network)
    params, state = rule.init(shown.x.shape[1], shown.y.shape[1], np.random.default_rng(0))
    memory = optimiser.init(params)
    for tick in train(rule, optimiser, params, state, [shown] * steps, np.random.default_rng(0), memory):
        if tick.number:
            yield memory


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("rate", [1e-2, 1.0, 100.0])
def test_the_losses_that_a_bold_driver_accepts_never_rise(rate: float, momentum: float) -> None:
    """Neither from a rate that is too small nor from one that is far too large; and some steps are refused.

    The loss of linear outputs has no plateau to hide on; from the largest rate it overflows, and comes back.
    """
    network, shown = encoder(10, 5)
    network = replace(network, output=output("linear", "sum"))
    losses, rates = [], []
    with np.errstate(over="ignore", invalid="ignore"):
        for memory in downhill_course(BoldDriver(rate, momentum=momentum), shown, network, 400):
            losses.append(memory["loss"])
            rates.append(memory["rate"])
    assert all(after <= before for before, after in pairwise(losses))
    assert losses[-1] < 0.5 * losses[0]
    assert min(np.diff(rates)) < 0 < max(np.diff(rates))


def test_a_bold_driver_takes_a_bad_step_back() -> None:
    """w²/2 from 1 at the rate 3: to -2, which is worse; from 1 again at 1.5: to -1/2; from there with momentum."""
    optimiser = BoldDriver(3.0, grow=2.0, shrink=0.5, momentum=0.5)
    params = {"W1": np.array([[1.0]])}
    memory, course = optimiser.init(params), []
    for _ in range(3):
        w = params["W1"].item()
        optimiser.apply(params, {"W1": -params["W1"]}, memory, lambda w=w: w * w / 2)
        course.append(params["W1"].item())
    first, again = 1.0 - 3.0, 1.0 - 1.5
    assert course == [first, again, again + 0.5 * (again - 1.0) - 3.0 * again]


def test_a_bold_driver_with_tolerance_bears_a_small_rise() -> None:
    for tolerance, expected in ((0.0, 0.5), (0.05, 1.1)):
        params = {"W1": np.zeros((1, 1))}
        optimiser = BoldDriver(1.0, grow=1.1, shrink=0.5, tolerance=tolerance)
        memory = optimiser.init(params)
        for loss in (1.0, 1.04):
            optimiser.apply(params, {"W1": np.ones((1, 1))}, memory, lambda loss=loss: loss)
        assert memory["rate"] == expected


def test_a_bold_driver_comes_back_from_infinity() -> None:
    params = {"W1": np.ones((1, 1))}
    optimiser = BoldDriver(1.0, shrink=0.5)
    memory = optimiser.init(params)
    for loss in (1.0, np.nan, np.inf):
        optimiser.apply(params, {"W1": -params["W1"]}, memory, lambda loss=loss: loss)
    assert params["W1"].item() == 1 - 0.25


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_where_nothing_adapts_they_are_gradient_descent(momentum: float) -> None:
    """At a small rate the loss falls at every step, so that a driver that does not grow is descent with momentum."""
    network, shown = encoder(8, 3)
    rate = 0.005
    expected = trained(Backprop(network), SGD(rate, momentum), shown, 50)
    for optimiser in (
        BoldDriver(rate, grow=1.0, momentum=momentum),
        DeltaBarDelta(rate, increase=0.0, decrease=0.0, momentum=momentum),
    ):
        for name, array in trained(Backprop(network), optimiser, shown, 50).items():
            np.testing.assert_allclose(array, expected[name], rtol=0, atol=1e-13)  # sums in another order


def test_the_rates_of_delta_bar_delta_are_worked_out_by_hand() -> None:
    """κ = 1/4, φ = 1/2, θ = 1/2: +1, +1, -1, -1: the mean before each is 0, 1/2, 3/4, -1/8."""
    optimiser = DeltaBarDelta(1.0, increase=0.25, decrease=0.5, mean=0.5)
    signs = iter([1.0, 1.0, -1.0, -1.0])
    course = one_weight(optimiser, lambda w: next(signs), 0.0, 4)
    assert np.diff(course).tolist() == [1.0, 1.25, -0.625, -0.875]
