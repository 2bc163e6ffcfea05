"""Vector units: their gradient, and global error-vector broadcasting where it must be the gradient or agree with it.

Oracles: central differences of the loss; backprop in the same network; signs, which are those of the gradient wherever
the weights above are not negative; ON and OFF cells, which compute what weights of either sign would.
"""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from baselines.vector_backprop import VectorBackprop
from plausible.contract import examples
from plausible.core import Array, Optimiser, Params, Presentation, View
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.adam import Adam
from plausible.optimise.sgd import SGD
from plausible.probes.differences import central_differences
from plausible.rules.vector.broadcasting import GlobalErrorVectorBroadcasting
from plausible.rules.vector.network import VectorNetwork, on_off
from plausible.tasks.streams import Minibatches
from plausible.train import train
from tests.oracles import MARGIN, changes, present, propose, targets

BATCH, N_IN, N_OUT = 6, 4, 3
NETWORK = MLP((6, 8), dtype="float64")

signs = pytest.mark.parametrize("nonnegative", [True, False], ids=["nonnegative", "mixed"])


def given(last: str = "softmax", batch: int = BATCH, seed: int = 1) -> Presentation:
    rng = np.random.default_rng(seed)
    return present(rng.normal(size=(batch, N_IN)), targets(last, rng, batch, N_OUT))


def start(network: MLP, nonnegative: bool, seed: int = 0) -> Params:
    """Weights with random biases."""
    rng = np.random.default_rng(seed)
    params = VectorNetwork(network, nonnegative).start(N_IN, N_OUT, rng)
    return {n: array + rng.normal(size=array.shape) if n[0] == "b" else array for n, array in params.items()}


def to_gate(form: VectorNetwork, params: View, x: Array) -> float:
    """How near any unit is to the edge of its gate."""
    nearest, h = np.inf, None
    for layer, units in enumerate(form.sizes[:-1], 1):
        z = (x @ params["W1"]).reshape(len(x), -1, units) if h is None else h @ params[f"W{layer}"]
        z = z + params.get(f"b{layer}", 0.0)
        opening = (z * params[f"T{layer}"]).sum(axis=1)
        nearest, h = min(nearest, abs(opening).min()), z * (opening >= 0)[:, None, :]
    return float(nearest)


# --- the gradient ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("bias", [True, False], ids=["bias", "no-bias"])
@pytest.mark.parametrize("last", ["softmax", "logistic", "linear", "logistic-squared"])
@pytest.mark.parametrize("hidden", [(), (5,), (5, 4), (6, 7, 5)], ids=str)
@signs
def test_backprop_in_vector_units_is_the_gradient(
    nonnegative: bool, hidden: tuple[int, ...], last: str, bias: bool
) -> None:
    network = replace(NETWORK, hidden=hidden, output=output(last), bias=bias)
    form, shown = VectorNetwork(network, nonnegative), given(last, batch=3)
    params = next(
        p for s in range(2000) if to_gate(form, p := start(network, nonnegative, s), shown.x) > MARGIN
    )

    def loss(moved: View) -> float:
        return float(network.output.loss(form.forward({**params, **moved}, shown.x).answer, shown.y).mean())

    learned = {name: array for name, array in params.items() if name[0] != "T"}
    found = propose(VectorBackprop(network, nonnegative), params, shown)
    assert found.keys() == learned.keys()
    for name, slope in central_differences(loss, learned).items():
        assert np.linalg.norm(found[name] + slope) < 1e-6 * np.linalg.norm(slope) + 1e-12, name


# --- broadcasting ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("last", ["softmax", "logistic", "linear"])
def test_with_one_hidden_layer_and_a_read_out_of_ones_it_is_the_gradient(last: str) -> None:
    network = replace(NETWORK, hidden=(7,), output=output(last))
    params = start(network, nonnegative=True) | {"W2": np.ones((7, 1))}
    ours, theirs = (
        propose(rule(network), params, given(last))
        for rule in (GlobalErrorVectorBroadcasting, VectorBackprop)
    )
    for name, change in theirs.items():
        np.testing.assert_array_equal(ours[name], change, err_msg=name)
        assert change.any()


