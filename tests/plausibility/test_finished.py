"""A file that has run whole is watched no longer, and of no other is that said. Oracle: files whose parts are known."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from plausible.plausibility import finished
from plausible.plausibility.audit import audit
from plausible.plausibility.unrun import Running
from plausible.registry.files import module_of

WHOLE = """
import numpy as np


def twice(x):
    several = [2 * each for each in x]
    return several or None


def step(x):
    {code}
    return twice(x)
"""
LEFT = {  # what has not run after it was called three times, or may lead elsewhere
    "a branch": "x = [0] if len(x) > 9 else x",
    "a condition": "x = x or [float(9)]",
    "a function without a name": "f = lambda a: a",
    "a handler": "\n    try:\n        x = x[:]\n    except ValueError:\n        x = []",
}
ELSEWHERE = {
    "a module by a name": "__import__('math')",
    "a call by a name": "getattr(np, 'sum')",
    "a file": "name = 'other.py:Rule'",
    "names of modules": "np.__dict__",
    "an import": "import json",
    "an import beside": "from plausible.registry import registry",
    "a rule by a text": "from plausible.rules.decorrelation.decorrelated import Decorrelated",
}
CALLED = 3


def made(folder: Path, code: str) -> ModuleType:
    """A module of a user's own."""
    file = folder / "mine.py"
    file.write_text(WHOLE.format(code=code), encoding="utf-8")
    return module_of(file)


def watched(module: ModuleType, *, enough: bool = True) -> tuple[bool, Running]:
    """Whether somebody still watches once its step was called a few times."""
    with Running(str(module.__file__), enough=enough) as running:
        for _ in range(CALLED):
            module.step([1.0, 2.0])
        still = sys.gettrace() is not None
    return still, running


@pytest.mark.parametrize("code", ["x = x[:]", "from plausible.core import Step", "from math import sqrt"])
def test_what_has_run_whole_is_watched_no_longer(code: str, tmp_path: Path) -> None:
    module, before = made(tmp_path, code), sys.gettrace()
    still, running = watched(module)
    assert not still
    assert running.unrun() == watched(module, enough=False)[1].unrun()
    assert sys.gettrace() is before


def test_what_is_left_is_looked_at_once_while_nothing_is_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An audit calls a rule thousands of times."""
    module, looked = made(tmp_path, LEFT["a branch"]), list[object]()
    place = finished.placed
    monkeypatch.setattr(finished, "placed", lambda *given: looked.append(given) or place(*given))
    counts = []
    with Running(str(module.__file__), enough=True):
        for _ in range(3 * CALLED):
            module.step([1.0, 2.0])
            counts.append(len(looked))
    assert 0 < counts[0] <= counts[CALLED] == counts[-1]


@pytest.mark.parametrize("name", [*LEFT, *ELSEWHERE])
def test_what_has_not_or_may_lead_elsewhere_is_watched_on(name: str, tmp_path: Path) -> None:
    assert watched(made(tmp_path, (LEFT | ELSEWHERE)[name]))[0]


def test_a_function_of_another_file_is_watched(tmp_path: Path) -> None:
    """Which came as an argument, so that no statement tells of it."""
    (tmp_path / "other").mkdir()
    other, mine = made(tmp_path / "other", "x = x if len(x) < 9 else []"), made(tmp_path, "x = x[:]")
    with Running(str(mine.__file__), enough=True) as running:
        other.step([1.0])
        for _ in range(CALLED):
            mine.step([1.0, 2.0])
        assert sys.gettrace() is not None
    assert [branch.condition for branch in running.unrun()] == ["len(x) < 9"]


RULE = """
from dataclasses import dataclass

from plausible.core import Step
from plausible.rules.layered import Feedforward


@dataclass(frozen=True)
class Mine(Feedforward):
    {field}

    def update(self, params, state, shown, rng):
        h = self.network.forward(params, shown.x).activities[1]
        return Step({{"W1": shown.x.T @ h / len(h)}})
"""


@pytest.mark.parametrize(
    ("field", "text", "ends"), [("pass", "Mine", True), ("a: int = 1", "Mine[a=2]", False)]
)
def test_an_audit_watches_until_then(
    field: str, text: str, ends: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not where the rule has options, which may be rules of other files."""
    file, ended = tmp_path / "mine.py", list[bool]()
    file.write_text(RULE.format(field=field), encoding="utf-8")
    leave = Running.__exit__

    def leaves(self: Running, *given: None) -> None:
        if self.finished is not None or not ended:
            ended.append(sys.gettrace() is None)
        leave(self, *given)

    monkeypatch.setattr(Running, "__exit__", leaves)
    assert audit(f"{file}:{text}", ["non-local error"]).of("non-local error").cell.verdict == "removed"
    assert ended[0] is ends
