"""How names are read. Oracle: the grammar in plausible.registry's docstring."""

from __future__ import annotations

import pytest

from plausible import registry
from plausible.errors import BadInput
from plausible.functions import Gaussian, Uniform, Zero
from plausible.networks import MLP
from plausible.optimise.sgd import SGD


def test_commas_separate_outside_brackets_only() -> None:
    assert registry.split("a, b[x=1,y=2],./f.py:C") == ["a", "b[x=1,y=2]", "./f.py:C"]


@pytest.mark.parametrize(
    ("text", "name", "options"),
    [
        ("backprop", "backprop", {}),
        ("sgd[rate=0.1, momentum=0.9]", "sgd", {"rate": 0.1, "momentum": 0.9}),
        ("sgd[nesterov=True]", "sgd", {"nesterov": True}),
        ("x[sizes=(1, 2),name=word]", "x", {"sizes": (1, 2), "name": "word"}),
        ("fa[feedback=uniform(0.5)]", "fa", {"feedback": Uniform(0.5)}),
        ("fa[feedback=gaussian]", "fa", {"feedback": Gaussian()}),
        ("./a.py:B[c=zero]", "./a.py:B", {"c": Zero()}),
        ("x[]", "x", {}),
    ],
)
def test_specs(text: str, name: str, options: dict[str, object]) -> None:
    assert registry.parse(text) == (name, options)


@pytest.mark.parametrize("text", ["", "a[b", "a]b", "a[b]c", "a[1=2]", "a[b]", "fa[feedback=uniform(-1)]"])
def test_specs_that_cannot_be_read(text: str) -> None:
    with pytest.raises(BadInput):
        registry.parse(text)


def test_initials_stand_for_names() -> None:
    assert registry.full_name("rule", "fa") == "feedback-alignment"
    assert registry.full_name("rule", "dfa") == "direct-feedback-alignment"
    assert registry.full_name("task", "fm") == "fashion-mnist"
    with pytest.raises(BadInput):
        registry.full_name("rule", "b")


def test_options_reach_what_they_name() -> None:
    network = MLP(hidden=(3,))
    rule = registry.rule("fa[feedback=gaussian(0.1)]", network)
    assert repr(rule) == repr(type(rule)(network=network, feedback=Gaussian(0.1)))  # type: ignore[call-arg]
    assert registry.optimiser("sgd[rate=0.3,momentum=0.5]") == SGD(0.3, momentum=0.5)
    assert registry.label("fa[feedback=gaussian(0.1)]") == "feedback-alignment[feedback=gaussian(0.1)]"
