"""PEPITA's second pass, where its change is known: in linear networks, without modulation, and in its first order.

Oracles: h_l - h̃_l = -error F W_1 ... W_l in a linear network, the delta rule where F = 0, and the first order in F.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from baselines.shallow import Shallow
from plausible.core import Array, Params, Presentation
from plausible.errors import BadInput
from plausible.networks.activations import ACTIVATIONS, Activation, identity
from plausible.networks.inits import Gaussian
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.rules.forward.pepita import Pepita
from tests.oracles import present, problem, propose, targets

NETWORK = MLP((5, 4), dtype="float64", init=Gaussian(0.7), bias_init=Gaussian(0.5))
BATCH, N_IN, N_OUT = 6, 4, 3
SMOOTH = [f for f in ACTIVATIONS.values() if f.name not in ("relu", "leaky-relu", "hard-sigmoid")]


def start(network: MLP, scale: float = 0.5) -> tuple[Params, Presentation]:
    rng = np.random.default_rng(1)
    given = present(rng.normal(size=(BATCH, N_IN)), targets(network.output.name, rng, BATCH, N_OUT))
    return Pepita(network, scale=scale).init(N_IN, N_OUT, np.random.default_rng(0))[0], given


@pytest.mark.parametrize("last", ["softmax", "linear"])
def test_in_a_linear_network_it_is_feedback_through_the_weights_below(last: str) -> None:
    """h_l - h̃_l = -error F W_1 ... W_l, so ΔW_1 = (x + error F)ᵀ (error F W_1) / n, and so on upwards."""
    network = replace(NETWORK, activation=identity, output=output(last))
    params, (x, y, *_) = start(network)
    found = propose(Pepita(network), params, present(x, y))
    w1, w2, f = params["W1"], params["W2"], params["Q0"]
    error = network.forward(params, x).activities[-1] - y
    moved = x + error @ f
    first, second = moved @ w1 + params["b1"], (moved @ w1 + params["b1"]) @ w2 + params["b2"]
    answer = network.output.value(second @ params["W3"] + params["b3"])
    expected = {
        "W1": moved.T @ (error @ f @ w1),
        "b1": (error @ f @ w1).sum(axis=0),
        "W2": first.T @ (error @ f @ w1 @ w2),
        "b2": (error @ f @ w1 @ w2).sum(axis=0),
        "W3": -second.T @ (answer - y),
        "b3": -(answer - y).sum(axis=0),
    }
    assert found.keys() == expected.keys()
    for name, change in expected.items():
        np.testing.assert_allclose(found[name], change / BATCH, rtol=1e-11, atol=1e-14, err_msg=name)


@pytest.mark.parametrize("readout", ["second", "first"])
@pytest.mark.parametrize("f", ACTIVATIONS.values(), ids=repr)
def test_without_modulation_it_is_shallow(f: Activation, readout: str) -> None:
    """With F = 0 both passes are one: hidden changes are exactly zero, and the read-out follows the delta rule."""
    network = replace(NETWORK, activation=f)
    params, given = start(network, scale=0.0)
    assert not params["Q0"].any()
    found = propose(Pepita(network, readout=readout), params, given)  # type: ignore[arg-type]
    control = propose(Shallow(network), params, given)
    for name, change in found.items():
        np.testing.assert_array_equal(change, control.get(name, np.zeros_like(change)), err_msg=name)
    assert control["W3"].any()


def test_the_two_readings_differ_in_the_last_layer_alone() -> None:
    """`readout` "first" takes the first pass's error, with the second pass's activity below it, and "second" both."""
    params, given = start(NETWORK)
    second, first = (propose(Pepita(NETWORK, readout=which), params, given) for which in ("second", "first"))  # type: ignore[arg-type]
    assert {name for name in first if (first[name] != second[name]).any()} == {"W3", "b3"}
    error = NETWORK.forward(params, given.x).activities[-1] - given.y
    again = NETWORK.forward(params, given.x + error @ params["Q0"]).activities
    for found, e in ((first, error), (second, again[-1] - given.y)):
        np.testing.assert_allclose(found["W3"], -again[-2].T @ e / BATCH, rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(found["b3"], -e.mean(axis=0), rtol=1e-12, atol=1e-15)


def sent_up(params: Params, given: Presentation, network: MLP) -> list[Array]:
    """-error F through the slopes and weights of each layer: the first order of h_l - h̃_l."""
    passed = network.forward(params, given.x)
    signal, found = -(passed.activities[-1] - given.y) @ params["Q0"], []
    for layer in (1, 2):
        signal = (signal @ params[f"W{layer}"]) * passed.slope(layer)
        found.append(signal)
    return found


@pytest.mark.parametrize("f", SMOOTH, ids=repr)
def test_for_a_small_modulation_the_difference_of_passes_is_its_first_order(f: Activation) -> None:
    """Relative to it, what is left of h_l - h̃_l is of the order of F: ten times smaller for F ten times smaller."""
    network = replace(NETWORK, activation=f)
    params, given = problem(network, N_IN, N_OUT)
    params["Q0"] = np.random.default_rng(2).normal(size=(N_OUT, N_IN))
    left = []
    for scale in (1e-3, 1e-4):
        small = params | {"Q0": scale * params["Q0"]}
        updates = Pepita(network).update(small, None, given, np.random.default_rng(3)).updates
        expected = sent_up(small, given, network)
        left.append(
            [
                np.linalg.norm(updates[f"W{n}"].post - s) / np.linalg.norm(s)  # type: ignore[union-attr]
                for n, s in enumerate(expected, 1)
            ]
        )
    coarse, fine = np.array(left)
    if f.name == "identity":
        assert (coarse < 1e-11).all()  # of differences of 1e-3 between numbers near 1
    else:
        assert (coarse < 0.05).all()
        assert ((coarse / fine > 7) & (coarse / fine < 14)).all()


@pytest.mark.parametrize("wrong", [{"scale": -1.0}, {"scale": float("nan")}, {"readout": "third"}], ids=str)
def test_what_makes_no_sense_is_refused(wrong) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(BadInput, match=next(iter(wrong))):
        Pepita(**wrong)


@pytest.mark.parametrize("dropout", [0.1, 0.5])
def test_with_dropout_the_same_units_are_silent_in_both_passes_and_learn_as_in_the_released_program(
    dropout: float,
) -> None:
    """Example by example as that program sums it up: outputs times the mask, their difference times it once more."""
    params, (x, y, *_) = start(NETWORK)
    found = propose(Pepita(NETWORK, dropout=dropout), params, present(x, y))
    drawn = np.random.default_rng(0)  # as `propose` has
    masks = [(drawn.random((BATCH, n)) >= dropout) / (1 - dropout) for n in NETWORK.hidden]
    assert any((mask == 0).any() for mask in masks)
    expected = {name: np.zeros_like(array) for name, array in params.items() if name != "Q0"}
    for i in range(BATCH):

        def sent(h: Array, i: int = i) -> list[Array]:
            values = [h]
            for layer, mask in enumerate(masks, 1):
                z = values[-1] @ params[f"W{layer}"] + params[f"b{layer}"]
                values.append(NETWORK.activation.value(z) * mask[i])
            return [*values, NETWORK.output.value((values[-1] @ params["W3"] + params["b3"])[None])[0]]

        first = sent(x[i])
        second = sent(x[i] + (first[-1] - y[i]) @ params["Q0"])
        delta = [(a - b) * mask[i] for a, b, mask in zip(first[1:-1], second[1:-1], masks, strict=True)]
        for layer, error in enumerate([*delta, second[-1] - y[i]], 1):
            expected[f"W{layer}"] -= np.outer(second[layer - 1], error) / BATCH
            expected[f"b{layer}"] -= error / BATCH
    for name, change in expected.items():
        np.testing.assert_allclose(found[name], change, rtol=1e-11, atol=1e-14, err_msg=name)


def test_dropout_is_a_share() -> None:
    with pytest.raises(BadInput, match="dropout"):
        Pepita(NETWORK, dropout=1.0)
