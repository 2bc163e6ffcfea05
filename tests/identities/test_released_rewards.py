"""Rules of reward beside the authors' programs, one update of either, from the same weights, inputs and noise.

Oracle: isapome/BrainProp, brainprop.py, whose gradient is taken by central differences of its loss; and
ThomasMiconi/BiologicallyPlausibleLearningRNN, dnms/net.cpp, loop by loop.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from plausible.core import Array, Presentation
from plausible.networks.activations import relu
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.rules.reward.gated import BrainProp
from plausible.rules.reward.network import ContinuousRNN
from plausible.rules.reward.supralinear import SupralinearHebb
from tests.oracles import changes

DENSE = MLP((8, 6), relu, output("linear"), bias=False, dtype="float64")


def released_loss(kernels: list[Array], x: Array, labels: Array, selected: Array) -> float:
    """`BrainPropLoss` of what `BrainPropLayer` answers in training, of layers without biases."""
    for kernel in kernels[:-1]:
        x = np.maximum(x @ kernel, 0)
    activations = x @ kernels[-1]
    y_pred = selected * activations
    labels = np.where(selected == 0, y_pred, labels)
    return float((0.5 * np.square(labels - y_pred) * (1 / len(x))).sum())


@pytest.mark.parametrize("all_of_them", [False, True])
def test_brainprop_is_the_gradient_of_the_released_loss(all_of_them: bool) -> None:
    """And not that of all outputs, a broken copy."""
    rng = np.random.default_rng(2)
    params = DENSE.start(5, 3, rng)
    x, labels = rng.normal(size=(7, 5)), np.eye(3)[rng.integers(3, size=7)]
    answer = DENSE.respond(params, x)[-1]
    selected = np.ones((7, 3)) if all_of_them else np.eye(3)[answer.argmax(axis=1)]
    hidden: Any = None
    shown = Presentation(x, hidden, lambda action: (action * labels).sum(axis=1))
    made = changes(BrainProp(DENSE, epsilon=0.0).update(params, None, shown, rng))
    names = [f"W{n}" for n in (1, 2, 3)]
    wanted = {name: np.zeros_like(params[name]) for name in names}
    for name in names:
        for place in np.ndindex(params[name].shape):
            ends = []
            for side in (1e-6, -1e-6):
                moved = {**params, name: params[name].copy()}
                moved[name][place] += side
                ends.append(released_loss([moved[each] for each in names], x, labels, selected))
            wanted[name][place] = (ends[1] - ends[0]) / 2e-6
    close = [np.allclose(made[name], wanted[name], rtol=1e-6, atol=1e-9) for name in names]
    assert all(close) != all_of_them


def released_trial(
    J: Array, win: Array, x: Array, trial: Array, modul: Array, pace: float, method: str
) -> Any:
    """`hebb` and the rates of a trial of net.cpp, with x_trace at x when it begins; units are numbered as ours."""
    n = len(J)
    held = {n - 3: 1.0, n - 2: 1.0, n - 1: -1.0}
    for unit, value in held.items():
        x[unit] = value
    r, x_trace, hebb, rs = np.tanh(x), x.copy(), np.zeros((n, n)), []
    for numiter in range(len(trial)):
        rprev = r.copy()
        total_exc = J @ r + win @ trial[numiter] + modul[numiter]
        x = x + pace * (-x + total_exc)
        for unit, value in held.items():
            x[unit] = value
        r = np.tanh(x)
        rs.append(r[0])
        delta_x = x - x_trace
        x_trace = 0.05 * x_trace + (1.0 - 0.05) * x
        if numiter > 2:
            for n1 in range(n):
                for n2 in range(n):
                    if method == "DELTAX":
                        incr = rprev[n1] * delta_x[n2]
                        hebb[n1, n2] += incr * incr * incr
                    elif modul[numiter, n2] != 0:
                        hebb[n1, n2] += rprev[n1] * modul[numiter, n2]
    return hebb, np.array(rs)


@pytest.mark.parametrize(("trace", "method"), [("supralinear", "DELTAX"), ("nodes", "NODEPERT")])
def test_supralinear_hebb_is_the_released_trial(trace: Any, method: str) -> None:
    """But for the first three steps, which the program leaves out of what is summed, and we do not."""
    network = ContinuousRNN((9,), pace=1 / 30, dtype="float64")
    rule = SupralinearHebb(network, trace=trace, probability=0.2, amplitude=16.0, rate=0.1, limit=3e-4)
    rng = np.random.default_rng(4)
    params, steps, eta, maxdw = network.start(2, 1, rng), 40, 0.1, 3e-4
    x, mask = rng.random((steps, 1, 2)), np.zeros((steps, 1))
    mask[-8:] = 1
    hidden: Any = None
    shown = Presentation(x, hidden, lambda answer: -abs(answer[..., 0] - 0.98) * mask, mask)
    state = rule.update(params, None, shown._replace(reward=lambda answer: -0.7 * mask), rng).state
    seen = np.random.default_rng(5)
    start, modul = rule.beginning(params, shown, seen)[0], rule.perturbed(params, shown, seen)[:, 0]
    hebb, rates = released_trial(params["R1"].T, params["W1"].T, start.copy(), x[:, 0], modul, 1 / 30, method)
    meanerr, meanerrtrace = float(abs(rates - 0.98)[-8:].sum() / 8), 0.7
    dJ = np.clip((-eta * meanerrtrace * (hebb * (meanerr - meanerrtrace))).T, -maxdw, maxdw)
    early = np.r_[np.zeros(3), np.ones(steps - 3)][:, None, None]

    class Late(SupralinearHebb):
        def factors(self, *given: Any) -> Any:
            pre, post, mean = super().factors(*given)
            return pre * early, post, mean

    same: Any = {each.name: getattr(rule, each.name) for each in fields(rule)}
    made = Late(**same).update(params, state, shown, np.random.default_rng(5)).updates["R1"]
    np.testing.assert_allclose(made, dJ.T, rtol=1e-9, atol=1e-16)
    assert 0 < abs(dJ).max() <= maxdw
    if trace == "supralinear":
        ours = replace(rule, limit=1e9).update(params, state, shown, np.random.default_rng(5)).updates["R1"]
        theirs = -eta * meanerrtrace * (hebb * (meanerr - meanerrtrace))
        assert np.linalg.norm(ours - theirs) < 0.02 * np.linalg.norm(theirs)  # what the three steps are
