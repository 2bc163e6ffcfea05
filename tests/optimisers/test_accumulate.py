"""The addition of a change in one pass over memory. Oracle: the product formed by `einsum`."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

import numpy as np
import pytest

import plausible.optimise.accumulate as one_pass
from plausible.core import Array, Outer
from plausible.optimise.accumulate import accumulate
from plausible.optimise.blas import ONE_THREAD, blas_of_numpy
from tests.oracles import dense


def forbidden(*_: object) -> Callable[..., None]:
    raise AssertionError("this way should not be taken")


@pytest.fixture(params=["SciPy's BLAS", "numpy's BLAS"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Products of every size go this way, and no other."""
    if request.param == "numpy's BLAS":
        if blas_of_numpy() is None:
            pytest.skip("numpy has no BLAS of its own here")
        monkeypatch.setattr(one_pass, "blas_of_scipy", forbidden)
    else:
        monkeypatch.setattr(one_pass, "gemm_of_numpy", forbidden)
    for switch in ("ONE_THREAD", "ONE_THREAD_SUM"):
        monkeypatch.setattr(one_pass, switch, -1 if request.param == "numpy's BLAS" else inf)
    monkeypatch.setattr(one_pass, "threads_of_numpy", lambda: 2)


def factors(rows: int, n: int, m: int, dtype: str = "float64") -> tuple[Array, Array, Array]:
    """into, (n, m), pre and post."""
    rng = np.random.default_rng(0)
    into, pre, post = (
        rng.normal(size=size).astype("float32").astype(dtype) for size in ((n, m), (rows, n), (rows, m))
    )
    return into, pre, post


RATE, SCALE = 0.3, -0.7


def assert_accumulates(
    into: Array, pre: Array | None, post: Array, keep: float = 1.0, close: float = 1e-12
) -> None:
    """`into` ends as keep · into + rate · scale · preᵀ post, the product formed in float64."""
    product = dense(Outer(None if pre is None else np.array(pre, float), np.array(post, float)))
    expected = keep * np.array(into, float) + RATE * SCALE * product
    accumulate(into, Outer(pre, post, SCALE), RATE, keep)
    np.testing.assert_allclose(np.array(into), expected, rtol=0, atol=close)


@pytest.mark.parametrize(("dtype", "close"), [("float64", 1e-12), ("float32", 1e-5)])  # 70 roundings near ten
@pytest.mark.parametrize("keep", [1.0, 0.9, 0.0])
@pytest.mark.parametrize("rows", [0, 1, 2, 70])  # of none, only `keep` acts
@pytest.mark.parametrize(("n", "m"), [(1, 1), (1, 4), (3, 1), (5, 7), (33, 65)])
@pytest.mark.usefixtures("way")
def test_a_product_is_added(n: int, m: int, rows: int, keep: float, dtype: str, close: float) -> None:
    into, pre, post = factors(rows, n, m, dtype)
    assert_accumulates(into, pre, post, keep, close)
    assert into.dtype == dtype


@pytest.mark.parametrize(("dtype", "close"), [("float64", 1e-12), ("float32", 1e-5)])
@pytest.mark.parametrize("keep", [1.0, 0.9, 0.0])
@pytest.mark.parametrize("rows", [0, 1, 2, 70])
@pytest.mark.usefixtures("way")
def test_the_change_of_a_bias_is_added(rows: int, keep: float, dtype: str, close: float) -> None:
    into, _, post = factors(rows, 1, 5, dtype)
    assert_accumulates(into[0], None, post, keep, close)


@pytest.mark.parametrize("keep", [1.0, 0.9, 0.0])
def test_an_array_is_added(keep: float) -> None:
    into, change, _ = factors(5, 5, 5)
    expected = keep * into + RATE * change
    accumulate(into, change, RATE, keep)
    np.testing.assert_allclose(into, expected, rtol=1e-15)


@pytest.mark.parametrize("n", [63, 64, 65])
def test_sizes_on_both_sides_of_the_switch(n: int) -> None:
    """Whatever BLAS this machine has; n · 64 · 64 multiply-adds."""
    assert (n * 64 * 64 > ONE_THREAD) == (n == 65)
    assert_accumulates(*factors(64, n, 64))


