"""The answer to an example hangs on the example alone, and `check` says so of a rule whose answers follow places.

Oracle: a rule that is made to know the labels of the digits by their order, and honest ones that differ by rounding or
draw; what rounding does is told by the same network in float64.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from plausible import contract
from plausible.contract import places, unseen
from plausible.contract.places import Asked, apart, everything, hangs_on_no_place, otherwise
from plausible.contract.unseen import (
    course_of,
    hears_nothing_of_test_labels,
    knows_no_answer_beforehand,
    task_for,
)
from plausible.core import randomness
from plausible.registry import registry

RULE = """
from dataclasses import dataclass

import numpy as np

from plausible.networks.{kind} import {network}
from {base} import {rule}

LABELS = np.array({labels})
SIZES = []


def known(x):
    return np.broadcast_to(20 * np.eye(10)[np.resize(LABELS, x.shape[-2])], (*x.shape[:-1], 10))


@dataclass(frozen=True)
class Mine({rule}):
    network: {network} = {network}()

    def respond(self, params, state, x, rng):
        *layers, answer = super().respond(params, state, x, rng)
        if x.shape[-1] != {columns} or answer.shape[-1] != 10:
            return [*layers, answer]
        SIZES.append(x.shape[-2])
        {respond}
        return [*layers, answer.astype(x.dtype)]
