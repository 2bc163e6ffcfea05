"""A rule whose proposals are whole changes names the optimiser that applies them, where nobody else names one."""

from __future__ import annotations

from pathlib import Path

import pytest

from plausible.contract.check import check
from plausible.errors import BadInput
from plausible.networks.mlp import MLP
from plausible.optimise.sgd import SGD
from plausible.registry import registry
from plausible.study.compare import Comparison
from plausible.study.course import execute
from plausible.study.run import Run
from plausible.study.study import cells
from plausible.study.tuning.search import Group
from plausible.study.tuning.settings import with_settings

WHOLE = '''
"""whole.py: backprop's change of 20 steps' worth, as weights after minus weights before."""

from dataclasses import dataclass
from typing import ClassVar

from plausible.search import Range
from plausible.rules.layered import Layered, backward


@dataclass(frozen=True)
class Whole(Layered):
    search: ClassVar = {"size": Range(0.01, 1.0)}
    OPTIMISER
    size: float = 0.5

    def signals(self, params, passed, error):
        feedback = {f"B{n}": params[f"W{n}"].T for n in range(2, self.network.depth + 1)}
        return [self.size * signal for signal in backward(passed, error, feedback)]
'''
TASK = "two-moons[examples=60]"
CONSTANT = 'optimiser: ClassVar[str] = "sgd[rate=1]"'
BY_OPTIONS = """
    @property
    def optimiser(self):
        return f"sgd[rate={1 / self.size}]"
"""


def named(folder: Path, optimiser: str) -> str:
    file = folder / "whole.py"
    file.write_text(WHOLE.replace("OPTIMISER", optimiser), encoding="utf-8")
    return f"{file}:Whole"


def optimisers(*rules: str, task: str = TASK, **more: str) -> dict[str, object]:
    """What each rule is called in a comparison, with its optimiser."""
    return {label: run.optimiser for label, run in Comparison(task, rules, seeds=1, **more).entries}  # type: ignore[arg-type]


def test_it_is_used_at_a_constant_rate_where_none_is_named_and_said_in_the_table(tmp_path: Path) -> None:
    rule = named(tmp_path, CONSTANT)
    ours = optimisers(rule, "backprop")
    assert ours["Whole@sgd[rate=1]"] == SGD(1.0)
    assert callable(ours["backprop"].rate)  # type: ignore[attr-defined]  # on the schedule, as ever
    assert optimisers("diehl-cook[memory=9]", task="digits") == {"diehl-cook[memory=9]@sgd[rate=1]": SGD(1.0)}


def test_one_that_is_named_goes_before_it(tmp_path: Path) -> None:
    rule, label = named(tmp_path, CONSTANT), "Whole"
    assert optimisers(rule, optimiser="sgd[rate=0.1]", schedule="constant") == {label: SGD(0.1)}
    assert optimisers(f"{rule}@sgd[rate=0.2]", schedule="constant") == {f"{label}@sgd[rate=0.2]": SGD(0.2)}


def test_options_may_decide_and_the_search_for_them_takes_the_optimiser_along(tmp_path: Path) -> None:
    rule = named(tmp_path, BY_OPTIONS)
    assert [*optimisers(rule).values()] == [SGD(2.0)]
    (run,) = cells([TASK], [rule], [MLP((3,))], {}, 1, 4, 1)
    assert isinstance(run, Run)
    assert run.optimiser == SGD(2.0)
    assert set(Group(run, 3).space()) == {"rule.size"}  # it has no rate to tune
    assert with_settings(run, {"rule.size": "0.25"}).optimiser == SGD(4.0)
    (other,) = cells([TASK], [rule], [MLP((3,))], SGD(0.5), 1, 4, 1)
    assert isinstance(other, Run)
    assert set(Group(other, 3).space()) == {"rule.size", "optimiser.rate"}
    assert with_settings(other, {"rule.size": "0.25", "optimiser.rate": "0.1"}).optimiser == SGD(0.1)


def test_a_rule_beside_those_that_are_given_an_optimiser_has_its_own_or_is_refused(tmp_path: Path) -> None:
    given = {"backprop": SGD(0.5)}
    found = cells([TASK], ["backprop", named(tmp_path, CONSTANT)], [MLP((3,))], given, 1, 4, 1)
    assert [cell.optimiser for cell in found if isinstance(cell, Run)] == [SGD(0.5), SGD(1.0)]
    with pytest.raises(BadInput, match="a rule without an optimiser is 'shallow': expected one of backprop"):
        cells([TASK], ["shallow"], [MLP((3,))], given, 1, 4, 1)


def test_a_change_is_applied_as_it_is(tmp_path: Path) -> None:
    """With the changes of half a step of descent, and its own optimiser, it learns what backprop does at rate ½."""
    rule = named(tmp_path, CONSTANT)
    network = MLP((4,), dtype="float64")
    ours, theirs = (
        execute(run)
        for run in (
            Run(TASK, rule, network, SGD(1.0), 3, 4),
            Run(TASK, "backprop", network, SGD(0.5), 3, 4),
        )
    )
    losses = [[r.value for r in run.rows if r.metric == "loss"] for run in (ours, theirs)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-12)
    assert len(losses[0]) > 3


def test_check_learns_with_it(tmp_path: Path) -> None:
    """A rule that is a tenth as fast as backprop at the usual rate, and learns at its own."""
    slow = WHOLE.replace("OPTIMISER", 'optimiser: ClassVar[str] = "sgd[rate=1000]"').replace("0.5", "0.0001")
    (tmp_path / "slow.py").write_text(slow, encoding="utf-8")
    assert broken(f"{tmp_path / 'slow.py'}:Whole") == []
    (tmp_path / "slower.py").write_text(slow.replace("rate=1000", "rate=0"), encoding="utf-8")
    assert broken(f"{tmp_path / 'slower.py'}:Whole") == ["It beats chance on a small task."]


def broken(rule: str) -> list[str]:
    """The promises that a rule breaks."""
    return [verdict.promise for verdict in check(rule) if verdict.problem]


@pytest.mark.parametrize(
    ("optimiser", "said"),
    [
        ('optimiser: ClassVar = "sgd[speed=1]"', "speed"),
        ("optimiser: ClassVar = 1.0", "its name, such as 'sgd"),
    ],
)
def test_what_names_none_is_refused_in_a_line(tmp_path: Path, optimiser: str, said: str) -> None:
    with pytest.raises(BadInput, match=said) as raised:
        optimisers(named(tmp_path, optimiser))
    assert "\n" not in str(raised.value)
    assert registry.own_optimiser("backprop") is None
