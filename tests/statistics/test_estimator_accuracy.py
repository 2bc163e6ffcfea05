"""The classifier is as accurate as scikit-learn's perceptron at the same settings. Oracle: scikit-learn."""

from __future__ import annotations

import pytest
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

from plausible import PlausibleClassifier
from plausible.study.intervals import mean_interval

CUTS, EPOCHS = 8, 15


@pytest.mark.filterwarnings(f"ignore::{ConvergenceWarning.__module__}.{ConvergenceWarning.__name__}")
def test_the_digits_are_learned_as_well_as_by_scikit_learn() -> None:
    """The 95 % interval of the paired differences covers 0, and is narrow enough to see a lost percent."""
    x, y = load_digits(return_X_y=True)
    differences, ours = [], []
    for seed in range(CUTS):
        train, test, labels, truth = train_test_split(x / 16, y, stratify=y, random_state=seed)
        theirs = MLPClassifier((64,), batch_size=32, alpha=0, max_iter=EPOCHS, random_state=seed)
        made = PlausibleClassifier(hidden=(64,), batch_size=32, epochs=EPOCHS, random_state=seed)
        ours.append(made.fit(train, labels).score(test, truth))
        differences.append(ours[-1] - theirs.fit(train, labels).score(test, truth))
    found = mean_interval(differences)
    assert found.low <= 0 <= found.high, found
    assert found.high - found.low < 0.02, found
    assert min(ours) > 0.9
