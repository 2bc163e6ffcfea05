"""What rules share is what they would write themselves: the classes that they derive from, by hand in each case."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.random import Generator

import plausible
from baselines.backprop import Backprop
from plausible.core import Array, Presentation, State, Update, View
from plausible.networks.activations import tanh
from plausible.networks.mlp import MLP, Pass
from plausible.networks.outputs import output
from plausible.networks.rnn import RNN, Trajectory
from plausible.registry import registry
from plausible.rules.layered import Layered, Taught, Teaching, backward
from plausible.rules.recurrent import Windowed
from tests.oracles import changes, dense, problem, propose, sequences

NETWORK = MLP((5, 4), tanh, output("softmax"), "float64")


def assert_equal(ours: Mapping[str, Array], theirs: Mapping[str, Array]) -> None:
    """Up to rounding, name by name."""
    assert ours.keys() == theirs.keys()
    for name, change in theirs.items():
        np.testing.assert_allclose(ours[name], change, rtol=1e-11, atol=1e-13, err_msg=name)


@dataclass(frozen=True)
class Briefest(Layered):
    """A newcomer's rule: it needs the error alone, and writes one method."""

    def signals(self, params: View, passed: Pass, error: Array) -> list[Array | None]:
        return [*backward(passed, error, {f"B{n}": params[f"W{n}"].T for n in (2, 3)})]


@dataclass(frozen=True)
class All(Taught):
    """A rule that hands over all that a rule can: W_3 learns from the target alone, and b_1 from noise."""

    def teaching(
        self, params: View, passed: Pass, error: Array, shown: Presentation, rng: Generator
    ) -> Teaching:
        noise = rng.standard_normal(5)
        return Teaching([None, None, shown.y], {"b1": noise}, {"error": error}, {"W3": 0.25})


def test_a_rule_that_needs_the_error_alone_writes_one_method() -> None:
    params, shown = problem(NETWORK)
    assert_equal(propose(Briefest(NETWORK), params, shown), propose(Backprop(NETWORK), params, shown))
    drawn, _ = Briefest(NETWORK).init(6, 3, np.random.default_rng(0))
    assert_equal(drawn, NETWORK.start(6, 3, np.random.default_rng(0)))


def test_a_rule_is_handed_targets_and_a_generator_and_its_step_holds_all_that_it_hands_back() -> None:
    params, shown = problem(NETWORK)
    state = object()
    step = All(NETWORK).update(params, state, shown, np.random.default_rng(7))
    passed = NETWORK.forward(params, shown.x)
    batch = len(shown.x)
    wanted = {
        "W3": -passed.activities[2].T @ shown.y / batch,
        "b3": -shown.y.sum(axis=0) / batch,
        "b1": np.random.default_rng(7).standard_normal(5),
    }
    assert_equal(changes(step), wanted)
    np.testing.assert_array_equal(step.internals["error"], passed.activities[-1] - shown.y)
    assert step.decay == {"W3": 0.25}
    assert step.state is state
    assert step.loss is not None
    assert step.loss() == pytest.approx(NETWORK.loss(params, shown.x, shown.y), rel=1e-12)


@dataclass(frozen=True)
class Counting(Windowed):
    """It carries how many steps there were, and changes b_1 by so much."""

    def inner_changes(
        self, params: View, passed: Trajectory, error: Array, scale: float, carried: State, rng: Generator
    ) -> tuple[Mapping[str, Update], State]:
        steps = (0 if carried is None else carried) + len(passed.x)
        return {"b1": np.full_like(params["b1"], steps)}, steps


