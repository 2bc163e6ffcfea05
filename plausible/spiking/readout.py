"""A linear read-out of spiking neurons, by ridge regression on sums that forget."""

from __future__ import annotations

import numpy as np

from plausible.core import Array


def empty(units: int, classes: int) -> Array:
    """Sums of no example, (units + 1, units + 1 + classes): of products of features, and of features and labels."""
    return np.zeros((units + 1, units + 1 + classes))


def added(sums: Array, features: Array, y: Array, memory: int) -> Array:
    """Sums with those of new examples; 1/e is left of the old ones after `memory` examples.

    Args:
        sums: as of `empty`.
        features: (examples, units).
        y: one-hot labels, (examples, classes).
        memory: examples.
    """
    rows = with_bias(features)
    new: Array = np.exp(-len(rows) / memory) * sums + rows.T @ np.concatenate([rows, y], axis=1)
    return new


def read(sums: Array, features: Array, penalty: float = 1e-3) -> Array:
    """The answer of the ridge regression of labels on features, (examples, classes); 0 where nothing is known.

    `penalty` is in units of the mean square of a feature, by examples.
    """
    units = len(sums)
    products, labels = sums[:, :units], sums[:, units:]
    ridge = penalty * max(float(np.trace(products)) / units, 1e-12) * np.eye(units)
    answer: Array = with_bias(features) @ np.linalg.solve(products + ridge, labels)
    return answer


def with_bias(features: Array) -> Array:
    """Features, and a last one that is always 1."""
    return np.concatenate([features, np.ones((len(features), 1))], axis=1).astype(float)
