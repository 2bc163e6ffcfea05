"""Self-contrastive Forward-Forward: each hidden layer descends its own loss, and hears of no label.

Oracles: central differences of the loss written out from [chen2025], with what a layer is given held; exact locality;
the delta rule on the features.
"""

from __future__ import annotations

import numpy as np
import pytest

from plausible.core import Array, Params, View
from plausible.errors import BadInput
from plausible.networks.inits import Gaussian
from plausible.networks.mlp import MLP
from plausible.probes.differences import central_differences
from plausible.rules.local.self_contrastive import SelfContrastive
from tests.oracles import MARGIN, changes, examples

N, N_IN, N_OUT = 6, 5, 3
NETWORK = MLP((8, 7), dtype="float64", init=Gaussian(0.7), bias_init=Gaussian(0.3))
RULE = SelfContrastive(NETWORK, high=1.4, low=0.6, keep=0.1)
SHOWN = examples(NETWORK, N, N_IN, N_OUT)


def start() -> Params:
    return RULE.init(N_IN, N_OUT, np.random.default_rng(0))[0]


def proposed(params: View, y: Array = SHOWN.y, seed: int = 5) -> Params:
    return changes(RULE.update(params, None, SHOWN._replace(y=y), np.random.default_rng(seed)))


def normed(x: Array) -> Array:
    return (x - x.mean(1, keepdims=True)) / x.std(1, ddof=1, keepdims=True)


def pairs(seed: int = 5) -> Array:
    """Pairs with themselves, then with another example, (2 N, 2 N_IN)."""
    places = (np.arange(N) + np.random.default_rng(seed).integers(1, N)) % N
    assert (places != np.arange(N)).all()
    return np.vstack([np.hstack([SHOWN.x, SHOWN.x]), np.hstack([SHOWN.x, SHOWN.x[places]])])


def loss(z: Array) -> float:
    g = (np.maximum(z, 0) ** 2).mean(1)
    right, other = g[:N], g[N:]
    return float((np.logaddexp(0, 1.4 - right) + 0.1 * right + np.logaddexp(0, other - 0.6)).mean())


def test_each_layer_descends_the_gradient_of_its_own_loss() -> None:
    params, pair = start(), normed(pairs())
    found = proposed(params)

    def first(moved: View) -> Array:
        return pair[:, :N_IN] @ moved["W1"] + pair[:, N_IN:] @ moved["W1"] + 2 * moved["b1"]

    z = first(params)
    features = normed(np.maximum(z - z.mean(1, keepdims=True), 0))

    def second(moved: View) -> Array:
        return features @ moved["W2"] + moved["b2"]

    for layer, potential in ((1, first), (2, second)):
        assert abs(potential(params)).min() > MARGIN  # no unit crosses its kink
        names = (f"W{layer}", f"b{layer}")
        slopes = central_differences(lambda moved, z=potential: loss(z(moved)), {n: params[n] for n in names})  # type: ignore[misc]
        for name in names:
            assert np.linalg.norm(slopes[name]) > 1e-3
            np.testing.assert_allclose(found[name], -slopes[name], rtol=1e-6, atol=1e-9, err_msg=name)


def test_the_read_out_learns_by_the_delta_rule_from_the_features_of_pairs_with_themselves() -> None:
    params = start()
    layers = RULE.respond(params, None, SHOWN.x, np.random.default_rng(0))
    error = layers[-1] - SHOWN.y
    np.testing.assert_allclose(
        proposed(params)["W3"], -normed(layers[1]).T @ error / N, rtol=1e-9, atol=1e-12
    )
    np.testing.assert_allclose(proposed(params)["b3"], -error.mean(0), rtol=1e-9, atol=1e-12)


def test_hidden_layers_hear_of_no_label_and_of_no_weight_above() -> None:
    params = start()
    mine, told = proposed(params), proposed(params, SHOWN.y[::-1])
    above = proposed({**params, "W2": -params["W2"], "W3": params["W3"] + 1})
    for name in ("W1", "b1"):
        np.testing.assert_array_equal(mine[name], told[name])
        np.testing.assert_array_equal(mine[name], above[name])
    assert (mine["W3"] != told["W3"]).any()
    assert (mine["W2"] != above["W2"]).any()


def test_the_other_example_is_drawn() -> None:
    params = start()
    seen = {proposed(params, seed=seed)["W1"].tobytes() for seed in range(30)}
    assert len(seen) == N - 1


def test_what_makes_no_rule_is_refused() -> None:
    with pytest.raises(BadInput, match="keep is -1"):
        SelfContrastive(NETWORK, keep=-1.0)
