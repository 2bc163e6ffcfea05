"""What comes from above by weights that a layer keeps for itself. Oracle: planted rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from plausible.plausibility.audit import audit

RULE = """
from dataclasses import dataclass
import numpy as np
from plausible.core import Step
from plausible.networks.inits import Uniform
from plausible.rules.layered import Feedforward

@dataclass(frozen=True)
class Mine(Feedforward):
    def init(self, n_in, n_out, rng):
        params = self.network.start(n_in, n_out, rng)
        params |= self.network.feedback(Uniform(), params, rng)
        return params | {{n: 0.5 + rng.random(params["W1"].shape[1]) for n in {more}}}, 1.0

    def update(self, params, state, shown, rng):
        passed = self.network.forward(params, shown.x)
        _, h1, h2, p = passed.activities
        return Step(self.network.updates(passed, [{told}, None, None], shown.y) | {learned}, state)
"""
DOWN = "(h2 @ params['B2']).mean(axis=0)"
RULES = {  # what W1 learns, weights of its own layer and what these learn; non-local, and waiting
    "a gate that learns from above": (
        "-h1 * params['g1']", ("g1",), f"{{'g1': {DOWN}}}", "present", "partly",
    ),
    "a gate that learns from another": (
        "-h1 * params['g1']", ("g1", "k1"), f"{{'g1': params['k1'] - params['g1'], 'k1': {DOWN}}}",
        "present", "partly",
    ),
    "the third link": (
        "-h1 * params['g1']", ("g1", "k1", "l1"),
        f"{{'g1': params['k1'] - params['g1'], 'k1': params['l1'] - params['k1'], 'l1': {DOWN}}}",
        "present", "partly",
    ),
    "a gate that learns in its layer": (
        "-h1 * params['g1']", ("g1", "k1"), "{'g1': params['k1'] - params['g1'], 'k1': h1.mean(axis=0)}",
        "removed", "removed",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RULES)
def test_what_comes_from_above_by_ways_of_its_own(name: str, tmp_path: Path) -> None:
    told, more, learned, error, waits = RULES[name]
    file = tmp_path / "mine.py"
    file.write_text(RULE.format(told=told, more=more, learned=learned), encoding="utf-8")
    found = audit(f"{file}:Mine", ["non-local error", "update locking"])
    assert found.of("non-local error").cell.verdict == error
    assert found.of("update locking").cell.verdict == waits, found.of("update locking").cell
