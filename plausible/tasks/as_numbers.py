"""Arrays, lists and pandas frames as arrays of numbers, and what is refused among them, in one line each."""

from __future__ import annotations

import sys
import warnings
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from plausible.errors import BadInput, first_line, plain, require
from plausible.tasks.overlap import equal_rows

MERGED = 0.1  # share of a column's different values that a cast makes equal: rounding alone merges fewer
SAMPLED = 10_000  # rows that are looked at for it
SUITE = ("plausible.", "sklearn.")  # modules whose lines no user wrote
TOLD = 20  # letters of a value that a message quotes


def word(text: str, kind: type[UserWarning] = UserWarning) -> None:
    """Say a thing in one line, as a warning of whoever called the suite, through scikit-learn or not."""
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith(SUITE):
        level, frame = level + 1, frame.f_back
    warnings.warn(text, kind, stacklevel=level)


def is_frame(given: object) -> bool:
    """Whether something is a frame of pandas, which is imported by whoever has one."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(given, pandas.DataFrame)


def columns_of(given: object) -> tuple[str, ...]:
    """The names of a frame's columns; () of anything else."""
    return tuple(map(str, given.columns)) if is_frame(given) else ()  # type: ignore[attr-defined]


def as_array(given: ArrayLike, what: str) -> NDArray[Any]:
    """What is given as an array, whatever its dtype. Raises `BadInput` for masked, sparse, ragged and other data.

    >>> import numpy as np
    >>> from plausible.tasks.as_numbers import as_array
    >>> as_array([[1, 2], [3]], "X")
    Traceback (most recent call last):
    plausible.errors.BadInput: X has rows of different lengths: expected as many columns in each
    """
    sparse = sys.modules.get("scipy.sparse")
    if sparse is not None and sparse.issparse(given):
        raise BadInput(
            f"{what} is sparse, a {type(given).__name__}: expected a dense array; {what}.toarray()"
        )
    parts = given if isinstance(given, list | tuple) else ()
    if isinstance(given, np.ma.MaskedArray) or any(isinstance(part, np.ma.MaskedArray) for part in parts):
        hidden = sum(int(np.sum(getattr(part, "mask", False))) for part in parts or [given])
        raise BadInput(
            f"{what} is a masked array, which hides {hidden} numbers: expected an array in which all count; leave such "
            f"rows out, or fill them: {what}.filled(0)"
        )
    if given is None or isinstance(given, str | bytes | dict | set):
        kind = type(given).__name__
        raise BadInput(f"{what} is of type {kind}: expected an array, a list, or a frame of pandas")
    if is_frame(given):
        return of_frame(given, what)
    try:
        array = np.asarray(given)
    except ValueError as error:
        if "inhomogeneous" in str(error):
            raise BadInput(
                f"{what} has rows of different lengths: expected as many columns in each"
            ) from error
        raise BadInput(f"{what} makes no array ({first_line(error)}): expected numbers") from error
    if array.dtype.kind == "U" and len(
        odd := {type(each).__name__ for each in parts} - {"str", "str_", "list", "tuple"}
    ):
        raise BadInput(
            f"{what} holds {' and '.join(sorted({*odd, 'str'}))}: expected one kind of values; numpy.array({what}, str)"
        )
    if array.dtype.kind in "iuf" and len({isinstance(each, bool | np.bool_) for each in parts}) > 1:
        raise BadInput(
            f"{what} holds truth values beside numbers: expected one kind of values, such as words"
        )
    require(array.ndim > 0, what, plain(given), "an array of examples")
    return array


def of_frame(frame: Any, what: str) -> NDArray[Any]:
    """The numbers of a frame of pandas; of a single column, whatever it holds. Raises `BadInput` for other columns."""
    if frame.shape[1] == 1 and frame.dtypes.iloc[0].kind not in "fiub":
        return np.asarray(frame.iloc[:, 0], object)[:, None]
    for place, dtype in enumerate(frame.dtypes):
        if dtype.kind in "fiub":
            continue
        held = frame.iloc[:, place].dropna()
        example = f", such as {short(held.iloc[0])}" if len(held) else ""
        advice = f"pandas.get_dummies({what}) makes columns of 0 and 1"
        if dtype.kind in "mM":
            example, advice = "", "take days since the first, as an example"
        raise BadInput(
            f"column {str(frame.columns[place])!r} of {what} is {dtype}{example}: expected numbers; {advice}"
        )
    plain_numbers = all(isinstance(dtype, np.dtype) for dtype in frame.dtypes)
    array: NDArray[Any] = frame.to_numpy() if plain_numbers else frame.to_numpy(np.float64, na_value=np.nan)
    return array.astype(np.float64) if array.dtype == object else array  # truth values beside numbers


