"""Rules of synapses. Oracles: closed forms, sums over all pairs, published tables, and rules in the limit of others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from plausible.spiking.circuit import Circuit, Group, Recorder, Spikes, Table
from plausible.spiking.live import Live
from plausible.spiking.neurons import dendritic_inputs, two_compartments
from plausible.spiking.plasticity import (
    TRIPLETS,
    Triplet,
    clopath,
    dendritic_prediction,
    dopamine_stdp,
    inhibitory_stdp,
    mstdp,
    mstdpet,
    pair_stdp,
    triplet_stdp,
)
from plausible.spiking.windows import (
    all_pairs,
    bcm_drift,
    bcm_threshold,
    bursts,
    dopamine_after_pair,
    pair_window,
    pairing_protocol,
    simulated_change,
    simulated_changes,
    triplet_change,
)

MINIMAL = TRIPLETS["visual cortex, all, minimal"]


def trains(seed: int, spikes: int = 20, steps: int = 400) -> tuple[list[int], list[int]]:
    """Two random trains of spikes, in steps of 1 ms."""
    rng = np.random.default_rng(seed)
    pre, post = (np.sort(rng.choice(steps, spikes, replace=False)) for _ in range(2))
    return pre.tolist(), post.tolist()


def test_one_pair_by_hand() -> None:
    # 0.01 exp(-10 / 20) and -0.0105 exp(-10 / 20)
    window = pair_window([10.0, -10.0], 0.01, 0.0105, 20, 20)
    np.testing.assert_allclose(window, [0.01 * 0.60653066, -0.0105 * 0.60653066], atol=1e-10)
    found = simulated_changes(pair_stdp(), [[50]] * 3, [[60], [40], [50]], 100)
    np.testing.assert_allclose(found, [*window, 0.01 - 0.0105], rtol=1e-12)


def test_traces_are_the_sum_over_all_pairs() -> None:
    pre, post = trains(0)
    expected = all_pairs(pre, post, 0.01, 0.0105, 20, 20)
    np.testing.assert_allclose(simulated_change(pair_stdp(), pre, post, 401), expected, atol=1e-12)


def test_which_pairs_count() -> None:
    # one spike before, three after: all pairs, the nearest of each, and one pair alone
    each = 0.01 * np.exp(-np.array([10, 15, 20]) / 20)
    # two spikes before, one after: of the nearest, the second replaces the trace of the first
    both, last = 0.01 * (np.exp(-20 / 20) + np.exp(-10 / 20)), 0.01 * np.exp(-10 / 20)
    for pairing, three, two in (
        ("all", each.sum(), both),
        ("nearest", each.sum(), last),
        ("once", each[0], last),
    ):
        rule = pair_stdp(pairing=pairing)  # type: ignore[arg-type]
        found = simulated_changes(rule, [[10], [10, 20]], [[20, 25, 30], [30]], 60)
        np.testing.assert_allclose(found, [three, two], rtol=1e-12)


def test_mean_drift_under_poisson_spikes() -> None:
    # <w'> = ν_pre ν_post (A₊ τ₊ - A₋ τ₋); its error bar from 400 independent pairs of trains of 20 s
    rng, rate, seconds = np.random.default_rng(1), 20.0, 20.0
    drift = []
    for _ in range(400):
        pre, post = (np.sort(rng.random(rng.poisson(rate * seconds)) * 1000 * seconds) for _ in range(2))
        drift.append(all_pairs(pre.tolist(), post.tolist(), 0.01, 0.0105, 20, 40) / seconds)
    expected = rate * rate * (0.01 * 0.020 - 0.0105 * 0.040)
    edge = expected * 2 * 0.040 / seconds  # pairs that the ends of a train cut off
    assert abs(np.mean(drift) - expected) < 4 * np.std(drift) / np.sqrt(len(drift)) + abs(edge)


def test_triplets_without_the_third_spike_are_pairs() -> None:
    pre, post = trains(2)
    pairs = Triplet(0.01, 0, 0.0105, 0, 100, 100, "all", 20, 20)
    assert triplet_change(pre, post, pairs) == pytest.approx(
        all_pairs(pre, post, 0.01, 0.0105, 20, 20), abs=1e-14
    )


@pytest.mark.parametrize("name", ["visual cortex, all, full", "hippocampus, nearest, full"])
def test_simulated_triplets_are_the_closed_form(name: str) -> None:
    pre, post = trains(3)
    found = simulated_change(triplet_stdp(TRIPLETS[name]), pre, post, 401)
    np.testing.assert_allclose(found, triplet_change(pre, post, TRIPLETS[name]), atol=1e-12)


# Computed from the equations, independently of this package, for 60 pairs at each rate: delays of 10 and of -10 ms.
FREQUENCIES = (0.1, 10, 20, 40, 50)
PAIRINGS = {
    "visual cortex, all, full": ((0.000, 0.132, 0.247, 0.534, 0.741), (-0.312, -0.334, -0.352, 0.155, 0.727)),
    "visual cortex, all, minimal": ((0.000, 0.119, 0.228, 0.532, 0.763), (-0.317, -0.332, -0.342, 0.174, 0.749)),
    "visual cortex, nearest, full": ((0.000, 0.104, 0.323, 0.560, 0.624), (-0.294, -0.411, -0.338, 0.260, 0.619)),
    "visual cortex, nearest, minimal": ((0.000, 0.101, 0.322, 0.568, 0.636), (-0.357, -0.356, -0.279, 0.290, 0.630)),
}  # fmt: skip


@pytest.mark.parametrize("name", PAIRINGS)
def test_the_table_of_pairing_frequencies(name: str) -> None:
    for delay, expected in zip((10, -10), PAIRINGS[name], strict=True):
        found = [pairing_protocol(TRIPLETS[name], rate, delay) for rate in FREQUENCIES]
        np.testing.assert_allclose(found, expected, atol=0.0005001)  # three decimals


# Pairs at 10 and -10 ms; before-after-before at (5, -5), (10, -10), (15, -5), (5, -15); after-before-after likewise.
PATTERNS = (
    ([0], [10]), ([10], [0]),
    ([0, 10], [5]), ([0, 20], [10]), ([0, 20], [15]), ([0, 20], [5]),
    ([5], [0, 10]), ([10], [0, 20]), ([5], [0, 20]), ([15], [0, 20]),
)  # fmt: skip
TRIPLET_TABLE = {
    "hippocampus, all, full": (0.202, -0.104, 0.043, 0.005, -0.078, 0.102, 0.358, 0.204, 0.108, 0.325),
    "hippocampus, all, minimal": (0.175, -0.156, 0.055, 0.019, -0.051, 0.102, 0.333, 0.180, 0.068, 0.318),
    "hippocampus, nearest, full": (0.152, -0.134, 0.050, 0.018, -0.042, 0.090, 0.378, 0.215, 0.104, 0.355),
    "hippocampus, nearest, minimal": (0.152, -0.134, 0.050, 0.018, -0.042, 0.090, 0.379, 0.217, 0.105, 0.357),
}


@pytest.mark.parametrize("name", TRIPLET_TABLE)
def test_the_table_of_triplets(name: str) -> None:
    found = [bursts(TRIPLETS[name], pre, post) for pre, post in PATTERNS]
    np.testing.assert_allclose(found, TRIPLET_TABLE[name], atol=0.0005001)


def test_the_threshold_of_the_minimal_rule() -> None:
    # A₂⁻ τ₋ / (A₃⁺ τ₊ τ_y) = 7.1e-3 · 33.7e-3 / (6.5e-3 · 16.8e-3 · 0.114)
    assert bcm_threshold(MINIMAL) == pytest.approx(19.2, abs=0.05)
    assert bcm_drift(10, bcm_threshold(MINIMAL), MINIMAL) == pytest.approx(0, abs=1e-15)
    assert bcm_drift(10, 10, MINIMAL) < 0 < bcm_drift(10, 30, MINIMAL)


def test_the_minimal_rule_drifts_as_computed() -> None:
    rng, seconds, drift = np.random.default_rng(4), 20.0, []
    for _ in range(200):
        pre, post = (np.sort(rng.random(rng.poisson(rate * seconds)) * 1000 * seconds) for rate in (10, 40))
        drift.append(triplet_change(pre.tolist(), post.tolist(), MINIMAL) / seconds)
    expected = float(bcm_drift(10, 40, MINIMAL))
    edge = abs(expected) * 2 * 0.114 / seconds
    assert abs(np.mean(drift) - expected) < 4 * np.std(drift) / np.sqrt(len(drift)) + edge


def test_modulated_stdp_under_constant_reward_is_stdp() -> None:
    pre, post = trains(5)
    plain = all_pairs(pre, post, 1.0, 1.0, 20, 20)
    np.testing.assert_allclose(simulated_change(mstdp(), pre, post, 402, reward=1.0), plain, atol=1e-12)
    np.testing.assert_allclose(simulated_change(mstdp(), pre, post, 402, reward=-1.0), -plain, atol=1e-12)
    assert simulated_change(mstdp(), pre, post, 402, reward=0.0) == 0


def test_an_eligibility_trace_moves_weights_as_much_in_the_end() -> None:
    # Euler's sum of z is ζ/τ_z · dt (1 + (1 - dt/τ_z) + ...) = ζ exactly; 40 time constants later nothing is left
    pre, post = trains(6)
    plain = all_pairs(pre, post, 1.0, 1.0, 20, 20)
    found = simulated_change(mstdpet(), pre, post, 1401, reward=1.0)
    np.testing.assert_allclose(found, plain, atol=1e-9)


def test_dopamine_turns_eligibility_into_weight() -> None:
    # constant dopamine d: w → c d τ_c, c = A₊ exp(-10 / 20) for one pair; Euler's sum of c is exactly c τ_c
    rule = dopamine_stdp(tau_c=50.0)
    found = simulated_change(rule, [10], [20], 3000, dopamine=2.0)
    np.testing.assert_allclose(found, 0.1 * np.exp(-0.5) * 2.0 * 0.050, rtol=1e-9)
    assert simulated_change(rule, [10], [20], 500, dopamine=0.0) == 0
    # the closed form for a dose that decays is the integral, done numerically
    t = np.arange(0, 20_000, 0.01)
    integral = np.exp(-(t + 300) / 1000) * np.exp(-t / 200)
    assert dopamine_after_pair(1.0, 1.0, 300, 1000, 200) == pytest.approx(
        float(np.trapezoid(integral, t)) / 1000, rel=1e-4
    )


def test_inhibition_stands_still_where_the_target_rate_is_reached() -> None:
    # target spikes at ρ₀ exactly, arriving spikes anywhere: y is 2 ρ₀ τ / 2 on average, and so is what x adds
    rng = np.random.default_rng(7)
    post = np.arange(100, 20_100, 200)  # 5 Hz
    pre = np.sort(rng.choice(20_000, 400, replace=False))
    rule = inhibitory_stdp(rate=1.0)
    free = [code.replace("clip(", "").replace(", 0, inf)", "") for code in (rule.on_pre, rule.on_post)]
    rule = replace(rule, on_pre=free[0], on_post=free[1])  # without the bound, which a sum cannot know
    found, half = simulated_changes(rule, [pre.tolist()] * 2, [post.tolist(), post[::2].tolist()], 20_200)
    # each arriving spike meets Σ exp(-|Δ|/τ) over the target's, of mean 2 τ ρ₀ = 0.2 and this standard deviation
    phases = np.exp(-np.minimum(np.arange(200), 200 - np.arange(200)) / 20)
    assert abs(found) < 4 * np.std(phases) * np.sqrt(len(pre))
    assert half < -0.3 * 0.2 * len(pre), "a target that is too slow loses inhibition"


def by_voltage(v: float, v_minus: float, v_plus: float, steps: int) -> float:
    """Δw of Clopath's rule after one arriving spike at the first step, with potentials in mV that stand still."""
    rule = clopath()
    circuit = Circuit(
        0.5,
        (Group("after", 1, "v : volt\nv_minus : volt\nv_plus : volt"),),
        (rule.projection("plastic", "before", "after"),),
        spikes=(Spikes("before", 1, (0,), (0,)),),
        constants=rule.constants,
    )
    potentials = {"after.v": v / 1000, "after.v_minus": v_minus / 1000, "after.v_plus": v_plus / 1000}
    return float(
        Live(circuit).run(steps, {"plastic.w": 0.5, **potentials}, ["plastic.w"])["plastic.w"][0] - 0.5
    )


