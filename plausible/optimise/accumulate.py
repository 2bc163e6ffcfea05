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
from plausible.threads import blas_of_numpy, threads_of_numpy

ONE_THREAD = 64**3  # OpenBLAS uses one thread up to this many multiply-adds (SMP_THRESHOLD_MIN times four)
ROW_MAJOR, PLAIN, TRANSPOSED = 101, 111, 112  # of the C interface to BLAS


def accumulate(into: Array, update: Update, rate: float, keep: float = 1.0) -> None:
    """`into ← keep · into + rate · update`, in place, without forming the product of an `Outer`."""
    if isinstance(update, Outer):
        pre, post, scale = update
        rate *= scale
        if pre is None:
            change = column_sums(post)
        elif fusable(into, pre, post):
            gemm(into, pre, post, rate, keep)
            return
        else:
            change = pre.T @ post
    else:
        change = update
    if keep != 1.0:
        into *= keep
    into += rate * change


def column_sums(post: Array) -> Array:
    """What a unit that is always on adds up, (n_out,); as a product, which is faster than a sum."""
    return always_on(len(post), post.dtype.char) @ post if type(post) is np.ndarray else post.sum(axis=0)


@cache
def always_on(rows: int, kind: str) -> Array:
    """The activity of a unit that is always on, (rows,)."""
    return np.ones(rows, kind)


def gemm(into: Array, pre: Array, post: Array, rate: float, keep: float) -> None:
    """`into ← keep · into + rate · preᵀ post` by one call of whichever BLAS is the right one."""
    if into.size * len(pre) > ONE_THREAD and threads_of_numpy() > 1:
        (n, m), rows = into.shape, len(pre)
        turned, stride = (TRANSPOSED, n) if pre.flags.c_contiguous else (PLAIN, rows)
        straight, width = (PLAIN, m) if post.flags.c_contiguous else (TRANSPOSED, rows)
        left, right = (pre.ctypes.data, stride), (post.ctypes.data, width)
        sizes = (ROW_MAJOR, turned, straight, n, m, rows)
        gemm_of_numpy(into.dtype.char)(*sizes, rate, *left, *right, keep, into.ctypes.data, m)
    else:  # of the transposes, as SciPy's BLAS counts columns first
        a, trans_a = (post.T, 0) if post.flags.c_contiguous else (post, 1)
        b, trans_b = (pre.T, 1) if pre.flags.c_contiguous else (pre, 0)
        overwrite = 1
        gemm_of_scipy(into.dtype.char)(rate, a, b, keep, into.T, trans_a, trans_b, overwrite)


def fusable(into: Array, pre: Array, post: Array) -> bool:
    """Whether BLAS can take the three arrays as they lie in memory."""
    return (
        type(into) is type(pre) is type(post) is np.ndarray
        and into.dtype is pre.dtype is post.dtype
        and into.dtype.char in "fd"
        and into.dtype.isnative
        and into.flags.carray  # contiguous, aligned and writable: else BLAS would work on a copy, or on a view
        and pre.flags.forc
        and post.flags.forc
        and len(pre) > 0
    )


@cache
def gemm_of_scipy(kind: str) -> Callable[..., Any]:
    """SciPy's sgemm or dgemm; imported when first used, as it takes a while."""
    from scipy.linalg import blas

    gemm: Callable[..., Any] = {"f": blas.sgemm, "d": blas.dgemm}[kind]
    return gemm


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