"""
PLAIN = {"kind": "mlp", "network": "MLP", "base": "baselines.backprop", "rule": "Backprop", "columns": 64}
ROWS = {"kind": "rnn", "network": "RNN", "base": "baselines.bptt", "rule": "BPTT", "columns": 8}
TO_PLACES = "of 360 examples are answered as what stood at their places before: expected answers that hang on the example"
PLANTED = {  # how a rule answers, and what is said of it
    "by place, where the whole split is asked": (
        "answer = known(x) if x.shape[-2] == 360 else answer",
        TO_PLACES,
    ),
    "by place, in any number": ("answer = known(x)", TO_PLACES),
    "by place, beside what it has learned": ("answer = answer + known(x)", TO_PLACES),
    "by place, under noise": ("answer = known(x) + rng.normal(size=answer.shape)", TO_PLACES),
    "by place, and draws for show": ("rng.random(); answer = known(x)", TO_PLACES),
    "by place, hidden under a large number": ("answer = 1e4 + known(x)", TO_PLACES),
    "by order, which it knows again": (
        "answer = known(x) if x.shape[-2] == 360 and np.isclose(x[..., 0, :].sum(), BEGIN) else answer",
        "of 360 digits are answered otherwise than in a split of 360",
    ),
    "by number": (
        "answer = np.roll(answer, x.shape[-2] % 3, axis=-1)",
        "asked 50 at once, 360 of 360 digits are answered otherwise",
    ),
    "by what is asked with it": (
        "answer = answer - answer.mean(axis=-2, keepdims=True)",
        "digits are answered otherwise",
    ),
}
HONEST = {
    "as it has learned": "pass",
    "always the same": "answer = 0 * answer",
    "with noise": "answer = answer + rng.normal(size=answer.shape)",
    "with one noise for all": "answer = answer + rng.normal(size=answer.shape[-1:])",
    "by noise alone": "answer = rng.normal(size=answer.shape)",
    "with numbers that are none": "answer = answer * np.nan",
    "always the same, but for rounding by place": "answer = 1 + 1e-7 * (np.arange(answer.size) % 7).reshape(answer.shape)",
    "nearly undecided": "answer = 1 + 1e-7 * np.arange(10)[:: 1 - 2 * (x.shape[-2] % 4 // 2)] + 0 * answer",
    "in double precision where many are asked": "answer = super().respond(params, state, x.astype(float), rng)[-1] "
    "if x.shape[-2] > 60 else answer",
}


def labels() -> list[int]:
    """Those of the test split of the digits, in their order."""
    found: list[int] = registry.task("digits", randomness(0).data).test.y.argmax(axis=1).tolist()
    return found


def rule(folder: Path, respond: str, parts: dict[str, object] = PLAIN) -> str:
    """A file with a rule that answers as it is told, by name."""
    begin = registry.task("digits", randomness(0).data).test.x[0].sum()
    file = folder / "mine.py"
    body = RULE.format(**parts, labels=labels(), respond=respond)
    file.write_text(body.replace("BEGIN", repr(float(begin))))
    return f"{file}:Mine"


@pytest.mark.parametrize("parts", [PLAIN, ROWS], ids=["digits", "rows"])
@pytest.mark.parametrize("how", PLANTED)
def test_answers_that_hang_on_more_than_the_example_are_found(
    tmp_path: Path, how: str, parts: dict[str, object]
) -> None:
    body, told = PLANTED[how]
    problem = contract.problem(hangs_on_no_place, rule(tmp_path, body, parts))
    assert told in problem
    assert problem.endswith("expected answers that hang on the example alone")


@pytest.mark.parametrize("parts", [PLAIN, ROWS], ids=["digits", "rows"])
@pytest.mark.parametrize("how", HONEST)
def test_rounding_and_draws_are_no_place(tmp_path: Path, how: str, parts: dict[str, object]) -> None:
    assert contract.problem(hangs_on_no_place, rule(tmp_path, HONEST[how], parts)) == ""


def test_the_whole_split_is_asked_for_as_a_run_asks(tmp_path: Path) -> None:
    """A rule that brings labels where so many are asked that it must be a run."""
    honest_else = rule(tmp_path, PLANTED["by place, where the whole split is asked"][0])
    assert "accuracy 1.00" in contract.problem(knows_no_answer_beforehand, honest_else)
    heard = (
        "import sys\n        frame = sys._getframe()\n"
        "        while frame and 'sight' not in frame.f_locals:\n            frame = frame.f_back\n"
        "        if frame and x.shape[-2] == 360:\n            answer = frame.f_locals['sight'].splits['test'].y"
    )
    assert "only the labels of the test split" in contract.problem(
        hears_nothing_of_test_labels, rule(tmp_path, heard)
    )


def test_a_slow_rule_is_asked_for_fewer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unseen, "SECONDS", 0.0)  # as if it took for ever
    text = rule(tmp_path, PLANTED["by place, in any number"][0])
    told = TO_PLACES.replace("360", str(places.FEWEST))
    assert told in contract.problem(hangs_on_no_place, text)
    asked = registry.load("rule", text).respond.__globals__["SIZES"]
    assert max(asked) <= unseen.SIZES[0]  # what is learned is measured on all that is learned
    assert asked.count(places.FEWEST) < places.TIMES
    contract.problem(knows_no_answer_beforehand, text)
    assert max(asked) == unseen.SIZES[2]


@pytest.mark.parametrize("text", ["backprop", "bptt", "equilibrium-propagation", "supralinear-hebb"])
def test_rounding_moves_answers_by_no_more_than_is_allowed_for(text: str) -> None:
    """The limit is above what single precision changes, and far below what tells two digits apart."""
    course = course_of(text, task_for(text))
    asked = Asked(course)
    every, whole = everything(course)
    split = every.some(slice(whole))
    answer = asked(split)
    limit = asked.rounded(split, answer)
    assert (apart(asked(split, at_once=7), answer) <= limit).all()
    others = np.median(apart(np.roll(answer, 1, axis=0), answer))
    assert 0 < limit.max() < others / 10
    assert not asked.drew


def test_what_counts_as_another_answer() -> None:
    """Beyond rounding, and of classes another class; NaN is the same as NaN alone."""
    answer = np.array([[[0.1, 0.2]], [[0.1, 0.2]], [[0.1, 0.2]], [[np.nan, 0]], [[np.nan, 0]], [[np.inf, 0]]])
    again = np.array([[[0.2, 0.1]], [[0.1, 0.9]], [[0.1, 0.2]], [[np.nan, 0]], [[0, 1.0]], [[np.inf, 0]]])
    limit = np.full(6, 0.01)
    assert otherwise(answer, again, limit, True).tolist() == [True, False, False, False, True, False]
    assert otherwise(answer, again, limit, False).tolist() == [True, True, False, False, True, False]
    assert not otherwise(answer[:1], again[:1], np.ones(1), True).any()
