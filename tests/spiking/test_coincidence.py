"""Spikes that coincide in a step. Oracles: each paper's equations read at one time, drifts of independent spikes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest

from plausible.rules.spiking.diehl_cook import DiehlCook
from plausible.spiking.chance import chance
from plausible.spiking.circuit import Group, Regular, Table
from plausible.spiking.diehl_cook.network import VARIANTS, circuit
from plausible.spiking.diehl_cook.presentation import fresh
from plausible.spiking.live import Live
from plausible.spiking.neurons import dendritic_inputs
from plausible.spiking.plasticity import (
    TRIPLETS,
    Plasticity,
    clopath,
    dendritic_prediction,
    dopamine_stdp,
    inhibitory_stdp,
    mstdp,
    mstdpet,
    pair_stdp,
    triplet_stdp,
)
from plausible.spiking.windows import given, simulated_change, simulated_changes, triplet_change
from tests.spiking.synapses import joined

FULL = "hippocampus, all, full"
UNBOUND = replace(
    inhibitory_stdp(0.5, target=5.0),
    on_pre="x += 1; w = w + eta*(y - 2*rho*tau)", on_post="y += 1; w = w + eta*x",
)  # fmt: skip
RULES: dict[str, tuple[Plasticity, dict[str, float], float]] = {  # and what one coincident pair makes of w
    "pairs": (pair_stdp(), {}, 0.01 - 0.0105),
    "nearest pairs": (pair_stdp(pairing="nearest"), {}, 0.01 - 0.0105),
    "pairs used once": (pair_stdp(pairing="once"), {}, 0.01),
    "triplets": (triplet_stdp(TRIPLETS[FULL]), {}, 6.1e-3 - 1.6e-3),
    "inhibition": (UNBOUND, {}, 0.5 * (1 - 2 * 5 * 0.020)),
    "dopamine": (dopamine_stdp(tau_c=20.0), {"dopamine": 2.0}, (0.1 - 0.15) * 2.0 * 0.020),
    "reward": (mstdp(potentiation=1.0, depression=0.3), {"reward": 2.0}, 2 * (1 - 0.3)),
    "reward, with a trace": (mstdpet(potentiation=1.0, depression=0.3), {"reward": 2.0}, 2 * (1 - 0.3)),
}


@pytest.mark.parametrize("name", RULES)
def test_one_coincident_pair_is_what_the_paper_makes_of_it(name: str) -> None:
    rule, values, expected = RULES[name]
    assert simulated_change(rule, [50], [50], 1200, **values) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("name", [FULL, "hippocampus, nearest, full"])
def test_slow_traces_of_triplets_are_read_before_a_coincident_pair(name: str) -> None:
    # an arriving spike at 30 ms, the target's at 40, both at 50: r₁ and o₁ have the last ones, r₂ and o₂ do not
    of = TRIPLETS[name]
    r1, o1 = (0.0, 0.0) if of.pairing == "nearest" else (np.exp(-20 / 16.8), np.exp(-10 / 33.7))
    first = np.exp(-10 / 16.8) * of.a2_plus
    last = (1 + r1) * (of.a2_plus + of.a3_plus * np.exp(-10 / of.tau_y))
    expected = first + last - (1 + o1) * (of.a2_minus + of.a3_minus * np.exp(-20 / of.tau_x))
    assert triplet_change([30, 50], [40, 50], of) == pytest.approx(expected, rel=1e-12)
    assert simulated_change(triplet_stdp(of), [30, 50], [40, 50], 60) == pytest.approx(expected, rel=1e-9)


# Rules, values, what one half of a coincident pair does, and what a step does by the probability p of a spike:
# Σ over lags of 1 ms of q^lag, q = e^{-1/20}, is 1/(1 - q) from 0 on, on either side.
DRIFTS: dict[str, tuple[Plasticity, dict[str, float], float, Any]] = {
    "pairs": (pair_stdp(), {}, 0.01, lambda p, q: p * p * (0.01 - 0.0105) / (1 - q)),
    "dopamine": (
        dopamine_stdp(tau_c=20.0), {"dopamine": 2.0}, 0.1 * 0.040, lambda p, q: p * p * (0.1 - 0.15) / (1 - q) * 0.040
    ),
    "reward": (mstdp(depression=0.3), {"reward": 2.0}, 2 * 1.0, lambda p, q: 2 * p * p * (1 - 0.3) / (1 - q)),
    "reward, balanced": (mstdp(), {"reward": 1.0}, 1.0, lambda p, q: 0.0),
    "reward with a trace, balanced": (mstdpet(), {"reward": 1.0}, 1.0, lambda p, q: 0.0),
}  # fmt: skip


@pytest.mark.parametrize("name", DRIFTS)
def test_independent_spikes_drift_as_the_window_sums_up(name: str) -> None:
    """50 Hz for 1.3 s at 800 synapses; with A₊ = A₋ nothing drifts [florian2007]: a coincidence has to net 0."""
    rule, values, half, expected = DRIFTS[name]
    rng, p, steps, burn = np.random.default_rng(11), 0.05, 1500, 200
    spikes = rng.random((2, 800, steps)) < p
    pre, post = ([np.flatnonzero(train).tolist() for train in part] for part in spikes)
    late, begun = (
        simulated_changes(rule, pre, post, n, **values) for n in (steps, burn)
    )  # traces have filled
    drift = (late - begun) / (steps - burn)
    error = drift.std() / np.sqrt(len(drift))
    assert abs(drift.mean() - expected(p, np.exp(-1 / 20))) < 4 * error
    assert 8 * error < p * p * half, "a half of each coincident pair more or less would not be seen"


@pytest.mark.parametrize("tau_z", [None, 25.0])
def test_rewards_that_change_meet_the_spikes_of_the_step_before(tau_z: float | None) -> None:
    """Florian's equations, step by step, with another reward in every step."""
    rng, steps = np.random.default_rng(2), 300
    pre, post = rng.random((2, steps)) < 0.2
    reward = rng.normal(size=(steps, 1))
    rule = mstdp(0.5, 1.0, 0.6) if tau_z is None else mstdpet(0.5, 1.0, 0.6, tau_z=tau_z)
    w = z = plus = minus = 0.0
    for now in range(steps):
        w += 0.5 * reward[now, 0] * z
        plus = plus * np.exp(-1 / 20) + 1.0 * pre[now]
        minus = minus * np.exp(-1 / 20) - 0.6 * post[now]
        zeta = plus * post[now] + minus * pre[now]
        z = zeta if tau_z is None else z * (1 - 1 / tau_z) + zeta / tau_z
    synapse = rule.projection("synapse", "before", "after", reward="shared.reward")
    trains = (
        given(name, [np.flatnonzero(train).tolist()]) for name, train in (("before", pre), ("after", post))
    )
    shared, tables = Group("shared", 1, "reward : 1"), (Table("rewards", steps, 1),)
    regular = (Regular("shared", "reward = rewards(timestep(t, dt)*ms, 0)", 1),)
    live = joined(rule, [shared], synapse, regular=regular, tables=tables, spikes=tuple(trains))
    found = live.run(steps, {"rewards": reward, "synapse.w": 0.0}, ["synapse.w"])["synapse.w"][0]
    assert found == pytest.approx(w, rel=1e-9)
    assert np.count_nonzero(pre & post) > 5, "no coincidence"


