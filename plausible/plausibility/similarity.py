"""How alike the activity of two layers is, over the same examples: measures that do not ask which unit is which.

Each takes activity of one layer and of another, (examples, units) and (examples, other units), and subtracts the mean
of each unit. All of them are the same where units of a layer are rotated, exchanged, or all multiplied by one number;
information between layers is the same for any linear map that can be undone. `matrix` measures many layers at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from plausible.core import Array
from plausible.errors import BadInput, require, unknown


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


def gaussian_information(x: Array, y: Array) -> float:
    """Mutual information between layers as if their activity were jointly normal [cover2006], in bits.

    -½ Σ log2(1 - ρ_i²) with the canonical correlations ρ_i; 0 for layers without linear relation, infinite where a
    direction of one follows from the other. Of n examples of unrelated layers of p and q units it is p q / (2 n ln 2)
    or more, not 0, so that examples have to be many.

    Args:
        x: activity of one layer, (examples, units).
        y: activity of another layer, (examples, other units).

    Raises:
        BadInput: as `linear_cka`, and unless there are more examples than units that vary, of both layers together.
    """
    bases = [directions(of) for of in pair(x, y)]
    units = sum(base.shape[1] for base in bases)
    require(
        len(x) > units + 1,
        "the number of examples",
        len(x),
        f"{units + 2} or more, as {units} directions vary",
    )
    correlations = np.linalg.svd(bases[0].T @ bases[1], compute_uv=False)
    left = np.clip(1 - correlations**2, 0.0, 1.0)
    left[left < 1e-12] = 0.0  # a correlation of 1, but for rounding
    with np.errstate(divide="ignore"):
        return float(-0.5 * np.log2(left).sum()) + 0.0


def class_information(x: Array, classes: NDArray[np.integer]) -> float:
    """What activity tells about classes, in bits: the information of guesses by the nearest class mean.

    Each example is held out of the mean of its own class. As guesses follow from activity, it cannot have less
    [cover2006], up to the error of `information`. From 0 to log2 of the number of classes.

    Args:
        x: activity of a layer, (examples, units).
        classes: whole numbers, (examples,).

    Raises:
        BadInput: if activity does not vary, or a class has a single example.
    """
    moved = centred(x)
    require(np.shape(classes) == (len(moved),), "the shape of classes", np.shape(classes), f"({len(moved)},)")
    names, codes = np.unique(classes, return_inverse=True)
    counts = np.bincount(codes)
    require(int(counts.min()) > 1, "the fewest examples of a class", int(counts.min()), "two or more")
    sums = np.zeros((len(names), moved.shape[1]))
    np.add.at(sums, codes, moved)
    means = sums / counts[:, None]
    apart = ((moved[:, None, :] - means[None]) ** 2).sum(axis=2)
    rows = np.arange(len(moved))
    apart[rows, codes] *= (counts[codes] / (counts[codes] - 1)) ** 2  # x - mean without x is that much longer
    table = np.zeros((len(names), len(names)))
    np.add.at(table, (codes, apart.argmin(axis=1)), 1)
    return information(table)


def information(table: Array) -> float:
    """Mutual information of rows and columns of a table of counts, in bits [cover2006].

    Of n counts without relation in r rows and c columns it is about (r - 1)(c - 1) / (2 n ln 2), not 0.

    Raises:
        BadInput: for counts that are negative, or all 0.

    >>> import numpy as np
    >>> from plausible.plausibility.similarity import information
    >>> information(np.eye(4)), information(np.ones((4, 4)))
    (2.0, 0.0)
    """
    counts = np.asarray(table, np.float64)
    good = counts.ndim == 2 and bool((counts >= 0).all()) and counts.sum() > 0
    require(
        good, "a table of counts", np.shape(table), "rows and columns of counts, of which one is positive"
    )
    shares = counts / counts.sum()
    apart = np.outer(shares.sum(axis=1), shares.sum(axis=0))
    there = shares > 0
    return float((shares[there] * np.log2(shares[there] / apart[there])).sum())


MEASURES: Mapping[str, Callable[[Array, Array], float]] = {
    "linear CKA": linear_cka,
    "RSA": rsa,
    "Procrustes angle": procrustes,
}
"""The measures of two layers by name; of the last a smaller one is more alike."""


def matrix(measure: str, layers: Sequence[Array]) -> Array:
    """A measure, by its name in `MEASURES`, of every two of some layers, (layers, layers).

    It is what the measure says of each pair, in one product of matrices where that is possible.

    Args:
        measure: linear CKA, RSA or Procrustes angle.
        layers: activity, each (examples, units), of the same examples.

    Raises:
        BadInput: as the measures, and for a name that is none of theirs.
    """
    if measure not in MEASURES:
        raise unknown("measure of similarity", measure, MEASURES)
    if measure == "Procrustes angle":
        found = np.zeros((len(layers), len(layers)))
        for (i, j), _ in np.ndenumerate(found):
            found[i, j] = procrustes(layers[i], layers[j]) if i < j else found[j, i]
        return found
    for layer in layers[1:]:
        pair(layers[0], layer)  # refuses other examples
    rows = [alike(centred(layer)) if measure == "linear CKA" else between(centred(layer)) for layer in layers]
    stacked = np.array([row / np.linalg.norm(row) for row in rows])
    products: Array = stacked @ stacked.T
    return products


def alike(x: Array) -> Array:
    """The products of all pairs of examples, in one row."""
    return (x @ x.T).ravel()


def between(x: Array) -> Array:
    """The distances of all pairs of examples, less their mean. Raises `BadInput` for fewer than three examples."""
    require(len(x) > 2, "the number of examples", len(x), "three or more, which have several distances")
    found = distances(x)
    return found - found.mean()


def directions(x: Array) -> Array:
    """An orthonormal basis, (examples, rank), of the directions in which activity varies."""
    left, sizes, _ = np.linalg.svd(x, full_matrices=False)
    basis: Array = left[:, sizes > sizes[0] * max(x.shape) * np.finfo(np.float64).eps]
    return basis


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
