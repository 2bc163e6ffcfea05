"""Weights of classes: loss and error of an example times the weight of its class.

Oracles: central differences; scikit-learn's weighted cross-entropy; an example of weight k, which is k examples; and
the closed form of the best constant answer.
"""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import log_loss

from plausible.contract import functions
from plausible.core import Outer, Presentation, randomness, read_only
from plausible.errors import BadInput
from plausible.networks.mlp import MLP
from plausible.networks.outputs import OUTPUTS, matching, output, weighed
from plausible.optimise.sgd import SGD
from plausible.registry import registry
from plausible.registry.encoding import decode, encode
from plausible.study.keys.key import key
from plausible.study.refusals import check_fit
from plausible.study.run import Run
from plausible.tasks.streams import Minibatches
from plausible.tasks.task import Split, Task
from plausible.train import begin, train

WEIGHTS = (1.0, 3.0, 0.5)
X = np.random.default_rng(0).normal(size=(9, 4))
Y = np.eye(3)[np.random.default_rng(2).integers(3, size=9)]
EACH = np.array(WEIGHTS)[Y.argmax(axis=1)]
H = 1e-6


def test_the_loss_is_that_of_scikit_learn(rng: np.random.Generator) -> None:
    answer = output("softmax").value(rng.normal(size=(9, 3)))
    theirs = log_loss(Y.argmax(axis=1), answer, sample_weight=EACH, normalize=False)
    assert weighed(output("softmax"), WEIGHTS).total(answer, Y) == pytest.approx(theirs / 9, rel=1e-12)
    assert weighed(output("softmax", "sum"), WEIGHTS).total(answer, Y) == pytest.approx(theirs, rel=1e-12)


@pytest.mark.parametrize("columns", [1, 3])
@pytest.mark.parametrize("name", OUTPUTS)
def test_the_error_is_the_derivative_of_the_loss(name: str, columns: int, rng: np.random.Generator) -> None:
    if name == "softmax" and columns == 1:
        columns = 2
    weights = WEIGHTS[: max(columns, 2)]
    y = np.eye(columns)[rng.integers(columns, size=9)] if columns > 1 else rng.integers(2, size=(9, 1)) * 1.0
    used, z = weighed(output(name), weights), rng.normal(size=(9, columns))
    error = used.error(used.value(z), y)
    for unit in range(columns):
        step = np.zeros_like(z)
        step[:, unit] = H
        slope = (used.loss(used.value(z + step), y) - used.loss(used.value(z - step), y)) / (2 * H)
        assert np.allclose(error[:, unit], slope, atol=1e-8)
    plain = output(name)
    each = np.array(weights)[y.argmax(axis=1) if columns > 1 else y[:, 0].astype(int)]
    assert np.allclose(used.loss(plain.value(z), y), each * plain.loss(plain.value(z), y), rtol=1e-14)


def test_backprop_follows_the_gradient_of_the_weighed_loss(rng: np.random.Generator) -> None:
    network = MLP((5,), output=weighed(output("softmax"), WEIGHTS), dtype="float64")
    rule = registry.rule("backprop", network)
    params, state = rule.init(4, 3, rng)
    step = rule.update(read_only(params), state, Presentation(X, Y, reward=lambda answer: answer[:, 0]), rng)
    assert step.loss is not None
    assert step.loss() == network.loss(params, X, Y)
    for name, weights in params.items():
        change = dense(step.updates[name])
        for index in np.ndindex(weights.shape):
            losses = []
            for sign in (1, -1):
                moved = {other: array.copy() for other, array in params.items()}
                moved[name][index] += sign * H
                losses.append(network.loss(moved, X, Y))
            assert change[index] == pytest.approx(-(losses[0] - losses[1]) / (2 * H), abs=1e-8)


def dense(update: Any) -> Any:
    return update.dense() if isinstance(update, Outer) else update


LINEAR = [
    *(
        "backprop",
        "delta-rule",
        "shallow",
        "feedback-alignment",
        "direct-feedback-alignment",
        "kolen-pollack",
    ),
    *("uniform-sign-feedback", "indirect-feedback-alignment", "zero-divergence-learning", "weight-mirror"),
]


@pytest.mark.parametrize("name", LINEAR)
def test_an_example_of_weight_k_is_k_examples(name: str) -> None:
    """For every rule whose changes are linear in the error; their sum is taken, as their mean would be another."""
    plain = MLP((5, 4), output=output("softmax", "sum"), dtype="float64")
    heavy = replace(plain, output=weighed(plain.output, (1.0, 3.0, 2.0)))
    copies = np.repeat(np.arange(9), np.array([1, 3, 2])[Y.argmax(axis=1)])
    changes = []
    for network, x, y in ((heavy, X, Y), (plain, X[copies], Y[copies])):
        rule = registry.rule(name, network)
        roles = randomness(1)
        params, state = rule.init(4, 3, roles.weights)
        shown = Presentation(x, y, reward=lambda answer: answer[:, 0])
        changes.append(rule.update(read_only(params), state, shown, roles.noise).updates)
    forward = [part for part in changes[0] if part in plain.shapes(4, 3)]
    assert forward
    for part in forward:
        assert np.allclose(dense(changes[0][part]), dense(changes[1][part]), rtol=1e-10, atol=1e-12), part


