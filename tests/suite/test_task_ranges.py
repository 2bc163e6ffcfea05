"""Numbers that the dtype of a network does not hold are refused before a run. Oracle: the ranges that IEEE 754 defines.

Float32 goes from 1.2e-38 to 3.4e38, and its squares from 1.1e-19 to 1.8e19; float64 from 2.2e-308 to 1.8e308.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest

import plausible as pl
from baselines.backprop import Backprop
from plausible.errors import BadInput
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.rules.spiking.diehl_cook import DiehlCook
from plausible.study.refusals import check_inputs
from plausible.tasks.task import Recipe, Split, Task

LINE = np.arange(100.0)[:, None] / 50 - 1  # from -1 to 0.98
OUT_OF_REACH: dict[str, tuple[str, Any, str]] = {  # which of x and y, what it is, what float32 does not hold of it
    "y is 0 in float32": ("y", 1e-60 * LINE, "its squares underflow in float32"),
    "squares of y are 0 in float32": ("y", 1e-23 * LINE, "its squares underflow in float32"),
    "squares of y are no float32": ("y", 1e20 * LINE, "its squares overflow in float32"),
    "y is no float32": ("y", 1e39 * LINE, "y in the train split of mine goes from -1e+39 to 9.8e+38, and float32"),
    "x is 0 in float32": ("x", 1e-60 * np.tile(LINE, 4), "is the same in all rows (100) once rounded to float32"),
    "x is no float32": ("x", 1e39 * np.tile(LINE, 4), "x in the train split of mine goes from -1e+39 to 9.8e+38, and"),
    "x is one number": ("x", 1e9 + np.tile(LINE, 4), "is the same in all rows (100) once rounded to float32"),
    "y beside an offset": ("y", np.hstack([0 * LINE + 1e8, LINE, -LINE]), "lost beside column 0: that is about 1e+08"),
}  # fmt: skip


def made(x: Any, y: Any) -> Task:
    split, recipe = Split(x, y), Recipe((3,), "linear", 1, 2, "sgd")
    return Task("mine", split, split, split, "values", recipe, shared="one is enough here")


def rule(dtype: str) -> Backprop:
    return Backprop(MLP((3,), output=output("linear"), dtype=dtype))


@pytest.mark.parametrize(("which", "values", "said"), OUT_OF_REACH.values(), ids=OUT_OF_REACH)
def test_numbers_that_are_lost_in_float32_are_refused_before_a_run_in_it(
    which: str, values: Any, said: str
) -> None:
    """Float64 holds all of them, so that a task may have them, and a run in float64 too."""
    task = made(**{"x": LINE, "y": LINE, which: values})
    check_inputs(rule("float64"), task)
    with pytest.raises(BadInput) as caught:
        check_inputs(rule("float32"), task)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("scale", [1e-170, 1e170])
def test_values_whose_squares_no_network_holds_make_no_task(scale: float) -> None:
    with pytest.raises(BadInput, match=r"its squares (under|over)flow in float64"):
        made(LINE, scale * LINE)


@pytest.mark.parametrize("scale", [1e-18, 1e-5, 1e5, 1e17])
def test_values_whose_squares_float32_holds_are_taken(scale: float) -> None:
    check_inputs(rule("float32"), made(scale * LINE, scale * LINE))


def test_the_same_inputs_in_all_rows_are_taken_where_they_were_given_so() -> None:
    check_inputs(rule("float32"), made(0 * LINE + 0.1, LINE))


BITS = np.stack([LINE[:, 0] > 0, LINE[:, 0] > 0.5, LINE[:, 0] < 0], axis=1).astype(
    float
)  # several labels each


def test_rules_for_labels_refuse_values_by_name() -> None:
    """Threshold units never come to rest at other targets than 0 and 1, and a wrong label is one of a single one."""
    said = "has values as targets, and {} learns {} only: expected a task of {}, or another rule"
    for name, called, takes, taken in (
        ("perceptron", "Perceptron", "zeros and ones", (LINE > 0, BITS)),
        ("forward-forward", "ForwardForward", "classes", ()),
    ):
        network = MLP((4,), output="logistic")
        half, told = made(LINE, (LINE + 1) / 2), re.escape(said.format(called, takes, takes))
        for given in (half, *(() if taken else (made(LINE, BITS),))):
            with pytest.raises(BadInput, match=told):
                pl.fit(name, given, network=network, epochs=1)
        for y in taken:
            assert pl.fit(name, made(LINE, y.astype(float)), network=network, epochs=1).status == "done"
        learner = pl.PlausibleRegressor(name, network=network, epochs=1)
        for call in (learner.fit, learner.partial_fit):
            with pytest.raises(BadInput, match=told):
                call(LINE, (LINE[:, 0] + 1) / 2)
    several = pl.PlausibleClassifier("perceptron", epochs=2, random_state=0).fit(LINE, BITS.astype(int))
    assert several.predict(LINE).shape == BITS.shape
    with pytest.raises(BadInput, match="ForwardForward learns classes only"):
        pl.PlausibleClassifier("forward-forward", epochs=1).fit(LINE, BITS.astype(int))


def test_a_rule_that_names_no_kind_of_targets_is_refused() -> None:
    @dataclass(frozen=True)
    class Odd(Backprop):
        targets: ClassVar[str] = "clases"

    with pytest.raises(
        BadInput, match="targets of rule Odd is 'clases': expected 'classes' or 'values' or 'zeros"
    ):
        check_inputs(Odd(MLP((4,), output="linear")), made(LINE, LINE))


def test_values_are_refused_by_a_rule_that_names_neurons_after_classes() -> None:
    """By commands, `fit` and the estimators; it would take the largest of the values for a class."""
    squeezed = (LINE + 1) / 2
    said = "has values as targets, and DiehlCook learns classes only: expected a task of classes, or another rule"
    task = made(squeezed, LINE)
    check_inputs(rule("float32"), task)
    for refused in (
        lambda: check_inputs(DiehlCook(), task),
        lambda: pl.fit("diehl-cook", task, hidden=(4,), epochs=1),
        lambda: pl.PlausibleRegressor("diehl-cook", epochs=1).fit(squeezed, LINE[:, 0]),
        lambda: pl.PlausibleRegressor("diehl-cook").partial_fit(squeezed, LINE[:, 0]),
    ):
        with pytest.raises(BadInput) as caught:
            refused()
        assert str(caught.value).endswith(said)
