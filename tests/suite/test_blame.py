"""What is told of a lost run, a rule that stands twice and a fault at the start is true. Oracle: who is at fault."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from plausible.errors import BadInput
from plausible.registry import files
from plausible.registry.failure import failure
from plausible.study.compare import Comparison
from plausible.study.course import execute
from plausible.study.engine import Claims
from plausible.study.keys.key import key
from plausible.study.run import Outcome, Run
from plausible.study.store.store import Store
from tests.suite.quick import QUICK, RULE, mine

TASK = "two-moons[examples=100]"
OPTIMISER = """
import sys
from dataclasses import dataclass

@dataclass(frozen=True)
class Mine:
    def init(self, params):
        {fault}
    def apply(self, params, step, memory):
        return params, memory
"""
RAISES = RULE + "    def init(self, n_in, n_out, rng):\n        raise KeyError('W9')\n"


def settled(store: Store, outcome: Outcome) -> Outcome:
    """An outcome as the process that computed it tells of it."""
    claims = Claims(store)
    assert claims.claim(outcome.run) == "mine"
    return claims.settle(outcome)


def raised(run: Run) -> Outcome:
    try:
        raise KeyError("W3")
    except KeyError as error:
        reason, traceback = failure(error)
    return Outcome(run, "failed", reason, traceback=traceback)


@pytest.mark.parametrize("told", ["now", "later"])
def test_a_traceback_is_promised_only_where_there_is_one(told: str, tmp_path: Path) -> None:
    store = Store(tmp_path)
    died = Outcome(QUICK, "failed", "its worker died (killed by signal 9)")
    for outcome, what in ((died, "log"), (raised(replace(QUICK, seed=1)), "traceback")):
        now = settled(store, outcome)
        stored = store.find(key(outcome.run))
        assert stored is not None
        text = str(now if told == "now" else stored.ended())
        log = stored.folder / "log.txt"
        assert text == f"failed: {outcome.reason}; {what} in {log}"
        assert ("Traceback" in log.read_text()) == (what == "traceback")


@pytest.mark.parametrize(
    "rules",
    [
        ("backprop@sgd[rate=0.1]", "backprop@sgd[rate=0.10]"),
        ("backprop@sgd[rate=0.1]", "backprop@sgd[momentum=0.0,rate=1e-1]"),
        ("fa@adam", "fa@adam[rate=0.001]"),
        ("pepita[scale=0.1]", "pepita[scale=0.10]"),
    ],
)
def test_one_thing_in_other_words_is_refused(rules: tuple[str, ...]) -> None:
    with pytest.raises(BadInput, match=r"each rule once: .* is .* again") as caught:
        Comparison(TASK, rules, epochs=1).runs()
    assert "\n" not in str(caught.value)


def test_the_recipe_in_other_words_is_refused_and_another_optimiser_is_not() -> None:
    recipe = Comparison(TASK, ("backprop",), optimiser="adam[rate=0.02]", epochs=1)
    with pytest.raises(BadInput, match="each rule once"):
        replace(recipe, rules=("backprop", "backprop@adam[rate=2e-2]")).runs()
    assert len(replace(recipe, rules=("backprop", "backprop@adam[rate=0.03]"), seeds=1).runs()) == 2


@pytest.mark.parametrize("fault", ["sys.exit(0)", "raise KeyError('W3')", "return 1 / 0"])
def test_a_fault_of_the_optimiser_is_the_optimisers(fault: str, tmp_path: Path) -> None:
    file = tmp_path / "own.py"
    file.write_text(OPTIMISER.format(fault=fault))
    with pytest.raises(BadInput, match=r"init of optimiser Mine\(\) cannot be made") as caught:
        Comparison(TASK, ("backprop",), optimiser=f"{file}:Mine", epochs=1, schedule="constant").runs()
    assert f"{files.path_of(str(file))}:8" in str(caught.value)
    assert "rule" not in str(caught.value)


def test_a_fault_of_the_rule_is_the_rules(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(RAISES)
    with pytest.raises(BadInput, match=r"init of rule '.*own\.py:Mine' cannot be made"):
        Comparison(TASK, (f"{tmp_path}/own.py:Mine",), epochs=1).runs()


SIGNALS = """
from dataclasses import dataclass
from plausible.rules.layered import Layered

@dataclass(frozen=True)
class Mine(Layered):
    def signals(self, params, passed, error):
        return {signals}
"""


@pytest.mark.parametrize(
    ("signals", "said"),
    [
        ("None", "TypeError: the teaching signals are None: expected 2, one for each layer, "),
        ("[error]", "ValueError: the number of teaching signals is 1: expected 2, one for each layer, "),
        ("[None, error, error]", "ValueError: the number of teaching signals is 3: expected 2, "),
        ("[error, error]", "ValueError: update for 'b1' has shape (2,) and dtype float32; expected (4,) "),
        ("[None, error[:3]]", "ValueError: update for 'W2': pre has 10 rows and post 3; expected as many"),
    ],
)
def test_signals_that_do_not_fit_are_told_with_the_line_that_returns_them(
    signals: str, said: str, tmp_path: Path
) -> None:
    outcome = execute(mine(tmp_path, SIGNALS.format(signals=signals)))
    assert outcome.status == "failed"
    assert outcome.reason.startswith(said)
    assert outcome.reason.endswith(f"({tmp_path / 'mine.py'}:7)")
