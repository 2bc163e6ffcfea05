"""Bursts and plateau potentials as errors, where they must be those of other rules.

Oracle: backprop and feedback alignment as errors vanish, with the order in which they are approached; the equations of
the papers written out; zero where nothing is wrong.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from baselines.backprop import Backprop
from plausible.core import Array, Params, Presentation
from plausible.errors import BadInput
from plausible.networks.inits import Gaussian
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.probes.alignment import distance
from plausible.rules.dendritic.burst_ccn import BurstCCN
from plausible.rules.dendritic.burstprop import Burstprop
from plausible.rules.dendritic.events import EventNetwork
from plausible.rules.dendritic.segregated import SegregatedDendrites
from plausible.rules.feedback.direct_feedback_alignment import DirectFeedbackAlignment
from plausible.rules.feedback.feedback_alignment import FeedbackAlignment
from tests.oracles import present, propose

NETWORK = EventNetwork(
    hidden=(5, 4), dtype="float64", init=Gaussian(1.0), bias_init=Gaussian(0.5), output=output("linear")
)
SMALL = np.array([0.1, 0.03, 0.01, 0.003])


def start(rule: Any) -> Params:
    """Weights for four inputs and three outputs."""
    params: Params = rule.init(4, 3, np.random.default_rng(0))[0]
    return params


def near(network: MLP, params: Params, error: float) -> Presentation:
    """Examples whose targets are the answers and `error` times a normal number."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(6, 4))
    answer = network.forward(params, x).activities[-1]
    return present(x, answer + error * rng.normal(size=answer.shape))


def signals(rule: Any, params: Params, shown: Presentation) -> list[Array]:
    """δ_1 ... δ_L, (batch, n_l)."""
    passed = rule.network.forward(params, shown.x)
    error = rule.network.output.error(passed.activities[-1], shown.y)
    return list(rule.teaching(params, passed, error, shown, np.random.default_rng(0)).signals)


def slope(far: list[float]) -> float:
    """The order in which a distance falls."""
    return float(np.polyfit(np.log(SMALL), np.log(far), 1)[0])


# --- Burstprop ------------------------------------------------------------------------------------------


def test_where_all_events_are_bursts_the_output_learns_by_backprop() -> None:
    network = replace(NETWORK, output=output("logistic-squared"))
    rule = Burstprop(network, baseline=1.0)
    params, shown = start(rule), near(network, start(rule), 0.3)
    ours, theirs = propose(rule, params, shown), propose(Backprop(network), params, shown)
    for name in ("W3", "b3"):
        np.testing.assert_allclose(ours[name], theirs[name], rtol=0, atol=1e-15)


def test_burstprop_is_the_papers_written_out() -> None:
    """A hidden layer, its inhibition, and the output's p' = P (1 + (y - e)(1 - e))."""
    network = replace(NETWORK, hidden=(5,), output=output("logistic-squared"))
    rule = Burstprop(network, baseline=0.2)
    params, shown = start(rule), near(network, start(rule), 0.3)

    def sigma(u: Array) -> Array:
        return 1 / (1 + np.exp(-u))

    e1 = sigma(shown.x @ params["W1"] + params["b1"])
    e2 = sigma(e1 @ params["W2"] + params["b2"])
    b2, taught = 0.2 * e2, 0.2 * ((shown.y - e2) * (1 - e2) + 1) * e2
    first = sigma(b2 @ params["B2"]) * e1
    u, u_taught = ((b @ params["B2"]) * (1 - e1) - first @ params["S1"] for b in (b2, taught))
    rise = sigma(u_taught) * e1 - sigma(u) * e1
    ours = propose(rule, params, shown)
    np.testing.assert_allclose(ours["W1"], shown.x.T @ rise / 6, rtol=0, atol=1e-15)
    np.testing.assert_allclose(ours["W2"], e1.T @ (taught - b2) / 6, rtol=0, atol=1e-15)
    np.testing.assert_allclose(ours["B2"], ours["W2"].T, rtol=0, atol=1e-15)
    np.testing.assert_allclose(ours["S1"], first.T @ u / 6 / 5, rtol=0, atol=1e-15)


def test_burstprop_comes_near_feedback_alignment_as_errors_vanish() -> None:
    """Times P p (1 - p) of the apical potential; to first order, as u is not 0 where σ is odd."""
    rule, far = Burstprop(replace(NETWORK, hidden=(5,)), inhibited=False), []
    params = start(rule)
    for error in SMALL:
        shown = near(rule.network, params, error)
        h, answer = rule.network.forward(params, shown.x).activities[1:]
        p = 1 / (1 + np.exp(-0.2 * (answer @ params["B2"]) * (1 - h)))
        known = 0.2 * p * (1 - p) * ((answer - shown.y) @ params["B2"]) * h * (1 - h)
        far.append(distance(signals(rule, params, shown)[0], known))
    assert slope(far) == pytest.approx(1, abs=0.1)


