"""The classifier and the regressor: the weights of the engine, in the hands of scikit-learn.

Oracles: the trainer, drained by hand; identities (epochs add up, counts are repetitions); scikit-learn's own metrics.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits, make_blobs, make_multilabel_classification
from sklearn.linear_model import LinearRegression
from sklearn.metrics import log_loss, r2_score
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import plausible
from plausible import MLP, PlausibleClassifier, PlausibleRegressor, randomness
from plausible.api import validated
from plausible.api.estimating import counted
from plausible.networks.outputs import output
from plausible.optimise.adam import Adam
from plausible.optimise.sgd import SGD
from plausible.registry import registry
from plausible.rules.feedback.feedback_alignment import FeedbackAlignment
from plausible.study.work import Row
from plausible.tasks.streams import Minibatches
from plausible.tasks.task import Split, Task, one_hot
from plausible.train import begin, train

X, Y = make_blobs(90, 4, centers=3, cluster_std=1.5, random_state=0)
X -= X.mean(axis=0)
V = np.stack([np.sin(X[:, 0]), X[:, 1] - X[:, 2]], axis=1)
NAMES = np.array(["ash", "birch", "cedar"])


def drained(rule: Any, optimiser: Any, x: Any, y: Any, epochs: int, batch_size: int = 32) -> dict[str, Any]:
    """The weights that the trainer comes to, seed 0."""
    roles = randomness(0)
    params, state, memory = begin(rule, optimiser, x.shape[1], y.shape[1], roles.weights)
    stream = Minibatches(batch_size)(Split(x, y), "classes", epochs, roles.order)
    deque(train(rule, optimiser, params, state, stream, roles.noise, memory), maxlen=0)
    return params


def same(one: Any, other: Any) -> bool:
    """Whether weights are the same to the last bit."""
    return set(one) == set(other) and all(np.array_equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["backprop", "fa", "weight-mirror", "predictive-coding", "forward-forward"])
def test_weights_are_those_of_the_trainer_to_the_last_bit(name: str, dtype: str) -> None:
    """Rules that draw noise, carry a state and have no network of the usual form among them."""
    x = X.astype(dtype)
    rule = registry.rule(name, MLP((6,), activation="relu", dtype=dtype))
    params = drained(rule, Adam(), x, one_hot(Y, 3, dtype), epochs=3)
    assert same(PlausibleClassifier(name, (6,), epochs=3, random_state=0).fit(x, Y).params_, params)
    assert same(PlausibleClassifier(rule, epochs=3, random_state=0).fit(x, Y).params_, params)


@pytest.mark.parametrize("rule", ["backprop", "fa@sgd[rate=0.1,momentum=0.9]", "predictive-coding"])
def test_weights_and_answers_are_those_of_fit_to_the_last_bit(rule: str) -> None:
    """On the same arrays, at a constant rate."""
    task = Task.from_arrays(X, NAMES[Y], seed=1)
    x, y = task.train.x, NAMES[task.train.y.argmax(axis=1)]
    settings: dict[str, Any] = {"hidden": (6,), "activation": "tanh", "epochs": 3, "batch_size": 8}
    fitted = plausible.fit(rule, task, **settings, schedule="constant", seed=5, progress=False)
    made = PlausibleClassifier(rule, **settings, random_state=5).fit(x, y)
    assert same(made.params_, fitted.params)
    assert (made.predict(X.astype(x.dtype)) == fitted.predict(X)).all()
    assert np.array_equal(made.predict_proba(task.test.x), fitted.answers(task.test.x))
    values = Task.from_arrays(X, V, seed=1)
    fitted = plausible.fit(rule, values, **settings, schedule="constant", seed=5, progress=False)
    regressor = PlausibleRegressor(rule, **settings, random_state=5).fit(values.train.x, values.train.y)
    assert same(regressor.params_, fitted.params)


def test_words_and_instances_are_the_same() -> None:
    words = PlausibleClassifier("fa@sgd[rate=0.1]", (5,), "relu", epochs=2, random_state=1).fit(X, Y)
    network = MLP((5,), activation="relu", dtype="float64")
    for parts in (
        {"rule": FeedbackAlignment(network), "optimiser": SGD(0.1)},
        {"rule": FeedbackAlignment, "network": network, "optimiser": SGD(0.1)},
        {"rule": "feedback-alignment", "network": network, "optimiser": "sgd[rate=0.1]"},
        {
            "rule": "fa",
            "network": "mlp[hidden=(5,)]",
            "activation": network.activation,
            "optimiser": SGD(0.1),
        },
    ):
        assert same(PlausibleClassifier(**parts, epochs=2, random_state=1).fit(X, Y).params_, words.params_)


def test_a_rule_that_names_its_optimiser_has_it() -> None:
    own = PlausibleClassifier("diehl-cook")._parts().optimiser
    assert own == SGD(1)
    assert PlausibleClassifier("backprop")._parts().optimiser == Adam()


@pytest.mark.parametrize("rule", ["backprop", "weight-mirror"])
def test_epochs_add_up(rule: str) -> None:
    """Of `partial_fit`, and of `fit` with a warm start."""
    whole = PlausibleClassifier(rule, epochs=4, random_state=0).fit(X, Y)
    piecewise = PlausibleClassifier(rule, epochs=7, random_state=0)
    for _ in range(4):
        piecewise.partial_fit(X, Y, classes=[2, 0, 1])
    warm = PlausibleClassifier(rule, epochs=1, warm_start=True, random_state=0).fit(X, Y)
    warm.set_params(epochs=3).fit(X, Y)
    for other in (piecewise, warm):
        assert same(other.params_, whole.params_)
        assert other.loss_curve_ == whole.loss_curve_
        assert other.t_ == whole.t_ == 4 * len(X)
    assert warm.n_iter_ == 3


@pytest.mark.parametrize("batch_size", [7, 1000])
def test_whole_weights_are_repetitions_to_the_last_bit(batch_size: int) -> None:
    counts = np.random.default_rng(0).integers(0, 4, len(X))
    made = PlausibleClassifier("fa", epochs=2, batch_size=batch_size, random_state=0)
    repeated = clone(made).fit(X.repeat(counts, axis=0), Y.repeat(counts))
    assert same(made.fit(X, Y, counts).params_, repeated.params_)


def test_other_weights_are_relative() -> None:
    """Each example comes in the mean as often as its weight over the mean weight; a common factor changes nothing."""
    weights = np.array([0.5, 0.25, 2.0, 1.25, 0.1])
    counts = validated.counts_of(1e-3 * weights, 5)
    assert counts is not None
    split, rng, epochs = Split(np.arange(5.0)[:, None], np.zeros((5, 1))), np.random.default_rng(0), 2000
    shown = [each.x[:, 0] for _ in range(epochs) for each in counted(split, "values", 3, counts, rng)]
    found = np.bincount(np.concatenate(shown).astype(int)) / epochs
    expected = weights / weights.mean()
    spread = np.sqrt(expected % 1 * (1 - expected % 1) / epochs)  # of the fraction that is shown by chance
    assert (abs(found - expected) <= 4 * spread).all()
    made = PlausibleClassifier(epochs=2, random_state=0)
    many = weights[np.arange(len(X)) % 5]
    assert same(clone(made).fit(X, Y, many).params_, clone(made).fit(X, Y, 1e-3 * many).params_)


def test_a_weight_of_a_class_is_so_many_examples_of_it() -> None:
    """Whole batches, plain gradient descent: weights scale a mean over n, repetitions that over n'."""
    counts = np.array([1, 3, 2])[Y]
    options: dict[str, Any] = {"batch_size": 1000, "epochs": 5, "random_state": 0}
    weighed = PlausibleClassifier(optimiser=SGD(0.1), class_weight={1: 3, 2: 2}, **options).fit(X, Y)
    rate = 0.1 * counts.sum() / len(X)
    repeated = PlausibleClassifier(optimiser=SGD(rate), **options).fit(X, Y, counts)
    for name, array in weighed.params_.items():
        np.testing.assert_allclose(array, repeated.params_[name], rtol=1e-9, atol=1e-12)
    plain = PlausibleClassifier(optimiser=SGD(0.1), **options).fit(X, Y)
    assert abs(plain.params_["W1"] - weighed.params_["W1"]).max() > 1e-3


