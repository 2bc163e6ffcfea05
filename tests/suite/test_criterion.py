"""Runs that end when a criterion is met. Oracle: the bare loop around the trainer, and counting."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from baselines.backprop import Backprop
from plausible.core import randomness
from plausible.errors import BadInput
from plausible.networks.activations import logistic
from plausible.networks.inits import Uniform
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.sgd import SGD
from plausible.probes.criterion import Within
from plausible.study.course import execute
from plausible.study.keys.key import key
from plausible.study.run import Outcome, Run
from plausible.tasks.streams import Minibatches
from plausible.tasks.task import Split
from plausible.train import train

NETWORK = MLP(
    (5,), logistic, output("logistic-squared", "sum"), "float64", Uniform(1.0), bias_init=Uniform(1.0)
)
RUN = Run("encoder[n=10]", "backprop", NETWORK, SGD(1.7), 500, 10, seed=3, until=Within(0.4))


def read(outcome: Outcome, metric: str) -> list[float]:
    """The values of a metric of the whole network."""
    return [row.value for row in outcome.rows if row.metric == metric and row.layer == ""]


def test_the_criterion_is_40_20_40() -> None:
    y = np.array([[0.0, 1.0]])
    for answer, expected in (
        ([0.39, 0.61], True),
        ([0.41, 0.61], False),
        ([0.39, 0.59], False),
        ([0.4, 1.0], False),
    ):
        assert Within(0.4)(np.array([answer]), y) is expected
    assert not Within(0.4)(np.array([[np.nan, 1.0]]), y)
    assert not Within(0.4)(np.array([[0.0, 1.0], [0.0, 0.5]]), np.vstack([y, y]))
    with pytest.raises(BadInput):
        Within(0.0)


def epochs_of_a_bare_loop(run: Run) -> int:
    """Epochs after which a plain loop with the same seed finds the criterion met, before the first change of one."""
    roles, rule = randomness(run.seed), Backprop(run.network)
    patterns = Split(np.eye(10), np.eye(10))
    params, state = rule.init(10, 10, roles.weights)
    stream = Minibatches(run.batch_size)
    shown = stream(patterns, "classes", run.epochs, roles.order)
    for tick in train(rule, run.optimiser, params, state, shown, roles.noise):
        answer = run.network.forward(tick.params, patterns.x).activities[-1]
        if tick.number % stream.per_epoch(10) == 0 and (abs(answer - patterns.y) < 0.4).all():
            return tick.number // stream.per_epoch(10)
    raise AssertionError("not solved")


@pytest.mark.parametrize("batch_size", [10, 4])
def test_a_run_ends_when_its_criterion_is_met(batch_size: int) -> None:
    run = replace(RUN, batch_size=batch_size)
    outcome, expected = execute(run), epochs_of_a_bare_loop(run)
    assert outcome.status == "done"
    assert 0 < expected < run.epochs
    assert read(outcome, "epochs to criterion") == [expected]
    assert read(outcome, "solved") == [1.0]
    last = outcome.rows[-1]
    assert (last.epoch, last.examples) == (expected, 10 * expected)
    tested = [row for row in outcome.rows if row.split == "test" and row.metric == "accuracy"]
    assert [row.value for row in tested] == [1.0]
    marks = [(r.examples, r.split, r.metric, r.layer) for r in outcome.rows]
    assert len(marks) == len(set(marks)), "nothing is measured twice"


def test_the_weights_of_the_end_are_those_that_met_it() -> None:
    """What was proposed when the criterion was looked at is not applied: the loss is that of a shorter run."""
    outcome = execute(RUN)
    (epochs,) = read(outcome, "epochs to criterion")
    shorter = execute(replace(RUN, epochs=int(epochs), until=None))
    losses = [
        [row.value for row in o.rows if (row.split, row.metric) == ("test", "loss")]
        for o in (outcome, shorter)
    ]
    assert losses[0] == losses[1]
    assert read(shorter, "solved") == read(shorter, "epochs to criterion") == []


def test_a_run_that_does_not_get_there_says_so() -> None:
    outcome = execute(replace(RUN, epochs=5))
    assert (outcome.status, read(outcome, "solved")) == ("done", [0.0])
    assert read(outcome, "epochs to criterion") == []


def test_a_criterion_that_is_met_before_learning() -> None:
    outcome = execute(replace(RUN, until=Within(2.0)))
    assert read(outcome, "epochs to criterion") == [0.0]
    assert read(outcome, "solved") == [1.0]


def test_the_criterion_is_part_of_the_key() -> None:
    assert key(RUN).name != key(replace(RUN, until=None)).name != key(replace(RUN, until=Within(0.3))).name
    assert "plausible.probes.criterion" in dict(key(RUN).code)