def test_the_voltage_rule_depresses_at_arriving_spikes_and_potentiates_by_products() -> None:
    # below both thresholds, -45.3 and -70.6 mV: nothing
    assert by_voltage(-60, -75, -75, 200) == 0
    # ū₋ above -70.6 alone: A_LTD (ū₋ - θ₋), once
    assert by_voltage(-60, -65, -75, 200) == pytest.approx(-14e-5 * 5.6, rel=1e-9)
    # u and ū₊ above theirs: A_LTP (u - θ₊) (ū₊ - θ₋) ∫ x̄ dt; x̄ is the filtered train of spikes, of which one has the
    # area 1, 1/τ_x e^{-t/τ_x}: so 8e-5 · 15.3 · 10.6 = 0.01297. Euler's sum of x̄ dt is 1, but for (1 - dt/τ_x)^n
    expected = 8e-5 * 15.3 * 10.6
    assert expected == pytest.approx(0.01297, abs=5e-6)
    assert by_voltage(-30, -75, -60, 2000) == pytest.approx(expected, rel=1e-9)
    assert by_voltage(-30, -75, -75, 200) == 0, "ū₊ has to be above its threshold, too"
    assert by_voltage(-30, -65, -60, 2000) == pytest.approx(expected - 14e-5 * 5.6, rel=1e-9)