def test_the_loss_of_an_epoch_is_that_of_its_answers() -> None:
    """At next to no rate, the loss of all minibatches together is that of the first weights."""
    made = PlausibleClassifier(optimiser=SGD(1e-12), epochs=1, batch_size=7, random_state=0).fit(X, Y)
    assert made.loss_curve_[0] == pytest.approx(log_loss(Y, made.predict_proba(X)), rel=1e-9)
    values = PlausibleRegressor(optimiser=SGD(1e-12), epochs=1, batch_size=7, random_state=0).fit(X, V)
    assert values.loss_curve_[0] == pytest.approx(
        ((values.predict(X) - V) ** 2).sum(axis=1).mean() / 2, rel=1e-9
    )


def test_probabilities_are_the_answers_of_the_network() -> None:
    made = PlausibleClassifier(activation="relu", epochs=3, random_state=0).fit(X, NAMES[Y])
    params = made.params_
    z = np.maximum(X @ params["W1"] + params["b1"], 0) @ params["W2"] + params["b2"]
    expected = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(made.predict_proba(X), expected, rtol=1e-9)
    assert (made.predict(X) == NAMES[expected.argmax(axis=1)]).all()
    assert made.classes_.tolist() == NAMES.tolist()


def test_answers_that_are_no_probabilities_are_not_called_so() -> None:
    linear = PlausibleClassifier(network=MLP((4,), output=output("linear")), epochs=1).fit(X, Y)
    assert not hasattr(linear, "predict_proba")
    assert linear.predict(X).shape == Y.shape
    logistic = PlausibleClassifier(network="mlp[output=logistic]", epochs=1, random_state=0).fit(X, Y)
    np.testing.assert_allclose(logistic.predict_proba(X).sum(axis=1), 1)
    other = PlausibleClassifier("generative-predictive-coding", epochs=1, random_state=0).fit(X, Y)
    with pytest.raises(plausible.BadInput, match="no probabilities: expected"):
        other.predict_proba(X)


