"""Feedback alignment in blocks. Oracles: backprop in blocks where feedback is transposed; the rules of plain layers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from plausible.core import Array, Params
from plausible.networks.blocks import Blocks
from plausible.networks.mlp import MLP
from plausible.networks.normalised import Divisive
from plausible.probes.alignment import dense
from plausible.registry import registry
from tests.oracles import present

WIDTHS = (6, 6, 6)
FULL = (
    Blocks(WIDTHS, norm="batch", dropout=0.3, skip=True, dtype="float64"),
    Blocks(WIDTHS, norm="layer", skip=True, bias=False, dtype="float64"),
    Blocks(WIDTHS, norm="none", divisive=Divisive(3), dropout=0.2, dtype="float64"),
)
PLAIN = {
    "blocks-feedback-alignment": "feedback-alignment",
    "blocks-direct-feedback-alignment": "direct-feedback-alignment",
}


def problem(rule: Any, batch: int = 7) -> tuple[Params, Any, Array, Array]:
    """First weights with gains that differ, running statistics, inputs and classes."""
    rng = np.random.default_rng(0)
    params, state = rule.init(5, 3, rng)
    for name, array in params.items():
        if name[0] == "g":
            array *= rng.uniform(0.5, 1.5, array.shape)
    return params, state, rng.normal(size=(batch, 5)), np.eye(3)[rng.integers(0, 3, batch)]


def changes(rule: Any, params: Params, state: Any, x: Array, y: Array) -> dict[str, Array]:
    """What a rule proposes."""
    step = rule.update(params, state, present(x, y), np.random.default_rng(1))
    return {name: dense(each) for name, each in step.updates.items()}


@pytest.mark.parametrize("network", FULL, ids=["batch", "layer", "divisive"])
def test_with_transposed_feedback_it_is_backprop_in_blocks_to_the_last_bit(network: Blocks) -> None:
    rule = registry.rule("blocks-feedback-alignment", network)
    params, state, x, y = problem(rule)
    params |= {f"B{layer}": params[f"W{layer}"].T.copy() for layer in range(2, 5)}
    ours, exact = (
        changes(each, params, state, x, y) for each in (rule, registry.rule("blocks-backprop", network))
    )
    assert ours.keys() == exact.keys()
    assert all(np.array_equal(exact[name], array) for name, array in ours.items())
    params["B3"] = -params["B3"]  # and with other feedback it is not, below that
    other = changes(rule, params, state, x, y)
    assert np.array_equal(other["W3"], ours["W3"])
    assert not np.allclose(other["W2"], ours["W2"])


@pytest.mark.parametrize(("ours", "plain"), PLAIN.items())
def test_without_what_blocks_have_it_is_the_rule_of_plain_layers_to_the_last_bit(
    ours: str, plain: str
) -> None:
    network = MLP(WIDTHS, "relu", dtype="float64")
    blocks = replace(Blocks.of(network), norm="none")
    rule, other = registry.rule(ours, blocks), registry.rule(plain, network)
    params, state, x, y = problem(rule)
    assert params.keys() == problem(other)[0].keys()
    mine, theirs = changes(rule, params, state, x, y), changes(other, params, None, x, y)
    assert mine.keys() == theirs.keys()
    assert all(np.array_equal(theirs[name], array) for name, array in mine.items())


def test_direct_errors_do_not_depend_on_weights_above_nor_come_by_skips() -> None:
    """Given the answers: a linear output whose error is held by its target."""
    network = replace(FULL[0], output=registry.network("mlp[output=linear]").output, dropout=0.0)
    rule = registry.rule("blocks-direct-feedback-alignment", network)
    params, state, x, _ = problem(rule)
    error = np.random.default_rng(2).normal(size=(7, 3))
    found = []
    for factor in (1.0, -2.0):
        there: Params = {**params, "W3": factor * params["W3"], "W4": factor * params["W4"]}
        answer = network.forward(there, x, state, None)[0].answer
        found.append(changes(rule, there, state, x, answer - error))
    for name in ("W1", "W2", "g1", "g2", "b1", "b2"):
        np.testing.assert_allclose(found[0][name], found[1][name], rtol=1e-10, atol=1e-13)
    assert not np.allclose(found[0]["W3"], found[1]["W3"])


@pytest.mark.parametrize("name", PLAIN)
def test_feedback_stays_as_it_was_drawn_and_statistics_run(name: str) -> None:
    rule: Any = registry.rule(name, FULL[0])
    params, state, x, y = problem(rule)
    step = rule.update(params, state, present(x, y), np.random.default_rng(1))
    assert not [each for each in step.updates if each[0] in "BQ"]
    assert not np.array_equal(step.state[0][0], state[0][0])