def likelihood(weights: np.ndarray, steps: int = 3000) -> tuple[float, np.ndarray]:
    """Of given spikes of a soma, under what its dendrite predicts from given spikes of inputs with these weights: its
    logarithm; and how much `dendritic_prediction` moves each weight at the rate 1."""
    rng, rate = np.random.default_rng(8), 1e-9
    given = np.zeros((steps, len(weights) + 1))
    given[:1000] = rng.random((1000, len(weights) + 1)) < 0.01
    rule = dendritic_prediction(rate, tau=5.0)
    neuron = replace(two_compartments(), threshold="given(timestep(t, dt)*ms, sent) > 0", refractory="")
    live = Live(
        Circuit(
            0.1,
            (
                dendritic_inputs("inputs", len(weights), "given(timestep(t, dt)*ms, i) > 0"),
                neuron.group("neuron", 1, "sent : integer"),
            ),
            (rule.projection("plastic", "inputs", "neuron", "current_post += w"),),
            recorders=(Recorder("way", "neuron", ("v_w",), 1),),
            tables=(Table("given", steps, len(weights) + 1),),
            constants=rule.constants,
        )
    )
    start = {"given": given, "plastic.w": weights, "neuron.sent": len(weights)}
    ended = live.run(steps, start, ("way.v_w", "neuron.v_w", "plastic.w"))
    v_w = np.append(ended["way.v_w"][1:, 0], ended["neuron.v_w"])  # after each step
    predicted = 0.15 / (1 + 0.5 * np.exp(5 * (1 - 2 / 2.1 * v_w)))
    spikes = given[:, -1] > 0
    return float(np.log(predicted[spikes]).sum() - 0.1 * predicted.sum()), (
        ended["plastic.w"] - weights
    ) / rate


def test_dendritic_prediction_climbs_the_likelihood_of_the_spikes() -> None:
    weights, small = np.array([0.3, 0.5, 0.8]), 1e-4
    _, moved = likelihood(weights)
    slopes = [
        (likelihood(weights + step)[0] - likelihood(weights - step)[0]) / (2 * small)
        for step in small * np.eye(3)
    ]
    # psp is ∂v_w/∂w, so that ∂v*/∂w is g_D / (g_L + g_D) of it
    np.testing.assert_allclose(2 / 2.1 * moved, slopes, rtol=1e-4)
    assert np.abs(slopes).min() > 0.1, "nothing to climb"
