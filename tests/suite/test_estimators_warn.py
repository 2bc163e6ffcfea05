"""What the estimators say in one line of warning, and weights of examples. Oracles: arithmetic of floats; `Task`."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split

import plausible as pl
from plausible import PlausibleClassifier, PlausibleRegressor
from plausible.api.patience import Best
from plausible.tasks.task import Task

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 2))
Y = (X[:, 0] > 0).astype(int)
V = X[:, 0] - X[:, 1]
LARGE = np.stack(
    [2**53 + np.arange(60), np.arange(60)], axis=1
)  # whole numbers that float64 does not all hold


def heard(call: Any) -> list[str]:
    """The warnings of a call."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        call()
    return [str(each.message) for each in said]


@pytest.mark.parametrize(
    ("x", "network", "dtype"),
    [
        (LARGE, None, "float64"),  # which scikit-learn has made float64 before a network sees them
        (LARGE.tolist(), None, "float64"),
        (LARGE.astype(float), "mlp[dtype=float32]", "float32"),
        (np.stack([2**24 + np.arange(60)] * 2, 1).astype(np.int32), "mlp[dtype=float32]", "float32"),
    ],
    ids=["int64", "list", "float64", "int32"],
)
def test_rows_that_merge_are_told_of_as_a_task_tells(x: Any, network: str | None, dtype: str) -> None:
    """Of 60 whole numbers in a row above 2^53, float64 holds every second one; float32 likewise above 2^24."""
    told = heard(lambda: Task.from_arrays(x, Y, dtype=dtype))
    mine = heard(
        lambda: PlausibleClassifier(network=network, optimiser="sgd[rate=1e-40]", epochs=1).fit(x, Y)
    )
    assert [line for line in mine if " in float" in line] == [told[0].removesuffix(", or standardise=True")]
    assert told[0].startswith(f"X in {dtype}: ")


def test_numbers_that_the_precision_holds_are_no_news() -> None:
    for x in (np.arange(120).reshape(60, 2), X, X.astype(np.float32), 2**52 + np.arange(120).reshape(60, 2)):
        made = PlausibleClassifier(optimiser="sgd[rate=1e-40]", epochs=1)
        assert not [line for line in heard(lambda x=x, made=made: made.fit(x, Y)) if " in float" in line]


def test_values_that_merge_are_told_of() -> None:
    y = 2**53 + 100 * (np.arange(60) // 2) + np.arange(60) % 2  # pairs, of which float64 holds one number
    (line, *_) = heard(lambda: PlausibleRegressor(optimiser="sgd[rate=1e-40]", epochs=1).fit(X, y))
    assert line.startswith("y in float64: 60 different values of column 0")


def test_a_fit_that_diverged_says_so() -> None:
    """By a rate above 2/λ the error of least squares grows at every step; weights stay finite for a few of them."""
    grows: dict[str, Any] = {"hidden": (), "batch_size": 60, "epochs": 8, "random_state": 0}
    largest = float(np.linalg.eigvalsh(X.T @ X / len(X))[-1])
    made = PlausibleRegressor(optimiser=f"sgd[rate={8 / largest}]", **grows)
    with pytest.warns(
        ConvergenceWarning, match=r"^rule 'backprop' diverged: after 8 epochs the training loss is"
    ):
        made.fit(X, V)
    assert made.loss_curve_[-1] > 10 * V.var() / 2
    with pytest.warns(ConvergenceWarning, match=r"it was 0\.\d+ before learning; expected inputs of about 1"):
        PlausibleClassifier(optimiser="sgd[rate=1e5]", **grows).fit(X, np.arange(60) % 2)
    silent = PlausibleRegressor("pepita", optimiser="sgd[rate=10]", **{**grows, "hidden": (4,), "epochs": 3})
    with pytest.warns(ConvergenceWarning, match="^rule 'pepita' diverged"):
        silent.fit(X, V)
    assert silent.loss_curve_ == [], "this rule offers no loss"


def test_a_fit_that_learns_or_kept_an_earlier_epoch_has_not_diverged() -> None:
    calm = PlausibleRegressor(hidden=(), optimiser="sgd[rate=0.1]", epochs=5, random_state=0)
    assert heard(lambda: calm.fit(X, V)) == []
    far = PlausibleRegressor(hidden=(), optimiser="sgd[rate=1e-9]", epochs=2, random_state=0)
    assert heard(lambda: far.fit(1000 * X, V)) == [], "its loss is large from the beginning"
    kept = PlausibleRegressor(
        hidden=(), optimiser="sgd[rate=3]", epochs=9, batch_size=60, early_stopping=True, random_state=0
    )
    assert not heard(lambda: kept.fit(X, V)) or kept.score(X, V) < -9


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (2.0, "sample_weight is 2.0: expected an array of examples"),
        ("balanced", "sample_weight is of type str: expected an array"),
        ({0: 1.0}, "sample_weight is of type dict: expected an array"),
        (
            np.ones((60, 1)),
            r"the shape of sample_weight is \(60, 1\): expected \(60,\), one for each example",
        ),
        (["a"] * 60, "could not convert string to float"),
        (None, ""),
    ],
)
def test_weights_of_examples_are_an_array_of_numbers(given: Any, said: str) -> None:
    made = PlausibleClassifier(epochs=1)
    if not said:
        made.fit(X, Y, sample_weight=given)
        return
    with pytest.raises(pl.BadInput, match=f"^{said}") as caught:
        made.fit(X, Y, sample_weight=given)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("given", [2.0, "abc", {"a": 1}, {1, 2}, None, {"a": [1]}, [{"a": 1}] * 60, len])
