"""From the spikes of neurons to answers: neurons that are named after classes, votes, and a linear read-out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from plausible.core import Array


def remembered(sums: Array, counts: NDArray[Any], y: Array, memory: int) -> Array:
    """Sums of spikes by class, (classes, neurons + 1), with those of new images; the last column counts images.

    Args:
        sums: those before the new images.
        counts: spikes, (images, neurons).
        y: one-hot, (images, classes).
        memory: the number of images after which 1/e of a sum is left.
    """
    fraction = float(np.exp(-len(counts) / memory))
    ones = np.ones((len(counts), 1))
    return fraction * sums + y.T.astype(float) @ np.concatenate([counts, ones], axis=1)


def class_rates(sums: Array) -> Array:
    """Mean spikes an image of each class, (classes, neurons), of `remembered` sums; 0 for a class without images."""
    rates: Array = sums[:, :-1] / np.maximum(sums[:, -1:], 1e-300)
    return rates * (sums[:, -1:] > 0)


def names(rates: Array) -> NDArray[np.intp]:
    """The class that each neuron is named after, (neurons,): that of its highest mean; -1 if it never spiked.

    >>> import numpy as np
    >>> from plausible.spiking.decode import names
    >>> names(np.array([[5.0, 0.0, 0.0], [1.0, 2.0, 0.0]]))
    array([ 0,  1, -1])
    """
    named = rates.argmax(axis=0)
    return np.where(rates.max(axis=0) > 0, named, -1)


def votes(counts: Array, rates: Array) -> Array:
    """Mean spikes of the neurons of each class, as shares, (images, classes); even shares where nothing spiked.

    Args:
        counts: spikes, (images, neurons).
        rates: mean spikes an image by class, which name the neurons, (classes, neurons).
    """
    named = names(rates)
    members = (named == np.arange(len(rates))[:, None]).astype(counts.dtype)  # (classes, neurons)
    means = counts @ (members / np.maximum(members.sum(axis=1, keepdims=True), 1)).T
    total = means.sum(axis=1, keepdims=True)
    shares: Array = np.where(total > 0, means / np.maximum(total, 1e-30), 1 / len(rates))
    return shares.astype(counts.dtype)


def linear_readout(counts: Array, y: Array, penalty: float = 1.0) -> Array:
    """Weights (neurons + 1, classes) of the ridge regression of one-hot `y` on spikes, the last row a bias."""
    rows = np.concatenate([counts, np.ones((len(counts), 1))], axis=1).astype(float)
    solved: Array = np.linalg.solve(rows.T @ rows + penalty * np.eye(rows.shape[1]), rows.T @ y.astype(float))
    return solved