def test_it_stops_early_and_keeps_the_best() -> None:
    options: dict[str, Any] = {
        "early_stopping": True,
        "patience": 3,
        "random_state": 0,
        "optimiser": SGD(0.3),
    }
    noisy = np.where(np.arange(len(Y)) % 4, Y, 0)
    made = PlausibleClassifier(epochs=200, **options).fit(X, noisy)
    best = int(np.argmax(made.validation_scores_))
    assert made.n_iter_ == len(made.validation_scores_) == best + 4 < 200
    assert made.best_validation_score_ == max(made.validation_scores_)
    shorter = PlausibleClassifier(epochs=best + 1, **options).fit(X, noisy)
    assert same(made.params_, shorter.params_)
    values = PlausibleRegressor(epochs=300, early_stopping=True, patience=2, random_state=0).fit(X, V)
    assert values.best_validation_score_ == max(values.validation_scores_)


def test_what_was_measured_is_the_long_table() -> None:
    made = PlausibleClassifier("fa", epochs=3, early_stopping=True, random_state=4).fit(X, Y)
    table = made.history_
    assert table.columns.tolist() == list(Row._fields)
    of = table.groupby(["split", "metric"])["value"].apply(list)
    assert of["train", "loss"] == made.loss_curve_
    assert of["validation", "accuracy"] == made.validation_scores_
    assert table["epoch"].tolist() == [1, 1, 2, 2, 3, 3]
    assert set(table["rule"]) == {"feedback-alignment"}
    assert set(table["seed"]) == {4}


def test_one_example_at_a_time() -> None:
    made = PlausibleClassifier(optimiser=SGD(0.05), random_state=0)
    for row in np.random.default_rng(0).permutation(len(X)).repeat(3):
        made.partial_fit(X[row : row + 1], NAMES[Y[row : row + 1]], classes=NAMES)
    assert made.score(X, NAMES[Y]) > 0.9
    assert made.t_ == 3 * len(X)
    values = PlausibleRegressor(optimiser=SGD(0.01), random_state=0)
    for row in np.random.default_rng(0).integers(len(X), size=1000):
        values.partial_fit(X[row : row + 1], V[row : row + 1])
    assert values.score(X, V) > 0.5


def test_several_values_and_several_labels_of_an_example() -> None:
    values = PlausibleRegressor("dfa", optimiser="adam[rate=0.01]", epochs=200, random_state=0).fit(X, V)
    assert values.predict(X).shape == V.shape
    assert values.score(X, V) == pytest.approx(r2_score(V, values.predict(X)))
    assert values.score(X, V) > LinearRegression().fit(X, V).score(X, V) + 0.1
    assert values.fit(X, V[:, 0]).predict(X).shape == (len(X),)
    x, y = make_multilabel_classification(200, random_state=0)
    made = PlausibleClassifier(epochs=30, random_state=0).fit(x, y)
    assert made.predict(x).shape == made.predict_proba(x).shape == y.shape
    commonest = np.maximum(y.mean(axis=0), 1 - y.mean(axis=0)).mean()
    assert (made.predict(x) == y).mean() > commonest + 0.1
    assert made.classes_.tolist() == [0, 1, 2, 3, 4]


