"""Weight changes by given spikes, in closed form: the oracle of simulations, and the curves of figures of windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from plausible.core import Array
from plausible.spiking.circuit import Spikes
from plausible.spiking.plasticity import Plasticity, Triplet


def pair_window(delay: ArrayLike, plus: float, minus: float, tau_plus: float, tau_minus: float) -> Array:
    """Δw of one pair by Δ = t_post - t_pre, in ms: A₊ exp(-Δ/τ₊) from 0 on, -A₋ exp(Δ/τ₋) up to 0, at 0 both.

    >>> import numpy as np
    >>> from plausible.spiking.windows import pair_window
    >>> pair_window(np.array([-20.0, 20.0]), plus=1.0, minus=0.5, tau_plus=20.0, tau_minus=20.0).round(3)
    array([-0.184,  0.368])
    """
    d = np.asarray(delay, float)
    after, before = plus * np.exp(-np.abs(d) / tau_plus), -minus * np.exp(-np.abs(d) / tau_minus)
    window: Array = (d >= 0) * after + (d <= 0) * before
    return window


def all_pairs(
    pre: Sequence[float], post: Sequence[float], plus: float, minus: float, tau_plus: float, tau_minus: float
) -> float:
    """Δw of all-to-all pair STDP: the sum of the window over all pairs of the spikes `pre` and `post`, in ms."""
    delays = np.subtract.outer(np.asarray(post, float), np.asarray(pre, float))
    return float(pair_window(delays, plus, minus, tau_plus, tau_minus).sum())


def triplet_change(pre: Sequence[float], post: Sequence[float], of: Triplet) -> float:
    """Δw of triplet STDP for the spikes `pre` and `post`, in ms, from one time with spikes to the next.

    Where the two coincide, r₁ and o₁ have both spikes and r₂ and o₂ neither, as in `triplet_stdp`.
    """
    carried = (
        0.0 if of.pairing == "nearest" else 1.0
    )  # the share of a trace that stays when a spike reaches it
    arriving, own = set(pre), set(post)
    r1 = r2 = o1 = o2 = change = now = 0.0
    for time in sorted(arriving | own):
        gone = time - now
        r1, r2 = r1 * np.exp(-gone / of.tau_plus), r2 * np.exp(-gone / of.tau_x)
        o1, o2 = o1 * np.exp(-gone / of.tau_minus), o2 * np.exp(-gone / of.tau_y)
        now, here, there = time, time in arriving, time in own
        r1, o1 = (carried * r1 + 1 if here else r1), (carried * o1 + 1 if there else o1)
        change -= here * o1 * (of.a2_minus + of.a3_minus * r2)
        change += there * r1 * (of.a2_plus + of.a3_plus * o2)
        r2, o2 = (carried * r2 + 1 if here else r2), (carried * o2 + 1 if there else o2)
    return float(change)


def pairing_protocol(of: Triplet, rate: float, delay: float, pairs: int = 60) -> float:
    """Δw of so many pairs at `rate` Hz, the target's spike `delay` ms after the other [sjostrom2001]."""
    pre = 1000 + 1000 / rate * np.arange(pairs)
    return triplet_change(pre.tolist(), (pre + delay).tolist(), of)


def bursts(of: Triplet, pre: Sequence[float], post: Sequence[float], times: int = 60) -> float:
    """Δw of a pattern of spikes, in ms, repeated once a second."""
    starts = 1000.0 * np.arange(1, times + 1)
    return triplet_change(
        [float(start + one) for start in starts for one in pre],
        [float(start + one) for start in starts for one in post],
        of,
    )


def bcm_drift(nu_pre: ArrayLike, nu_post: ArrayLike, of: Triplet) -> Array:
    """Mean w' under independent Poisson spikes, per second, for the minimal triplet rule; rates in Hz.

    -A₂⁻ τ₋ ν_pre ν_post + A₃⁺ τ₊ τ_y ν_pre ν_post²: zero at `bcm_threshold`, as in the theory of Bienenstock, Cooper
    and Munro.
    """
    x, y = np.asarray(nu_pre, float), np.asarray(nu_post, float)
    drift: Array = (
        x * y * (of.a3_plus * of.tau_plus * of.tau_y * 1e-6 * y - of.a2_minus * of.tau_minus * 1e-3)
    )
    return drift


def bcm_threshold(of: Triplet) -> float:
    """The rate of the target, in Hz, at which the minimal triplet rule turns from depression to potentiation."""
    return of.a2_minus * of.tau_minus * 1e-3 / (of.a3_plus * of.tau_plus * of.tau_y * 1e-6)


def dopamine_after_pair(eligibility: float, dose: float, delay: float, tau_c: float, tau_d: float) -> float:
    """Δw of [izhikevich2007] for a pair that left `eligibility` and a dose of dopamine `delay` ms later; times in ms.

    ∫ c e^{-t/τ_c} D e^{-(t - T)/τ_d} dt from T on, in seconds: c D e^{-T/τ_c} τ_c τ_d / (τ_c + τ_d).
    """
    return eligibility * dose * float(np.exp(-delay / tau_c)) * tau_c * tau_d / (tau_c + tau_d) / 1000


def simulated_changes(
    rule: Plasticity,
    pre: Sequence[Sequence[int]],
    post: Sequence[Sequence[int]],
    steps: int,
    dt: float = 1.0,
    **values: float,
) -> NDArray[np.float64]:
    """Δw in a simulation of `steps` steps, (synapses,), of synapses between neurons with these spikes, in steps."""
    from plausible.spiking.circuit import Circuit, Group
    from plausible.spiking.live import Live

    groups = (Group("shared", 1, "\n".join(f"{name} : 1" for name in rule.reads)),) if rule.reads else ()
    synapse = rule.projection("synapse", "before", "after", **{name: f"shared.{name}" for name in rule.reads})
    trains = given("before", pre), given("after", post)
    circuit = Circuit(
        dt, groups, (replace(synapse, connect="i == j"),), spikes=trains, constants=rule.constants
    )
    begin = {"synapse.w": 0.0, **{f"shared.{name}": value for name, value in values.items()}}
    return Live(circuit).run(steps, begin, ["synapse.w"])["synapse.w"]


def given(name: str, trains: Sequence[Sequence[int]]) -> Spikes:
    """Neurons whose spikes are given, in steps."""
    pairs = [(neuron, step) for neuron, train in enumerate(trains) for step in train]
    return Spikes(name, len(trains), tuple(n for n, _ in pairs), tuple(s for _, s in pairs))


def simulated_change(
    rule: Plasticity, pre: Sequence[int], post: Sequence[int], steps: int, dt: float = 1.0, **values: float
) -> float:
    """`simulated_changes` of a single synapse."""
    return float(simulated_changes(rule, [pre], [post], steps, dt, **values)[0])
