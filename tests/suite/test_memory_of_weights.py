"""Weights that share memory, and updates that lie in a weight, are refused. Oracle: what `numpy` says is shared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.random import Generator

from plausible.core import Array, Outer, Params, Presentation, Step, View
from plausible.errors import BadInput
from plausible.optimise.sgd import SGD
from plausible.train import begin, train
from tests.oracles import present

SHOWN = present(np.ones((4, 3)), np.ones((4, 3)))


@dataclass(frozen=True)
class Given:
    """A rule with given weights and a given proposal."""

    weights: Callable[[], Params]
    proposal: Callable[[View], dict[str, Any]] = lambda params: {}

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, Any]:
        return self.weights(), None

    def update(self, params: View, state: Any, shown: Presentation, rng: Generator) -> Step:
        return Step(self.proposal(params))

    def respond(self, params: View, state: Any, x: Array, rng: Generator) -> list[Array]:
        return [x]


def square() -> Array:
    return np.arange(9.0).reshape(3, 3)


def aliased(view: Callable[[Array], Array]) -> Callable[[], Params]:
    def weights() -> Params:
        first = square()
        return {"W2": first, "b1": np.ones(3), "B2": view(first)}

    return weights


SHARED = {
    "the same array": lambda w: w,
    "its transpose": lambda w: w.T,
    "a row": lambda w: w[1],
    "its diagonal": lambda w: w.reshape(-1)[::4],
    "read-only": lambda w: np.broadcast_to(w[0], (3, 3)),
}


@pytest.mark.parametrize("view", SHARED.values(), ids=SHARED)
def test_weights_in_one_memory_are_refused_where_a_run_begins(view: Callable[[Array], Array]) -> None:
    rule = Given(aliased(view))
    with pytest.raises(BadInput, match="'W2' and 'B2' lie in one memory") as caught:
        begin(rule, SGD(), 3, 3, np.random.default_rng(0))
    assert "\n" not in str(caught.value)
    params = rule.weights()
    before = {name: array.copy() for name, array in params.items()}
    with pytest.raises(BadInput, match="'W2' and 'B2' lie in one memory"):
        next(train(rule, SGD(), params, None, [SHOWN], np.random.default_rng(0)))
    assert all(np.array_equal(params[name], array) for name, array in before.items())


def test_columns_that_lie_between_each_other_are_two_weights() -> None:
    """Their bounds overlap, and no number of one is one of the other."""
    both = np.ones((3, 6))
    rule = Given(lambda: {"W1": both[:, ::2], "W2": both[:, 1::2], "W3": both[:, ::2].copy()})
    assert set(begin(rule, SGD(), 3, 3, np.random.default_rng(0))[0]) == {"W1", "W2", "W3"}


INSIDE: dict[str, Callable[[View], dict[str, Any]]] = {
    "an array": lambda params: {"B2": params["W2"].T},
    "a factor": lambda params: {"B2": Outer(SHOWN.x[:3], params["W2"])},
    "a bias": lambda params: {"b1": Outer(None, params["W2"])},
    "itself": lambda params: {"W2": params["W2"]},
}


@pytest.mark.parametrize("proposal", INSIDE.values(), ids=INSIDE)
def test_an_update_in_the_memory_of_a_weight_is_refused(proposal: Callable[[View], dict[str, Any]]) -> None:
    """By the time that it is applied, the weight may be another: B2 += W2.T would add what W2 is after its change."""
    rule = Given(aliased(np.copy), proposal)
    params, _, _ = begin(rule, SGD(), 3, 3, np.random.default_rng(0))
    with pytest.raises(ValueError, match="lies in the memory of weight 'W2'") as caught:
        next(train(rule, SGD(), params, None, [SHOWN], np.random.default_rng(0)))
    assert "\n" not in str(caught.value)


def test_a_copy_is_an_update_like_any_other() -> None:
    rule = Given(aliased(np.copy), lambda params: {"B2": params["W2"].T.copy()})
    params, _, _ = begin(rule, SGD(), 3, 3, np.random.default_rng(0))
    list(train(rule, SGD(1.0), params, None, [SHOWN], np.random.default_rng(0)))
    np.testing.assert_array_equal(params["B2"], square() + square().T)