@pytest.mark.parametrize("variant", VARIANTS)
def test_an_arriving_spike_of_diehl_and_cook_comes_before_the_neurons_own(variant: str) -> None:
    """At a coincidence x is 1, post1 and post2 are as the spike before has left them, depression comes first."""
    eta_pre, eta_post, w, x_tar, mu = 1e-2, 0.1, 0.5, 0.4, 0.2
    live = Live(circuit(1, 1, variant, precision="float64", rows=1))
    start = fresh(np.array([[w]]), np.array([-1.0]), np.zeros((1, 1)), eta_post, eta_pre)
    start |= {
        "pixels": np.array([[1e5]]), "control.images": 1, "control.image": -1, "control.total": 1e9,
        "control.seed": 0, "control.learn": 1.0, "exc.post1": 0.8, "exc.post2": 0.6,
    }  # fmt: skip
    found = live.run(1, start, ["plastic.w", "plastic.arrival", "exc.count"])
    assert found["plastic.arrival"][0] == 0
    assert found["exc.count"][0] == 1, "no coincidence"
    post1, post2, one = (
        0.8 * (1 - 0.5 / 20),
        0.6 * (1 - 0.5 / 40),
        78 / 784,
    )  # after the step's decay; normalised w
    lost = {"triplet": 1.0, "pair": 1.0, "pre-and-post": one**mu}.get(variant, 0.0)
    left = one - eta_pre * post1 * lost
    gained = {
        "triplet": post2, "pair": 1.0, "power-law": (1 - x_tar) * (1 - left) ** mu,
        "exponential": np.exp(-left) - x_tar * np.exp(left - 1), "pre-and-post": (1 - x_tar) * (1 - left) ** mu,
    }[variant]  # fmt: skip
    assert found["plastic.w"][0] == pytest.approx(left + eta_post * gained, rel=1e-12)


