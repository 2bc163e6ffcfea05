"""A rule of one's own in a cell: what makes it one, and what its check says. Oracle: the command, and the contract."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import plausible as pl
from plausible.errors import BadInput
from plausible.registry import registry
from tests.suite.command import command
from tests.suite.test_session import Notebook

CELL = """
import plausible as pl

@pl.rule
class Mine(pl.rules.Layered):
    gain: float = 1.0

    def signals(self, params, passed, error):
        layers = range(2, self.network.depth + 1)
        back = {f"B{layer}": self.gain * params[f"W{layer}"].T for layer in layers}
        return [*pl.rules.backward(passed, error, back)]
"""
QUICK: dict[str, Any] = {"task": "two-moons[examples=100]", "seeds": 2, "epochs": 2, "workers": 0}


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Notebook:
    """A notebook."""
    return Notebook(monkeypatch)


def test_a_class_in_a_cell_becomes_a_rule_that_is_compared_as_any_other(notebook: Notebook) -> None:
    """Where its gain is 1 it is backpropagation, so its numbers are those of it, to the last bit."""
    main = notebook.run(CELL)
    net = pl.MLP((6,))
    made = pl.compare(["backprop", main.Mine(net), replace(main.Mine(net), gain=0.5)], **QUICK)
    losses = made.frame[(made.frame.metric == "loss") & (made.frame.split == "test")]
    by_rule = {rule: rows.value.tolist() for rule, rows in losses.groupby("rule")}
    assert by_rule.keys() == {"backprop", "Mine", "Mine[gain=0.5]"}
    assert by_rule["backprop"] == by_rule["Mine"] != by_rule["Mine[gain=0.5]"]


def test_it_is_frozen_equal_by_its_fields_and_takes_words(notebook: Notebook) -> None:
    main = notebook.run(CELL)
    mine = main.Mine(pl.MLP((6,)))
    assert mine == main.Mine(pl.MLP((6,)), 1.0) != main.Mine(pl.MLP((6,)), 2.0)
    with pytest.raises(AttributeError):
        mine.gain = 2.0
    assert pl.rule(main.Mine) is main.Mine
    assert registry.rule("__main__:Mine[gain=2]", pl.MLP((6,))) == main.Mine(pl.MLP((6,)), 2.0)


def test_its_check_says_what_the_command_says_of_the_same_class_in_a_file(
    notebook: Notebook, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main = notebook.run(CELL)
    (tmp_path / "mine.py").write_text(CELL)
    checked = pl.check(main.Mine(pl.MLP((6,))))
    ended = command("check", f"{tmp_path}/mine.py:Mine", capsys=capsys)
    assert (ended.code, checked.kept) == (0, True)
    assert "\n".join(checked.lines) == ended.out.rstrip()
    told = " ".join(["rule __main__:Mine", *checked.lines])
    assert repr(checked).split() == told.split(), "in lines of any width"
    assert [*checked.frame.columns] == ["promise", "verdict", "words"]
    assert len(checked.frame) == len(checked.findings) > 10


WRONG = CELL.replace("layers =", "error += 1; layers =")


def test_a_promise_that_is_broken_is_said_with_what_is_wrong(notebook: Notebook) -> None:
    checked = pl.check(notebook.run(WRONG).Mine)
    assert not checked.kept
    broken = [finding for finding in checked.findings if finding.verdict == "broken"]
    assert broken
    assert all(finding.words for finding in broken)
    assert f"{len(broken)} of {len(checked.findings)} promises broken" in repr(checked).splitlines()[-1]
    assert "promises broken" in checked._repr_html_()


def test_all_that_has_a_contract_can_be_given_as_a_word_an_instance_or_a_class() -> None:
    relu = pl.networks.activation("relu")
    given = {
        "rule": ("fa", pl.rules.FeedbackAlignment(pl.MLP((5,))), pl.rules.FeedbackAlignment),
        "optimiser": ("sgd", pl.SGD(), pl.SGD),
        "network": ("mlp", pl.MLP(), pl.MLP),
        "activation": ("relu", relu),
        "init": ("uniform", pl.networks.Uniform(), pl.networks.Uniform),
        "probe": ("alignment", pl.probes.Alignment(), pl.probes.Alignment),
        "criterion": ("within", pl.probes.Within(), pl.probes.Within),
    }
    for kind, ways in given.items():
        first, *others = [pl.check(each) for each in ways]
        assert first.kept, first
        for other in others:
            assert (other.kind, other.findings) == (kind, first.findings)


@dataclass
class Changeable:
    """A rule that is a dataclass already, and not frozen."""

    init = update = respond = staticmethod(lambda *given: None)


class Half:
    """A rule without two of its methods."""

    def init(self, n_in: int, n_out: int, rng: np.random.Generator) -> None:
        """Nothing."""


class Silent(pl.rules.Layered):
    """A rule that derives, and does not say how errors travel."""


class Listed(pl.rules.Backprop):
    """A rule with a default that instances would share."""

    sizes: list[int] = []  # noqa: RUF012


class Waiting(pl.rules.Backprop):
    """A rule whose update is a coroutine."""

    async def update(self, *given: object) -> None:  # type: ignore[override]
        """Nothing."""


REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "a number": (lambda: pl.rule(3), "3 is no class: expected @plausible.rule above a class"),  # type: ignore[type-var]
    "a dataclass that can be changed": (
        lambda: pl.rule(Changeable),
        "rule Changeable .*dataclass that can be changed: exp",
    ),
    "methods that are missing": (
        lambda: pl.rule(Half),
        "rule Half has no update and no respond: expected it to def",
    ),
    "what is abstract": (
        lambda: pl.rule(Silent),
        "rule Silent has no signals: expected it to define them, or to",
    ),
    "a list as a default": (
        lambda: pl.rule(Listed),
        "fields of rule Listed make no frozen dataclass: mutable def",
    ),
    "a coroutine": (lambda: pl.rule(Waiting), "rule Waiting has a coroutine, .*update: expected def"),
    "nothing of this name": (lambda: pl.check("fb"), "unknown name 'fb'"),
    "no kind of this name": (lambda: pl.check("fa", "rul"), "unknown kind 'rul': did you mean 'rule'"),
    "a check of a number": (
        lambda: pl.check(3),
        "what is to be checked is of kind int: expected a word, or a frozen",
    ),
    "a check of no dataclass": (
        lambda: pl.check(Half),
        "what is to be checked is Half: expected a word, or a frozen",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_rule_is_refused_where_it_is_defined_in_one_line(what: str) -> None:
    make, told = REFUSED[what]
    with pytest.raises(BadInput, match=told) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_a_class_that_was_defined_anew_is_told_from_the_one_before(notebook: Notebook) -> None:
    before = notebook.run(CELL).Mine
    after = notebook.run(CELL).Mine
    assert pl.check(after).kept
    with pytest.raises(BadInput, match="Mine of this session was defined anew since"):
        pl.check(before)
    assert sys.modules["__main__"] is notebook.main
