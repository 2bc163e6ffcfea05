"""Neurons, homeostasis, encoders, decoders. Oracles: closed forms, plain steppers, means with error bars."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from plausible.errors import BadInput
from plausible.spiking.circuit import Circuit, Group, Projection, Recorder, Spikes
from plausible.spiking.decode import class_rates, linear_readout, names, remembered, votes
from plausible.spiking.encode import latency, poisson, repeated
from plausible.spiking.homeostasis import normalised, scaled
from plausible.spiking.live import Live
from plausible.spiking.neurons import Neuron, conductance_lif, izhikevich, lif, two_compartments

TALLY = Projection("tally", "cell", "cell", on_pre="count_post += 1", connect="i == j")


def cell(neuron: Neuron, dt: float, size: int = 1, *recorded: str) -> Live:
    """Neurons alone, their spikes counted."""
    recorders = (Recorder("way", "cell", recorded, 1),) if recorded else ()
    group = neuron.group("cell", size, "count : integer")
    return Live(Circuit(dt, (group,), (TALLY,), recorders=recorders, constants=neuron.constants))


def test_a_leaky_neuron_sums_up_a_current_that_decays() -> None:
    # v = rest + I₀ τ_s / (τ_s - τ) (e^{-t/τ_s} - e^{-t/τ}), below the threshold
    live = cell(lif(tau=20, tau_syn=5), 0.5)
    for steps in (10, 60):
        t = 0.5 * steps
        start = {"cell.v": -0.070, "cell.current": 0.012}
        found = live.run(steps, start, ["cell.v", "cell.count"])
        expected = -0.070 + 0.012 * 5 / (5 - 20) * (np.exp(-t / 5) - np.exp(-t / 20))
        np.testing.assert_allclose(found["cell.v"], expected, rtol=1e-10)
        assert found["cell.count"] == 0


def test_a_leaky_neuron_spikes_at_the_rate_of_the_closed_form() -> None:
    # from reset to threshold it takes τ ln((rest + I - reset) / (rest + I - threshold)), rounded up to steps
    current, dt = 25.0, 0.1
    interval = np.ceil(20 * np.log((-70 + current + 60) / (-70 + current + 54)) / dt)
    steps = 3000
    start = {"cell.v": -0.060, "cell.current": current / 1000}
    found = cell(lif(tau_syn=1e9), dt).run(steps, start, ["cell.count"])["cell.count"][0]
    assert abs(found - steps / interval) <= 1
    assert found > 10


def test_conductances_pull_to_their_reversal_potentials() -> None:
    # without input v - rest and g shrink by 1 - dt/τ every step: Euler's method
    live = cell(conductance_lif(), 0.5, 3)
    start = {
        "cell.v": np.array([-0.060, -0.070, -0.070]),
        "cell.g_in": [0, 0, 0.2],
        "cell.g_ex": [0, 0.02, 0],
    }
    found = live.run(
        1, {name: np.array(value, float) for name, value in start.items()}, ["cell.v", "cell.g_ex"]
    )
    expected = -0.070 + np.array([0.010 * (1 - 0.5 / 20), 0.5 / 20 * 0.02 * 0.070, 0.0])
    np.testing.assert_allclose(found["cell.v"], expected, rtol=1e-12)
    np.testing.assert_allclose(found["cell.g_ex"], [0, 0.02 * (1 - 0.5 / 5), 0], rtol=1e-12)


def test_an_adaptive_threshold_grows_with_spikes_and_decays() -> None:
    live = cell(conductance_lif(adaptive=True), 0.5, 2)
    start = {"cell.v": np.array([-0.050, -0.050]), "cell.theta": np.array([0.0, 0.010])}
    found = live.run(101, start, ["cell.count", "cell.theta", "cell.v"])
    np.testing.assert_array_equal(found["cell.count"], [1, 0])
    kept = 1 - 0.5 / 1e7
    np.testing.assert_allclose(found["cell.theta"], [0.05e-3 * kept**100, 0.010 * kept**101], rtol=1e-12)


@pytest.mark.parametrize(("kind", "a", "d"), [("regular", 0.02, 8.0), ("fast", 0.1, 2.0)])
def test_izhikevich_is_his_two_equations(kind: str, a: float, d: float) -> None:
    dt, v, u, spikes = 0.5, -65.0, -13.0, 0
    for _ in range(600):
        v, u = v + dt * (0.04 * v * v + 5 * v + 140 - u + 10), u + dt * a * (0.2 * v - u)
        if v >= 30:
            v, u, spikes = -65.0, u + d, spikes + 1
    start = {"cell.v": -0.065, "cell.u": -0.013, "cell.current": 10.0}
    found = cell(izhikevich(kind), dt).run(600, start, ["cell.v", "cell.u", "cell.count"])
    assert found["cell.count"] == spikes > 2
    # where v rises towards a spike it multiplies what rounding has left
    np.testing.assert_allclose([found["cell.v"][0], found["cell.u"][0]], [v / 1000, u / 1000], rtol=1e-3)


def test_izhikevich_rests_where_his_curves_meet() -> None:
    # 0.04 v² + 5 v + 140 = u = 0.2 v: at -70 mV, where it rests, and at -50 mV, where it does not
    start = {"cell.v": -0.070, "cell.u": -0.014}
    found = cell(izhikevich(), 0.5).run(400, start, ["cell.v", "cell.u"])
    np.testing.assert_allclose([found["cell.v"][0], found["cell.u"][0]], [-0.070, -0.014], rtol=1e-9)
    near = cell(izhikevich(), 0.5).run(400, {"cell.v": -0.0499, "cell.u": -0.00998}, ["cell.v", "cell.count"])
    assert near["cell.count"] >= 1, "the other one is no place to rest"


def test_the_soma_goes_where_conductances_and_dendrite_draw_it() -> None:
    # u = (g_E E_E + g_I E_I + g_D v_w) / (g_L + g_D + g_E + g_I), with v_w = 0; alone it goes to g_D v_w / (g_L + g_D)
    silent = replace(two_compartments(), threshold="phi > 1")
    live = cell(silent, 0.1, 2)
    start = {
        "cell.g_e": np.array([0.5, 0.0]),
        "cell.g_i": np.array([1.8, 0.0]),
        "cell.v_w": np.array([0.0, 1.0]),
    }
    found = live.run(300, start, ["cell.u", "cell.v_w"])
    assert found["cell.u"][0] == pytest.approx((0.5 * 14 / 3 - 1.8 / 3) / (2.1 + 2.3), rel=1e-9)
    np.testing.assert_allclose(found["cell.v_w"][1], (1 - 0.01) ** 300, rtol=1e-9)
    # v_w shrinks by 1 % a step, and u follows it: u = 2 v_w / (2.1 - 0.1) at every step but for what a step takes
    assert found["cell.u"][1] == pytest.approx(found["cell.v_w"][1] * 2 / (2.1 - 0.1), rel=1e-9)


def test_the_soma_spikes_with_the_rate_of_its_potential() -> None:
    # φ(1) = 0.1 per ms: at u = 1, held there, spikes of steps of 0.1 ms come with the probability 0.01
    held = replace(
        two_compartments(), refractory="",
        equations=two_compartments().equations.replace("du/dt", "dignored/dt").replace("g_e : 1", "g_e : 1\nu : 1"),
    )  # fmt: skip
    live = cell(held, 0.1, 1000)
    count = live.run(200, {"cell.u": 1.0, "cell.seed": 3}, ["cell.count"])["cell.count"].sum()
    n, p = 1000 * 200, 0.15 / 1.5 * 0.1
    assert abs(count - n * p) < 5 * np.sqrt(n * p * (1 - p))


def plastic(extra: str = "") -> Projection:
    """Synapses from four neurons to three that only have a weight."""
    return Projection("plastic", "before", "after", f"w : 1{extra}")


def test_normalised_weights_sum_up_to_the_total() -> None:
    after = Group("after", 3, "sum_w : 1", events=(("normalise", "timestep(t, dt) == 2"),))
    before = Spikes("before", 4, (), ())
    circuit = Circuit(1.0, (after,), (normalised(plastic(), "7.5", "normalise"),), spikes=(before,))
    weights = np.random.default_rng(0).random((4, 3))
    early, late = (
        Live(circuit).run(steps, {"plastic.w": weights}, ["plastic.w"])["plastic.w"] for steps in (2, 3)
    )
    np.testing.assert_array_equal(early, weights.ravel())
    np.testing.assert_allclose(late.reshape(4, 3), 7.5 * weights / weights.sum(axis=0), rtol=1e-12)


def test_scaling_moves_weights_towards_the_target_rate() -> None:
    # w ← w (1 + η (ν₀ - ν)) every 10 steps; nothing where ν is ν₀
    after = Group("after", 3, "rate : Hz")
    circuit = Circuit(
        1.0,
        (after,),
        (plastic(),),
        (scaled("plastic", "(2*ms)", "5*Hz", 10),),
        spikes=(Spikes("before", 4, (), ()),),
    )
    rate = np.array([5.0, 25.0, 0.0])
    found = Live(circuit).run(50, {"plastic.w": 0.5, "after.rate": rate}, ["plastic.w"])["plastic.w"]
    np.testing.assert_allclose(
        found.reshape(4, 3), np.tile(0.5 * (1 + 0.002 * (5 - rate)) ** 5, (4, 1)), rtol=1e-12
    )


def test_poisson_spikes_come_at_their_rates() -> None:
    rates, steps, dt = np.array([0.0, 20.0, 200.0]), 40_000, 0.5
    who, when = poisson(rates, steps, dt, np.random.default_rng(0))
    assert (np.diff(when) >= 0).all()
    p = rates * dt / 1000
    np.testing.assert_array_less(
        np.abs(np.bincount(who, minlength=3) - steps * p), 4 * np.sqrt(steps * p * (1 - p)) + 1e-9
    )
    gaps = np.diff(when[who == 2])
    assert abs(np.corrcoef(gaps[:-1], gaps[1:])[0, 1]) < 4 / np.sqrt(len(gaps)), "spikes remember each other"
    with pytest.raises(BadInput, match=r"rates, in Hz, .* expected numbers from 0 to 2000"):
        poisson(np.array([3000.0]), 10, 0.5, np.random.default_rng(0))


def test_larger_inputs_spike_sooner() -> None:
    who, when = latency(np.array([0.25, 0.0, 1.0, 0.5, 1e-9]), 8)
    assert (who.tolist(), when.tolist()) == ([2, 3, 0, 4], [0, 4, 6, 7])
    with pytest.raises(BadInput, match="inputs go from"):
        latency(np.array([1.5]), 8)


def test_patterns_repeat_in_the_place_of_other_spikes() -> None:
    rng = np.random.default_rng(0)
    spikes = poisson(np.full(6, 100.0), 400, 1.0, rng)
    pattern = np.array([0, 2, 1]), np.array([0, 3, 19])
    starts = np.array([40, 200])
    who, when = repeated(spikes, pattern, starts, 20, rng)
    for start in starts:
        inside = (when >= start) & (when < start + 20) & (who < 3)
        assert sorted(zip(who[inside], when[inside] - start, strict=True)) == [(0, 0), (1, 19), (2, 3)]
    others = spikes[0] >= 3
    assert (who >= 3).sum() == others.sum(), "neurons that the pattern does not have are as they were"
    many = np.arange(100) % 3, np.full(100, 10)
    sparse, _ = repeated(spikes, (np.arange(1000), np.full(1000, 10)), starts, 20, rng, deleted=0.3)
    left = (sparse >= 6).sum()
    assert abs(left - 2 * 994 * 0.7) < 4 * np.sqrt(2 * 994 * 0.7 * 0.3)
    _, moved = repeated(
        (many[0][:0], many[0][:0]), (np.arange(1000), np.full(1000, 10)), starts, 20, rng, jitter=3.0
    )
    late = moved[moved > 100] - 210
    assert abs(late.std() - np.sqrt(9 + 1 / 12)) < 4 * 3 / np.sqrt(2 * len(late))


def test_neurons_are_named_after_what_they_answer() -> None:
    # of three neurons the first answers class 0, the second class 1, the third nothing
    counts = np.array([[4, 1, 0], [2, 1, 0], [0, 3, 0]])
    y = np.array([[1, 0], [1, 0], [0, 1]])
    sums = remembered(np.zeros((2, 4)), counts, y, 10**9)
    rates = class_rates(sums)
    np.testing.assert_allclose(rates, [[3, 1, 0], [0, 3, 0]], rtol=1e-8)
    assert names(rates).tolist() == [0, 1, -1]
    np.testing.assert_allclose(
        votes(np.array([[3.0, 1.0, 9.0], [0, 0, 0]]), rates), [[0.75, 0.25], [0.5, 0.5]]
    )
    # what was seen is forgotten: a thousand images on, 1/e of it is left
    again = remembered(sums, np.zeros((1000, 3)), np.tile([1, 0], (1000, 1)), 1000)
    np.testing.assert_allclose(again[1], np.exp(-1) * sums[1])


def test_the_linear_readout_is_ridge_regression() -> None:
    rng = np.random.default_rng(0)
    counts, y = rng.poisson(3.0, (50, 4)).astype(float), rng.random((50, 2))
    rows = np.concatenate([counts, np.ones((50, 1))], axis=1)
    weights = linear_readout(counts, y, penalty=2.0)
    # at the minimum of |rows W - y|² + 2 |W|² its slope is 0
    np.testing.assert_allclose(rows.T @ (rows @ weights - y) + 2.0 * weights, 0, atol=1e-9)
