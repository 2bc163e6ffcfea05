"""Adding a change to weights in one pass over memory.

`into ← momentum · into + rate · preᵀ post` is one BLAS call (gemm with beta). It costs what the bare product costs. To
form the gradient first would read and write the weights' memory twice more. `plausible.optimise.blas` says which BLAS
is called. Arrays that BLAS cannot take, such as another library's, are changed by operators.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from plausible.core import Array, Outer, Update
from plausible.optimise.blas import (
    ONE_THREAD,
    ONE_THREAD_SUM,
    PLAIN,
    ROW_MAJOR,
    TRANSPOSED,
    blas_of_scipy,
    gemm_of_numpy,
    threads_of_numpy,
)


def accumulate(into: Array, update: Update, rate: float, momentum: float = 1.0) -> None:
    """`into ← momentum · into + rate · update`, in place, without forming the product of an `Outer`."""
    if not isinstance(update, Outer):
        change = update
    else:
        pre, post, scale = update
        factor, most = (post, ONE_THREAD_SUM) if pre is None else (pre, ONE_THREAD)
        kind, rows = into.dtype, len(post)
        if (
            type(into) is type(post) is type(factor) is np.ndarray
            and kind is post.dtype is factor.dtype
            and kind.char in "fd"
            and into.flags.writeable  # which BLAS does not ask
            and rows > 0
        ):
            if into.size * rows > most and threads_of_numpy() > 1:
                by_numpy(into, pre, post, rate * scale, momentum)
                return
            gemm, gemv = blas_of_scipy(kind.char)  # of the transposes, as SciPy's BLAS counts columns first
            a, trans_a = (post.T, 0) if post.flags.c_contiguous else (post, 1)
            if pre is None:
                target, always = into, always_on(rows, kind.char)
                changed = gemv(rate * scale, a, always, momentum, target, 0, 1, 0, 1, trans_a, 1)
            else:
                target = into.T
                b, trans_b = (pre.T, 1) if pre.flags.c_contiguous else (pre, 0)
                changed = gemm(rate * scale, a, b, momentum, target, trans_a, trans_b, 1)
            if changed is not target:  # which lies in memory in a way that BLAS cannot take
                target[...] = changed
            return
        change = update.dense()
    if momentum != 1.0:
        into *= momentum
    into += rate * change


def by_numpy(into: Array, pre: Array | None, post: Array, rate: float, momentum: float) -> None:
    """`into ← momentum · into + rate · preᵀ post`, by numpy's own BLAS and its threads."""
    if pre is not None and into.flags.carray and into.dtype.isnative and pre.flags.forc and post.flags.forc:
        (n, m), rows = into.shape, len(pre)
        turned, stride = (TRANSPOSED, n) if pre.flags.c_contiguous else (PLAIN, rows)
        straight, width = (PLAIN, m) if post.flags.c_contiguous else (TRANSPOSED, rows)
        left, right = (pre.ctypes.data, stride), (post.ctypes.data, width)
        sizes = (ROW_MAJOR, turned, straight, n, m, rows)
        gemm_of_numpy(into.dtype.char)(*sizes, rate, *left, *right, momentum, into.ctypes.data, m)
    else:
        into *= momentum
        into += rate * (post.sum(axis=0) if pre is None else pre.T @ post)


@cache
def always_on(rows: int, kind: str) -> Array:
    """The activity of a unit that is always on, (rows,): its product with `post` is a sum, and faster than a sum."""
    return np.ones(rows, kind)


def squared_norm(update: Update) -> float:
    """Σ of the squares of a change, without forming the product of an `Outer`: ⟨pre preᵀ, post postᵀ⟩."""
    if isinstance(update, Outer):
        pre, post, scale = update
        if pre is not None and len(pre) ** 2 < pre.shape[1] * post.shape[1]:
            return max(
                0.0, float(scale**2 * ((pre @ pre.T) * (post @ post.T)).sum())
            )  # rounding may fall below 0
        update = update.dense()
    return float((update * update).sum())
