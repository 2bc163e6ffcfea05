"""Angles where a rule draws numbers: the reference silences the same units, so that the gradient has none to itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from plausible import contract
from plausible.core import Tick, randomness, read_only
from plausible.networks.blocks import Blocks
from plausible.networks.mlp import MLP
from plausible.optimise.sgd import SGD
from plausible.probes.alignment import Alignment, aligned
from plausible.probes.quality import Descent, TargetAlignment
from plausible.registry import registry
from plausible.study.course import execute
from plausible.study.run import Row, Run

SILENT = Blocks((16, 12), norm="batch", dropout=0.4, dtype="float64")
TASK = "two-moons[examples=60]"


def rows(rule: str, network: Blocks | MLP, *probes: Alignment | Descent | TargetAlignment) -> list[Row]:
    return list(execute(Run(TASK, rule, network, SGD(0.1), 2, 12, probes=probes)).rows)


@pytest.mark.parametrize("norm", ["none", "batch", "layer"])
def test_backprop_has_no_angle_to_its_own_gradient_under_dropout(norm: str) -> None:
    """Rounding turns arccos near 1 into 1e-5 degrees at most; two masks of two in five units into tens of degrees."""
    found = rows("blocks-backprop", replace(SILENT, norm=norm), Alignment())
    angles = [row.value for row in found if row.metric in ("gradient angle", "delta angle")]
    assert len(angles) >= 6 * 5  # two of each of three layers, before learning and on the way
    assert max(angles) < 1e-4
    assert max(row.value for row in found if row.metric == "gradient distance") == 0


@pytest.mark.parametrize(
    "rule",
    ["blocks-feedback-alignment", "blocks-direct-feedback-alignment", "predsim", "layerwise-classifiers"],
)
def test_layers_that_learn_by_the_gradient_have_no_angle_to_it(rule: str) -> None:
    """The read-out of every rule in blocks descends the loss itself; hidden layers do not."""
    found = [row for row in rows(rule, SILENT, Alignment()) if row.metric == "gradient angle"]
    assert max(row.value for row in found if row.layer == "W3") < 1e-4
    assert min(row.value for row in found if row.layer == "W1") > 1


def test_the_gradient_brings_its_own_share_of_the_descent_under_dropout() -> None:
    found = {row.metric: row.value for row in rows("blocks-backprop", SILENT, Descent(at=(0,)))}
    assert found["loss decrease share"] == 1


def test_what_is_drawn_after_an_angle_stays_what_it_is() -> None:
    """The generator ends where rule and reference, each drawing its own, leave it; without dropout untouched."""
    for network in (SILENT, replace(SILENT, dropout=0.0)):
        rule, roles = registry.rule("blocks-backprop", network), randomness(0)
        params, state = rule.init(contract.N_IN, contract.N_OUT, roles.weights)
        it = contract.case("backprop", "float64")
        step = rule.update(read_only(params), state, it.shown, roles.noise)
        drawn, expected = np.random.default_rng(5), np.random.default_rng(5)
        list(aligned(Tick(0, read_only(params), it.shown, step), rule, rule, it.shown, drawn))
        for _ in range(2 * bool(network.dropout)):
            rule.update(read_only(params), state, it.shown, expected)
        assert drawn.random() == expected.random()
