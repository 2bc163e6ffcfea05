"""Rules for sequences are each other in their limits, to rounding.

Oracles: real-time recurrent learning and backpropagation through time, which share no algebra; Elman's rule and random
feedback written out from their papers.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from baselines.bptt import BPTT, ExactLagBPTT, RandomFeedbackBPTT
from baselines.rtrl import RTRL
from plausible.core import Array, Params, Presentation, View
from plausible.errors import BadInput
from plausible.networks.activations import logistic, tanh
from plausible.networks.inits import Gaussian
from plausible.networks.outputs import output
from plausible.networks.rnn import RNN
from tests.oracles import Problem, dense, propose, sequences, summed

STEPS = 12
NETWORK = RNN((6,), dtype="float64", bias_init=Gaussian(0.5), init=Gaussian(0.5))
NETWORKS = [replace(NETWORK, activation=f, leak=leak) for f, leak in product((tanh, logistic), (1.0, 0.3))]
every_network = pytest.mark.parametrize("network", NETWORKS, ids=lambda n: f"{n.activation}-{n.leak}")


def assert_equal(ours: Params, theirs: Params, tolerance: float = 1e-12) -> None:
    """Within `tolerance` of the size of each weight's change."""
    assert ours.keys() == theirs.keys()
    for name, change in theirs.items():
        assert np.linalg.norm(ours[name] - change) <= tolerance * np.linalg.norm(change), name


@every_network
@pytest.mark.parametrize("mask", [True, False], ids=["masked", "all-counts"])
def test_rtrl_is_bptt_on_whole_sequences(network: RNN, mask: bool) -> None:
    params, shown = sequences(network, STEPS, mask=mask)
    assert_equal(propose(RTRL(network), params, shown), propose(BPTT(network), params, shown))


@every_network
@pytest.mark.parametrize("steps", [1, 2, 5])
def test_rtrl_in_windows_sums_to_bptt(network: RNN, steps: int) -> None:
    params, shown = sequences(network, STEPS)
    assert_equal(summed(RTRL(network), params, shown, steps), propose(BPTT(network), params, shown))


@every_network
@pytest.mark.parametrize("steps", [1, 2, 5, STEPS])
def test_lags_as_long_as_the_sequence_are_bptt_in_any_windows(network: RNN, steps: int) -> None:
    params, shown = sequences(network, STEPS)
    for lags in (STEPS, STEPS + 3):
        rule = ExactLagBPTT(network, lags)
        assert_equal(summed(rule, params, shown, steps), propose(BPTT(network), params, shown))


@every_network
@pytest.mark.parametrize("lags", [1, 2, 4])
@pytest.mark.parametrize("steps", [1, 2, 3, 5])
def test_changes_of_exact_lags_do_not_depend_on_the_windows(network: RNN, lags: int, steps: int) -> None:
    params, shown = sequences(network, STEPS)
    rule = ExactLagBPTT(network, lags)
    assert_equal(summed(rule, params, shown, steps), propose(rule, params, shown))


@every_network
@pytest.mark.parametrize("lags", [1, 3])
def test_exact_lags_are_those_of_bptt_that_looks_back_from_every_error(network: RNN, lags: int) -> None:
    """The sum over t of BPTT on the last `lags` steps before t, where only the answer at t counts."""
    params, shown = sequences(network, STEPS, mask=False)
    h = np.concatenate([np.zeros((1, *shown.x.shape[1:2], 6)), network.run(params, shown.x).after])
    total = {name: np.zeros_like(array) for name, array in params.items()}
    for t in range(STEPS):
        start = max(t - lags + 1, 0)
        x, y, counted = shown.x[start : t + 1], shown.y[start : t + 1], np.zeros((t + 1 - start, 5))
        counted[-1] = 1
        step = BPTT(network).update(
            params,
            (h[start], None),
            Presentation(x, y, shown.reward, counted, False),
            np.random.default_rng(0),
        )
        for name, update in step.updates.items():
            total[name] += dense(update)
    assert_equal(propose(ExactLagBPTT(network, lags), params, shown), total)


def elman(network: RNN, params: View, shown: Presentation) -> Params:
    """Backpropagation in which the context is an input like any other [elman1990], step by step and by hand."""
    h = np.zeros((shown.x.shape[1], network.hidden[0]))
    total = {name: np.zeros_like(array) for name, array in params.items()}
    assert shown.mask is not None
    for x, y, mask in zip(shown.x, shown.y, shown.mask, strict=True):
        context, rate = h, -1 / shown.x.shape[1]
        h = 1 / (1 + np.exp(-(x @ params["W1"] + context @ params["R1"] + params["b1"])))
        answer = 1 / (1 + np.exp(-(h @ params["W2"] + params["b2"])))
        error = (answer - y) * answer * (1 - answer) * np.reshape(mask, (-1, 1))
        delta = (error @ params["W2"].T) * h * (1 - h)
        for name, pre, post in (("W1", x, delta), ("R1", context, delta), ("W2", h, error)):
            total[name] += rate * pre.T @ post
        total["b1"] += rate * delta.sum(axis=0)
        total["b2"] += rate * error.sum(axis=0)
    return total


