"""Matrix products, in the order that is best for the processor's cache."""

from __future__ import annotations

import numpy as np

from plausible.core import Array

WIDE = 400  # units in a layer from which the orientation of a product is worth a thought

OFTEN = 8  # products from which it pays to copy a matrix into the order that is best for them

# Cache conflicts: where the rows of a matrix start a multiple of 512 bytes apart, they fall on the same few lines of
# the cache and displace each other. Such a matrix is copied in blocks of 64 rows, of which each stays in the cache.
APART = 512  # bytes

BLOCK = 64  # rows


def times(rows: Array, matrix: Array, out: Array | None = None) -> Array:
    """`rows @ matrix`, (batch, n) from (batch, m) and (m, n); into `out`, if there is one.

    For wide layers OpenBLAS computes the transposed product, matrixᵀ rowsᵀ, faster, on one thread and on several. It is
    the same sums in another order of memory. Products with few columns, such as a read-out's, are faster as they stand.
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
    """`weights`, (n_in, n_out), in the order of memory that is faster for as many `products` with `times`.

    That is a copy in columns where the matrix is wide and there are products enough to repay the copy, and `weights`
    itself elsewhere. The products of a copy may be rounded in another way.
    """
    if products < OFTEN or not wide(weights):
        return weights
    columns, rows = np.empty_like(weights, order="F"), len(weights)
    block = BLOCK if weights.strides[0] % APART == 0 else rows
    for row in range(0, rows, block):
        columns[row : row + block] = weights[row : row + block]
    return columns