@pytest.mark.parametrize(
    ("n", "threads", "expected"),
    [
        (64, 2, "SciPy's"),
        (65, 2, "numpy's"),
        (65, 1, "SciPy's"),
        (65, 0, "SciPy's"),
    ],  # 0: numpy has none of its own
)
def test_large_products_go_to_the_blas_that_has_the_threads(
    n: int, threads: int, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    went = []
    monkeypatch.setattr(one_pass, "threads_of_numpy", lambda: threads)

    def by_scipy(*arguments: object) -> object:
        went.append("SciPy's")
        return arguments[4]  # what it adds to

    monkeypatch.setattr(one_pass, "blas_of_scipy", lambda _: (by_scipy, forbidden))
    monkeypatch.setattr(one_pass, "gemm_of_numpy", lambda _: lambda *_: went.append("numpy's"))
    into, pre, post = factors(64, n, 64)
    accumulate(into, Outer(pre, post), RATE)
    assert went == [expected]


def spread(array: Array) -> Array:
    """The same numbers as every second row and column of a larger array of sevens."""
    larger = np.full((2 * array.shape[0], 2 * array.shape[1]), 7.0)
    larger[::2, ::2] = array
    return larger[::2, ::2]


def window(array: Array) -> Array:
    """The same numbers in the middle of a larger array of sevens."""
    larger = np.full((array.shape[0] + 2, array.shape[1] + 2), 7.0)
    larger[1:-1, 1:-1] = array
    return larger[1:-1, 1:-1]


LAYOUTS: dict[str, Callable[[Array], Array]] = {
    "C": np.ascontiguousarray,
    "Fortran": np.asfortranarray,
    "reversed": lambda array: array[::-1, ::-1].copy()[::-1, ::-1],
    "spread": spread,
    "window": window,
}
SMALL, LARGE = (4, 5, 6), (64, 70, 66)  # rows, n and m, on both sides of the switch


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("of_post", LAYOUTS)
@pytest.mark.parametrize("of_pre", LAYOUTS)
@pytest.mark.parametrize("of_into", LAYOUTS)
def test_arrays_may_lie_in_memory_as_they_like(
    of_into: str, of_pre: str, of_post: str, size: tuple[int, int, int]
) -> None:
    into, pre, post = factors(*size)
    into = LAYOUTS[of_into](into)
    assert_accumulates(into, LAYOUTS[of_pre](pre), LAYOUTS[of_post](post), keep=0.9)
    if of_into in ("spread", "window"):
        into[...] = 7
        assert (into.base == 7).all()  # nothing was written beside it


@pytest.mark.parametrize("of_post", LAYOUTS)
@pytest.mark.parametrize("of_into", LAYOUTS)
def test_a_bias_and_its_signal_may_lie_in_memory_as_they_like(of_into: str, of_post: str) -> None:
    into, _, post = factors(4, 6, 6)
    assert_accumulates(LAYOUTS[of_into](into)[0], None, LAYOUTS[of_post](post), keep=0.9)


@pytest.mark.parametrize("dtype", [">f8", "<f8", "longdouble"])
def test_numbers_may_have_their_bytes_in_any_order(dtype: str) -> None:
    into, pre, post = (array.astype(dtype) for array in factors(4, 5, 6))
    assert_accumulates(into, pre, post, keep=0.9)
    assert_accumulates(into[0], None, post, keep=0.9)


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("odd", ["into", "pre", "post"])
def test_dtypes_may_differ(odd: str, size: tuple[int, int, int]) -> None:
    into, pre, post = (
        array.astype("float32" if odd == name else "float64")
        for name, array in zip(("into", "pre", "post"), factors(*size), strict=True)
    )
    assert_accumulates(into, pre, post, close=1e-5 if odd == "into" else 1e-12)
    assert into.dtype == ("float32" if odd == "into" else "float64")


class Traced(np.ndarray):
    """An array that may carry something besides its numbers."""


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("odd", ["into", "pre", "post"])
def test_arrays_that_carry_something_go_through_numpy(
    odd: str, size: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A subclass is never handed to BLAS as bare memory."""
    monkeypatch.setattr(one_pass, "blas_of_scipy", forbidden)
    monkeypatch.setattr(one_pass, "gemm_of_numpy", forbidden)
    into, pre, post = (
        array.view(Traced) if odd == name else array
        for name, array in zip(("into", "pre", "post"), factors(*size), strict=True)
    )
    assert_accumulates(into, pre, post)
    if odd != "pre":
        assert_accumulates(into[0], None, post)
    assert type(into) is (Traced if odd == "into" else np.ndarray)


def test_weights_need_not_be_aligned() -> None:
    """As when they are read from a file without a copy."""
    into, pre, post = factors(*SMALL)
    unaligned = np.frombuffer(bytearray(into.nbytes + 1), into.dtype, into.size, offset=1).reshape(into.shape)
    assert_accumulates(unaligned, pre, post)


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
def test_weights_that_are_read_only_are_refused(size: tuple[int, int, int]) -> None:
    into, pre, post = factors(*size)
    into.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        accumulate(into, Outer(pre, post), RATE)
