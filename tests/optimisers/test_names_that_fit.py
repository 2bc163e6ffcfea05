"""A pattern that serves no weight is refused before anything runs. Oracle: which names match, by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from plausible.core import Optimiser
from plausible.errors import BadInput
from plausible.networks.mlp import MLP
from plausible.optimise.adam import Adam
from plausible.optimise.sgd import SGD
from plausible.optimise.wrappers import Clipped, Decay, Grouped, Manhattan
from plausible.study.compare import Comparison
from plausible.study.course import execute
from plausible.study.run import Run
from plausible.study.study import Skipped, cells

PARAMS = {"W1": np.ones((2, 2)), "b1": np.ones(2), "W2": np.ones((2, 1))}

MISNAMED: dict[str, tuple[Optimiser, str]] = {
    "a group": (Grouped((("layer1", SGD(0.01)),)), "'layer1'"),
    "a group of another case": (Grouped((("w*", SGD(0.01)),)), "'w*'"),
    "the second group": (Grouped((("b*", SGD(0.01)), ("B*", SGD(0.01)))), "'B*'"),
    "a group behind one that takes all": (Grouped((("W*", SGD(0.01)), ("W1", SGD(0.01)))), "'W1'"),
    "the same group twice": (Grouped((("W1", SGD(0.01)), ("W1", SGD(0.02)))), "'W1'"),
    "decay": (Decay(SGD(), 0.1, ("layer*",)), "'layer*'"),
    "one of two that decay": (Decay(SGD(), 0.1, ("W*", "c*")), "'c*'"),
    "decay inside": (Clipped(Decay(SGD(), 0.1, ("layer*",))), "'layer*'"),
    "decay in a group that it does not fit": (Grouped((("b*", Decay(SGD(), 0.1, ("W*",))),)), "'W*'"),
    "a group inside": (Manhattan(Grouped((("layer1", SGD(0.01)),))), "'layer1'"),
}


@pytest.mark.parametrize(("optimiser", "named"), MISNAMED.values(), ids=MISNAMED)
def test_a_pattern_that_serves_no_weight_is_refused(optimiser: Optimiser, named: str) -> None:
    with pytest.raises(BadInput, match="expected one that matches any of") as caught:
        optimiser.init(PARAMS)
    assert named in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "optimiser",
    [
        Grouped(),
        Grouped((("W1", SGD(0)), ("W*", Adam()), ("b?", SGD(0.1)))),
        Grouped((("?1", SGD(0.1)),), Decay(names=("W2",))),
        Decay(names=("W1", "b*")),
    ],
    ids=repr,
)
def test_patterns_that_serve_a_weight_are_taken(optimiser: Optimiser) -> None:
    optimiser.init(PARAMS)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Grouped(("W1", SGD(0.1))),  # type: ignore[arg-type]
        lambda: Grouped((("W1", 0.1),)),  # type: ignore[arg-type]
        lambda: Grouped(default=0.1),  # type: ignore[arg-type]
        lambda: Grouped(default=SGD),  # type: ignore[arg-type]
        lambda: Decay(0.1),  # type: ignore[arg-type]
        lambda: Decay(names=()),
        lambda: Decay(names=(1,)),  # type: ignore[arg-type]
        lambda: Clipped(0.1),  # type: ignore[arg-type]
        lambda: Manhattan(0.1),  # type: ignore[arg-type]
    ],
)
def test_what_holds_no_optimiser_is_refused_in_one_line(make: Any) -> None:
    with pytest.raises(BadInput, match="expected") as caught:
        make()
    assert "\n" not in str(caught.value)


def test_runs_comparisons_and_studies_refuse_it_before_they_start() -> None:
    misnamed = Grouped((("layer1", SGD(0.01)),))
    with pytest.raises(BadInput, match="'layer1'"):
        execute(Run("two-moons[examples=100]", "backprop", MLP((4,)), misnamed, 1, 10))
    (cell,) = cells(["two-moons[examples=100]"], ["backprop"], [MLP((4,))], misnamed, 1, 10, seeds=2)
    assert isinstance(cell, Skipped)
    assert "'layer1'" in cell.reason
    with pytest.raises(BadInput, match=r"'V\*'"):
        Comparison("two-moons[examples=100]", optimiser="decay[names=('V*',)]").runs()


def test_a_study_names_an_optimiser_for_each_of_its_rules() -> None:
    """One mapping may serve several calls, so that it may name other rules, too."""
    given = (["two-moons[examples=100]"], ["backprop", "fa"], [MLP((4,))])
    optimisers = {"backprop": SGD(0.1), "fa": SGD(0.2), "dfa": SGD(0.3)}
    assert len(cells(*given, optimisers, 1, 10, seeds=1)) == 2
    with pytest.raises(BadInput, match="a rule without an optimiser is 'fa': expected one of backprop"):
        cells(*given, {"backprop": SGD(0.1)}, 1, 10, seeds=1)
