"""How many threads numpy computes with, asked of the BLAS that it carries."""

from __future__ import annotations

import ctypes
from functools import cache
from pathlib import Path

import numpy as np


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
