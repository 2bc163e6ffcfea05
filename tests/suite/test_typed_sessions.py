"""Rules that are typed into a plain Python session, whose text nothing remembers. Oracle: the keys of notebooks."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from subprocess import PIPE
from types import ModuleType

import pytest

from plausible.study.keys.key import key
from plausible.study.run import Run
from tests.processes import heard, started
from tests.suite.quick import QUICK

TYPED = """
import plausible as pl
import math
GAIN = 2.0
UNUSED = 3

def scaled(signal):
    return GAIN * signal

@pl.rule
class Mine(pl.rules.Layered):
    def signals(self, params, passed, error):
        back = {f"B{layer}": params[f"W{layer}"].T for layer in range(2, self.network.depth + 1)}
        return [scaled(signal) for signal in pl.rules.backward(passed, error, back)]
"""


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Run]:
    """Type lines into a session of which no text is kept; a run of the rule in it."""
    main = ModuleType("__main__")
    monkeypatch.setitem(sys.modules, "__main__", main)

    def run(text: str) -> Run:
        exec(compile(text, "<stdin>", "exec"), vars(main))
        return replace(QUICK, rule="__main__:Mine")

    return run


SAME = {
    "the same lines": TYPED,
    "other lines between": TYPED.replace("def scaled", "\n\n# a remark\ndef scaled"),
    "a value that nothing uses": TYPED.replace("UNUSED = 3", "UNUSED = 4"),
}
OTHER = {
    "a value": TYPED.replace("GAIN = 2.0", "GAIN = 3.0"),
    "a function": TYPED.replace("GAIN * signal", "GAIN * signal * 1.5"),
    "a method": TYPED.replace("params[f", "2 * params[f"),
    "a constant in an inner function": TYPED.replace("range(2,", "range(1 + 1 * 2,"),
    "an attribute": TYPED.replace("[scaled(signal) for", "[scaled(abs(signal)) for"),
}


@pytest.mark.parametrize("what", SAME)
def test_what_is_typed_again_has_the_same_key(what: str, typed: Callable[[str], Run]) -> None:
    before = key(typed(TYPED), "data")
    assert key(typed(SAME[what]), "data") == before


@pytest.mark.parametrize("what", OTHER)
def test_what_is_typed_otherwise_has_another_key(what: str, typed: Callable[[str], Run]) -> None:
    before = key(typed(TYPED), "data")
    assert not before.untold
    assert key(typed(OTHER[what]), "data").name != before.name


def test_what_it_calls_of_the_suite_is_in_its_key(typed: Callable[[str], Run]) -> None:
    """As `pl.rules.through_time`, by a chain of names."""
    without = {module for module, _ in key(typed(TYPED), "data").code}
    other = TYPED.replace("pl.rules.backward(", "pl.rules.through_time(")
    with_it = {module for module, _ in key(typed(other), "data").code}
    assert with_it - without == {"plausible.rules.recurrent"}


def test_a_rule_that_is_typed_into_python_is_compared() -> None:
    lines = [
        *("import plausible as pl", "net = pl.MLP((4,))", "@pl.rule", "class Mine(pl.rules.Backprop):"),
        *(
            "    def signals(self, params, passed, error):",
            "        return super().signals(params, passed, error)",
            "",
        ),
        'made = pl.compare(["backprop", Mine(net)], "two-moons[examples=100]", seeds=1, epochs=1, workers=0)',
        "print([outcome.status for outcome in made.outcomes], made.remarks[:0])",
        "print(pl.check(Mine(net)).kept)",
    ]
    with started([sys.executable, "-i", "-q"], stdin=PIPE) as process:
        out, err = heard(process, "\n".join(lines) + "\n")
    assert out.splitlines() == ["['done', 'done'] []", "True"], err
    assert "Traceback" not in err