def test_the_best_constant_answer_gives_every_class_its_weight() -> None:
    """Without inputs the weighed cross-entropy is lowest at p_c = w_c n_c / Σ w n, its closed form."""
    counts = np.array([70, 25, 5])
    y = np.repeat(np.eye(3), counts, axis=0)
    network = MLP((), output=weighed(output("softmax"), WEIGHTS), dtype="float64")
    rule, optimiser, roles = registry.rule("backprop", network), SGD(1.0), randomness(0)
    params, state, memory = begin(rule, optimiser, 1, 3, roles.weights)
    stream = Minibatches(100)(Split(np.zeros((100, 1)), y), "classes", 2000, roles.order)
    for _ in train(rule, optimiser, params, state, stream, roles.noise, memory):
        pass
    answer = network.respond(params, np.zeros((1, 1)))[-1][0]
    assert answer == pytest.approx(np.array(WEIGHTS) * counts / (np.array(WEIGHTS) @ counts), abs=1e-9)


def uneven(class_weight: Any = "balanced") -> Task:
    x = np.random.default_rng(1).normal(size=(60, 4))
    return Task.from_arrays(x, np.repeat([0, 1, 2], (40, 10, 10)), class_weight=class_weight)


DEAF = {
    "direct-random-target-projection": "W1, W2, b1, b2",
    "forward-forward": "W1, W2, b1, b2",
    "sign-direct-feedback-alignment": "W1, W2, b1, b2",
    "contrastive-hebbian": "W1, W2, W3, b1, b2, b3",
    "equilibrium-propagation": "W1, W2, W3, b1, b2, b3",
    "perceptron": "any layer",
    "generative-predictive-coding": "W1, W2, W3, b1, b2, b3",
}


@pytest.mark.parametrize("name", DEAF)
def test_a_rule_that_does_not_learn_from_the_error_is_refused_by_name(name: str) -> None:
    network = MLP((6, 5), output=weighed(output("softmax"), WEIGHTS))
    with pytest.raises(
        BadInput, match=f"^rule '{name}' does not learn .* in {DEAF[name]}, where weights"
    ) as caught:
        check_fit(Run("digits", name, network), uneven())
    assert "\n" not in str(caught.value)
    check_fit(Run("digits", name, replace(network, output=output("softmax"))), uneven(None))


@pytest.mark.parametrize(
    "name", [*LINEAR, "predictive-coding", "dual-propagation", "dendritic-microcircuit", "pepita"]
)
def test_a_rule_that_learns_from_the_error_is_not(name: str) -> None:
    check_fit(Run("digits", name, MLP((6, 5), output=weighed(output("softmax"), WEIGHTS))), uneven())


def test_weights_have_to_be_those_of_the_classes() -> None:
    task = uneven()
    with pytest.raises(
        BadInput, match=r"the number of weights of output .* is 2: expected 3, one for each class"
    ):
        check_fit(Run("digits", "backprop", MLP(output=weighed(output("softmax"), (1.0, 2.0)))), task)
    values = Task.from_arrays(X, X[:, :2])
    with pytest.raises(BadInput, match="expected none, as arrays has values and no classes"):
        check_fit(Run("cosines", "backprop", MLP(output=weighed(output("linear"), (1.0, 2.0)))), values)
    with pytest.raises(BadInput, match="expected a tuple of finite numbers above 0"):
        weighed(output("softmax"), (1.0, 0.0))
    recipe = task.recipe._replace(weights=(1.0, 2.0))
    with pytest.raises(BadInput, match="the number of weights of the recipe is 2"):
        Task("mine", task.train, task.validation, task.test, "classes", recipe)


def test_weights_of_a_task_are_not_lost_in_a_network_of_one_s_own() -> None:
    task = uneven()
    with pytest.raises(
        BadInput, match=r"^task 'arrays' weighs its classes by \(.*\), and output softmax of the network"
    ):
        check_fit(Run("digits", "backprop", MLP((4,))), task)
    check_fit(
        Run("digits", "backprop", MLP((4,), output=weighed(output("softmax"), task.recipe.weights))), task
    )
    check_fit(Run("digits", "backprop", MLP((4,), output=weighed(output("softmax"), WEIGHTS))), task)


def test_weights_travel_by_name() -> None:
    used = weighed(output("softmax", "sum"), (1.0, 2.0))
    assert repr(used) == "softmax[reduction=sum,weights=(1.0,2.0)]"
    assert pickle.loads(pickle.dumps(used)) == used
    assert encode(used) == {"output": "softmax", "reduction": "sum", "weights": [1.0, 2.0]}
    assert decode(encode(used)) == used
    assert registry.network(f"mlp[output={used!r}]").output == used
    assert used.unweighed == output("softmax", "sum")
    assert encode(output("softmax")) == {"output": "softmax", "reduction": "mean"}  # as it was: keys stay
    assert matching(weighed(output("logistic-squared"), (1.0, 2.0))) == weighed(
        output("logistic"), (1.0, 2.0)
    )
    names = [
        key(Run("two-moons[examples=50]", "backprop", MLP(output=o))).name for o in (used, used.unweighed)
    ]
    assert names[0] != names[1]


def test_a_recipe_s_weights_are_those_of_the_network_that_is_compared() -> None:
    from plausible.study.compare import suiting

    task = uneven()
    network: Any = suiting(task)
    assert network.output == weighed(output("softmax"), task.recipe.weights)
    assert task.recipe.weights == pytest.approx((36 / (3 * 24), 2.0, 2.0))


@pytest.mark.parametrize("name", OUTPUTS)
def test_an_output_that_weighs_keeps_the_contract_of_outputs(name: str) -> None:
    """Shapes and dtypes, central differences, examples apart, nothing written into, and arrays of another library."""
    text = f"{name}[weights=({','.join(str(1 + 0.5 * unit) for unit in range(functions.UNITS))})]"
    assert len(registry.output(text).weights) == functions.UNITS
    for promise in functions.OUTPUTS:
        promise(text)
