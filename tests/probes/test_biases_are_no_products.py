"""Multiply-adds of a rule do not depend on whether units have biases: adding one is elementwise, whatever the rule.

Oracle: the same rule without biases. Where biases are multiplied by definition it is arithmetic.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from plausible import contract
from plausible.probes.cost import multiply_adds
from plausible.registry import registry

OF_OUTPUTS, UNITS = 3, 7 + 4 + 1
MULTIPLIED = {
    # Vector units have a bias for each component: its change is an outer product of errors and senses.
    "global-error-vector-broadcasting": OF_OUTPUTS * UNITS,
    "vector-backprop": OF_OUTPUTS * UNITS,
    # The influence of 7 biases on 7 units is carried on by 7 weights each, and read by 7 errors.
    "rtrl": 7 * 7 * 7 + 7 * 7,
    # Units compete by what they are driven by, without their biases: a second product of 6 inputs, 7 and 4 units.
    "krotov-hopfield": 6 * 7 + 7 * 4,
}
# Spiking rules have no network of this kind, and do no products; a continuous recurrent network has no biases.
RULES = sorted(
    name
    for name, rule in registry.registered("rule").items()
    if ".rules.spiking." not in rule.value and name != "supralinear-hebb"
)


@pytest.mark.parametrize(
    "rule", [*RULES, "predictive-coding[form=post]", "incremental-predictive-coding[order=sequential]"]
)
def test_biases_are_no_products(rule: str) -> None:
    it = contract.case(rule, batch=9)
    counted = []
    for bias in (True, False):
        made: Any = replace(it.rule, network=replace(it.rule.network, bias=bias))  # type: ignore[type-var, attr-defined]
        params, state = made.init(it.shown.x.shape[-1], it.shown.y.shape[-1], np.random.default_rng(0))
        counted.append(multiply_adds(made, params, state, it.shown, np.random.default_rng(0)))
    assert counted[0] == pytest.approx(counted[1] + MULTIPLIED.get(rule, 0), rel=1e-12)
    assert counted[1] > 0
