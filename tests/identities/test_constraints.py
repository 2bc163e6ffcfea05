"""Dale's principle as a modifier of rules.

Oracles: the rule inside on the weights that the parts make, released code on one update, and what cancels.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from baselines.backprop import Backprop
from plausible.core import Array
from plausible.errors import BadInput
from plausible.networks.activations import relu
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.adam import Adam
from plausible.rules.constrained.dale import DANN, ColumnEI
from plausible.rules.feedback.feedback_alignment import FeedbackAlignment
from plausible.train import train
from tests.oracles import examples, propose

NETWORK = MLP((22, 11), relu, output("softmax"), "float64")
KINDS = [ColumnEI, DANN]


def begun(rule: Any) -> tuple[dict[str, Array], Any]:
    """Weights of a rule, and examples."""
    params, _ = rule.init(8, 3, np.random.default_rng(0))
    return params, examples(NETWORK, 7, 8, 3)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("inside", [Backprop, FeedbackAlignment])
def test_weights_answer_and_learn_as_those_of_the_rule_inside(kind: Any, inside: Any) -> None:
    """What excites takes the changes of the whole; the other parts move it as it moves: central differences."""
    rule = kind(NETWORK, rule=inside())
    params, shown = begun(rule)
    seen = dict(rule.seen(params))
    ours, theirs = propose(rule, params, shown), propose(inside(NETWORK), seen, shown)
    np.testing.assert_array_equal(
        rule.respond(params, None, shown.x, np.random.default_rng(0))[-1], NETWORK.respond(seen, shown.x)[-1]
    )
    for layer in (1, 2, 3):
        change, excite = theirs[f"W{layer}"], params[f"W{layer}"]
        np.testing.assert_allclose(ours[f"W{layer}"], change[: len(excite)], rtol=1e-12)
        for name in (f"I{layer}", f"O{layer}"):
            if name in params:
                towards = np.random.default_rng(1).standard_normal(params[name].shape)
                higher, lower = ({**params, name: params[name] + s * 1e-6 * towards} for s in (1, -1))
                moved = (rule.whole(higher, layer) - rule.whole(lower, layer)) / 2e-6  # dW along `towards`
                divisor = 1.0
                if kind is DANN:
                    n, units = change.shape
                    divisor = units**0.5 if name[0] == "I" else n
                assert (ours[name] * towards).sum() * divisor == pytest.approx(
                    (change * moved).sum(), rel=1e-6
                )


def released_dann(grad: Array, wei: Array, wix: Array) -> tuple[Array, Array]:
    """Gradients of Wix and Wei after cSGD_Mixin (linclab/ltlwdp, ariamis/ei_models.py); `grad` is that of W."""
    ne, n_input = grad.shape
    return -wei.T @ grad / np.sqrt(ne), -grad @ wix.T / n_input


def test_dann_is_the_released_update() -> None:
    """Theirs has units in rows, and weights lose the gradient: all is transposed, and of the other sign."""
    rule = DANN(NETWORK, rule=Backprop())
    params, shown = begun(rule)
    ours, inside = propose(rule, params, shown), propose(Backprop(NETWORK), dict(rule.seen(params)), shown)
    wix, wei = released_dann(-inside["W2"].T, params["O2"].T, params["I2"].T)
    np.testing.assert_allclose(ours["I2"], -wix.T, rtol=1e-12)
    np.testing.assert_allclose(ours["O2"], -wei.T, rtol=1e-12)


def test_a_layer_with_one_interneuron_has_mean_zero_whatever_it_is_shown() -> None:
    """1ᵀ (E - mean(E) 1ᵀ) = 0 over units: exact but for rounding, of sums of 8 to 22 numbers of order 1."""
    rule = DANN(NETWORK, rule=Backprop(), ratio=100)
    params, shown = begun(rule)
    seen = rule.seen(params)
    for layer, below in ((1, shown.x), (2, abs(np.random.default_rng(2).standard_normal((5, 22))))):
        np.testing.assert_allclose((below @ seen[f"W{layer}"]).mean(axis=1), np.zeros(len(below)), atol=1e-14)


def test_columns_have_one_sign_and_a_layer_mean_zero_in_expectation() -> None:
    """n_e E - n_i I = 0 in the mean: within 5 standard errors of the exponential distribution."""
    rule = ColumnEI(MLP((220, 400), relu, dtype="float64"), rule=Backprop())
    params, _ = rule.init(8, 3, np.random.default_rng(0))
    weights = rule.seen(params)["W2"]
    assert (np.sign(weights) == np.r_[np.ones(200), -np.ones(20)][:, None]).all()
    error = weights.sum(axis=0).std() / 400**0.5
    assert abs(weights.sum(axis=0).mean()) < 5 * error


@pytest.mark.parametrize("kind", KINDS)
def test_parts_never_become_negative_under_any_optimiser(kind: Any) -> None:
    rule = kind(NETWORK, rule=FeedbackAlignment())
    params, shown = begun(rule)
    before = {name: array.copy() for name, array in params.items()}
    for _ in train(rule, Adam(0.1), params, None, [shown] * 20, np.random.default_rng(0)):
        pass
    parts = [name for name in params if name[0] in "WIO"]
    assert min(params[name].min() for name in parts) == 0
    assert any((before[name] > 0).all() for name in parts)


@pytest.mark.parametrize("kind", KINDS)
def test_what_has_no_weights_of_a_perceptron_is_refused(kind: Any) -> None:
    with pytest.raises(BadInput, match="the rule under a constraint is 3: expected a rule"):
        kind(NETWORK, rule=3)


def test_biases_of_columns_take_away_the_mean_drive_of_the_input() -> None:
    """Inputs of 0.3 everywhere: z is 0 in the mean over units, within 5 standard errors, and far above it without."""
    x = np.full((1, 8), 0.3)
    drives = []
    for centre in (0.3, 0.0):
        rule = ColumnEI(MLP((4000,), relu, dtype="float64"), rule=Backprop(), centre=centre)
        params, _ = rule.init(8, 3, np.random.default_rng(0))
        drives.append(x @ rule.seen(params)["W1"] + params["b1"])
    error = drives[0].std() / 4000**0.5
    assert abs(drives[0].mean()) < 5 * error < drives[1].mean()