def test_what_is_no_array_is_bad_input(given: Any) -> None:
    """Also where scikit-learn raises a `TypeError`, which it then is, too."""
    for x, y in ((given, Y), (X, given)):
        for made in (PlausibleClassifier(epochs=1), PlausibleRegressor(epochs=1)):
            with pytest.raises(pl.BadInput) as caught:
                made.fit(x, y)
            assert "\n" not in str(caught.value)
    with pytest.raises(TypeError):
        PlausibleClassifier().fit([[len]] * 60, Y)


def test_the_best_is_kept_as_it_was() -> None:
    """By hand: NaN is never better, what was kept does not change with the weights, and waiting begins anew."""
    best, params = Best(2), {"W1": np.asfortranarray(np.zeros((2, 2)))}
    state = [0]
    for number, (score, better) in enumerate(
        [(np.nan, False), (0.1, True), (0.1, False), (0.3, True), (0.2, False)]
    ):
        params["W1"][...], state[0] = number, number
        assert best.hear(score, params, state) == better
        assert not best.over
    assert not best.hear(np.nan, params, state)
    assert (best.over, best.score, best.state) == (True, 0.3, [3])
    there = params["W1"]
    best.restore(params)
    assert params["W1"] is there
    assert there.flags.f_contiguous
    assert (there == 3).all()
    assert Best(1).over is False


@pytest.mark.parametrize("class_weight", ["balanced", {1: 3.0}, None])
def test_whole_weights_of_examples_are_repeated_examples_where_classes_weigh_too(class_weight: Any) -> None:
    """Of one batch, so that the order is none; scikit-learn's logistic regression is held to the same."""
    times = np.where(Y == 1, 1 + np.arange(60) % 3, 1)
    rows = np.repeat(np.arange(60), times)
    how: dict[str, Any] = {"hidden": (), "batch_size": 200, "epochs": 20, "random_state": 0}
    made = [PlausibleClassifier(class_weight=class_weight, **how) for _ in range(2)]
    weighed = made[0].fit(X, Y, sample_weight=times).predict_proba(X)
    repeated = made[1].fit(X[rows], Y[rows]).predict_proba(X)
    assert np.allclose(weighed, repeated, rtol=0, atol=1e-6)
    theirs = [LogisticRegression(class_weight=class_weight, tol=1e-10) for _ in range(2)]
    theirs[0].fit(X, Y, sample_weight=times)
    theirs[1].fit(X[rows], Y[rows])
    assert np.allclose(theirs[0].coef_, theirs[1].coef_, atol=1e-5)


def test_the_share_of_variance_of_what_is_held_back_weighs_examples() -> None:
    """As scikit-learn's R² does, of the rows that its split of the same seed holds back."""
    weights = np.random.default_rng(1).integers(1, 20, 60)
    made = PlausibleRegressor(hidden=(4,), epochs=3, early_stopping=True, random_state=0)
    made.fit(X, V, sample_weight=weights)
    _, held = train_test_split(np.arange(60), test_size=made.validation_fraction, random_state=0)
    answers = made.predict(X[held])
    weighed = r2_score(V[held], answers, sample_weight=weights[held])
    assert np.isclose(made.best_validation_score_, weighed, rtol=1e-5)
    assert abs(weighed - r2_score(V[held], answers)) > 1e-3
