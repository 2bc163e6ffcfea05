"""Weights that share memory, and updates that lie in a weight, are refused. Oracle: what `numpy` says is shared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
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


def learned(params: Any, memory: Any = None) -> Any:
    """Train on the same examples twice over; what is learned from these weights."""
    rule = Given(dict, lambda views: {"W1": np.ones((3, 3))})
    for _ in train(rule, SGD(0.5, momentum=0.9), params, None, [SHOWN] * 2, np.random.default_rng(0), memory):
        pass
    return params["W1"]


class Lazy(dict[str, Array]):
    """A dictionary that makes its arrays anew, as one that reads a file does."""

    def __getitem__(self, name: str) -> Array:
        return dict.__getitem__(self, name).copy()


def from_file(folder: Path) -> Any:
    np.savez(folder / "w.npz", W1=square())
    return np.load(folder / "w.npz")


def mapped(folder: Path) -> Any:
    np.save(folder / "w.npy", square())
    return {"W1": np.load(folder / "w.npy", mmap_mode="r")}


UNCHANGEABLE: dict[str, tuple[Callable[[Path], Any], str]] = {
    "numpy.load": (from_file, "params is 'NpzFile': expected a dictionary, .*: dict(params)"),
    "a view": (
        lambda _: MappingProxyType({"W1": square()}),
        "params is 'mappingproxy': expected a dictionary",
    ),
    "made anew": (lambda _: Lazy(W1=square()), "params, Lazy, makes weight 'W1' anew whenever"),
    "read-only": (mapped, "weight 'W1' is read-only: expected an array that can be changed"),
    "lists": (
        lambda _: {"W1": square().tolist(), "b1": [0.0]},
        "weight 'W1' is of kind list: expected an array",
    ),
}


@pytest.mark.parametrize("case", UNCHANGEABLE)
def test_weights_in_which_no_change_would_stay_are_refused_in_one_line(case: str, tmp_path: Path) -> None:
    make, told = UNCHANGEABLE[case]
    with pytest.raises(BadInput, match=told.replace("(", r"\(").replace(")", r"\)")) as caught:
        learned(given := make(tmp_path))
    getattr(given, "close", dict)()
    assert "\n" not in str(caught.value)


def test_what_a_file_holds_is_learned_from_as_a_dictionary(tmp_path: Path) -> None:
    """Two steps of 0.5 with momentum 0.9: W + 0.5 (1 + 1.9). A memory that forgets is refused like weights are."""
    with from_file(tmp_path) as file:
        np.testing.assert_allclose(learned(dict(file)), square() + 0.5 * (1 + 1.9))
    memory = MappingProxyType(SGD(0.5, momentum=0.9).init({"W1": square()}))
    with pytest.raises(BadInput, match="memory is 'mappingproxy': expected a dictionary"):
        learned({"W1": square()}, memory)
