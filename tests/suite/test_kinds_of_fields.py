"""A field of another kind is refused where it is given, in one line. Oracle: the kinds that are declared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from plausible.core import randomness
from plausible.errors import BadInput
from plausible.networks.mlp import MLP
from plausible.optimise.sgd import SGD
from plausible.registry import registry
from plausible.study.compare import MOST_SEEDS, Comparison
from plausible.study.experiment import Experiment
from plausible.study.study import Published, Skipped, Study, cells
from plausible.study.tuning.tuner import groups_of
from tests.suite.quick import QUICK

PUBLISHED = Published("x", 1.0, 1.0, "here", "C", lambda table: [1.0])
EXPERIMENT = Experiment("some.where:f")
OPTIONS: Any = {"name": "mine", "question": "Is it so?", "scales": {"smoke": lambda: [QUICK]}}


def study(**fields: Any) -> Study:
    return Study(**OPTIONS | fields)


def task(**fields: Any) -> Any:
    return replace(registry.task("two-moons[examples=100]", randomness(0).data), **fields)


MAKERS: dict[str, Callable[..., Any]] = {
    "study": study,
    "published": lambda **fields: replace(PUBLISHED, **fields),
    "run": lambda **fields: replace(QUICK, **fields),
    "experiment": lambda **fields: replace(EXPERIMENT, **fields),
    "comparison": Comparison,
    "task": task,
    "cell": lambda **fields: study(scales={"s": lambda: [Skipped(QUICK, "why")._replace(**fields)]}).cells(
        "s"
    ),
}
WRONG: dict[str, dict[str, list[Any]]] = {
    "study": {
        "name": [3, None],
        "question": [3, None],
        "scales": [3, None, [], {3: list}, {"": list}, {None: list}, {"smoke": 3}, {"a\nb": list}],
        "published": [3, None, "words", [PUBLISHED], (3,)],
        "metrics": [3, "loss", (3,)],
    },
    "published": {
        "what": [3, None, ""],
        "value": ["1", None, True, float("nan")],
        "tolerance": ["1", None, -1.0, float("nan")],
        "source": [3, None],
        "mark": [3, None, "X"],
        "ours": [3, None, 1.0],
        "bounds": [3, None, (0, 1, 2), (1, 0), ("0", "1"), "ab"],
    },
    "run": {
        "task": [3, None],
        "rule": [3, None],
        "network": [3, None, (4,), MLP],
        "optimiser": [3, None, "sgd", SGD],
        "epochs": ["1", None, True, 1.5, 0],
        "batch_size": ["1", None, True, 0],
        "seed": ["1", None, True, -1, 0.5],
        "floors": [3, None, (3,), ((1, "a"),), [(1.0, 2.0)]],
        "test": [3, None, "yes"],
        "until": [3, "never", int],
        "window": ["1", True, 0],
    },
    "experiment": {
        "function": [3, None, "words"],
        "options": [3, None, (3,), {"a": 1}, ((3, 4),), (("a", None),), (("a", (1,)),)],
        "seed": ["1", None, True, -1],
    },
    "comparison": {
        "task": [3, None],
        "rules": [3, "backprop", (3,)],
        "epochs": ["1", True, 1.5],
        "hidden": [3, "4"],
        "batch_size": ["1", True, 1.5],
        "activation": [3],
        "init": [3],
        "optimiser": [3, SGD(0.1)],
        "schedule": [3, None],
        "window": ["1", True],
        "tuned": [3, True],
    },
    "task": {
        "name": [3, None],
        "shared": [3, None, True],
        "kind": [3, None],
        "recipe": [3, None],
        "report": [3],
    },
    "cell": {"run": [3, None], "reason": [3, None]},
}
CASES = [
    (of, name, value) for of, fields in WRONG.items() for name, values in fields.items() for value in values
]


@pytest.mark.parametrize(("of", "name", "value"), CASES)
def test_a_field_of_another_kind_is_refused_in_one_line(of: str, name: str, value: Any) -> None:
    with pytest.raises(BadInput) as caught:
        MAKERS[of](**{name: value})
    assert "\n" not in str(caught.value)
    assert "expected" in str(caught.value)


def test_what_is_right_is_accepted() -> None:
    for make in MAKERS.values():
        make()


@pytest.mark.parametrize("seeds", [0, -1, MOST_SEEDS + 1, 10**9, 10**30, 1.5, True, "3", None])
def test_a_number_of_seeds_that_nobody_runs_is_refused(seeds: Any) -> None:
    with pytest.raises(BadInput, match="seeds"):
        cells(["two-moons[examples=100]"], ["fa"], [MLP((4,))], SGD(0.1), 1, 10, seeds)
    with pytest.raises(BadInput, match="seeds"):
        Comparison("two-moons[examples=100]", ("fa",), seeds=seeds).runs()


def test_the_smallest_share_of_epochs_is_one_epoch() -> None:
    assert [group.base.epochs for group in groups_of([QUICK], 1, share=1e-9)] == [1]
