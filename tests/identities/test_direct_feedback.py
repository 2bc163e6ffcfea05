"""Indirect, sparse, low-rank and sign-only direct feedback, and target projection, where one must be another.

Oracles: direct feedback alignment in the limit in which they coincide; the label alone, for target projection.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from plausible.core import Array, Params, Presentation, Rule
from plausible.errors import BadInput
from plausible.networks.activations import ACTIVATIONS, Activation, identity
from plausible.networks.inits import Gaussian
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.rules.feedback.direct_feedback_alignment import DirectFeedbackAlignment
from plausible.rules.feedback.direct_random_target_projection import DirectRandomTargetProjection
from plausible.rules.feedback.direct_variants import (
    IndirectFeedbackAlignment,
    LowRankDirectFeedback,
    SignDirectFeedbackAlignment,
    SparseDirectFeedback,
)
from tests.oracles import assert_same, examples, present, propose

NETWORK = MLP((50, 40), dtype="float64", init=Gaussian(0.3), bias_init=Gaussian(0.5))
BATCH, N_IN, N_OUT = 12, 6, 4

every_activation = pytest.mark.parametrize("f", ACTIVATIONS.values(), ids=repr)


def start(rule: Rule) -> Params:
    return rule.init(N_IN, N_OUT, np.random.default_rng(0))[0]


def shown(last: str = "softmax") -> Presentation:
    return examples(MLP(output=output(last)), BATCH, N_IN, N_OUT)


def signals(rule: Rule, params: Params, given: Presentation) -> dict[str, Array]:
    """δ_l by the name of the layer's weights."""
    updates = rule.update(params, None, given, np.random.default_rng(2)).updates
    return {name: update.post for name, update in updates.items() if name[0] == "W"}


# --- indirect feedback ----------------------------------------------------------------------------------


@every_activation
def test_indirect_feedback_is_direct_feedback_to_the_first_layer(f: Activation) -> None:
    """In the first hidden layer and the last layer, whatever the depth; above the first, nothing comes from Q."""
    network = replace(NETWORK, activation=f)
    indirect, direct = IndirectFeedbackAlignment(network), DirectFeedbackAlignment(network)
    params = start(direct)
    assert_same({"Q1": start(indirect)["Q1"]}, {"Q1": params["Q1"]})
    ours, theirs = propose(indirect, params, shown()), propose(direct, params, shown())
    assert_same(
        {n: ours[n] for n in ("W1", "b1", "W3", "b3")}, {n: theirs[n] for n in ("W1", "b1", "W3", "b3")}
    )
    assert (ours["W2"] != theirs["W2"]).any()


def test_in_a_linear_network_indirect_feedback_is_direct_through_products() -> None:
    """δ_2 = error Q_1 W_2: direct feedback alignment with Q_2 = Q_1 W_2, up to the order of products."""
    network = replace(NETWORK, activation=identity)
    indirect, direct = IndirectFeedbackAlignment(network), DirectFeedbackAlignment(network)
    params = start(direct)
    theirs = propose(direct, params | {"Q2": params["Q1"] @ params["W2"]}, shown())
    for name, change in propose(indirect, params, shown()).items():
        np.testing.assert_allclose(change, theirs[name], rtol=1e-12, atol=1e-15)


# --- sparse and low-rank feedback -----------------------------------------------------------------------


@pytest.mark.parametrize("connections", [1, 2, N_OUT])
def test_each_unit_hears_as_many_errors_as_it_has_connections(connections: int) -> None:
    params = start(SparseDirectFeedback(NETWORK, connections=connections))
    for name in ("Q1", "Q2"):
        assert ((params[name] != 0).sum(axis=0) == connections).all()
        assert ((params[name] != 0).sum(axis=1) > 0).all()  # of 40 units or more, some hear each error


@pytest.mark.parametrize(
    ("rule", "width"),
    [(SparseDirectFeedback, {"connections": N_OUT}), (SparseDirectFeedback, {}), (LowRankDirectFeedback, {"rank": 3})],
)  # fmt: skip
def test_they_are_direct_feedback_alignment_with_their_feedback(rule, width) -> None:  # type: ignore[no-untyped-def]
    made = rule(NETWORK, **width)
    params = start(made)
    assert_same(propose(made, params, shown()), propose(DirectFeedbackAlignment(NETWORK), params, shown()))


def test_with_all_connections_it_draws_what_direct_feedback_alignment_draws() -> None:
    ours, theirs = (
        start(rule)
        for rule in (SparseDirectFeedback(NETWORK, connections=N_OUT), DirectFeedbackAlignment(NETWORK))
    )
    np.testing.assert_array_equal(ours["Q1"], theirs["Q1"])  # the first draw; masks are drawn in between


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_feedback_has_its_rank_and_layers_share_its_channels(rank: int) -> None:
    """Side by side, (n_L, n_1 + n_2), the feedback of all layers still has that rank."""
    params = start(LowRankDirectFeedback(NETWORK, rank=rank))
    for feedback in (params["Q1"], params["Q2"], np.hstack([params["Q1"], params["Q2"]])):
        assert np.linalg.matrix_rank(feedback) == rank


