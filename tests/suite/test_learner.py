"""A learner goes through the trainer's loop and keeps what it came to. Oracle: the trainer itself, in one go."""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from plausible.core import randomness
from plausible.networks.mlp import MLP
from plausible.optimise.adam import Adam
from plausible.registry import registry
from plausible.study.learner import Learner
from plausible.tasks.streams import Minibatches
from plausible.train import begin, train

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("rule", ["weight-mirror", "equilibrium-propagation[persistent=True]"])
def test_a_learner_that_stops_and_goes_on_ends_where_the_trainer_does(rule: str) -> None:
    """One rule draws while it learns, the other carries a state on; the optimiser remembers."""

    def started() -> tuple[Learner, islice]:  # type: ignore[type-arg]
        roles = randomness(3)
        task = registry.task("two-moons[examples=100]", roles.data)
        made = registry.rule(rule, MLP((4, 3)))
        stream = Minibatches(10)(task.train, task.kind, 3, roles.order)
        return Learner.new(made, Adam(0.01), task.n_in, task.n_out, roles), islice(stream, None)

    learner, stream = started()
    numbers = [tick.number for part in (5, 0, None) for tick in learner.ticks(islice(stream, part))]
    other, stream = started()
    roles = randomness(3)
    params, state, memory = begin(
        other.rule, other.optimiser, 2, learner.params["W3"].shape[1], roles.weights
    )
    for tick in train(other.rule, other.optimiser, params, state, stream, roles.noise, memory):
        state = tick.step.state
    assert numbers == [*range(18)]
    assert learner.done == 18
    for name, array in params.items():
        np.testing.assert_array_equal(learner.params[name], array)
    assert repr(learner.state) == repr(state)
    assert repr(learner.memory) == repr(memory)


def test_a_loop_that_is_left_early_leaves_the_last_change_out() -> None:
    roles = randomness(0)
    task = registry.task("two-moons[examples=100]", roles.data)
    learner = Learner.new(registry.rule("fa", MLP((4,))), Adam(0.01), task.n_in, task.n_out, roles)
    before = {name: array.copy() for name, array in learner.params.items()}
    for _ in learner.ticks(Minibatches(10)(task.train, task.kind, 1, roles.order)):
        break
    assert learner.done == 0
    assert all(np.array_equal(learner.params[name], array) for name, array in before.items())


def test_no_study_has_a_loop_around_the_trainer_of_its_own() -> None:
    own = re.compile(r"plausible\.train|\btrain\(")
    assert not [file.name for file in (ROOT / "studies").glob("*.py") if own.search(file.read_text())]
