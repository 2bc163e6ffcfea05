"""Relatives of equilibrium propagation: complex nudges, weights in two directions, particles that go on.

Oracle: Cauchy's formula; equilibrium propagation itself; the update of the authors' program, written out.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from baselines.equilibrium_gradient import EquilibriumGradient
from plausible.core import Array
from plausible.networks.activations import activation
from plausible.networks.outputs import output
from plausible.optimise.sgd import SGD
from plausible.probes.alignment import distance
from plausible.registry import registry
from plausible.rules.equilibrium.holomorphic import HolomorphicEquilibriumPropagation
from plausible.rules.equilibrium.propagation import EquilibriumPropagation
from plausible.rules.equilibrium.vector_field import VectorFieldEquilibriumPropagation
from plausible.settling.relaxation import Relaxation
from plausible.train import train
from studies import scellier2017
from tests.identities.equilibrium import (
    NETWORK,
    REST,
    every_output,
    farthest,
    problem,
    proposed,
)
from tests.oracles import changes, present


@every_output
def test_two_points_are_symmetric_nudging(last: str) -> None:
    network = replace(NETWORK, output=output(last))
    params, shown = problem(network)
    ours = proposed(HolomorphicEquilibriumPropagation(network, REST, REST, 0.3, 2), params, shown)
    theirs = proposed(EquilibriumPropagation(network, REST, REST, 0.3), params, shown)
    for name, change in theirs.items():
        np.testing.assert_allclose(ours[name], change, atol=1e-12)


@pytest.mark.parametrize("f", ["tanh", "logistic"])
def test_the_error_is_the_nudge_to_the_number_of_points(f: str) -> None:
    """Cauchy's formula by N points leaves the N-th Taylor coefficient: |β|^N, exponential in N."""
    network = replace(NETWORK, activation=activation(f))
    params, shown = problem(network)
    exact = proposed(EquilibriumGradient(network), params, shown)
    apart = {
        (points, nudge): farthest(
            proposed(HolomorphicEquilibriumPropagation(network, REST, REST, nudge, points), params, shown),
            exact,
        )
        for points in (2, 4, 6)
        for nudge in (0.2, 0.1)
    }
    for points in (2, 4, 6):
        slope = np.log2(apart[points, 0.2] / apart[points, 0.1])
        assert slope == pytest.approx(points, abs=0.25), points
    for points in (2, 4):
        assert apart[points + 2, 0.2] < 0.2 * apart[points, 0.2]


# --- weights in two directions, and particles --------------------------------------------------------------


@every_output
def test_with_the_transpose_a_vector_field_has_the_same_two_phases(last: str) -> None:
    network = replace(NETWORK, output=output(last))
    params, shown = problem(network)
    transposes = {f"B{layer}": params[f"W{layer}"].T for layer in (2, 3)}
    rule = VectorFieldEquilibriumPropagation(network, REST, REST)
    ours = proposed(rule, params | transposes, shown)
    theirs = proposed(EquilibriumPropagation(network, REST, REST), params, shown)
    for name, change in theirs.items():
        np.testing.assert_allclose(ours[name], change, atol=1e-12)
    # fixed feedback: dr_{l-1}ᵀ r_l is missing, and nothing is where the layer below does not move
    fixed = proposed(replace(rule, learned=False), params | transposes, shown)
    np.testing.assert_allclose(fixed["W1"], theirs["W1"], atol=1e-12)
    assert distance(fixed["W2"], theirs["W2"]) > 1e-3
    assert "B2" not in fixed


def test_learned_feedback_comes_as_near_as_the_decay_says() -> None:
    decay, steps = 0.01, 50
    rule = VectorFieldEquilibriumPropagation(NETWORK, decay=decay)
    params, state = rule.init(4, 3, np.random.default_rng(0))
    first = {name: array.copy() for name, array in params.items()}
    given = problem(NETWORK).shown
    for _ in train(rule, SGD(0.05, momentum=0.5), params, state, [given] * steps, np.random.default_rng(1)):
        pass
    for layer in (2, 3):
        gap, before = (p[f"W{layer}"] - p[f"B{layer}"].T for p in (params, first))
        np.testing.assert_allclose(gap, (1 - decay) ** steps * before, rtol=1e-9, atol=1e-13)