@pytest.mark.parametrize(
    "rule",
    [SparseDirectFeedback(NETWORK), LowRankDirectFeedback(NETWORK, rank=3)],
    ids=["sparse", "low-rank"],
)
def test_thin_feedback_is_as_strong_as_full_feedback(rule: Rule) -> None:
    """E|Q|² is that of `feedback`, uniform on ±1/√4: 1/12 per entry. Over 200 draws of 360 entries the error is below
    2 % for independent entries, and below 6 % where 4 x 3 shared numbers multiply them.
    """
    squares = [
        np.mean(np.hstack([q["Q1"], q["Q2"]]) ** 2)
        for q in (rule.init(N_IN, N_OUT, np.random.default_rng(seed))[0] for seed in range(200))
    ]
    error = np.std(squares, ddof=1) / len(squares) ** 0.5
    assert abs(np.mean(squares) - 1 / 12) < 4 * error
    assert error < 0.06 / 12


@pytest.mark.parametrize(
    "rule",
    [SparseDirectFeedback(connections=5), SparseDirectFeedback(connections=0), LowRankDirectFeedback(rank=5)],
)
def test_more_wires_than_errors_are_refused(rule: Rule) -> None:
    with pytest.raises(BadInput, match="from 1 to the 4 outputs"):
        rule.init(N_IN, N_OUT, np.random.default_rng(0))


# --- signs and targets ----------------------------------------------------------------------------------


@every_activation
def test_target_projection_differs_from_direct_feedback_by_the_answer(f: Activation) -> None:
    """error = answer - y for softmax, so that δ of direct feedback - δ of projection = (answer Q_l) ⊙ f'(z_l)."""
    network = replace(NETWORK, activation=f)
    params, given = start(DirectFeedbackAlignment(network)), shown()
    passed = network.forward(params, given.x)
    ours = signals(DirectRandomTargetProjection(network), params, given)
    theirs = signals(DirectFeedbackAlignment(network), params, given)
    for layer in (1, 2):
        expected = (passed.activities[-1] @ params[f"Q{layer}"]) * passed.slope(layer)
        np.testing.assert_allclose(theirs[f"W{layer}"] - ours[f"W{layer}"], expected, rtol=0, atol=1e-14)
    np.testing.assert_array_equal(ours["W3"], theirs["W3"])


def test_the_projected_signal_depends_on_the_label_alone() -> None:
    """δ_l / f' is minus the row of Q_l that belongs to the label, whatever the example, the answer and the weights."""
    rule, given = DirectRandomTargetProjection(NETWORK), shown()
    params = start(rule)
    labels = given.y.argmax(axis=1)
    assert len(set(labels)) < BATCH  # some labels come more than once
    passed = NETWORK.forward(params, given.x)
    found = signals(rule, params, given)
    for layer in (1, 2):
        np.testing.assert_allclose(
            found[f"W{layer}"] / passed.slope(layer), -params[f"Q{layer}"][labels], rtol=1e-12
        )
    other_weights = params | {"W3": -5 * params["W3"]}
    for name in ("W1", "W2"):  # the answer is another one, hidden activity is the same
        np.testing.assert_array_equal(signals(rule, other_weights, given)[name], found[name])
    assert (signals(rule, other_weights, given)["W3"] != found["W3"]).any()


@pytest.mark.parametrize("last", ["softmax", "logistic", "linear"])
def test_sign_feedback_hears_no_sizes(last: str) -> None:
    """Of targets twice as far from the answer, hidden layers hear the same; the read-out hears them doubled.

    For classes the signs are those of 1 - 2 y, as probabilities lie between 0 and 1.
    """
    network = replace(NETWORK, output=output(last))
    rule, given = SignDirectFeedbackAlignment(network), shown(last)
    params = start(rule)
    answer = network.forward(params, given.x).activities[-1]
    twice = present(given.x, answer - 2 * (answer - given.y))
    ours, far = signals(rule, params, given), signals(rule, params, twice)
    for name in ("W1", "W2"):
        np.testing.assert_array_equal(ours[name], far[name])
        assert ours[name].any()
    np.testing.assert_allclose(far["W3"], 2 * ours["W3"], rtol=1e-9)
    if last != "linear":
        passed = network.forward(params, given.x)
        expected = ((1 - 2 * given.y) @ params["Q1"]) * passed.slope(1)
        np.testing.assert_allclose(ours["W1"], expected, rtol=1e-12, atol=1e-15)