def test_with_another_read_out_or_another_layer_it_is_not() -> None:
    for network, other in ((replace(NETWORK, hidden=(7,)), {"W2": np.full((7, 1), 0.5)}), (NETWORK, {})):
        params = start(network, nonnegative=True) | other
        ours, theirs = (
            propose(rule(network), params, given())
            for rule in (GlobalErrorVectorBroadcasting, VectorBackprop)
        )
        assert not np.allclose(ours["W1"], theirs["W1"], rtol=1e-3)
        np.testing.assert_array_equal(
            ours[f"W{network.depth}"], theirs[f"W{network.depth}"]
        )  # the last layer's is


@pytest.mark.parametrize("hidden", [(7,), (6, 8), (6, 8, 5)], ids=str)
def test_above_nonnegative_weights_each_example_agrees_with_the_gradient_in_every_sign(
    hidden: tuple[int, ...],
) -> None:
    """Entry by entry the product of both changes is never negative; for many of 40 examples it is positive."""
    network = replace(NETWORK, hidden=hidden)
    params, shown = start(network, nonnegative=True), given(batch=40)
    agreed = 0
    for row in range(40):
        one = present(shown.x[row : row + 1], shown.y[row : row + 1])
        ours, theirs = (
            propose(rule(network), params, one) for rule in (GlobalErrorVectorBroadcasting, VectorBackprop)
        )
        for name, change in theirs.items():
            assert (ours[name] * change >= 0).all(), name
            assert not (change[ours[name] == 0]).any()  # a closed gate is closed for both
        agreed += int((ours["W1"] * theirs["W1"] > 0).any())
    assert agreed > 10


@pytest.mark.parametrize("hidden", [(12,), (12, 10), (10, 9, 8)], ids=str)
@pytest.mark.parametrize("optimiser", [SGD(0.1, momentum=0.9), Adam(0.01)], ids=lambda o: type(o).__name__)
def test_nonnegative_weights_stay_so_and_every_batch_goes_along_with_the_gradient(
    optimiser: Optimiser, hidden: tuple[int, ...]
) -> None:
    """cos > 0 for each weight matrix, and for the whole change, on every batch of a run, under optimisers that push
    weights below zero.

    Theory promises it for single examples; that it holds for batches is what [clark2021] observe. The few sums that
    biases are made of may disagree for a batch.
    """
    network = replace(NETWORK, hidden=hidden)
    rule, reference = GlobalErrorVectorBroadcasting(network), VectorBackprop(network)
    split, above = examples(60, "float64"), [f"W{n}" for n in range(2, network.depth + 1)]
    params, state = rule.init(split.x.shape[1], split.y.shape[1], np.random.default_rng(0))
    stream, held = Minibatches(10)(split, "classes", 5, np.random.default_rng(2)), 0
    for tick in train(rule, optimiser, params, state, stream, np.random.default_rng(3)):
        before = {name: array.copy() for name, array in tick.params.items()}
        theirs = propose(reference, before, tick.shown)
        agreed = {name: (change * theirs[name]).sum() for name, change in changes(tick.step).items()}
        assert sum(agreed.values()) > 0
        assert all(product > 0 for name, product in agreed.items() if name[0] == "W")
        assert all((before[name] >= 0).all() for name in above)
        held += sum(int((before[name] == 0).sum()) for name in above)
    assert all((params[name] >= 0).all() for name in above)
    assert (params["W1"] < 0).any()
    assert held > 0  # the bound was needed