def numbers(given: ArrayLike, what: str) -> NDArray[Any]:
    """What is given as real numbers, of any shape. Raises `BadInput`, as `as_array` does, and for anything else."""
    array = as_array(given, what)
    kind = array.dtype.kind
    if kind in "fiub":
        return array
    if kind == "c":
        raise BadInput(
            f"{what} is complex ({array.dtype}): expected real numbers; {what}.real, or abs({what})"
        )
    if kind in "mM":
        raise BadInput(f"{what} is dates ({array.dtype}): expected numbers, such as days since the first")
    gone = missing_in(array.reshape(-1))
    if len(gone):
        raise missing(what, array, int(gone[0]), len(gone), "missing")
    odd = next(
        (each for each in np.ndenumerate(array) if not isinstance(each[1], int | float | np.number)), None
    )
    if odd is None:
        raise BadInput(
            f"{what} has dtype object, though it holds numbers: expected a dtype of numbers; {what}.astype(float)"
        )
    place = ", ".join(
        f"{axis} {index}" for axis, index in zip(("row", "column", "place"), odd[0], strict=False)
    )
    raise BadInput(
        f"{what} has dtype {array.dtype}, with {short(odd[1])} in {place}: expected numbers; pandas.get_dummies makes "
        "columns of 0 and 1 of words"
    )


def short(value: object) -> str:
    """A value as a message quotes it."""
    text = repr(plain(value))
    return text if len(text) <= TOLD else f"{text[:TOLD]}..."


def missing_in(array: NDArray[Any]) -> NDArray[np.intp]:
    """The places in (n,) where there is nothing: None, NaN, or what pandas writes instead."""
    if array.dtype.kind == "f":
        return np.flatnonzero(np.isnan(array))
    if array.dtype.kind != "O":
        return np.array([], np.intp)
    import pandas as pd  # here, as it is slow to import

    return np.flatnonzero(pd.isna(array))


def missing(
    what: str, array: NDArray[Any], first: int, count: int, how: str, names: tuple[str, ...] = ()
) -> BadInput:
    """The error for numbers that are not there, or not finite; `first` counts through all of them."""
    place = np.unravel_index(first, array.shape)
    axes = ("row", "column") if array.ndim <= 2 else ("step", "sequence", "column")
    told = [f"{axis} {index}" for axis, index in zip(axes, map(int, place), strict=False)]
    if names and len(told) > 1:
        told[1] = f"column {names[int(place[1])]!r}"
    said = f"{count} {how} number{'s' * (count > 1)}, {'the first ' * (count > 1)}in {', '.join(told)}"
    return BadInput(
        f"{what} has {said}: expected finite numbers; leave such rows out, or fill them, as "
        "sklearn.impute.SimpleImputer does"
    )


def check_finite(array: NDArray[Any], what: str, names: tuple[str, ...] = ()) -> None:
    """Raise `BadInput` for NaN and infinite numbers, with the first of their places."""
    if array.dtype.kind != "f":
        return
    bad = np.flatnonzero(~np.isfinite(array))
    if len(bad):
        how = "missing (NaN)" if np.isnan(array.reshape(-1)[bad]).all() else "NaN or infinite"
        raise missing(what, array, int(bad[0]), len(bad), how, names)


def holds_all(dtype: str | np.dtype[Any], given: np.dtype[Any]) -> bool:
    """Whether `dtype` has all numbers of another one; numpy takes float64 for safe for whole numbers of 64 bits.

    >>> import numpy as np
    >>> from plausible.tasks.as_numbers import holds_all
    >>> holds_all("float64", np.dtype("float32")), holds_all("float64", np.dtype("int64"))
    (True, False)
    """
    lossy = given.kind in "iu" and 8 * given.itemsize > np.finfo(dtype).nmant + 1 + (given.kind == "i")
    return np.can_cast(given, dtype) and not lossy