def test_it_works_where_scikit_learn_puts_it() -> None:
    made = PlausibleClassifier(hidden=(8,), optimiser="adam[rate=0.01]", epochs=30, random_state=0)
    scaled = make_pipeline(StandardScaler(), made).set_output(transform="pandas")
    assert cross_val_score(scaled, X, NAMES[Y], cv=3).mean() > 0.8
    rules = ["backprop", "fa", FeedbackAlignment(MLP((8,)))]
    searched = GridSearchCV(scaled, {"plausibleclassifier__rule": rules}, cv=2, error_score="raise")
    found = searched.fit(X, Y).cv_results_
    assert len(found["mean_test_score"]) == 3
    assert min(found["mean_test_score"]) > 0.7
    assert scaled.fit(X, Y)[-1].feature_names_in_.tolist() == ["x0", "x1", "x2", "x3"]


def test_processes_come_to_the_same_weights() -> None:
    """Also of a class that no other process can import."""

    @dataclass(frozen=True)
    class Mine(FeedbackAlignment):
        """Words."""

    made = PlausibleClassifier("fa", hidden=(8,), epochs=2, random_state=0)
    rules = ["fa", Mine, Mine(MLP((8,), activation="relu", dtype="float64"))]
    scores = [
        GridSearchCV(made, {"rule": rules}, cv=2, n_jobs=jobs, error_score="raise").fit(X, Y).cv_results_
        for jobs in (1, 2)
    ]
    here, there = (found["mean_test_score"].tolist() for found in scores)
    assert here == there == [here[0]] * 3
    fitted = joblib.Parallel(2)(joblib.delayed(clone(made).fit)(X, Y) for _ in range(2))
    assert all(same(one.params_, made.fit(X, Y).params_) for one in fitted)


def test_a_random_state_is_a_seed_or_draws_one() -> None:
    drawn = PlausibleClassifier(epochs=1, random_state=np.random.RandomState(3)).fit(X, Y)
    assert same(drawn.params_, PlausibleClassifier(epochs=1, random_state=drawn.seed_).fit(X, Y).params_)
    others = [PlausibleClassifier(epochs=1).fit(X, Y) for _ in range(2)]
    assert not same(others[0].params_, others[1].params_)


def test_it_predicts_the_digits() -> None:
    x, y = load_digits(return_X_y=True)
    made = PlausibleClassifier(epochs=20, random_state=0).fit(x[:1200] / 16, y[:1200])
    assert made.score(x[1200:] / 16, y[1200:]) > 0.9