def test_windows_of_one_step_are_elmans_rule() -> None:
    network = replace(NETWORK, activation=logistic, output=output("logistic-squared"))
    params, shown = sequences(network, STEPS)
    wanted = elman(network, params, shown)
    assert_equal(summed(BPTT(network), params, shown, 1), wanted)
    assert_equal(propose(ExactLagBPTT(network, 1), params, shown), wanted)


@every_network
@pytest.mark.parametrize("recurrent", [True, False], ids=["both", "readout-only"])
def test_random_feedback_with_the_true_matrices_is_bptt(network: RNN, recurrent: bool) -> None:
    params, shown = sequences(network, STEPS)
    rule = RandomFeedbackBPTT(network, recurrent=recurrent)
    true = {"B2": params["W2"].T, **({"P1": params["R1"].T} if recurrent else {})}
    assert_equal(propose(rule, {**params, **true}, shown), propose(BPTT(network), params, shown))


def test_random_feedback_sends_no_weights() -> None:
    params, shown = sequences(NETWORK, STEPS)
    rule = RandomFeedbackBPTT(NETWORK)
    drawn, _ = rule.init(4, 3, np.random.default_rng(1))
    assert drawn["B2"].shape == drawn["W2"].T.shape
    assert drawn["P1"].shape == drawn["R1"].T.shape
    apart = propose(rule, {**params, "B2": drawn["B2"], "P1": drawn["P1"]}, shown)
    bptt = propose(BPTT(NETWORK), params, shown)
    assert np.linalg.norm(apart["R1"] - bptt["R1"]) > 0.5 * np.linalg.norm(bptt["R1"])
    assert_equal({"W2": apart["W2"]}, {"W2": bptt["W2"]})


def test_feedback_through_time_of_zero_leaves_the_leak_alone() -> None:
    """With P_1 = 0 credit only fades: δ_t = slope_t ⊙ Σ_k (1 - leak)^k q_{t+k}, from the definition."""
    network = replace(NETWORK, leak=0.3)
    params, shown = sequences(network, STEPS, mask=False)
    feedback = {"B2": params["W2"].T, "P1": np.zeros((6, 6))}
    passed = network.run(params, shown.x)
    q = (passed.answer - shown.y) @ params["W2"].T
    credit = np.array([sum(0.7**k * q[t + k] for k in range(STEPS - t)) for t in range(STEPS)])
    wanted = -np.einsum("tbi,tbo->io", passed.before, credit * passed.slope) / shown.x.shape[1]
    assert_equal(
        {"R1": propose(RandomFeedbackBPTT(network), {**params, **feedback}, shown)["R1"]}, {"R1": wanted}
    )


def test_a_sequence_that_begins_forgets_what_was_carried() -> None:
    params, shown = sequences(NETWORK, STEPS)
    for rule in (BPTT(NETWORK), RTRL(NETWORK), ExactLagBPTT(NETWORK, 4)):
        carried: Any = rule.update(params, None, shown, np.random.default_rng(0)).state
        again = rule.update(params, carried, shown, np.random.default_rng(0))
        assert_equal({n: dense(u) for n, u in again.updates.items()}, propose(rule, params, shown), 0)


def test_windows_of_other_sequences_are_refused() -> None:
    params, shown = sequences(NETWORK, STEPS)
    fewer: Problem = sequences(NETWORK, STEPS, batch=2)
    for rule in (BPTT(NETWORK), RTRL(NETWORK), ExactLagBPTT(NETWORK, 4)):
        state: Any = rule.update(params, None, shown, np.random.default_rng(0)).state
        with pytest.raises(BadInput, match="the same sequences"):
            rule.update(params, state, fewer.shown._replace(first=False), np.random.default_rng(0))


@pytest.mark.parametrize("x", [np.zeros((0, 2, 4)), np.zeros((2, 4))], ids=["no step", "no time"])
def test_what_is_no_sequence_is_refused(x: Array) -> None:
    params, _ = sequences(NETWORK, STEPS)
    with pytest.raises(BadInput, match="at least one step"):
        NETWORK.run(params, x)