def changed(variant: str, w: Any, x: Any, post1: float, post2: float, own: bool) -> Any:
    """Weights after an arriving spike, or the neuron's own: the kinds of [diehl2015], as they are stated there."""
    eta_pre, eta_post, x_tar, mu = 1e-2, 0.1, 0.4, 0.2
    if not own:
        lost = {"triplet": post1, "pair": post1, "pre-and-post": post1 * w**mu}.get(variant, 0.0)
        return np.clip(w - eta_pre * lost, 0, 1)
    dependent = (x - x_tar) * (1 - w) ** mu
    gained = {
        "triplet": x * post2, "pair": x, "power-law": dependent, "pre-and-post": dependent,
        "exponential": x * np.exp(-w) - x_tar * np.exp(w - 1),
    }[variant]  # fmt: skip
    return np.clip(w + eta_post * gained, 0, 1)


@pytest.mark.parametrize("variant", VARIANTS)
def test_trains_of_spikes_change_weights_as_the_variant_of_diehl_and_cook_says(variant: str) -> None:
    """Two inputs spike at random, one of them arrives late; the neuron spikes whenever it may, each 5 ms."""
    steps, seed, p, late = 300, 5, np.array([0.03, 0.06]), np.array([0, 3])
    rule = DiehlCook(stdp=cast(Any, variant), potentiation=0.1, depression=1e-2)
    live = Live(circuit(2, 1, rule.stdp, precision="float64", rows=1))
    w = np.array([0.06, 0.03])
    start = fresh(w[:, None], np.array([-1.0]), 0.5e-3 * late[:, None], rule.potentiation, rule.depression)
    start |= {
        "pixels": p[None] / (2 * 31.875 * 0.5e-3), "control.images": 1, "control.image": -1,
        "control.total": 1e9, "control.seed": seed, "control.learn": 1.0,
    }  # fmt: skip
    spiked = chance(seed, np.arange(steps)[:, None], np.arange(2)) < p
    w, arrived, post1, post2 = w * 2 * 78 / 784 / w.sum(), np.full(2, -(10.0**8)), 0.0, 0.0
    for now in range(steps):
        post1, post2 = post1 * (1 - 0.5 / 20), post2 * (1 - 0.5 / 40)
        arrives = (now >= late) & spiked[now - late, [0, 1]]
        w = np.where(arrives, changed(variant, w, 0.0, post1, post2, own=False), w)
        arrived[arrives] = now
        if now % 10 == 0:
            w = changed(variant, w, np.exp((arrived - now) * 0.5 / 20), post1, post2, own=True)
            post1 = post2 = 1.0
    found = live.run(steps, start, ["plastic.w", "exc.count"])
    assert found["exc.count"][0] == 30
    assert spiked.sum() > 15
    assert (np.abs(w - 0.5) < 0.5).any(), "no weight is free to move"
    np.testing.assert_allclose(found["plastic.w"], w, rtol=0, atol=1e-12)


@pytest.mark.parametrize("own", ["timestep(t, dt) == 3", ""])
def test_the_voltage_rule_asks_for_potentials_and_not_for_the_targets_spikes(own: str) -> None:
    # an arriving spike at step 3, where the target spikes, too, or not: A_LTD (ū₋ - θ₋) of that step and no more
    rule = clopath()
    potentials = "v : volt\nv_plus : volt\nv_minus = -60*mV + 1*mV*timestep(t, dt) : volt"
    after, synapse = Group("after", 1, potentials, own), rule.projection("synapse", "before", "after")
    live = joined(rule, [after], synapse, spikes=(given("before", [[3]]),))
    start = {"synapse.w": 0.0, "after.v": -0.06, "after.v_plus": -0.08}
    found = live.run(5, start, ["synapse.w"])["synapse.w"][0]
    assert found == pytest.approx(-14e-5 * (-57 + 70.6), rel=1e-9)


@pytest.mark.parametrize("arrives", ["timestep(t, dt) == 0", "s > 10"])
def test_dendritic_prediction_meets_the_potential_before_a_coincident_spike(arrives: str) -> None:
    # psp of the step is 0.7 (1 - 0.1 dt); a spike that arrives in it raises s, and psp from the next step on
    rule = dendritic_prediction(1e-9, tau=5.0)
    after = Group("after", 1, "current : 1\npredicted : 1\nslope : 1", "timestep(t, dt) == 0")
    synapse = rule.projection("synapse", "before", "after", "current_post += w")
    live = joined(rule, [dendritic_inputs("before", 1, arrives), after], synapse)
    start = {"before.psp": 0.7, "after.slope": 2.0, "synapse.w": 0.0}
    found = live.run(1, start, ["synapse.delta"])["synapse.delta"][0]
    assert found == pytest.approx(2.0 * 0.7 * 0.9 / 5, rel=1e-9)