# --- BurstCCN -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("last", ["linear", "logistic-squared", "softmax"])
def test_without_error_apical_potentials_are_zero_to_the_last_bit(last: str) -> None:
    """The answer is the target: ½ of all events are bursts, and what events send takes away just that."""
    network = replace(NETWORK, output=output(last))
    rule = BurstCCN(network, aligns=True)
    params, shown = start(rule), near(network, start(rule), 0.0)
    step = rule.update(params, None, shown, np.random.default_rng(0))
    assert step.internals["apical potential"] == 0
    assert all(not change.any() for change in propose(rule, params, shown).values())
    apart = BurstCCN(network, predicting=False)
    assert (
        apart.update(start(apart), None, shown, np.random.default_rng(0)).internals["apical potential"] > 0.1
    )


def test_burst_ccn_comes_near_backprop_as_the_square_of_the_error() -> None:
    """With B = Wᵀ, after division by P: σ is odd about ½."""
    rule = BurstCCN(NETWORK)
    params = start(rule)
    params |= {f"B{n}": params[f"W{n}"].T for n in (2, 3)}
    params |= {f"BC{n}": 0.5 * params[f"B{n}"] for n in (2, 3)}
    shown = [near(NETWORK, params, error) for error in SMALL]
    far = [
        distance(2 * propose(rule, params, each)["W1"], propose(Backprop(NETWORK), params, each)["W1"])
        for each in shown
    ]
    assert slope(far) == pytest.approx(2, abs=0.1)
    theirs = FeedbackAlignment(NETWORK)
    drawn = start(rule)
    ours = propose(rule, drawn, near(NETWORK, drawn, 1e-5))["W1"]
    assert distance(2 * ours, propose(theirs, drawn, near(NETWORK, drawn, 1e-5))["W1"]) < 1e-8


def test_cancellation_is_learned_at_a_rate_that_activity_tells() -> None:
    """P B - C ← (I - η hᵀh / n)(P B - C) without error; B and C learn opposite changes."""
    rule = BurstCCN(replace(NETWORK, hidden=(5,)), predicting=False, aligns=True)
    params = start(rule)
    shown, gap = near(rule.network, params, 0.0), 0.5 * params["B2"] - params["BC2"]
    h = rule.network.forward(params, shown.x).activities[-1]
    ours = propose(rule, params, shown)
    np.testing.assert_allclose(gap - ours["BC2"], (np.eye(3) - h.T @ h / 6) @ gap, rtol=0, atol=1e-14)
    np.testing.assert_array_equal(ours["B2"], -ours["BC2"])


def test_events_are_rates() -> None:
    with pytest.raises(BadInput, match="logistic"):
        EventNetwork(activation="tanh")


# --- segregated dendrites -------------------------------------------------------------------------------

PLAIN = MLP((5, 4), output=output("linear"), dtype="float64", init=Gaussian(0.7), bias_init=Gaussian(0.5))


def test_where_the_answer_is_the_target_both_plateaus_are_alike() -> None:
    rule = SegregatedDendrites(PLAIN)
    params = start(rule)
    assert all(not each.any() for each in propose(rule, params, near(PLAIN, params, 0.0)).values())


def test_weak_apical_dendrites_learn_by_direct_feedback_alignment() -> None:
    """A quarter of it, to the second order in Q where answer and target are on the same side: σ is odd about ½."""
    rule, far = SegregatedDendrites(PLAIN, Gaussian(1.0)), []
    params = start(rule)
    shown = near(PLAIN, params, 0.5)
    for scale in SMALL:
        weak = params | {f"Q{n}": scale * params[f"Q{n}"] for n in (1, 2)}
        theirs = propose(DirectFeedbackAlignment(PLAIN), weak, shown)
        ours = propose(rule, weak, shown)
        far.append(distance(4 * ours["W1"], theirs["W1"]))
        np.testing.assert_array_equal(ours["W3"], theirs["W3"])
    assert slope(far) == pytest.approx(2, abs=0.1)


def test_with_the_transpose_one_hidden_layer_learns_in_the_direction_of_backprop() -> None:
    network = replace(PLAIN, hidden=(5,))
    rule = SegregatedDendrites(network)
    params = start(rule)
    params["Q1"] = 1e-3 * params["W2"].T
    shown = near(network, params, 0.5)
    ours, theirs = propose(rule, params, shown)["W1"], propose(Backprop(network), params, shown)["W1"]
    np.testing.assert_allclose(4e3 * ours, theirs, rtol=0, atol=1e-5 * abs(theirs).max())
