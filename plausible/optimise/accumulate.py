"""Adding a change to weights in one pass over memory.

`into ← keep · into + rate · preᵀ post` is one BLAS call (gemm with beta), which costs what the bare product costs;
forming the gradient first would read and write the weights' memory twice more. Two things need care:

- numpy's and SciPy's wheels each carry an OpenBLAS with a thread pool of its own, and idle threads of one spin on
  the cores that the other one wants. Large products therefore go to the copy that numpy itself uses, by ctypes.
- a call through ctypes costs some microseconds more than one through SciPy, so products too small for OpenBLAS to
  use threads on go through SciPy's. If numpy's own copy cannot be found (numpy built against another BLAS, which
  it then shares with SciPy), all of them do.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from plausible.core import Array, Outer, Update
from plausible.optimise.blas import blas_of_numpy, threads_of_numpy

# OpenBLAS uses one thread up to these sizes, of a product and of a sum (its SMP_THRESHOLD_MIN and 2304, times four).
ONE_THREAD, ONE_THREAD_SUM = 64**3, 9216
ROW_MAJOR, PLAIN, TRANSPOSED = 101, 111, 112  # of the C interface to BLAS


def accumulate(into: Array, update: Update, rate: float, keep: float = 1.0) -> None:
    """`into ← keep · into + rate · update`, in place, without forming the product of an `Outer`."""
    if not isinstance(update, Outer):
        change = update
    else:
        pre, post, scale = update
        factor, most = (post, ONE_THREAD_SUM) if pre is None else (pre, ONE_THREAD)
        kind = into.dtype
        if (
            type(into) is type(post) is type(factor) is np.ndarray
            and kind is post.dtype is factor.dtype
            and kind.char in "fd"
            and into.flags.writeable  # which BLAS does not ask
            and len(post) > 0
        ):
            if into.size * len(post) > most and threads_of_numpy() > 1:
                by_numpy(into, pre, post, rate * scale, keep)
                return
            gemm, gemv = blas_of_scipy(kind.char)  # of the transposes, as SciPy's BLAS counts columns first
            a, trans_a = (post.T, 0) if post.flags.c_contiguous else (post, 1)
            if pre is None:
                target, always = into, always_on(len(post), kind.char)
                changed = gemv(rate * scale, a, always, keep, target, 0, 1, 0, 1, trans_a, 1)
            else:
                target = into.T
                b, trans_b = (pre.T, 1) if pre.flags.c_contiguous else (pre, 0)
                changed = gemm(rate * scale, a, b, keep, target, trans_a, trans_b, 1)
            if changed is not target:  # which lies in memory in a way that BLAS cannot take
                target[...] = changed
            return
        change = update.dense()
    if keep != 1.0:
        into *= keep
    into += rate * change


def by_numpy(into: Array, pre: Array | None, post: Array, rate: float, keep: float) -> None:
    """`into ← keep · into + rate · preᵀ post`, by numpy's own BLAS and its threads."""
    if pre is not None and into.flags.carray and into.dtype.isnative and pre.flags.forc and post.flags.forc:
        (n, m), rows = into.shape, len(pre)
        turned, stride = (TRANSPOSED, n) if pre.flags.c_contiguous else (PLAIN, rows)
        straight, width = (PLAIN, m) if post.flags.c_contiguous else (TRANSPOSED, rows)
        left, right = (pre.ctypes.data, stride), (post.ctypes.data, width)
        sizes = (ROW_MAJOR, turned, straight, n, m, rows)
        gemm_of_numpy(into.dtype.char)(*sizes, rate, *left, *right, keep, into.ctypes.data, m)
    else:
        into *= keep
        into += rate * (post.sum(axis=0) if pre is None else pre.T @ post)


@cache
def always_on(rows: int, kind: str) -> Array:
    """The activity of a unit that is always on, (rows,): its product with `post` is a sum, and faster than a sum."""
    return np.ones(rows, kind)


@cache
def blas_of_scipy(kind: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """SciPy's gemm and gemv of this precision; imported when first used, as it takes a while."""
    from scipy.linalg import blas

    return (blas.sgemm, blas.sgemv) if kind == "f" else (blas.dgemm, blas.dgemv)


@cache
def gemm_of_numpy(kind: str) -> Callable[..., None]:
    """sgemm or dgemm of numpy's own OpenBLAS, by its C interface."""
    gemm: Callable[..., None] = getattr(
        blas_of_numpy(), {"f": "scipy_cblas_sgemm64_", "d": "scipy_cblas_dgemm64_"}[kind]
    )
    choice, size, pointer = ctypes.c_int, ctypes.c_int64, ctypes.c_void_p
    real = ctypes.c_float if kind == "f" else ctypes.c_double
    gemm.argtypes = [  # type: ignore[attr-defined]
        *(choice, choice, choice, size, size, size),
        *(real, pointer, size, pointer, size, real, pointer, size),
    ]
    gemm.restype = None  # type: ignore[attr-defined]
    return gemm


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