def test_a_rule_for_sequences_carries_what_it_hands_on_and_activity_beside_it() -> None:
    network = RNN((6,), dtype="float64")
    params, shown = sequences(network, 7)
    rule, rng, state = Counting(network), np.random.default_rng(0), None
    counted, readout = [], np.zeros_like(params["W2"])
    for start, end in ((0, 3), (3, 5), (5, 7)):
        mask = None if shown.mask is None else shown.mask[start:end]
        window = Presentation(shown.x[start:end], shown.y[start:end], shown.reward, mask, start == 0)
        step = rule.update(params, state, window, rng)
        state, counted = step.state, [*counted, dense(step.updates["b1"])[0]]
        readout += dense(step.updates["W2"])
    assert counted == [3, 5, 7]
    assert_equal({"W2": readout}, {"W2": propose(rule, params, shown)["W2"]})  # so that activity went on
    again = rule.update(params, state, shown, rng)  # a sequence that begins
    assert dense(again.updates["b1"])[0] == 7


@pytest.mark.parametrize("bias", [True, False])
def test_the_change_of_all_synapses_by_name_is_that_of_each(bias: bool) -> None:
    network = RNN((6,), dtype="float64", bias=bias)
    params, shown = sequences(network, 4)
    passed = network.run(params, shown.x)
    signal = np.random.default_rng(1).normal(size=passed.slope.shape)
    ours = network.by_name(-np.einsum("tbm,tbn->mn", network.reaching(passed), signal))
    theirs = network.changes(passed.x, passed.before, signal, -1.0)
    assert_equal({n: dense(u) for n, u in ours.items()}, {n: dense(u) for n, u in theirs.items()})
    assert ("b1" in ours) == bias


@pytest.mark.parametrize("bias", [True, False])
def test_a_layer_changes_weights_and_biases_alike(bias: bool) -> None:
    """A bias is the weight of a unit that is always on."""
    network, rng = MLP((5,), dtype="float64", bias=bias), np.random.default_rng(2)
    pre, post = rng.normal(size=(4, 3)), rng.normal(size=(4, 5))
    made = {name: dense(update) for name, update in network.layers[0].changes(pre, post, 0.5).items()}
    whole = 0.5 * np.concatenate([pre, np.ones((4, 1))], axis=1).T @ post
    assert_equal(made, {"W1": whole[:3]} | ({"b1": whole[3]} if bias else {}))
    assert network.changes([pre, post], [post, None], 0.5).keys() == made.keys()  # the second does not learn


def methods() -> Iterator[tuple[str, str, ast.FunctionDef]]:
    """Every method of a rule: the file, its name, and what stands there."""
    package, root = Path(str(plausible.__file__)).parent, Path(str(plausible.__file__)).parents[1]
    for file in [*package.glob("rules/**/*.py"), *root.glob("baselines/*.py")]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            for part in node.body if isinstance(node, ast.ClassDef) else ():
                if isinstance(part, ast.FunctionDef):
                    yield file.name, f"{node.name}.{part.name}", part  # type: ignore[attr-defined]


APART = (
    "recurrent.py",
    "in_blocks.py",
)  # which say of RNNs and of blocks what others say of MLPs, and baselines


def test_no_rule_writes_again_what_another_does() -> None:
    """How a rule answers and what it proposes stands once; biases are the network's business."""
    bodies: dict[str, str] = {}
    for file, name, method in methods():
        told = [part for part in method.body if not isinstance(part, ast.Expr)]  # without the docstring
        text = "\n".join(ast.unparse(part) for part in told)
        answers = name.rpartition(".")[2] in ("respond", "update", "teaching", "inner_changes")
        if answers and text and file not in APART:
            assert text not in bodies, f"{name} is {bodies.get(text)} again"
            bodies[text] = name
        if file != "network.py":
            assert ".bias" not in text, f"{name} tells networks with biases from others"
    assert len(bodies) > 40


def test_references_and_searches_are_inherited_where_families_share_them() -> None:
    """What the registry reads of a class is there, whichever class declares it."""
    shared: dict[str, Any] = {
        "global-error-vector-broadcasting": "vector-backprop",
        "rtrl": "bptt",
        "exact-lag-bptt": "bptt",
    }
    for name, reference in shared.items():
        assert registry.load("rule", name).reference == reference
