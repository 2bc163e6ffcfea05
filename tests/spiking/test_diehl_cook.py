"""Diehl & Cook's network. Oracles: the equations, step by step in plain numpy (`stepper.py`), to 1e-9; exponentials."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from plausible.spiking.compiled import Compiled, compiler
from plausible.spiking.diehl_cook.network import circuit
from plausible.spiking.diehl_cook.presentation import fresh, present
from plausible.spiking.live import Live
from plausible.spiking.simulate import Simulation
from tests.spiking.stepper import Stepper

N_IN, N = 6, 7  # those of the contract, so that one program serves both


def start(seed: int = 0) -> tuple[Any, Any, Any, Any]:
    """Weights, thresholds, delays in steps, and images, of which some are too dim to pass at once."""
    rng = np.random.default_rng(seed)
    images = rng.random((4, N_IN)) * np.array([1.0, 0.05, 0.6, 0.03])[:, None]
    return 0.3 * (rng.random((N_IN, N)) + 0.01), np.full(N, 0.02), rng.integers(0, 21, (N_IN, N)), images


def agree(simulation: Simulation) -> None:
    """Whether a simulation and the stepper end the same."""
    weights, theta, delay, images = start()
    plain = Stepper(weights, theta, delay, drive=784 / N_IN, norm=78 / 784 * N_IN)
    plain.show(images, seed=7)
    ours = present(simulation, fresh(weights, theta, delay * 0.5e-3), images, seed=7, learn=True)
    assert plain.slots > len(images), "no image was repeated: the test does not see it"
    assert ours.slots == plain.slots
    np.testing.assert_array_equal(ours.counts, np.array(plain.counts))
    # an input's spike reaches N synapses, an excitatory one 1, an inhibitory one N - 1
    assert ours.events == N * plain.arrived + ours.spikes + (N - 1) * plain.inhibited
    assert min(plain.arrived, plain.inhibited) > 10
    np.testing.assert_allclose(ours.values["plastic.w"].reshape(N_IN, N), plain.w, rtol=0, atol=1e-9)
    np.testing.assert_allclose(ours.values["exc.theta"], plain.theta, rtol=0, atol=1e-12)
    assert np.abs(plain.w - weights * 78 / 784 * N_IN / weights.sum(axis=0)).max() > 1e-3, (
        "nothing was learned"
    )


def test_the_runtime_is_the_stepper() -> None:
    agree(Live(circuit(N_IN, N, precision="float64")))


def test_inhibition_stops_at_the_reversal_potential() -> None:
    """28 neurons spike in one step; without a bound, Euler's next one would take the other two to -125 mV."""
    neurons, theta = 30, np.repeat([-0.01, 0.06], [28, 2])
    live = Live(circuit(N_IN, neurons, precision="float64"))
    values = fresh(np.full((N_IN, neurons), 0.1), theta, np.zeros((N_IN, neurons)))
    values |= {
        "pixels": np.zeros((1000, N_IN)),
        "control.images": 1,
        "control.image": -1,
        "control.total": 1e9,
    }
    for steps in range(171, 180):
        ended = live.run(steps, values | {"control.seed": 1, "control.learn": 0.0}, ["exc.v", "exc.gi"])
        assert (ended["exc.v"] > -0.1051).all()
        assert (ended["exc.v"] < 0).all()
    assert ended["exc.gi"].max() > 20, "no volley"


@pytest.fixture(scope="module")
def compiled() -> Compiled:
    if compiler() is None:
        pytest.skip("there is no C++ compiler")
    return Compiled(circuit(N_IN, N, precision="float64"))


def test_the_compiled_program_is_the_stepper(compiled: Compiled) -> None:
    agree(compiled)


def test_one_run_and_four_leave_the_same(compiled: Compiled) -> None:
    weights, theta, delay, images = start(1)
    whole = present(compiled, fresh(weights, theta, delay * 0.5e-3), images, seed=3, learn=True)
    values, counts = fresh(weights, theta, delay * 0.5e-3), []
    for image in images:
        part = present(compiled, values, image[None], seed=3, learn=True)
        values, counts = part.values, [*counts, *part.counts]
    np.testing.assert_array_equal(whole.counts, counts)
    for name in ("plastic.w", "exc.theta", "exc.v"):
        np.testing.assert_array_equal(whole.values[name], values[name])


@pytest.mark.parametrize("tau_theta", [1e4, 2e3])
def test_a_threshold_decays_with_its_time_constant_in_single_precision(tau_theta: float) -> None:
    """A decay at every step would not: 1 - 5e-8 rounds to one unit in the last place, up to twice as much."""
    theta, slots = np.linspace(0.02, 0.06, N), 4
    weights, _, delay, _ = start()
    step = np.float32(1 - 0.5e-3 / 1e4)
    assert np.float32(0.04) - np.float32(0.04) * step > 1.5 * 0.04 * 0.5e-3 / 1e4, (
        "the trap is no trap any more"
    )
    values = fresh(weights, theta, delay * 0.5e-3, tau_theta=tau_theta) | {"control.learn": 1.0}
    values |= {"control.images": 0, "control.image": 0, "control.seed": 0, "pixels": np.zeros((1, N_IN))}
    dark = Live(circuit(N_IN, N, precision="float32", rows=1))
    ended = dark.run(1000 * slots, values, ["exc.theta"])["exc.theta"]
    lost = 1 - ended / theta.astype(np.float32)
    np.testing.assert_allclose(lost, -np.expm1(-0.5 * slots / tau_theta), rtol=0.01)