@signs
def test_it_does_not_hear_the_size_of_weights_above(nonnegative: bool) -> None:
    """With the error held by targets that move with the answer, weights above may be any; the gradient is another."""
    network = replace(NETWORK, output=output("linear"))
    params, x = start(network, nonnegative), given().x
    error = np.random.default_rng(4).normal(size=(BATCH, N_OUT))
    for rule, heard in ((GlobalErrorVectorBroadcasting, False), (VectorBackprop, True)):
        made = rule(network, nonnegative)
        found = []
        for factor in (1.0, 3.0):
            moved = params | {"W3": factor * params["W3"]}
            answer = made.form.forward(moved, x).answer
            found.append(propose(made, moved, present(x, answer - error)))
        for name in ("W1", "W2"):
            assert np.allclose(found[0][name], found[1][name], rtol=1e-12) != heard


# --- ON and OFF cells -----------------------------------------------------------------------------------


def test_on_and_off_cells_by_hand() -> None:
    """2 between pairs is 2 between like cells; -3 is 3 between unlike ones."""
    expected = [[2, 0, 0, 3], [0, 2, 3, 0]]
    np.testing.assert_array_equal(on_off(np.array([[2.0, -3.0]])), expected)


def test_on_and_off_cells_compute_what_signed_weights_would() -> None:
    """Activities of a pair are opposite, so that its nonnegative weights act as R, of either sign."""
    rng = np.random.default_rng(5)
    half, r = rng.normal(size=(7, 3)), rng.normal(size=(3, 4))
    h = np.stack([half, -half], axis=-1).reshape(7, 6)
    z = h @ on_off(r)
    np.testing.assert_allclose(z[:, ::2], half @ r, rtol=1e-12, atol=1e-14)
    np.testing.assert_array_equal(z[:, 1::2], -z[:, ::2])


def test_pairs_start_opposite_and_share_their_gates() -> None:
    """Without biases, at every layer; so no unit's sign is lost although no weight above is negative."""
    form = VectorNetwork(replace(NETWORK, bias=False))
    params = form.start(N_IN, N_OUT, np.random.default_rng(0))
    passed = form.forward(params, given().x)
    for h, gate in zip(passed.activities, passed.gates, strict=True):
        np.testing.assert_allclose(h[..., 1::2], -h[..., ::2], rtol=1e-10, atol=1e-13)
        assert (gate[:, 1::2] == gate[:, ::2]).mean() > 0.99  # but for an opening of exactly 0
        assert 0 < gate.mean() < 1


@pytest.mark.parametrize("nonnegative", [True, False])
def test_weights_start_from_their_distribution(nonnegative: bool) -> None:
    """First layer: variance 1 / n_in. Above: 2 / n either way, as half of the entries of ON and OFF blocks are 0 and
    the others have E[max(R, 0)²] = ½ · 4 / n. Variances of thousands of normal numbers are within 10 %.
    """
    form = VectorNetwork(replace(NETWORK, hidden=(100, 80)), nonnegative)
    params = form.start(50, N_OUT, np.random.default_rng(0))
    assert np.mean(params["W1"] ** 2) == pytest.approx(1 / 50, rel=0.1)
    assert np.mean(params["W2"] ** 2) == pytest.approx(2 / 100, rel=0.1)
    assert (params["W2"] >= 0).all() == nonnegative
    assert params["W3"].shape == (80, 1)
    assert set(np.unique(params["T1"])) == {-1, 1}
    np.testing.assert_array_equal(params["T1"][:, 1::2], -params["T1"][:, ::2])


@pytest.mark.parametrize("hidden", [(5,), (7, 3)], ids=str)
def test_odd_layers_have_a_cell_without_a_partner(hidden: tuple[int, ...]) -> None:
    params = VectorNetwork(replace(NETWORK, hidden=hidden)).start(N_IN, N_OUT, np.random.default_rng(0))
    sizes = (*hidden, 1)
    assert params["W1"].shape == (N_IN, N_OUT * hidden[0])
    assert [params[f"W{n}"].shape for n in range(2, len(sizes) + 1)] == list(itertools.pairwise(sizes))
