"""Changing large weights block by block.

An optimiser that remembers moments passes over its arrays some ten times a step. Arrays of a large layer do not fit the
processor's cache, so that every pass would fetch them from memory. Blocks of rows fit, and are fetched once.
"""

from __future__ import annotations

from collections.abc import Iterator

from plausible.core import Array, Outer, Update

BLOCK = 1 << 17  # bytes of an array in a block: some five arrays fit a second-level cache of 1 MB


def blocks(first: Array, *others: Array) -> Iterator[tuple[Array, ...]]:
    """Views on the same rows of arrays of one shape, from the first rows to the last, at most `BLOCK` bytes of `first`.

    >>> import numpy as np
    >>> from plausible.optimise.blocks import blocks
    >>> weights = np.zeros((1000, 64), "float32")
    >>> [part.shape for part, _ in blocks(weights, weights)]
    [(512, 64), (488, 64)]
    """
    arrays = (first, *others)
    if first.size * first.dtype.itemsize <= BLOCK or first.ndim == 0:
        yield arrays
        return
    count = len(first)
    rows = max(BLOCK * count // (first.size * first.dtype.itemsize), 1)
    for start in range(0, count, rows):
        yield tuple(array[start : start + rows] for array in arrays)


def formed(update: Update) -> Array:
    """The change as one array, as `Outer.dense`, scaled in the factor that has fewer numbers than the product."""
    if not isinstance(update, Outer):
        return update
    pre, post, scale = update
    if pre is None or len(post) > pre.shape[1]:
        return update.dense()
    change: Array = pre.T @ (float(scale) * post)
    return change
