"""scikit-learn's own checks of both estimators, and that none is left out which its perceptrons pass.

Oracle: scikit-learn's contract, as `sklearn.utils.estimator_checks` writes it down.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.utils.estimator_checks import (
    check_estimator,
    estimator_checks_generator,
    parametrize_with_checks,
)

from plausible.api.estimators import PlausibleClassifier, PlausibleRegressor

SPARSE = "check_sample_weight_equivalence_on_sparse_data"  # sparse matrices are refused, and both say so
OURS = [PlausibleClassifier(), PlausibleRegressor()]


@pytest.mark.filterwarnings("default")  # of the data of checks
@parametrize_with_checks(OURS)
def test_scikit_learn_finds_no_fault(estimator: Any, check: Callable[[Any], None]) -> None:
    check(estimator)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [(MLPClassifier(), OURS[0]), (MLPRegressor(), OURS[1])],
    ids=["classifier", "regressor"],
)
def test_no_check_is_left_out_that_a_perceptron_of_scikit_learn_passes(theirs: Any, ours: Any) -> None:
    def names(estimator: Any) -> Counter[str]:
        checks = estimator_checks_generator(estimator)
        return Counter(getattr(check, "func", check).__name__ for _, check in checks)

    assert set(names(theirs) - names(ours)) == {SPARSE}
    skipped = {
        result["check_name"]
        for result in check_estimator(theirs, on_fail=None, on_skip=None)
        if result["status"] != "passed"
    }
    own = check_estimator(ours, on_fail=None, on_skip=None)
    assert {result["check_name"] for result in own if result["status"] != "passed"} <= skipped


def test_a_check_sees_an_estimator_that_breaks_the_contract() -> None:
    class Broken(PlausibleClassifier):
        def predict(self, X: Any) -> Any:
            return super().predict(X)[:1].repeat(len(X))  # the first answer for all

    results = check_estimator(Broken(), on_fail=None, on_skip=None)
    assert "check_classifiers_train" in {one["check_name"] for one in results if one["status"] == "failed"}
