"""Where optimisers lead. Oracle: minima known in closed form."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from plausible.core import Optimiser, Params
from plausible.optimise.adam import Adam
from plausible.optimise.bold_driver import BoldDriver
from plausible.optimise.delta_bar_delta import DeltaBarDelta
from plausible.optimise.quickprop import Quickprop
from plausible.optimise.rmsprop import RMSprop
from plausible.optimise.rprop import VARIANTS, Rprop
from plausible.optimise.schedules import Cosine
from plausible.optimise.sgd import SGD
from plausible.optimise.wrappers import Clipped, Decay, Grouped

CURVATURE: Params = {"W1": np.array([[1.0], [4.0]]), "b1": np.array([2.0])}
CENTRE: Params = {"W1": np.array([[3.0], [-2.0]]), "b1": np.array([0.5])}


def parabola(params: Params) -> Params:
    """Downhill on ½ Σ a (w - c)²."""
    return {name: CURVATURE[name] * (CENTRE[name] - array) for name, array in params.items()}


def energy(params: Params) -> float:
    """½ Σ a (w - c)²."""
    return float(sum(0.5 * (CURVATURE[name] * (CENTRE[name] - w) ** 2).sum() for name, w in params.items()))


def height(params: Params) -> float:
    """Rosenbrock's valley, (1 - w)² + 100 (b - w²)², lowest at w = b = 1."""
    w, b = params["W1"].item(), params["b1"].item()
    return (1 - w) ** 2 + 100 * (b - w * w) ** 2


def rosenbrock(params: Params) -> Params:
    """Downhill there."""
    w, b = params["W1"], params["b1"]
    return {"W1": 2 * (1 - w) + 400 * w * (b - w * w), "b1": (200 * (w * w - b))[0]}


def descended(
    optimiser: Optimiser, downhill: Callable[[Params], Params], params: Params, steps: int
) -> Params:
    memory, loss = optimiser.init(params), {parabola: energy, rosenbrock: height}[downhill]
    for _ in range(steps):
        optimiser.apply(params, downhill(params), memory, lambda: loss(params))
    return params


def minimisers(rate: float, steps: int, adam: float) -> dict[str, Optimiser]:
    """Every optimiser, at a rate at which plain descent is stable; with momentum 0.9 a tenth of it goes as far."""
    return {
        "plain": SGD(rate),
        "classical momentum": SGD(rate / 10, momentum=0.9),
        "nesterov": SGD(rate / 10, momentum=0.9, nesterov=True),
        "rmsprop": RMSprop(Cosine(adam / 5, steps), square=0.9),
        "adam": Adam(Cosine(adam, steps)),  # at a constant rate it would end up circling
        "bold driver": BoldDriver(rate / 100),
        "bold driver, far too fast": BoldDriver(rate * 100, momentum=0.5),
        "delta-bar-delta": DeltaBarDelta(rate / 10, increase=rate / 100),
        **{name: Rprop(rate / 10, name, least=1e-12) for name in VARIANTS},  # as near as is asked for
        "quickprop": Quickprop(rate, decay=0.0, split=False),
        "decay": Decay(SGD(rate), 0.0),
        "clipped": Clipped(SGD(rate), 10.0),
        "grouped": Grouped((("b*", SGD(rate / 2)),), default=SGD(rate)),
    }


@pytest.mark.parametrize(("name", "optimiser"), minimisers(rate=0.2, steps=400, adam=0.3).items())
def test_it_finds_the_minimum_of_a_parabola(name: str, optimiser: Optimiser) -> None:
    """The slowest of these shrinks the distance by √0.9 a step, and √0.9⁴⁰⁰ is 1e-9."""
    found = descended(
        optimiser, parabola, {name: np.zeros_like(array) for name, array in CENTRE.items()}, 400
    )
    for weight, centre in CENTRE.items():
        np.testing.assert_allclose(found[weight], centre, rtol=0, atol=1e-7)


@pytest.mark.parametrize(("name", "optimiser"), minimisers(rate=1e-3, steps=2000, adam=0.1).items())
def test_it_goes_down_a_curved_valley(name: str, optimiser: Optimiser) -> None:
    """From the usual start, 24.2 high and with a curvature of 1,300 across, to a tenth of that and less."""
    start = {"W1": np.array([[-1.2]]), "b1": np.array([1.0])}
    assert height(start) == pytest.approx(24.2)
    assert height(descended(optimiser, rosenbrock, start, 2000)) < 2.4


def test_decay_moves_the_minimum_of_a_parabola() -> None:
    """Where λ W = rate · a (c - W) nothing moves: W = rate · a c / (λ + rate · a)."""
    optimiser = Decay(SGD(0.1), 0.02)
    found = descended(optimiser, parabola, {"W1": np.zeros((2, 1)), "b1": np.zeros(1)}, steps=1000)
    pull = 0.1 * CURVATURE["W1"]
    np.testing.assert_allclose(found["W1"], pull * CENTRE["W1"] / (0.02 + pull), rtol=1e-12)
    np.testing.assert_allclose(found["b1"], CENTRE["b1"], rtol=1e-12)
