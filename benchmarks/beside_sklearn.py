"""The classifier beside scikit-learn's own perceptron: the same calls, settings, examples and precision."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

from benchmarks.setting import ADAM_RATE, MOMENTUM, RATE, Setting, minibatches
from plausible.api.estimators import PlausibleClassifier
from plausible.core import Optimiser
from plausible.optimise.adam import Adam
from plausible.optimise.sgd import SGD
from plausible.study.intervals import mean_interval

SEEDS, EPOCHS = 10, 20  # of accuracy on digits
OURS: dict[str, Optimiser] = {"momentum": SGD(RATE, MOMENTUM), "adam": Adam(ADAM_RATE)}
THEIRS: dict[str, dict[str, Any]] = {
    "momentum": {
        "solver": "sgd",
        "learning_rate_init": RATE,
        "momentum": MOMENTUM,
        "nesterovs_momentum": False,
    },
    "adam": {"solver": "adam", "learning_rate_init": ADAM_RATE},
}


def made(name: str, hidden: tuple[int, ...], batch: int, epochs: int = 1, seed: int = 0) -> Any:
    """The classifier called "classifier momentum" or "sklearn momentum", or with adam, of tanh units."""
    whose, optimiser = name.split()
    common: dict[str, Any] = {"activation": "tanh", "batch_size": batch, "random_state": seed}
    if whose == "classifier":
        return PlausibleClassifier("backprop", hidden, optimiser=OURS[optimiser], epochs=epochs, **common)
    stops = {
        "max_iter": epochs,
        "n_iter_no_change": epochs,
        "alpha": 0.0,
    }  # after `epochs`, without weight decay
    return MLPClassifier(hidden, **THEIRS[optimiser], **stops, **common)


class Estimator:
    """`partial_fit` with as many examples as the steps that are asked for need: one epoch, checks included."""

    def __init__(self, setting: Setting, name: str) -> None:
        self.x, labels = setting.data()
        self.y, self.classes = labels, np.arange(setting.sizes[-1])
        self.batches = minibatches(setting, len(self.x))
        self.estimator = made(name, setting.sizes[1:-1], setting.batch)

    def steps(self, n: int) -> None:
        """`n` weight changes, and a smaller batch at the end of the data counts as one."""
        rows = np.concatenate([next(self.batches) for _ in range(n)])
        self.estimator.partial_fit(self.x[rows], self.y[rows], classes=self.classes)


def accuracies(ours: str, theirs: str, hidden: tuple[int, ...], batch: int) -> str:
    """The accuracy of both on the digits, in words: their means, and the mean of the difference with its interval."""
    x, y = load_digits(return_X_y=True)
    found: dict[str, list[float]] = {ours: [], theirs: []}
    for seed in range(SEEDS):
        cut = train_test_split((x / 16).astype(np.float32), y, stratify=y, random_state=seed)
        for name, scores in found.items():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)  # both learn for as many epochs
                scores.append(
                    made(name, hidden, batch, EPOCHS, seed).fit(cut[0], cut[2]).score(cut[1], cut[3])
                )
    one, other = map(np.array, found.values())
    mean, low, high, _ = mean_interval(one - other)
    return (
        f"accuracy on digits {one.mean():.4f} and {other.mean():.4f}, {mean:+.4f} [{low:+.4f}, {high:+.4f}] apart "
        f"({SEEDS} cuts)"
    )
