"""What a linear read-out tells from a layer. Oracles: layers that hold the class, nothing, and a known share of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.random import Generator

from plausible.core import Array, Params, Presentation, Step, View
from plausible.errors import BadInput
from plausible.networks.mlp import MLP
from plausible.probes.readout import Readout, told
from plausible.registry import registry
from plausible.study.course import execute
from plausible.study.run import Run
from plausible.tasks.task import Split


@dataclass(frozen=True)
class Planted:
    """A rule that learns nothing, and whose two hidden layers are the inputs times 1 + class, and ones."""

    network: MLP = MLP((4, 4))

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        return self.network.start(n_in, n_out, rng), None

    def update(self, params: View, state: None, shown: Presentation, rng: Generator) -> Step:
        return Step({name: 0 * array for name, array in params.items() if name[0] in "Wb"})

    def respond(self, params: View, state: None, x: Array, rng: Generator) -> list[Array]:
        squares = np.concatenate([x, x * x], axis=1)
        return [squares, np.ones((len(x), 4), x.dtype), self.network.respond(params, x)[-1]]


def split(activity: Array, classes: Array, count: int) -> Split:
    """Activity with one-hot classes."""
    return Split(activity, np.eye(count)[classes])


def test_a_layer_that_holds_the_class_is_read_without_an_error_and_one_that_is_constant_by_the_commonest() -> (
    None
):
    rng = np.random.default_rng(0)
    classes = rng.integers(0, 3, 300)
    train, test = split(np.zeros((200, 1)), classes[:200], 3), split(np.zeros((100, 1)), classes[200:], 3)
    held = np.eye(3)[classes] @ rng.normal(size=(3, 5))  # any invertible code
    assert told(held[:200], train, held[200:], test, 1.0) == 1
    commonest = np.bincount(classes[:200]).argmax()
    constant = np.full((300, 5), 0.1 + 0.2)
    assert told(constant[:200], train, constant[200:], test, 1.0) == np.mean(classes[200:] == commonest)


def test_the_scale_of_a_unit_changes_nothing() -> None:
    """Units are standardised, so that a penalty means the same whatever a rule's activity is measured in."""
    rng = np.random.default_rng(1)
    classes = rng.integers(0, 2, 200)
    activity = classes[:, None] + rng.normal(size=(200, 6))
    train, test = split(activity[:100], classes[:100], 2), split(activity[100:], classes[100:], 2)
    plain = told(activity[:100], train, activity[100:], test, 1.0)
    scaled = activity * np.geomspace(1e-3, 1e3, 6) + 50
    assert 0.8 < plain < 1
    assert told(scaled[:100], train, scaled[100:], test, 1.0) == plain


def test_classes_that_are_apart_by_a_known_distance_are_told_with_the_known_probability() -> None:
    """Two normal classes d apart are told with probability Φ(d/2), here .8413 at d = 2; four standard errors of it."""
    rng = np.random.default_rng(2)
    classes = rng.integers(0, 2, 8000)
    activity = 2.0 * classes[:, None] * np.array([[1.0, 0.0, 0.0]]) + rng.normal(size=(8000, 3))
    train, test = split(activity[:4000], classes[:4000], 2), split(activity[4000:], classes[4000:], 2)
    found = told(activity[:4000], train, activity[4000:], test, 1.0)
    assert abs(found - 0.8413) < 4 * (0.8413 * 0.1587 / 4000) ** 0.5


def test_it_names_the_inputs_and_every_hidden_layer() -> None:
    """Of two moons, in a single column of targets, and in the order of the layers."""
    run = Run("two-moons[examples=300]", f"{__file__}:Planted", MLP((4, 4)), epochs=1, probes=(Readout(),))
    rows = execute(run).rows
    found = {row.layer: row.value for row in rows if row.metric == "read-out accuracy"}
    assert [*found] == ["x", "W1", "W2"]
    assert {row.split for row in rows if row.metric == "read-out accuracy"} == {"test"}
    assert min(found["x"], found["W1"]) > 0.75, "moons are told apart by a line in three of four cases"
    assert found["W2"] < 0.65, "a layer that is constant tells the commonest class alone"


def test_of_values_and_of_sequences_nothing_is_said() -> None:
    for task, rule, network in (
        ("linear-teacher[examples=50]", "backprop", MLP((4,), output="linear")),
        ("temporal-xor[steps=50]", "bptt", registry.network("rnn[hidden=(4,),output=logistic]")),
    ):
        outcome = execute(Run(task, rule, network, epochs=1, probes=(Readout(),)))
        assert outcome.status == "done"
        assert not [row for row in outcome.rows if row.metric == "read-out accuracy"]


@pytest.mark.parametrize("penalty", [0, -1.0, float("nan")])
def test_a_penalty_is_positive(penalty: float) -> None:
    with pytest.raises(BadInput, match="penalty"):
        Readout(penalty)
