"""Reward-modulated Hebb in a recurrent network: one trial by loops over time and synapses, as its paper states it.

Oracle: the equations of [miconi2017] and of node perturbation, neuron by neuron; and central differences of the reward
along the perturbations of node perturbation, on a network of three free units.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.random import Generator

from plausible.core import Array, Presentation, State
from plausible.rules.reward.network import HELD, ContinuousRNN
from plausible.rules.reward.supralinear import SupralinearHebb, expected_of

NETWORK = ContinuousRNN((7,), pace=1 / 5, dtype="float64")
RULE = SupralinearHebb(NETWORK, probability=0.3, amplitude=2.0, rate=0.4, limit=1e9)
TARGET = 0.7


def shown_to(rng: Generator, steps: int = 12) -> Presentation:
    """One trial, whose answer counts at the last four steps."""
    x, mask = rng.normal(size=(steps, 1, 2)), np.zeros((steps, 1))
    mask[-4:] = 1
    return Presentation(x, None, lambda answer: -abs(answer[..., 0] - TARGET) * mask, mask)  # type: ignore[arg-type]


def seen_before(params: dict[str, Array], shown: Presentation, error: float) -> State:
    """The state after one trial of this kind, which had the error `error`."""
    tried = replace(RULE, network=NETWORK)
    constant = shown._replace(reward=lambda answer: -error * np.asarray(shown.mask))
    return tried.update(params, None, constant, np.random.default_rng(0)).state


def by_loops(
    params: dict[str, Array], shown: Presentation, expected: float, power: int, nodes: bool
) -> Array:
    """The change of one trial, with the perturbations that the rule draws."""
    rng = np.random.default_rng(9)
    x = rng.uniform(-0.1, 0.1, (1, 7))[0]
    xi = RULE.perturbed(params, shown, rng)[:, 0]
    R, W = params["R1"], params["W1"]
    x[-3:] = HELD
    mean, E, answers = x.copy(), np.zeros((7, 7)), []
    for t in range(len(xi)):
        before = np.tanh(x)
        drive = np.array([sum(before[i] * R[i, j] for i in range(7)) for j in range(7)])
        x = x + NETWORK.pace * (-x + drive + shown.x[t, 0] @ W + xi[t])
        x[-3:] = HELD
        for i in range(7):
            for j in range(7):
                E[i, j] += before[i] * xi[t, j] if nodes else (before[i] * (x[j] - mean[j])) ** power
        mean = 0.05 * mean + 0.95 * x
        answers.append(np.tanh(x[0]))
    error = np.mean([abs(answer - TARGET) for answer in answers[-4:]])
    return -0.4 * expected * (error - expected) * E


@pytest.mark.parametrize("trace", ["supralinear", "nodes"])
def test_a_trial_changes_weights_as_loops_over_synapses_do(trace: Any) -> None:
    """(r dx)³ = r³ dx³, so that the sum over time is one product of matrices."""
    rng = np.random.default_rng(3)
    params, shown = NETWORK.start(2, 1, rng), shown_to(rng)
    state, rule = seen_before(params, shown, 0.9), replace(RULE, trace=trace)
    made = rule.update(params, state, shown, np.random.default_rng(9)).updates["R1"]
    wanted = by_loops(params, shown, 0.9, 3, trace == "nodes")
    np.testing.assert_allclose(made, wanted, rtol=1e-10, atol=1e-14)
    assert abs(made).max() > 1e-5
    if trace == "supralinear":
        linear = by_loops(params, shown, 0.9, 1, False)  # a broken copy
        assert not np.allclose(made, linear, rtol=0.1)


def test_changes_are_clipped_and_means_are_kept_by_kind() -> None:
    rng = np.random.default_rng(3)
    params, shown, other = NETWORK.start(2, 1, rng), shown_to(rng), shown_to(rng)
    state = seen_before(params, shown, 0.9)
    step = replace(RULE, limit=1e-6).update(params, state, shown, np.random.default_rng(9))
    assert abs(step.updates["R1"]).max() == pytest.approx(1e-6)
    error = np.array([0.5])
    known, kept = expected_of(state, shown, error, 0.75)
    unknown, _ = expected_of(state, other, error, 0.75)
    assert (known[0], unknown[0]) == pytest.approx((0.9, 0.9))  # another kind has the mean of all at first
    again, _ = expected_of(kept, shown, error, 0.75)
    assert again[0] == pytest.approx(0.75 * 0.9 + 0.25 * 0.5)


def test_node_perturbation_ascends_the_reward() -> None:
    """E[ΔR] is along the gradient: with one baseline, the mean of many trials beside central differences."""
    network = ContinuousRNN((6,), pace=0.5, dtype="float64")
    rng = np.random.default_rng(5)
    params, steps, n = network.start(2, 1, rng), 6, 40_000
    x = np.tile(rng.normal(size=(steps, 1, 2)), (1, n, 1))

    def reward(answer: Array) -> Array:
        return -((answer[..., 0] - TARGET) ** 2)

    rule = SupralinearHebb(network, trace="nodes", probability=1.0, amplitude=1e-2, rate=1.0, limit=1e9)
    start = np.zeros((n, 6))
    noise = rng.uniform(-1e-2, 1e-2, (steps, n, 6))
    course = network.run(params, x, noise, start)
    quiet = reward(network.run(params, x[:, :1], None, start[:1]).answer).sum(axis=0)
    pre, post, _ = rule.factors(course, noise, None)
    gained = reward(course.answer).sum(axis=0) - quiet
    variance = (1e-2) ** 2 / 3
    made = np.einsum("b,tbi,tbj->ij", gained, pre, post) / n / variance
    wanted = np.zeros_like(made)
    for place in np.ndindex(made.shape):
        ends = []
        for side in (1e-5, -1e-5):
            moved = {**params, "R1": params["R1"].copy()}
            moved["R1"][place] += side
            ends.append(reward(network.run(moved, x[:, :1], None, start[:1]).answer).sum())
        wanted[place] = (ends[0] - ends[1]) / 2e-5
    free = np.s_[:, :3]  # held units do not follow their synapses
    cosine = (made[free] * wanted[free]).sum() / np.linalg.norm(made[free]) / np.linalg.norm(wanted[free])
    assert cosine > 0.97
    assert np.linalg.norm(made[free]) == pytest.approx(np.linalg.norm(wanted[free]), rel=0.1)