def test_a_particle_goes_on_where_it_was() -> None:
    """Shown twice, 10 free steps and 10 more are 20; in another order, and among others, it is found again."""
    params, shown = problem(NETWORK)
    rule = EquilibriumPropagation(NETWORK, Relaxation(10, 0.1), persistent=True)
    _, state = rule.init(4, 3, np.random.default_rng(0))
    first = rule.update(params, state, shown, np.random.default_rng(0))
    turned = shown._replace(x=shown.x[::-1], y=shown.y[::-1])
    second = changes(rule.update(params, first.state, turned, np.random.default_rng(0)))
    long = replace(rule, free=Relaxation(20, 0.1), persistent=False)
    for name, change in proposed(long, params, shown).items():
        np.testing.assert_allclose(second[name], change, atol=1e-13)
    again = changes(rule.update(params, state, shown, np.random.default_rng(0)))
    for name, change in changes(first).items():
        np.testing.assert_array_equal(again[name], change)  # the first state is as it was


def test_the_study_of_2017_changes_weights_as_the_authors_program_does() -> None:
    """Two hidden layers as published, in its units: a cost without ½, β of ±1, its rates; batches seen twice."""
    cell = scellier2017.net("digits", 1, 1, 1, (6, 5))[0]
    rule, rng = registry.rule(cell.rule, replace(cell.network, dtype="float64")), np.random.default_rng(3)
    ours, state = rule.init(8, 3, rng)
    W, b = ([ours[f"{name}{layer}"].copy() for layer in (1, 2, 3)] for name in "Wb")
    batches = [present(0.5 * rng.random((20, 8)), np.eye(3)[rng.integers(0, 3, 20)]) for _ in range(3)]
    particles, order = [[np.zeros((20, n)) for n in (6, 5, 3)] for _ in batches], (0, 1, 2, 1, 0, 2)

    def settled(s: list[Array], x: Array, y: Array, beta: float, steps: int) -> list[Array]:
        for _ in range(steps):
            into = [x @ W[0] + b[0] + s[1] @ W[1].T, s[0] @ W[1] + b[1] + s[2] @ W[2].T, s[1] @ W[2] + b[2]]
            push = [drive - layer for drive, layer in zip(into, s, strict=True)]
            push[2] += 2 * beta * (y - s[2])
            s = [np.clip(layer + 0.5 * move, 0, 1) for layer, move in zip(s, push, strict=True)]
        return s

    signs = np.random.default_rng(7)
    for k in order:
        x, y, beta = batches[k].x, batches[k].y, signs.choice([-1, 1])
        particles[k] = settled(particles[k], x, y, 0, 150)
        free, nudged = [x, *particles[k]], [x, *settled(particles[k], x, y, beta, 6)]
        for i, rate in enumerate((0.4, 0.1, 0.01)):
            W[i] += rate / beta * (nudged[i].T @ nudged[i + 1] - free[i].T @ free[i + 1]) / 20
            b[i] += rate / beta * (nudged[i + 1] - free[i + 1]).mean(axis=0)
    shown = [batches[k] for k in order]
    for _ in train(rule, cell.optimiser, ours, state, shown, np.random.default_rng(7)):
        pass
    for i in range(3):
        np.testing.assert_allclose(ours[f"W{i + 1}"], W[i], atol=1e-10)
        np.testing.assert_allclose(ours[f"b{i + 1}"], b[i], atol=1e-10)
    free_units = [((layer > 0) & (layer < 1)).mean() for layer in particles[0]]
    assert min(free_units) > 0.05  # so that something between the bounds was compared
