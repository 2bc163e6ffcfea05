"""Decorrelation as a modifier: the chain rule through D, its fixed point, and nothing else.

Oracle: central differences of the loss in W, the definition of ΔD written out, and the covariance of what is sent.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from plausible.core import Presentation
from plausible.errors import BadInput
from plausible.networks.activations import tanh
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.networks.rnn import RNN
from plausible.registry import registry
from tests.oracles import problem, propose

NETWORK = MLP((4, 3), tanh, output("softmax"), "float64")


def mixed() -> tuple[dict[str, Any], Presentation]:
    """Weights with decorrelating matrices that are no longer the unit matrix."""
    params, shown = problem(NETWORK)
    rng = np.random.default_rng(1)
    sizes = (params["W1"].shape[0], 4, 3)
    return params | {
        f"D{n}": np.eye(m) + 0.3 * rng.normal(size=(m, m)) for n, m in enumerate(sizes, 1)
    }, shown


@pytest.mark.parametrize("inner", ["backprop", "fa", "node-perturbation", "kolen-pollack"])
def test_at_first_the_rule_inside_learns_as_without(inner: str) -> None:
    bare, modified = (registry.rule(text, NETWORK) for text in (inner, f"decorrelated[rule={inner}]"))
    _, shown = problem(NETWORK)
    n_in, n_out = shown.x.shape[1], shown.y.shape[1]
    params, more = (rule.init(n_in, n_out, np.random.default_rng(0))[0] for rule in (bare, modified))
    assert {*more} - {*params} == {"D1", "D2", "D3"}
    ours, theirs = propose(modified, more, shown), propose(bare, params, shown)
    for name, change in theirs.items():
        np.testing.assert_array_equal(ours[name], change, err_msg=name)


def test_backprop_inside_is_the_gradient_in_the_weights() -> None:
    params, shown = mixed()
    rule: Any = registry.rule("decorrelated[rule=backprop]", NETWORK)
    made, step = propose(rule, params, shown), 1e-6
    for name in ("W1", "W2", "W3", "b2"):
        for place in np.ndindex(params[name].shape):
            losses = []
            for side in (step, -step):
                moved = {**params, name: params[name].copy()}
                moved[name][place] += side
                losses.append(NETWORK.loss(rule.seen(moved), shown.x, shown.y))
            assert made[name][place] == pytest.approx(-(losses[0] - losses[1]) / (2 * step), abs=1e-7)
    inside = propose(registry.rule("backprop", NETWORK), dict(rule.seen(params)), shown)
    assert not np.allclose(inside["W2"], made["W2"], rtol=0.01)  # a broken copy, without Dᵀ, is seen


def test_what_decorrelates_is_its_definition() -> None:
    params, shown = mixed()
    rule: Any = registry.rule("decorrelated[rule=backprop,pace=0.3,variance=0.2]", NETWORK)
    made = propose(rule, params, shown)
    sent = [shown.x, *NETWORK.respond(rule.seen(params), shown.x)[:-1]]
    for layer, h in enumerate(sent, 1):
        D = params[f"D{layer}"]
        x = h @ D
        wanted = np.zeros_like(D)
        for i, row in enumerate(D):
            for j in range(len(D)):
                pairs = [row[k] * (x[:, k] * x[:, j]).mean() for k in range(len(D)) if k != j]
                wanted[i, j] = -0.3 * (0.8 * sum(pairs) + 0.2 * row[j] * ((x[:, j] ** 2).mean() - 1))
        np.testing.assert_allclose(made[f"D{layer}"], wanted, rtol=1e-10, atol=1e-13)


def test_input_becomes_decorrelated_and_of_unit_variance() -> None:
    """The fixed point: C = 1. With variance 0 only the correlations go."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=(400, 5)) @ rng.normal(size=(5, 5)) * 0.7
    for variance, whitened in ((0.5, True), (0.0, False)):
        rule: Any = registry.rule(f"decorrelated[rule=backprop,pace=1,variance={variance}]", NETWORK)
        D = np.eye(5)
        for _ in range(3000):
            D += 0.05 * rule.mixing(D, x)
        covariance = (x @ D).T @ (x @ D) / len(x)
        assert abs(covariance - np.diag(np.diag(covariance))).max() < 1e-3
        assert (abs(np.diag(covariance) - 1).max() < 1e-3) == whitened


def test_rules_of_other_networks_are_refused() -> None:
    with pytest.raises(BadInput, match="expected one that learns MLP"):
        registry.rule("decorrelated[rule=bptt]", NETWORK)
    with pytest.raises(BadInput):
        registry.rule("decorrelated[rule=bptt]", RNN((4,)))
