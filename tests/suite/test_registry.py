"""How names are read. Oracle: the grammar in plausible.registry.registry's docstring."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from plausible.errors import BadInput
from plausible.networks.inits import Gaussian, Uniform, Zero
from plausible.networks.mlp import MLP
from plausible.optimise.sgd import SGD
from plausible.registry import registry, specs
from plausible.settling.relaxation import Relaxation


def test_commas_separate_outside_brackets_only() -> None:
    assert specs.split("a, b[x=1,y=2],./f.py:C") == ["a", "b[x=1,y=2]", "./f.py:C"]
    assert specs.split("a[x=(1,[2,3]),y='],'],./o'b (/f.py:C,d") == [
        *("a[x=(1,[2,3]),y='],']", "./o'b (/f.py:C", "d"),
    ]


@pytest.mark.parametrize(
    ("text", "name", "options"),
    [
        ("backprop", "backprop", {}),
        ("sgd[rate=0.1, momentum=0.9]", "sgd", {"rate": "0.1", "momentum": "0.9"}),
        ("x[sizes=(1, 2),name=word]", "x", {"sizes": "(1, 2)", "name": "word"}),
        ("fa[feedback=uniform(0.5)]", "fa", {"feedback": "uniform(0.5)"}),
        ("x[sizes=[1, [2, 3]],name='a],b(']", "x", {"sizes": "[1, [2, 3]]", "name": "'a],b('"}),
        ("decay[inner=adam[rate=0.1],rate=1]", "decay", {"inner": "adam[rate=0.1]", "rate": "1"}),
        ("a (1/b).py:C", "a (1/b).py:C", {}),
        ("./a [x]/t.py:noisy[noise=1]", "./a [x]/t.py:noisy", {"noise": "1"}),
        ("./a [x]/t.py:noisy", "./a [x]/t.py:noisy", {}),
        ("./a [x/t.py:noisy [noise=1]", "./a [x/t.py:noisy", {"noise": "1"}),
        ("a]b[x=1/t.py:noisy[noise='],']", "a]b[x=1/t.py:noisy", {"noise": "'],'"}),
        ("./a[x=1]/t.py:noisy[noise=1]", "./a[x=1]/t.py:noisy", {"noise": "1"}),
        ("~/t.py:noisy[noise=./a.py:B[c=1]]", "~/t.py:noisy", {"noise": "./a.py:B[c=1]"}),
        ("x[inner=./a.py:B[c=1],other=./b.py:C]", "x", {"inner": "./a.py:B[c=1]", "other": "./b.py:C"}),
        (r"x[text='it\'s, \"so\"]']", "x", {"text": r"'it\'s, \"so\"]'"}),
    ],
)
def test_specs(text: str, name: str, options: dict[str, object]) -> None:
    assert specs.parse(text) == (name, options)
    assert specs.parse(str(specs.parse(text))) == (name, options)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("True", True),
        ("0.1", 0.1),
        ("(1, 2)", (1, 2)),
        ("word", "word"),
        ("'a],b('", "a],b("),
        ("[1, [2, 3]]", [1, [2, 3]]),
        ("uniform(0.5)", Uniform(0.5)),
        ("gaussian", Gaussian()),
        ("zero", Zero()),
        ("euler(5, 0.1)", Relaxation(5, 0.1)),
    ],
)
def test_what_declares_no_kind_is_given_a_guess(text: str, value: object) -> None:
    assert specs.guess(text) == value


@pytest.mark.parametrize(
    "text",
    ["", "a[b", "a]b", "a[b]c", "a[1=2]", "a[b]", "x[]", "a[b=1][c=2]", "x[y=" + "(" * 41 + ")" * 41 + "]"],
)
def test_specs_that_cannot_be_read(text: str) -> None:
    with pytest.raises(BadInput):
        specs.parse(text)


@pytest.mark.parametrize("text", ["a[b=euler(20,0.1]", "a[b=euler(20,0.1,c=3]", "a[b=euler(20),0.1),c=3]"])
def test_round_brackets_that_do_not_close_are_told_of_the_whole(text: str) -> None:
    with pytest.raises(BadInput, match=f"^'{re.escape(text)}' cannot be read: .*round brackets"):
        specs.parse(text)


WAY = r"a way to settle, such as euler\(20, 0\.1\)"
WEIGHTS = r"a distribution of weights, such as uniform\(0\.1\)"
WRONG = [  # rule, option, value, how it is shown, what was expected
    ("predictive-coding", "settling", "20", "20", WAY),
    ("predictive-coding", "settling", "glorot", "Glorot(shape='uniform')", WAY),
    ("predictive-coding", "settling", "fixed_point(100)", "'fixed_point(100)'", WAY),
    ("equilibrium-propagation", "free", "euler", "'euler'", WAY),
    ("equilibrium-propagation", "free", "eular(20,0.1)", "'eular(20,0.1)'", WAY),
    ("feedback-alignment", "feedback", "0.5", "0.5", WEIGHTS),
    ("feedback-alignment", "feedback", "unifrom(0.5)", "'unifrom(0.5)'", WEIGHTS),
    ("feedback-alignment", "feedback", "euler(20)", "euler(20, 0.1)", WEIGHTS),
    ("equilibrium-propagation", "persistent", "maybe", "'maybe'", "True or False"),
    ("relaxed-predictive-coding", "learned", "no", "'no'", "True or False"),
    ("relaxed-predictive-coding", "slopes", "FALSE", "'FALSE'", "True or False"),
    ("generative-predictive-coding", "labels", "0", "0", "True or False"),
    ("predictive-coding", "variance", "wide", "'wide'", "a number"),
    ("predictive-coding", "variance", "True", "True", "a number"),
    ("dual-propagation", "sweeps", "2.5", "2.5", "a whole number"),
    ("dual-propagation", "sweeps", "many", "'many'", "a whole number"),
    ("recurrent-backprop", "adjoint_most", "many", "'many'", "a whole number or None"),
]


@pytest.mark.parametrize(("rule", "option", "value", "shown", "expected"), WRONG)
def test_options_of_another_kind_are_refused(
    rule: str, option: str, value: str, shown: str, expected: str
) -> None:
    said = f"^option {option} of rule '{rule}' is {re.escape(shown)}: expected {expected}[^\n]*$"
    with pytest.raises(BadInput, match=said):
        registry.rule(f"{rule}[{option}={value}]", MLP((3,)))


@pytest.mark.parametrize(
    ("text", "option", "value"),
    [
        ("fa[feedback=uniform]", "feedback", Uniform()),
        ("predictive-coding[settling=euler(5,0.1)]", "settling", Relaxation(5, 0.1)),
        ("predictive-coding[variance=3]", "variance", 3),
        ("recurrent-backprop[adjoint_most=None]", "adjoint_most", None),
        ("recurrent-backprop[adjoint_most=7]", "adjoint_most", 7),
        ("relaxed-predictive-coding[learned=False]", "learned", False),
    ],
)
def test_options_of_their_kind_are_taken(text: str, option: str, value: object) -> None:
    assert getattr(registry.rule(text, MLP((3,))), option) == value


def test_options_of_tasks_and_optimisers_are_of_their_kind_too() -> None:
    with pytest.raises(BadInput, match="option deterministic of task 'add' is 'no': expected True or False"):
        registry.task("add[deterministic=no]", np.random.default_rng(0))
    with pytest.raises(BadInput, match="option nesterov of optimiser 'sgd' is 'no': expected True or False"):
        registry.optimiser("sgd[rate=0.1,nesterov=no]")
    with pytest.raises(BadInput, match="rate of optimiser 'sgd' is 'fast': expected a number or a sched"):
        registry.optimiser("sgd[rate=fast]")


def test_annotations_that_cannot_be_read_leave_options_unchecked(tmp_path: Path) -> None:
    """A name that only a type checker imports; the annotations beside it are read all the same."""
    file = tmp_path / "mine.py"
    file.write_text(
        "from __future__ import annotations\nfrom dataclasses import dataclass\n"
        "@dataclass(frozen=True)\nclass Mine:\n    a: Nowhere = 3\n    b: bool = False\n"
    )
    made: Any = registry.rule(f"{file}:Mine[a=word,b=true]", MLP((3,)))
    assert (made.a, made.b) == ("word", True)
    with pytest.raises(BadInput, match=r"option b of rule .* is 'maybe': expected True or False"):
        registry.rule(f"{file}:Mine[a=word,b=maybe]", MLP((3,)))


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
