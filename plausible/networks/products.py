"""Matrix products, in the order that is best for the processor's cache."""

from __future__ import annotations

import numpy as np

from plausible.core import Array

WIDE = 400  # units in a layer from which the orientation of a product is worth a thought

OFTEN = 8  # products from which it pays to copy a matrix into the order that is best for them

APART = 512  # bytes: rows that lie a multiple of it apart take each other's places in the cache,

BLOCK = 64  # and are copied so many at once


def times(rows: Array, matrix: Array, out: Array | None = None) -> Array:
    """`rows @ matrix`, (batch, n) from (batch, m) and (m, n); into `out`, if there is one.

    For wide layers OpenBLAS computes the transposed product faster, on one thread and on several; it is the same sums
    in another order of memory. Products with few columns, a read-out's, are faster as they stand.
    """
    if not wide(matrix):
        return np.matmul(rows, matrix, out=out)
    product: Array = np.matmul(matrix.T, rows.T, out=None if out is None else out.T).T
    return product


def wide(matrix: Array) -> bool:
    """Whether `times` computes the transposed product."""
    m, n = matrix.shape
    return n >= WIDE or (m >= WIDE and n >= m // 8)


def arranged(weights: Array, products: int) -> Array:
    """`weights`, (n_in, n_out), for so many products with `times`; wide ones are in the order that is faster.

    What comes back is a copy, unless there are too few products to repay it; sums may be rounded in another way.
    """
    if products < OFTEN or not wide(weights):
        return weights
    found, rows = np.empty_like(weights, order="F"), len(weights)
    block = BLOCK if weights.strides[0] % APART == 0 else rows
    for row in range(0, rows, block):
        found[row : row + block] = weights[row : row + block]
    return found
