"""How alike the activity of two layers is, over the same examples: measures that do not ask which unit is which.

Each takes activity of one layer and of another, (examples, units) and (examples, other units), and subtracts the mean
of each unit. All of them are the same where units of a layer are rotated, exchanged, or all multiplied by one number.
"""

from __future__ import annotations

import numpy as np

from plausible.core import Array
from plausible.errors import BadInput, require


def linear_cka(x: Array, y: Array) -> float:
    """Linear centred kernel alignment [kornblith2019]: |Xᵀ Y|² / (|Xᵀ X| |Yᵀ Y|), from 0 to 1 for layers alike.

    Args:
        x: activity of one layer, (examples, units).
        y: activity of another layer, (examples, other units).

    Raises:
        BadInput: if the layers do not have the same examples, or one of them does not vary.

    >>> import numpy as np
    >>> from plausible.plausibility.similarity import linear_cka
    >>> x = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]])
    >>> round(linear_cka(x, 3 * x[:, ::-1]), 6)
    1.0
    """
    x, y = pair(x, y)
    shared = np.linalg.norm(x.T @ y) ** 2
    return float(shared / (np.linalg.norm(x.T @ x) * np.linalg.norm(y.T @ y)))


def rsa(x: Array, y: Array) -> float:
    """Representational similarity analysis [kriegeskorte2008]: the correlation of distances between examples.

    Distances are Euclidean, of all pairs of examples; Pearson's correlation, from -1 to 1 for layers alike.

    Args:
        x: activity of one layer, (examples, units).
        y: activity of another layer, (examples, other units).

    Raises:
        BadInput: as `linear_cka`, and for fewer than three examples.
    """
    x, y = pair(x, y)
    require(len(x) > 2, "the number of examples", len(x), "three or more, which have several distances")
    return float(np.corrcoef(distances(x), distances(y))[0, 1])


def procrustes(x: Array, y: Array) -> float:
    """The angle between layers after the best rotation [williams2021], in radians: 0 for layers alike, up to π/2.

    arccos of the nuclear norm |Xᵀ Y|_* over |X| |Y|: a metric, which obeys the triangle inequality.

    Args:
        x: activity of one layer, (examples, units).
        y: activity of another layer, (examples, other units).

    Raises:
        BadInput: as `linear_cka`.
    """
    x, y = pair(x, y)
    overlap = np.linalg.norm(x.T @ y, "nuc") / (np.linalg.norm(x) * np.linalg.norm(y))
    return float(np.arccos(min(float(overlap), 1.0)))


def effective_rank(x: Array) -> float:
    """How many directions activity, (examples, units), takes [roy2007]: e to the entropy of singular values' shares.

    Raises:
        BadInput: if it does not vary.
    """
    sizes = np.linalg.svd(centred(x), compute_uv=False)
    shares = sizes / sizes.sum()
    kept = shares[shares > 0]
    return float(np.exp(-(kept * np.log(kept)).sum()))


def distances(x: Array) -> Array:
    """The Euclidean distances of all pairs of examples."""
    first, second = np.triu_indices(len(x), 1)
    found: Array = np.linalg.norm(x[first] - x[second], axis=1)
    return found


def pair(x: Array, y: Array) -> tuple[Array, Array]:
    """Both layers, centred. Raises `BadInput` if they are not of the same examples."""
    if np.ndim(x) != 2 or np.ndim(y) != 2 or len(x) != len(y):
        raise BadInput(
            f"activity of shapes {np.shape(x)} and {np.shape(y)}: expected (examples, units) of the same examples"
        )
    return centred(x), centred(y)


def centred(x: Array) -> Array:
    """Activity in double precision without the mean of each unit. Raises `BadInput` if it does not vary."""
    moved: Array = np.asarray(x, np.float64) - np.mean(x, axis=0, dtype=np.float64)
    require(
        bool(np.isfinite(moved).all() and moved.any()),
        "activity",
        np.shape(x),
        "finite, and other for some example",
    )
    return moved
