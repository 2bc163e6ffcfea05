"""Kolen-Pollack and its relatives, where feedback must be the transpose or on its known way there.

Oracles: the gap W - Bᵀ in closed form, and backprop once it is closed.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from baselines.backprop import Backprop
from plausible.core import Optimiser, Params
from plausible.networks.activations import ACTIVATIONS, identity
from plausible.networks.inits import Gaussian
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.adam import Adam
from plausible.optimise.rmsprop import RMSprop
from plausible.optimise.sgd import SGD
from plausible.optimise.wrappers import Decay, Grouped
from plausible.rules.feedback.feedback_alignment import FeedbackAlignment
from plausible.rules.feedback.kolen_pollack import KolenPollack
from plausible.rules.feedback.learned_feedback import (
    ActivationAlignment,
    InformationAlignment,
    SymmetricAlignment,
    WeightMirror,
)
from plausible.tasks.streams import Minibatches
from plausible.tasks.task import Split
from plausible.train import train
from tests.oracles import problem, propose, targets

NETWORK = MLP((5, 4), dtype="float64", init=Gaussian(0.7), bias_init=Gaussian(0.5))
N_IN, N_OUT, STEPS = 4, 3, 100
OPTIMISERS: list[Optimiser] = [
    SGD(0.1),
    SGD(0.05, momentum=0.9),
    SGD(0.05, momentum=0.9, nesterov=True),
    Adam(0.01),
    RMSprop(0.01),
]
LEARNED = [WeightMirror, SymmetricAlignment, ActivationAlignment, InformationAlignment]


def stream(steps: int = STEPS) -> list:  # type: ignore[type-arg]
    rng = np.random.default_rng(1)
    split = Split(rng.normal(size=(5 * steps, N_IN)), targets("softmax", rng, 5 * steps, N_OUT))
    return list(Minibatches(5)(split, "classes", 1, rng))


def gaps(params: Params) -> Params:
    return {name: params[f"W{name[1:]}"] - array.T for name, array in params.items() if name[0] == "B"}


@pytest.mark.parametrize("decay", [0.0, 0.01, 0.05])
@pytest.mark.parametrize("optimiser", OPTIMISERS, ids=repr)
def test_the_gap_shrinks_by_the_leak_whatever_is_learned(optimiser: Optimiser, decay: float) -> None:
    """W - Bᵀ after t steps is (1 - λ)ᵗ times what it was, in every entry; meanwhile the weights learn.

    Changes of W and Bᵀ are sums in another order: some 1e-16 a step. Adam and RMSprop divide by a moment that starts
    from such a sum, and turn its relative error into the same relative error of a step of 0.01 or less.
    """
    rule = KolenPollack(NETWORK, decay=decay)
    params, state = rule.init(N_IN, N_OUT, np.random.default_rng(0))
    before, first = gaps(params), params["W1"].copy()
    seen = 0
    for tick in train(rule, optimiser, params, state, stream(), np.random.default_rng(2)):
        for name, gap in gaps(dict(tick.params)).items():
            assert abs(gap - (1 - decay) ** tick.number * before[name]).max() < 1e-12
        seen += 1
    assert seen == STEPS
    assert np.linalg.norm(params["W1"] - (1 - decay) ** STEPS * first) > 1e-4  # leak is not all that happens
    assert gaps(params).keys() == {"B2", "B3"}


def test_decay_in_the_change_would_break_it_under_adam() -> None:
    """The trap that leak outside the optimiser avoids: Adam normalises U - λ W and Uᵀ - λ B differently."""
    rule = KolenPollack(NETWORK, decay=0.0)
    params, _state = rule.init(N_IN, N_OUT, np.random.default_rng(0))
    before, optimiser = gaps(params)["B2"], Adam(0.01)
    memory = optimiser.init(params)
    for given in stream():
        moved = propose(rule, params, given)
        decayed = {name: change - 0.01 * params[name] for name, change in moved.items()}
        optimiser.apply(params, decayed, memory)
    assert np.linalg.norm(gaps(params)["B2"] - 0.99**STEPS * before) > 0.01 * np.linalg.norm(before)


def test_decay_by_the_wrapper_is_the_leak_of_the_rule() -> None:
    """`Decay` on W and B, biases spared, is the same to the bit."""
    ends = []
    for decay, optimiser in (
        (0.01, SGD(0.1, momentum=0.9)),
        (0.0, Decay(SGD(0.1, momentum=0.9), 0.01, ("W*", "B*"))),
    ):
        rule = KolenPollack(NETWORK, decay=decay)
        params, state = rule.init(N_IN, N_OUT, np.random.default_rng(0))
        for _ in train(rule, optimiser, params, state, stream(), np.random.default_rng(2)):
            pass
        ends.append(params)
    for name in ends[0]:
        np.testing.assert_array_equal(ends[0][name], ends[1][name], err_msg=name)


@pytest.mark.parametrize("f", ACTIVATIONS.values(), ids=repr)
def test_from_the_transpose_it_is_backprop_for_ever(f) -> None:  # type: ignore[no-untyped-def]
    """Kolen-Pollack without decay, and symmetric alignment, at rest where B = Wᵀ is followed or not moved."""
    network = replace(NETWORK, activation=f)
    rule, reference = KolenPollack(network, decay=0.0), Backprop(network)
    params = reference.init(N_IN, N_OUT, np.random.default_rng(0))[0]
    ours = {name: array.copy() for name, array in params.items()}
    ours |= {f"B{layer}": ours[f"W{layer}"].T.copy() for layer in (2, 3)}
    for made, weights in ((rule, ours), (reference, params)):
        for _ in train(made, SGD(0.1, momentum=0.5), weights, None, stream(), np.random.default_rng(2)):
            pass
    for name, array in params.items():
        np.testing.assert_allclose(
            ours[name], array, rtol=0, atol=1e-11, err_msg=name
        )  # B is a sum in another order


@pytest.mark.parametrize("rule", [KolenPollack, *LEARNED], ids=lambda rule: rule.__name__)
def test_forward_weights_learn_as_in_feedback_alignment(rule) -> None:  # type: ignore[no-untyped-def]
    """At every single step, with B as it is."""
    params, given = problem(NETWORK, N_IN, N_OUT)
    rng = np.random.default_rng(3)
    params |= {"B2": rng.normal(size=(4, 5)), "B3": rng.normal(size=(3, 4))}
    ours, theirs = propose(rule(NETWORK), params, given), propose(FeedbackAlignment(NETWORK), params, given)
    assert ours.keys() == theirs.keys() | {"B2", "B3"}
    for name, change in theirs.items():
        np.testing.assert_array_equal(ours[name], change, err_msg=name)
        assert change.any()


FROZEN = Grouped((("B*", SGD(0.1)),), default=SGD(0.0))


def test_symmetric_alignment_closes_the_gap_by_its_rate() -> None:
    """With the forward weights held, B - Wᵀ shrinks by 1 - rate · strength a step."""
    rule = SymmetricAlignment(NETWORK, strength=2.0)
    params, state = rule.init(N_IN, N_OUT, np.random.default_rng(0))
    before = gaps(params)
    for tick in train(rule, FROZEN, params, state, stream(), np.random.default_rng(2)):
        for name, gap in gaps(dict(tick.params)).items():
            assert abs(gap - (1 - 0.1 * 2.0) ** tick.number * before[name]).max() < 1e-13


@pytest.mark.parametrize("rule", LEARNED, ids=lambda rule: rule.__name__)
def test_where_feedback_comes_to_rest(rule) -> None:  # type: ignore[no-untyped-def]
    """Symmetric and activation alignment rest at B = Wᵀ; information alignment at the ridge regression of x on y.

    The mirror is noise, so it rests on average alone, which is measured elsewhere.
    """
    params, given = problem(NETWORK, N_IN, N_OUT, batch=50)
    below = NETWORK.forward(params, given.x).activities
    made = rule(NETWORK)
    for layer in (2, 3):
        x, w = below[layer - 1], params[f"W{layer}"]
        if rule is InformationAlignment:
            y, ridge = x @ w, made.decay * x.size / made.strength
            params[f"B{layer}"] = np.linalg.solve(y.T @ y + ridge * np.eye(len(y.T)), y.T @ x)
        else:
            params[f"B{layer}"] = w.T.copy()
    found = propose(made, params, given)
    moved = propose(made, params | {f"B{layer}": params[f"B{layer}"] + 0.1 for layer in (2, 3)}, given)
    for name in ("B2", "B3"):
        assert abs(moved[name]).max() > 1e-3
        if rule is not WeightMirror:
            np.testing.assert_allclose(found[name], 0, atol=1e-14)


def test_a_mirror_is_not_moved_by_labels_or_examples() -> None:
    """The mirror phase sees noise and forward weights alone: what is shown has no part in ΔB."""
    network = MLP((5, 4), identity, output("linear"), "float64", Gaussian(0.7), bias_init=Gaussian(2.0))
    rule = WeightMirror(network)
    params, _ = rule.init(N_IN, N_OUT, np.random.default_rng(0))
    (first, second) = (
        propose(rule, params, problem(network, N_IN, N_OUT, seed=seed).shown) for seed in (1, 2)
    )
    for name in ("B2", "B3"):
        np.testing.assert_array_equal(first[name], second[name])
        assert first[name].any()
    assert (first["W1"] != second["W1"]).any()
