"""Backpropagation through time and real-time recurrent learning are the gradient of a recurrent network's loss.

Oracle: central differences of `RNN.loss`, which runs the network forward and knows no rule.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from baselines.bptt import BPTT, ExactLagBPTT
from baselines.readout_only import ReadoutOnly
from baselines.rtrl import RTRL
from plausible.core import Array, Params, Rule, View
from plausible.networks.activations import ACTIVATIONS
from plausible.networks.inits import Gaussian
from plausible.networks.outputs import OUTPUTS, output
from plausible.networks.rnn import RNN
from plausible.probes.differences import central_differences
from tests.oracles import Problem, propose, sequences

STEPS = 7
EXACT = {"bptt": BPTT, "rtrl": RTRL, "exact-lag": lambda network: ExactLagBPTT(network, lags=STEPS)}
NETWORK = RNN((4,), dtype="float64", bias_init=Gaussian(0.5), init=Gaussian(0.5), recurrent=Gaussian(0.4))


def name(value: object) -> str:
    return f"{value.activation}-{value.leak}" if isinstance(value, RNN) else repr(value)


def assert_gradient(rule: Rule, network: RNN, given: Problem) -> None:
    """Minus the gradient, to a relative error of 1e-6; central differences are good to 1e-11 of the loss."""
    updates = propose(rule, given.params, given.shown)
    gradient = central_differences(lambda moved: network.loss(moved, given.shown), given.params)
    assert updates.keys() == gradient.keys() == given.params.keys()
    for weight, slopes in gradient.items():
        assert np.linalg.norm(updates[weight] + slopes) <= 1e-6 * np.linalg.norm(slopes), weight


@pytest.mark.parametrize("rule", EXACT)
@pytest.mark.parametrize(
    "network",
    [replace(NETWORK, activation=f, leak=a) for f, a in product(ACTIVATIONS.values(), (1.0, 0.3))],
    ids=name,
)
def test_it_is_the_gradient_for_every_activation_and_leak(rule: str, network: RNN) -> None:
    assert_gradient(EXACT[rule](network), network, sequences(network, STEPS))


@pytest.mark.parametrize("rule", EXACT)
@pytest.mark.parametrize("mask", [True, False], ids=["masked", "all-counts"])
@pytest.mark.parametrize("steps", [1, 2, 5, 20])
def test_it_is_the_gradient_at_every_depth_of_time(rule: str, steps: int, mask: bool) -> None:
    network = replace(NETWORK, leak=0.6)
    made = ExactLagBPTT(network, steps) if rule == "exact-lag" else EXACT[rule](network)
    assert_gradient(made, network, sequences(network, steps, mask=mask))


@pytest.mark.parametrize("rule", EXACT)
@pytest.mark.parametrize("bias", [True, False], ids=["bias", "no-bias"])
@pytest.mark.parametrize(("last", "reduction"), [*product(OUTPUTS, ("mean", "sum", "mean-elements"))])
def test_it_is_the_gradient_of_every_loss(rule: str, last: str, reduction: str, bias: bool) -> None:
    network = replace(NETWORK, output=output(last, reduction), bias=bias)  # type: ignore[arg-type]
    assert_gradient(EXACT[rule](network), network, sequences(network, STEPS))


@pytest.mark.parametrize("batch", [1, 3])
def test_one_sequence_or_many(batch: int) -> None:
    for make in EXACT.values():
        assert_gradient(make(NETWORK), NETWORK, sequences(NETWORK, STEPS, batch=batch, mask=False))


def test_a_sequence_that_is_masked_at_all_steps_teaches_nothing() -> None:
    given = sequences(NETWORK, STEPS)
    blank = given.shown._replace(mask=np.zeros(given.shown.x.shape[:2]))
    for make in EXACT.values():
        assert all(np.all(change == 0) for change in propose(make(NETWORK), given.params, blank).values())


def test_padding_behind_the_last_counted_step_changes_nothing() -> None:
    given = sequences(NETWORK, STEPS)
    x, y, mask = (
        np.concatenate([a, np.full_like(a[:3], fill)])
        for a, fill in zip(parts(given), (7.0, 0, 0), strict=True)
    )
    padded = given.shown._replace(x=x, y=y, mask=mask)
    for make in EXACT.values():
        plain, more = (propose(make(NETWORK), given.params, shown) for shown in (given.shown, padded))
        for weight in plain:
            np.testing.assert_allclose(more[weight], plain[weight], rtol=0, atol=1e-14)


def parts(given: Problem) -> tuple[Array, Array, Array]:
    assert given.shown.mask is not None
    return given.shown.x, given.shown.y, given.shown.mask


def test_only_the_readout_learns_and_it_learns_the_gradient() -> None:
    given = sequences(NETWORK, STEPS)
    updates = propose(ReadoutOnly(NETWORK), given.params, given.shown)
    readout: Params = {name: given.params[name] for name in ("W2", "b2")}

    def loss(moved: View) -> float:
        return NETWORK.loss({**given.params, **moved}, given.shown)

    gradient = central_differences(loss, readout)
    assert updates.keys() == gradient.keys()
    for weight, slopes in gradient.items():
        assert np.linalg.norm(updates[weight] + slopes) < 1e-6 * np.linalg.norm(slopes)
