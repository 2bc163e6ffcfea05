"""The two BLAS libraries that a process holds, that of numpy and that of SciPy, and how many threads they use.

numpy's and SciPy's wheels each carry an OpenBLAS with a pool of threads of its own. Idle threads of one pool spin on
the cores that the other one wants. Large products therefore go to the copy that numpy itself uses, by ctypes. A call
through ctypes costs some microseconds more than one through SciPy. So products that OpenBLAS computes on one thread
go through SciPy's copy. numpy may be built against another BLAS, which it shares with SciPy: then all products go
through SciPy.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

# OpenBLAS uses one thread up to these sizes, of a product and of a sum (its SMP_THRESHOLD_MIN and 2304, times four).
ONE_THREAD, ONE_THREAD_SUM = 64**3, 9216
ROW_MAJOR, PLAIN, TRANSPOSED = 101, 111, 112  # of the C interface to BLAS


@cache
def blas_of_numpy() -> ctypes.CDLL | None:
    """The OpenBLAS that numpy's wheel carries, or None if numpy was built against another BLAS."""
    package = Path(np.__file__).parent
    for file in sorted(
        [*package.parent.glob("numpy.libs/*openblas64*"), *package.glob(".dylibs/*openblas64*")]
    ):
        library = ctypes.CDLL(str(file))  # already loaded by numpy: this is the same copy
        if hasattr(library, "scipy_cblas_sgemm64_"):
            return library
    return None


def threads_of_numpy() -> int:
    """Threads that numpy's own OpenBLAS would use now; 0 if it has none of its own."""
    library = blas_of_numpy()
    return 0 if library is None else int(library.scipy_openblas_get_num_threads64_())


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
