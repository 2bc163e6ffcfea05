"""Every registered optimiser keeps its promises, and one that breaks a promise is told which.

Oracle: the `Optimiser` protocol of plausible.core, and faults made on purpose.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from plausible import contract
from plausible.errors import BadInput
from plausible.registry import registry

OPTIMISERS = [
    *sorted(registry.registered("optimiser")), "sgd[momentum=0.9]", "sgd[momentum=0.9,nesterov=True]",
]  # fmt: skip


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_every_registered_optimiser_keeps_every_promise(optimiser: str) -> None:
    found = contract.check(optimiser, "optimiser")
    assert [finding for finding in found if finding.verdict in ("broken", "not judged")] == []


SOUND = """
from dataclasses import dataclass, field
import numpy as np
from plausible.core import Outer
from plausible.search import Range

COUNT = [0]

@dataclass(frozen=True)
class Mine:
    rate: float = 0.1
    search = {"rate": Range(1e-3, 1.0)}

    def init(self, params):
        return {"step": 0, "mean": {name: np.zeros_like(array) for name, array in params.items()}}

    def apply(self, params, updates, memory, loss=None):
        memory["step"] += 1
        for name, update in updates.items():
            change = update.dense() if isinstance(update, Outer) else update
            memory["mean"][name] = 0.5 * memory["mean"][name] + 0.5 * change
            params[name] += self.rate * memory["mean"][name]
"""

CHANGE = "            params[name] += self.rate * memory"
BREAKAGES = {
    "nothing": ("", "", ""),
    "no dataclass": ("@dataclass(frozen=True)\nclass", "class", "expected a frozen dataclass"),
    "not frozen": ("frozen=True", "frozen=False", "it is not frozen"),
    "an array as a field": ("    rate: float = 0.1", "    rate: float = 0.1\n    a: object = field(default_factory=lambda: [np.ones(2)])", "'a' holds an array"),
    "no memory": ('        return {"step"', '        return None; {"step"', "init returned NoneType"),
    "a memory of objects": ('return {"step": 0,', 'return {"step": 0, "rng": np.random.default_rng(0),', "Generator cannot be stored"),
    "a memory of functions": ('return {"step": 0,', 'return {"step": 0, "f": np.sin,', "cannot be stored"),
    "init that changes weights": ('        return {"step"', '        params["W1"][:] = 0\n        return {"step"', "init changed a weight"),
    "a memory in a weight": ('return {"step": 0,', 'return {"step": 0, "best": dict(params),', "lies in a weight"),
    "a counter outside of its memory": (CHANGE, "            COUNT[0] += 1\n            params[name] += COUNT[0] * 1e-3\n" + CHANGE, "two runs differ"),
    "a memory of its own": (CHANGE, "            vars(self).setdefault('n', []).append(1)\n            params[name] += len(vars(self)['n']) * 1e-3\n" + CHANGE, "after the memory went to a file and back"),
    "a memory by identity": (CHANGE, "            params[name] += (memory.setdefault('me', id(memory)) != id(memory)) * 1e-3\n" + CHANGE, "after the memory went to a file and back"),
    "other arrays": (CHANGE, "            params[name] = params[name] + self.rate * memory", "another array in the place of"),
    "a weight more": (CHANGE, "            params['extra'] = np.zeros(1)\n" + CHANGE, "adds or removes weights"),
    "not finite": (CHANGE, "            params[name] += np.inf\n" + CHANGE, "is not finite"),
    "a dtype that cannot be": (CHANGE, "            params[name] = params[name].astype('float64')\n" + CHANGE, "another array in the place of"),
    "no change": ("self.rate * memory", "0 * memory", "no weight has changed"),
    "writing into updates": (CHANGE, "            change *= 0.5\n" + CHANGE, "it is the rule's"),
    "keeping updates": (CHANGE, "            memory['last'] = change\n" + CHANGE, "its memory lies in update"),
    "factors without their scale": ("update.dense() if", "update.pre.T @ update.post if isinstance(update, Outer) and update.pre is not None else update.dense() if", "becomes another weight"),
    "all weights, whatever has an update": ("for name, update in updates.items():", "for name in params:\n            update = updates.get(name, params[name])", "W1 changed, and had no update"),
    "down instead of up": (CHANGE, "            params[name] -= self.rate * memory", "is a sign wrong?"),
    "a search of no field": ('search = {"rate"', 'search = {"rat"', "'rat' is no field"),
    "a search that is no range": ("Range(1e-3, 1.0)", "(1e-3, 1.0)", "expected a Range"),
    "an exception": (CHANGE, "            raise RuntimeError('no idea')\n" + CHANGE, "it raises RuntimeError: no idea ("),
    "leaving": (CHANGE, "            raise SystemExit(0)\n" + CHANGE, "it ends the program, which it has no right to: SystemExit: 0 ("),
    "a memory on the host": ("np.zeros_like(array)", "np.zeros(array.shape)", "numpy"),
    "a change on the host": ("change = update.dense()", "change = np.zeros((5, 3)) + update.dense()", "meets one of another library"),
    "no init": ("    def init(", "    def begin(", "with init and apply"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "expected"), BREAKAGES.values(), ids=list(BREAKAGES))
def test_a_broken_promise_of_an_optimiser_is_named(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert old in SOUND
    file = tmp_path / "optimiser.py"
    file.write_text(SOUND.replace(old, new, 1) if old else SOUND)
    assert contract.kind_of(f"{file}:Mine") == "optimiser"
    try:
        problems = [finding.problem for finding in contract.check(f"{file}:Mine") if finding.problem]
    except BadInput as error:
        problems = [str(error)]
    if not expected:
        assert problems == []
    else:
        assert any(expected in problem for problem in problems), problems
        assert all("\n" not in problem for problem in problems)


def test_patterns_for_other_weights_leave_promises_unjudged() -> None:
    findings = contract.check("decay[names=('V*',)]")
    assert not any(finding.problem for finding in findings)
    unjudged = [finding for finding in findings if finding.verdict == "not judged"]
    assert len(unjudged) == 9
    assert all("it refuses the weights W1 and b1" in finding.words for finding in unjudged)
