"""The suite's classifier beside scikit-learn's: `fit` at the same settings, in turns, on one thread."""

from __future__ import annotations

import statistics
import time
import warnings
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import scipy.linalg.blas  # noqa: F401  both BLAS copies are loaded when their threads are set
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from benchmarks.rows import LARGE, SMALL, Row
from benchmarks.setting import ADAM_RATE, Setting
from plausible.api.estimators import PlausibleClassifier

BOUND = 1.0
CASES = ((Setting(SMALL, 32), 1_600, 12), (Setting(LARGE, 64), 6_400, 1))  # with examples and epochs


def classifiers(number: int) -> Iterator[Row]:
    """A row for each network: the time of a step, of `number` fits of both classifiers."""
    for setting, examples, epochs in CASES:
        x, labels = (each[:examples] for each in setting.data())
        steps = epochs * examples // setting.batch
        with threadpool_limits(1), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # there are as many epochs as both were told
            pairs = [
                [1e3 * seconds(made(setting, epochs), x, labels) / steps for made in (ours, theirs)]
                for _ in range(number + 1)
            ]
        pairs = list(islice(pairs, 1, None))  # the first one wakes caches up
        low, middle, high = statistics.quantiles([a / b for a, b in pairs], method="inclusive")
        yield Row(
            "classifier",
            f"PlausibleClassifier over MLPClassifier: {setting}; Adam, fits of {steps} steps",
            statistics.median(a for a, _ in pairs),
            "ms a step",
            BOUND,
            beside="MLPClassifier",
            theirs=statistics.median(b for _, b in pairs),
            ratio=(low, middle, high),
            rounds=number,
        )


def seconds(classifier: Any, x: np.ndarray[Any, Any], labels: np.ndarray[Any, Any]) -> float:
    """Processor time of `fit`."""
    began = time.process_time()
    classifier.fit(x, labels)
    return time.process_time() - began


def ours(setting: Setting, epochs: int) -> PlausibleClassifier:
    """Backprop and Adam."""
    return PlausibleClassifier(
        "backprop",
        setting.sizes[1:-1],
        "tanh",
        optimiser=f"adam[rate={ADAM_RATE}]",
        epochs=epochs,
        batch_size=setting.batch,
        random_state=0,
    )


def theirs(setting: Setting, epochs: int) -> MLPClassifier:
    """The same, without the penalty on weights that it has, and the early end that it comes to, unless told."""
    return MLPClassifier(
        setting.sizes[1:-1],
        "tanh",
        solver="adam",
        alpha=0.0,
        learning_rate_init=ADAM_RATE,
        batch_size=setting.batch,
        max_iter=epochs,
        n_iter_no_change=epochs + 1,
        random_state=0,
    )
