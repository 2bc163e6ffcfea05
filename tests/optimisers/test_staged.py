"""Stages of a run and relative changes. Oracle: each stage as a run of its own, and the definition."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from plausible.core import Params
from plausible.errors import BadInput
from plausible.networks.mlp import MLP
from plausible.optimise.adam import Adam
from plausible.optimise.relative import Relative
from plausible.optimise.schedules import Levels
from plausible.optimise.sgd import SGD
from plausible.optimise.staged import Staged
from plausible.rules.hebbian.principal import Oja
from plausible.study.run import Run
from plausible.study.tuning.settings import shortened
from plausible.train import train
from tests.oracles import assert_same, examples

NETWORK = MLP((5,), dtype="float64")


def after(optimiser: Staged | SGD | Adam, params: Params, steps: int) -> Params:
    """`params` after so many presentations of the same examples to Oja's rule."""
    shown = examples(NETWORK, 9, 4, 3)
    for _ in train(Oja(NETWORK), optimiser, params, (None,), [shown] * steps, np.random.default_rng(0)):
        pass
    return params


def started() -> Params:
    """New weights."""
    return NETWORK.start(4, 3, np.random.default_rng(0))


def test_features_come_first_and_the_read_out_after_to_the_last_bit() -> None:
    """The first stage is a run in which the read-out rests, the second one from there in which features rest."""
    features = after(SGD(0.01, momentum=0.9), started(), 6)
    first = after(Staged(SGD(0.01, momentum=0.9), Adam(0.1), steps=6), started(), 6)
    untouched = started()
    assert_same(first, {name: features[name] if name == "W1" else untouched[name] for name in first})
    both = after(Staged(SGD(0.01, momentum=0.9), Adam(0.1), steps=6), started(), 11)
    fresh = {name: array.copy() for name, array in first.items()}
    read = after(Adam(0.1), fresh, 0)
    optimiser, shown = Adam(0.1), examples(NETWORK, 9, 4, 3)
    memory = optimiser.init({name: read[name] for name in read if name != "W1"})
    for _ in range(5):
        step = Oja(NETWORK).update(read, (None,), shown, np.random.default_rng(0))
        optimiser.apply(read, {name: u for name, u in step.updates.items() if name != "W1"}, memory)
    assert_same(both, read)


def test_a_schedule_of_the_second_stage_begins_with_it() -> None:
    """Its step 0 is the first of its own."""
    params = {"W1": np.zeros(1), "W2": np.zeros(1)}
    optimiser = Staged(SGD(1.0), SGD(Levels((1.0, 0.0), (1,))), steps=3)
    memory = optimiser.init(params)
    for _ in range(6):
        optimiser.apply(params, {name: np.ones(1) for name in params}, memory)
    assert (params["W1"][0], params["W2"][0]) == (3.0, 1.0)


def test_a_trial_of_fewer_epochs_goes_through_both_stages() -> None:
    """Tuning shortens runs: a third of the features' steps, and of a schedule inside, and the read-out after them."""
    stages = Staged(Relative(SGD(Levels((0.1, 0.0), (30,)))), Adam(0.01), steps=60)
    for optimiser in (stages, Staged(stages, Adam(0.1), names=("W*",), steps=90)):
        short = shortened(Run("digits", "oja", NETWORK, optimiser, epochs=9, batch_size=10), 3).optimiser
        inner: Any = short if optimiser is stages else short.first  # type: ignore[attr-defined]
        assert (inner.steps, inner.first.inner.rate.at) == (20, (10,))
        assert inner is short or short.steps == 30  # type: ignore[attr-defined]
    assert shortened(Run("digits", "oja", NETWORK, replace(stages, steps=1), 9, 10), 1).optimiser.steps == 1  # type: ignore[attr-defined]


def test_stages_that_name_nothing_or_everything_are_refused() -> None:
    with pytest.raises(BadInput, match="W9"):
        Staged(names=("W9",)).init(started())
    with pytest.raises(BadInput, match="leave a weight for the second stage"):
        Staged(names=("*",)).init(started())
    with pytest.raises(BadInput, match="steps is 0"):
        Staged(steps=0)


def test_the_largest_relative_change_is_the_rate() -> None:
    params, optimiser = {"W1": np.zeros((2, 3)), "b1": np.zeros(3)}, Relative(SGD(0.5))
    change = np.array([[1e-3, -4e-3, 0], [2e-3, 0, 0]])
    optimiser.apply(params, {"W1": change, "b1": np.zeros(3)}, optimiser.init(params))
    np.testing.assert_allclose(params["W1"], 0.5 * change / 4e-3, rtol=1e-15)
    np.testing.assert_array_equal(params["b1"], np.zeros(3))