C, R = PlausibleClassifier, PlausibleRegressor
REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "masked": (lambda: C().fit(np.ma.masked_array(X, X > 1), Y), "masked array, .*: expected .*fill them"),
    "masked targets": (lambda: C().fit(X, np.ma.masked_array(Y, Y > 1)), "y is a masked array"),
    "missing": (
        lambda: C().fit(np.where(X > 3, np.nan, X), Y),
        "first in row .*: expected finite numbers; leave",
    ),
    "missing label": (lambda: C().fit(X, [None, *NAMES[Y[1:]]]), "1 missing labels, the first in row 0"),
    "two kinds": (lambda: C().fit(X, [1, *NAMES[Y[1:]].tolist()]), "y holds int and str: expected"),
    "text": (lambda: C().fit(np.full((90, 2), "a"), Y), "'a' in row 0, column 0: expected numbers"),
    "complex": (lambda: C().fit(X + 1j, Y), "X is complex .*: expected real numbers"),
    "one axis": (
        lambda: C().fit(X[:, 0], Y),
        r"Expected 2D array, got 1D array instead: Reshape .*\(-1, 1\)",
    ),
    "other columns": (
        lambda: C(epochs=1).fit(X, Y).predict(X[:, :2]),
        "X has 2 features, but .* expecting 4",
    ),
    "one class": (lambda: C().fit(X, 0 * Y), "one class only, 0, in all of its 90 rows: expected two"),
    "constant": (
        lambda: R().fit(X, np.ones(90)),
        "y is 1.0 in all of its 90 rows: expected values that differ",
    ),
    "one row": (lambda: R().fit(X[:1], Y[:1]), "1 sample.* while a minimum of 2 is required"),
    "two rows to cut": (
        lambda: R(early_stopping=True).fit(X[:2], [0, 1]),
        "2 rows cut by .*: expected two rows",
    ),
    "fractions": (lambda: C().fit(X, V[:, 0]), "Unknown label type: continuous"),
    "rows": (lambda: C().fit(X, Y[:-1]), r"rows of X and y is \(90, 89\): expected as many"),
    "rule": (lambda: C("bckprop").fit(X, Y), "unknown rule 'bckprop': did you mean 'backprop'"),
    "sequences": (lambda: C("bptt").fit(X, Y), "rule 'bptt' learns networks of kind rnn"),
    "sequences too": (
        lambda: C("bptt", network="rnn").fit(X, Y),
        "'bptt' learns sequences: expected one for rows",
    ),
    "sequences by class": (
        lambda: C(plausible.rules.BPTT).fit(X, Y),
        "rule 'BPTT' learns networks of kind rnn, not mlp",
    ),
    "no rule": (lambda: C(3).fit(X, Y), "rule is 3: expected a word such as"),  # type: ignore[arg-type]
    "two networks": (
        lambda: C(FeedbackAlignment(MLP()), network=MLP()).fit(X, Y),
        "expected None beside a rule",
    ),
    "hidden": (lambda: C(hidden=64).fit(X, Y), "hidden is 64: expected a tuple"),  # type: ignore[arg-type]
    "activation": (lambda: C(activation=3).fit(X, Y), "activation is 3: expected"),  # type: ignore[arg-type]
    "epochs": (lambda: C(epochs=0).fit(X, Y), "epochs is 0: expected"),
    "full batch": (
        lambda: C(optimiser="rprop").fit(X, Y),
        "batch size is 32 .* expected a batch size of at least 90",
    ),
    "deaf": (lambda: C("forward-forward", class_weight={0: 2}).fit(X, Y), "does not learn from the error"),
    "deaf alone": (lambda: C("perceptron", class_weight={0: 2}).fit(X, Y), "does not learn from the error"),
    "no such label": (lambda: C(class_weight={7: 2}).fit(X, Y), "label 7: expected one of 0, 1, 2"),
    "negative": (lambda: C().fit(X, Y, -np.ones(90)), "smallest sample weight is -1.0: expected"),
    "zero": (lambda: C().fit(X, Y, np.zeros(90)), "sample_weight is zero for all 90"),
    "range": (lambda: C("diehl-cook").fit(X, Y), "DiehlCook takes 0 to 1: scale them"),
    "range again": (lambda: C("diehl-cook").partial_fit(X, Y, [0, 1, 2]), "expected 0 to 1, as diehl-cook"),
    "softmax": (lambda: R(FeedbackAlignment(MLP())).fit(X, V), "expected output 'linear'"),
    "no classes": (lambda: C().partial_fit(X, Y), "classes is None: expected all labels"),
    "not announced": (lambda: C().partial_fit(X, Y, classes=[0, 1]), "y has label 2: expected one of 0, 1"),
    "balanced bits": (lambda: C(class_weight="balanced").partial_fit(X, Y, [0, 1, 2]), "expected a mapping"),
    "another rule": (
        lambda: C(warm_start=True, epochs=1).fit(X, Y).set_params(rule="fa").fit(X, Y),
        "the rule that is to go on is .*: expected Backprop",
    ),
    "diverged": (lambda: R(optimiser="sgd[rate=1e6]").fit(X, V), "no longer finite after .* expected inputs"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_told_in_one_line(case: str) -> None:
    call, told = REFUSED[case]
    with pytest.raises(plausible.BadInput, match=told) as refused:
        call()
    assert "\n" not in str(refused.value)


def test_a_frame_says_which_column_is_text() -> None:
    import pandas as pd

    frame = pd.DataFrame({"size": V[:, 0], "colour": "red"})
    with pytest.raises(
        plausible.BadInput, match=r"column 'colour' of X is .*: expected numbers; pandas\.get"
    ):
        C().fit(frame, Y)


def test_rows_that_a_network_cannot_tell_apart_are_told_of() -> None:
    x = np.round(X) + 2.0**25
    with pytest.warns(UserWarning, match="X in float32: .* different values of column 0"):
        C(network="mlp[dtype=float32]", epochs=1).fit(x, Y)