def check_range(array: NDArray[Any], what: str, dtype: str) -> None:
    """Raise `BadInput` for finite numbers that a cast to `dtype` makes infinite."""
    most = float(np.finfo(dtype).max)
    if array.dtype.kind != "b" and array.size and max(-float(array.min()), float(array.max())) > most:
        raise BadInput(
            f"{what} goes from {float(array.min()):.3g} to {float(array.max()):.3g}, and {dtype} holds numbers up to "
            f"{most:.3g}: expected smaller ones; scale them, or leave out what stands for a missing number"
        )


def say_merged(
    array: NDArray[Any], what: str, dtype: str, names: tuple[str, ...] = (), advice: str = "subtract the mean"
) -> None:
    """Warn in one line where a cast of (n, columns) to `dtype` makes different values of a column, or rows, equal.

    >>> import warnings
    >>> import numpy as np
    >>> from plausible.tasks.as_numbers import say_merged
    >>> with warnings.catch_warnings(record=True) as said:
    ...     warnings.simplefilter("always")
    ...     say_merged(np.array([[16777216], [16777217], [16777218]]), "X", "float32")
    >>> print(said[0].message)
    X in float32: 3 different values of column 0, about 1.68e+07, become 2; subtract the mean
    """
    if told := merged(array, what, dtype, names, advice):
        word(told)


def merged(
    array: NDArray[Any],
    what: str,
    dtype: str,
    names: tuple[str, ...] = (),
    advice: str = "subtract the mean",
    shown: NDArray[Any] | None = None,
) -> str:
    """In one line, which different values of a column of (n, columns), or rows, become equal in `dtype`; "" if none do.

    Of a column that is more than `MERGED` of its different values, so that the few which lie within one rounding by
    chance are not told of. `shown` is what a network is shown, where that is more than a cast.
    """
    if shown is None:
        if holds_all(dtype, array.dtype):
            return ""
        with np.errstate(
            invalid="ignore"
        ):  # the largest whole numbers round to one that is too large for them
            shown = array.astype(dtype)
            if (shown.astype(array.dtype) == array).all():
                return ""
    told, some = [], slice(None, None, -(-len(array) // SAMPLED))
    for place in range(array.shape[1]):
        before, after = distinct(array[some, place]), distinct(shown[some, place])
        if before - after > MERGED * before:
            name = repr(names[place]) if names else str(place)
            about = float(array[some, place].max())
            told.append(f"{before} different values of column {name}, about {about:.3g}, become {after}")
    if not told and array.shape[1] > 1:  # of one column, rows are its values
        before, after = rows_merged(array, shown)
        told = [f"{before} different rows become {after}"] if after < before else []
    if not told:
        return ""
    others = "does another column" if len(told) == 2 else f"do {len(told) - 1} other columns"
    more = f", and so {others}" if len(told) > 1 else ""
    return f"{what} in {dtype}: {told[0]}{more}; {advice}"


def say_alike(
    array: NDArray[Any],
    shown: NDArray[Any],
    what: str,
    names: tuple[str, ...] = (),
    advice: str = "subtract the mean",
) -> None:
    """Warn in one line, as `say_merged` does, where different rows of (..., columns) are `shown` to a network alike.

    It is for rows that are answered, which takes longer: no column is sorted unless rows merge. So a column whose
    values merge is not told of where others keep all rows apart.
    """
    rows, shown = (each.reshape(-1, each.shape[-1]) for each in (array, shown))
    if len(rows) < 2:
        return
    before, after = rows_merged(rows, shown)
    if after < before and (told := merged(rows, what, shown.dtype.name, names, advice, shown)):
        word(told)


def rows_merged(array: NDArray[Any], shown: NDArray[Any]) -> tuple[int, int]:
    """How many different rows (n, columns) has, and how many of them are left as they are `shown`.

    Only rows that are shown alike can have merged; no other row is looked at as it was given.

    >>> import numpy as np
    >>> from plausible.tasks.as_numbers import rows_merged
    >>> given = np.array([[1e9, 0], [1e9 + 1, 0], [0, 1], [0, 1]])
    >>> rows_merged(given, given.astype("float32"))
    (3, 2)
    """
    which = equal_rows(shown)
    times = np.bincount(which)
    alike = times[which] > 1
    before = len(np.unique(equal_rows(array[alike]))) if alike.any() else 0
    return len(times) + before - int((times > 1).sum()), len(times)


def distinct(column: NDArray[Any]) -> int:
    """How many different values there are, (n,); faster than numpy.unique, which keeps them."""
    values = np.sort(column)
    return 1 + int((values[1:] != values[:-1]).sum())
