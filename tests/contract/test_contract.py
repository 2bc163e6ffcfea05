"""Every registered rule keeps every promise of the contract, and a rule that breaks one is told which.

Oracle: the `Rule` protocol of plausible.core. Each broken rule below breaks one promise on purpose, so a promise that
could not fail would show here.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from plausible import contract, registry
from plausible.spiking.compiled import compiler

RULES = sorted(registry.registered("rule"))
COMPILED = {"diehl-cook"}  # without a compiler they would take hours


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("promise", contract.PROMISES, ids=lambda promise: promise.__name__)
def test_every_registered_rule_keeps_every_promise(rule: str, promise: Callable[[str], None]) -> None:
    if rule in COMPILED and compiler() is None:
        pytest.skip("there is no C++ compiler")
    assert contract.problem(promise, rule) == ""


SOUND = """
from dataclasses import dataclass, field

import numpy as np

from plausible.core import Outer, Step
from plausible.networks import MLP

LAST = np.zeros(1)


@dataclass(frozen=True)
class Broken:
    network: MLP = MLP()

    def init(self, n_in, n_out, rng):
        return self.network.start(n_in, n_out, rng), None

    def update(self, params, state, shown, rng):
        activities = self.network.forward(params, shown.x).activities
        error = activities[-1] - shown.y
        return Step({"W3": Outer(activities[-2], error, -1 / len(error))})

    def respond(self, params, state, x, rng):
        return self.network.forward(params, x).activities[1:]
"""

BREAKAGES = {
    "no change": ("", "", ""),
    "no dataclass": ("@dataclass(frozen=True)\nclass", "class", "dataclass"),
    "not frozen": ("frozen=True", "frozen=False, unsafe_hash=True", "not frozen"),
    "an array as a field": ("    network: MLP = MLP()", "    network: MLP = MLP()\n    a: object = field(default_factory=lambda: LAST)", "holds an array"),
    "its own randomness": ("start(n_in, n_out, rng)", "start(n_in, n_out, np.random.default_rng())", "one seed"),
    "other draws first": ("        return self.network.start", "        rng.random()\n        return self.network.start", "call that first"),
    "an unknown weight": ('"W3"', '"W9"', "'W9'"),
    "a wrong shape": ("activities[-2]", "activities[-3]", "has shape (7, 3)"),
    "no update": ('{"W3": Outer(activities[-2], error, -1 / len(error))}', "{}", "no change at all"),
    "no step": ("Step({", "dict({", "expected a plausible.core.Step"),
    "a dtype promoted": ("activities[-1] - shown.y", "activities[-1] - np.float64(1) * shown.y", "float64"),
    "infinite": ("-1 / len(error)", "-1 / len(error)) if len(error) > 5 else Outer(activities[-2] * np.inf, error", "finite"),
    "writing into weights": ("        error =", '        params["W3"][:] = 0\n        error =', "writes into"),
    "writing into the input": ("        error =", "        shown.x[:] = 0\n        error =", "writes into"),
    "hidden state": ("        error =", "        LAST[0] += 1\n        activities[-1] += LAST[0]\n        error =", "one seed"),
    "a sum over the batch": ("-1 / len(error)", "-1.0", "2 times as large"),
    "one batch size only": ("        error =", "        assert len(shown.x) == 5\n        error =", "AssertionError"),
    "no list": ("activities[1:]\n", "activities[-1]\n", "expected a list"),
    "a hidden layer as the answer": ("activities[1:]\n", "activities[1:-1]\n", "expected (5, 3)"),
    "provenance lost": ("activities[-1] - shown.y", "np.array(activities[-1] - shown.y)", "provenance"),
    "work that is not counted": ("    network:", "    work = ('spikes',)\n    network:", "'spikes'"),
    "a wrong sign": ("-1 / len(error)", "1 / len(error)", "sign wrong"),
    "an exception": ("        error =", "        raise RuntimeError('no idea')\n        error =", "RuntimeError: no idea"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "expected"), BREAKAGES.values(), ids=list(BREAKAGES))
def test_a_broken_promise_is_named(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert old in SOUND
    file = tmp_path / "rule.py"
    file.write_text(SOUND.replace(old, new, 1) if old else SOUND)
    try:
        problems = [finding.problem for finding in contract.check(f"{file}:Broken") if finding.problem]
    except registry.BadInput as error:
        problems = [str(error)]
    if not expected:
        assert problems == []
    else:
        assert any(expected in problem for problem in problems), problems
        assert all("\n" not in problem for problem in problems)
