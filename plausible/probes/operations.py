"""How many operations numpy's functions take, by the shapes of what they are given."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np


def largest(tree: Any) -> int:
    """How many numbers the largest array in a nested structure has; 0 without any."""
    if isinstance(tree, np.ndarray | np.generic):
        return int(tree.size)
    if isinstance(tree, tuple | list):
        return max(map(largest, tree), default=0)
    return 0


def _dot(a: Any, b: Any, *rest: Any, **options: Any) -> int:
    return int(np.size(a) * np.size(b) // max(np.shape(a)[-1] if np.ndim(a) else 1, 1))


def _outer(a: Any, b: Any, *rest: Any, **options: Any) -> int:
    return int(np.size(a) * np.size(b))


def _vdot(a: Any, b: Any) -> int:
    return int(np.size(a))


def _tensordot(a: Any, b: Any, axes: Any = 2) -> int:
    summed = range(np.ndim(a) - axes, np.ndim(a)) if isinstance(axes, int) else np.atleast_1d(axes[0])
    return int(np.size(a) * np.size(b) // max(prod(np.shape(a)[axis] for axis in summed), 1))


def _einsum(subscripts: Any, *operands: Any, **options: Any) -> int:
    if not isinstance(subscripts, str):  # arrays and lists of axes in turn
        return largest((subscripts, operands))
    sizes: dict[str, int] = {}
    for term, array in zip(subscripts.replace(" ", "").split("->")[0].split(","), operands, strict=True):
        before, _, after = term.partition("...")
        axes = [*before, *(f"...{n}" for n in range(len(before) + len(after) - np.ndim(array), 0)), *after]
        sizes |= {axis: max(n, sizes.get(axis, 1)) for axis, n in zip(axes, np.shape(array), strict=True)}
    return prod(sizes.values()) * (len(operands) - 1)


def _factors(a: Any, *right: Any, **options: Any) -> int:
    side = min(np.shape(a)[-2:])
    return int(np.size(a) * side + sum(np.size(b) for b in right if isinstance(b, np.ndarray)) * side)


FACTORISATIONS = "cholesky det eig eigh eigvals eigvalsh inv lstsq pinv qr slogdet solve svd svdvals"
MOVES_NAMES = """
    concatenate stack hstack vstack dstack column_stack block split array_split hsplit vsplit dsplit reshape ravel
    transpose swapaxes moveaxis rollaxis matrix_transpose squeeze expand_dims atleast_1d atleast_2d atleast_3d
    broadcast_to broadcast_arrays tile repeat resize take take_along_axis put_along_axis put place copy copyto
    zeros_like ones_like empty_like full_like flip fliplr flipud roll rot90 diag diagflat diagonal tril triu pad
    append delete insert compress extract choose shape ndim size result_type can_cast min_scalar_type common_type
    iscomplexobj isrealobj real imag shares_memory may_share_memory
"""

PRODUCTS: dict[Any, Callable[..., int]] = {
    np.dot: _dot,
    np.inner: _dot,
    np.outer: _outer,
    np.kron: _outer,
    np.vdot: _vdot,
    np.tensordot: _tensordot,
    np.einsum: _einsum,
    **{getattr(np.linalg, name): _factors for name in FACTORISATIONS.split() if hasattr(np.linalg, name)},
}
"""What multiplies and adds, and how often; factors of a matrix (m, n) are taken to cost m n min(m, n)."""
MOVES = frozenset(getattr(np, name) for name in MOVES_NAMES.split() if hasattr(np, name))
"""Functions that move numbers, or read shapes, and compute none."""
