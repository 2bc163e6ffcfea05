"""What changes are made of, by the marks of arrays. Oracle: the equations of the rules, read off by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from plausible.core import Outer
from plausible.plausibility.intervention import dense
from plausible.plausibility.marked import Marked, marked, opened
from plausible.plausibility.provenance import followed, provenance
from plausible.plausibility.record import Record
from plausible.plausibility.world import world

BY_WEIGHTS, BY_FEEDBACK, BY_SIGNS = ({f"{w}2:post", f"{w}3:post"} for w in ("W", "B", "sign W"))
HEARS = [  # through which weights' postsynaptic side ΔW1 hears of the target, in a net with two hidden layers
    (("backprop", "dual-propagation", "zero-divergence-learning", "predictive-coding"), BY_WEIGHTS),
    (("equilibrium-propagation", "contrastive-hebbian", "fixed-prediction-coding"), BY_WEIGHTS),
    (("feedback-alignment", "kolen-pollack", "weight-mirror", "symmetric-alignment"), BY_FEEDBACK),
    (("activation-alignment", "relaxed-predictive-coding", "random-contrastive-hebbian"), BY_FEEDBACK),
    (("self-predicting-microcircuit", "vector-field-equilibrium-propagation"), BY_FEEDBACK),
    (("uniform-sign-feedback", "fixed-random-sign-feedback"), BY_SIGNS),
    (("direct-feedback-alignment", "direct-random-target-projection", "pepita"), set()),
    (("forward-forward", "global-error-vector-broadcasting"), set()),
]
WEIGHTS = ("W", "B", "sign W")


@pytest.mark.parametrize(("rule", "sides"), [(rule, sides) for rules, sides in HEARS for rule in rules])
def test_the_lowest_change_hears_through_these_weights(rule: str, sides: set[str]) -> None:
    made = provenance(lambda seed: world(rule, seed))
    told = {t for t in made.changes["W1"] if t.endswith(":post") and t.startswith(WEIGHTS)}
    assert (told, made.failure, made.untraced) == (sides, "", ())


@pytest.mark.parametrize(
    ("rule", "there", "missing"),
    [
        ("direct-feedback-alignment", {"Q1:pre", "W2:pre", "W3:pre", "y", "slope 1"}, {"slope 2", "Q2:pre"}),
        ("direct-random-target-projection", {"W1:pre", "Q1:pre", "x", "y"}, {"W2:pre", "W3:pre", "W2"}),
        ("pepita", {"Q0:pre", "W2:pre", "W3:pre", "y"}, {"slope 1", "slope 2"}),
        ("forward-forward", {"W1:pre", "x", "y", "over units 1", "over batch"}, {"W2:pre", "W2"}),
        ("backprop", {"slope 1", "slope 2", "x", "y"}, {"over batch", "over units 1", "over units 2"}),
        ("relaxed-predictive-coding", {"y"}, {"slope 1", "slope 2"}),
        ("rtrl", {"W2:post", "R1:pre"}, set()),
    ],
)
def test_and_what_else_it_is_made_of(rule: str, there: set[str], missing: set[str]) -> None:
    tokens = provenance(lambda seed: world(rule, seed)).changes["W1"]
    assert there <= tokens
    assert not missing & tokens


@pytest.mark.parametrize(
    "rule", ["backprop", "pepita", "forward-forward", "rtrl", "symmetric-alignment", "usf"]
)
def test_marked_arrays_compute_the_same_numbers(rule: str) -> None:
    """To the last bit, and what is plain stays as it was."""
    here = world(rule, 0)
    before = {name: array.copy() for name, array in here.params.items()}
    (step,) = followed(here._replace(shown=here.shown[:1])).steps
    pairs = {
        name: Outer(*map(opened, u)) if isinstance(u, Outer) else opened(u)
        for name, u in step.updates.items()
    }
    told = dense(step._replace(updates=pairs))
    expected = dense(here.step())
    assert told.keys() == expected.keys()
    assert all(np.array_equal(told[name], expected[name]) for name in expected)
    assert all(np.array_equal(array, here.params[name]) for name, array in before.items())


def arrays() -> tuple[Record, Marked, Marked]:
    """A weight W2 from 3 to 4 units, and activity of 2 examples in its 3 units."""
    record = Record({"W2:pre": "units 1", "W2:post": "units 2"})
    weights = marked(np.arange(12.0).reshape(3, 4), "W2", ("W2:pre", "W2:post"), record)
    return record, weights, marked(np.ones((2, 3)), "h", ("batch", "units 1"), record)


def axes(array: Any) -> list[set[str]]:
    """The sources along each axis of a marked array."""
    return [
        {c.source for c in array.coordinates if axis - array.ndim in c.axes} for axis in range(array.ndim)
    ]


def test_sources_follow_their_axes() -> None:
    _, w, h = arrays()
    z = h @ w
    assert ({"W2:pre"} & z.tokens, axes(z)) == ({"W2:pre"}, [{"batch"}, {"units 2"}])
    assert axes(w.T) == [{"W2:post"}, {"W2:pre"}]
    assert axes(w.reshape(-1).reshape(3, 4)) == axes(w)
    assert axes(w.reshape(-1)) == [{"W2:pre", "W2:post"}]
    assert axes(w[None, :, 1:]) == [set(), {"W2:pre"}, {"W2:post"}]
    assert axes(np.concatenate([h, h])) == axes(h)
    assert axes(h[:, :, None] * h[:, None, :]) == [{"batch"}, {"units 1"}, {"units 1"}]
    assert axes(np.split(w, 2, axis=1)[1]) == axes(w)
    assert axes(np.clip(w, 0.0, 3.0)) == axes(w)
    assert axes(h.T @ h) == [{"units 1"}, {"units 1"}]
    assert "over units 1" in (h * h).sum(axis=1).tokens
    assert not {"over units 1", "over batch"} & (h.T @ z).tokens
    assert "over batch" in (h - h.mean(axis=0)).tokens
    assert "over batch" not in h.mean(axis=0).tokens


def test_what_is_written_into_a_view_is_known_of_the_whole() -> None:
    _, w, h = arrays()
    whole = np.zeros_like(h, shape=(5, 2, 4))
    rows = whole[2]
    rows += h @ w
    assert {"W2:pre", "h"} <= whole.tokens
    assert axes(whole)[1:] == [{"batch"}, {"units 2"}]
    np.multiply(h, 0.0, out=h)
    whole[...] = 0.0
    assert axes(rows) == [{"batch"}, {"units 2"}]


def test_numbers_that_are_taken_out_are_noted() -> None:
    record, w, _ = arrays()
    assert float(w[0, 0]) == 0
    assert np.asarray(w).shape == (3, 4)
    assert w.tolist()[1][1].tokens == {"W2"}
    assert all("W2" in tokens for tokens in record.leaks.values())
    assert [how.partition(" in ")[0] for how in record.leaks] == ["float()", "an array of numpy's"]
