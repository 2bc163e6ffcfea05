"""How marks pass through numpy: its universal functions, products, reductions, and what moves elements about.

All of numpy is a few kinds of things to marks. Elements meet, one by one; a sum runs along axes; elements move to other
places, which their coordinates do too, by the same function; or everything depends on everything, as in an inverse. A
function that is in none of these lists makes its result untraceable.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from plausible.plausibility.marked import Marked, marks_of, opened, within
from plausible.plausibility.marks import (
    UNTRACED,
    Coordinate,
    Marks,
    coordinate,
    met,
    weight_of,
    whole,
    whole_of,
)
from plausible.plausibility.moves import moved
from plausible.plausibility.products import (
    along,
    letters_of_matmul,
    letters_of_outer,
    letters_of_signature,
    of_named_product,
    of_product,
)
from plausible.plausibility.record import Record

COMPARISONS = {"greater", "greater_equal", "less", "less_equal", "equal", "not_equal"}
ARITHMETIC = {"subtract", "multiply", "divide", "power", "square", "reciprocal", "add", "float_power"}
PRODUCTS = {np.matmul, np.vecdot, np.matvec, np.vecmat}
ORDINARY = {"isfinite": True, "isnan": False, "isinf": False}  # what is answered of numbers that are finite
SIGNS = {"sign", "signbit", "heaviside", *COMPARISONS}
MOVES = {  # to which data is every array that they are given
    *("transpose", "reshape", "ravel", "squeeze", "expand_dims", "swapaxes", "moveaxis", "rollaxis"),
    *("concatenate", "stack", "vstack", "hstack", "column_stack", "dstack", "tile", "broadcast_to", "flip"),
    *("fliplr", "flipud", "rot90", "diag", "diagonal", "triu", "tril", "atleast_1d", "atleast_2d", "block"),
    *("atleast_3d", "split", "array_split", "hsplit", "vsplit", "append", "copy", "ascontiguousarray"),
    *(
        "asfortranarray",
        "pad",
        "matrix_transpose",
        "resize",
        "broadcast_arrays",
        "row_stack",
        "permute_dims",
        "diagflat",
    ),
}
CHOICES = {
    "take",
    "take_along_axis",
    "repeat",
    "roll",
    "delete",
    "compress",
}  # data is their first array alone
ELEMENTWISE = {
    *("where", "clip", "real", "imag", "real_if_close", "nan_to_num", "round", "around", "fix", "angle"),
    *("isclose", "select", "sinc", "i0", "conj", "isposinf", "isneginf", "interp"),
}
REDUCTIONS = {  # with the place of their argument `axis`
    **dict.fromkeys(("sum", "prod", "mean", "std", "var", "max", "amax", "min", "amin", "ptp"), 1),
    **dict.fromkeys(("all", "any", "argmax", "argmin", "median", "average", "count_nonzero"), 1),
    **dict.fromkeys(("nansum", "nanmean", "nanmax", "nanmin", "nanstd", "nanvar"), 1),
    **dict.fromkeys(("norm", "percentile", "quantile"), 2),
}
RUNNING = {"cumsum": 1, "cumprod": 1, "sort": 1, "argsort": 1, "diff": 2, "gradient": 99}  # along an axis
FRESH = {"zeros_like", "ones_like", "empty_like"}
TOLD = {  # what says something about an array, and takes none of its numbers
    *("shape", "ndim", "size", "iscomplexobj", "isrealobj", "result_type", "isscalar", "shares_memory"),
    *(
        "may_share_memory",
        "can_cast",
        "min_scalar_type",
        "common_type",
        "array_equal",
        "allclose",
        "array_equiv",
    ),
}
ALL_OF_ALL = {
    *("inv", "pinv", "svd", "qr", "eig", "eigh", "eigvals", "eigvalsh", "solve", "lstsq", "det", "slogdet"),
    *("cholesky", "matrix_rank", "cond", "matrix_power", "kron", "cross", "convolve", "correlate", "cov"),
    *("corrcoef", "unique", "histogram", "bincount", "searchsorted", "fft", "ifft", "rfft", "irfft", "trapz"),
    *("nonzero", "argwhere", "flatnonzero", "partition", "argpartition", "polyfit", "lexsort", "tensorinv"),
}


class Library:
    """What stands for the library that makes marked arrays."""

    def __init__(self, record: Record) -> None:
        self.record = record

    def asarray(self, array: Any) -> Any:
        """A plain array as one that carries no mark."""
        if isinstance(array, Marked):
            return array
        return Marked(np.array(array), self.record.meet(array), self.record)


def through_ufunc(
    record: Record, ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], options: Mapping[str, Any]
) -> Any:
    """The result of a universal function, or of its `reduce` and the like, with marks."""
    options = dict(options)
    out = options.pop("out", ())
    plain = opened(options) if options else {}
    if out:
        plain = {**plain, "out": opened(out)}
    if method == "at":
        return written_at(record, ufunc, inputs)
    if record.ratios is not None and ufunc in PRODUCTS:
        for each in within(inputs):  # what was written number by number
            each.tell(record.ratios.meet(each._held, each.marks).tokens)
    result = getattr(ufunc, method)(*opened(inputs), **plain)
    where = options.get("where", True)
    if ufunc is np.tanh and not record.silent:
        watch(record, inputs[0], lambda z: 1 - np.tanh(z) ** 2)
    if ufunc.__name__ in ORDINARY and np.all(result == ORDINARY[ufunc.__name__]):
        marks = Marks()  # numbers that are all finite say no more by that
    elif record.silent and method == "__call__":
        marks = unmarked(record, ufunc, inputs)
    elif method == "__call__" and ufunc is np.matmul and not {"axes", "axis"} & options.keys():
        marks = of_product(record, inputs, *letters_of_matmul(inputs))
    elif method == "__call__" and ufunc in PRODUCTS:
        marks = of_product(record, inputs, *letters_of_signature(ufunc, inputs, options))
    elif method == "__call__" and ufunc.signature is None:
        marks = elementwise(record, ufunc, (*inputs, *([] if where is True else [where])))
        if record.ratios is not None and ufunc in (np.multiply, np.divide):
            record.ratios.factor(*inputs)
        if record.watched and ufunc.__name__ in ARITHMETIC:
            marks = marks._replace(tokens=marks.tokens | record.recognised(result))
    elif method == "outer":
        a, b = (marks_of(each, record) for each in inputs)
        marks = of_product(record, inputs, *letters_of_outer(inputs)) if a or b else Marks()
    elif method in ("reduce", "accumulate"):
        (given,) = inputs[:1]
        axis = options.get("axis", inputs[1] if len(inputs) > 1 else 0)
        running = method == "accumulate"
        marks = along(record, given, axis, bool(options.get("keepdims")), running=running)
    elif method == "reduceat":
        axis = options.get("axis", inputs[2] if len(inputs) > 2 else 0)
        marks = along(record, inputs[0], axis, keepdims=True)
    else:
        marks = whole_of([marks_of(each, record) for each in inputs], record.units)
    if not out:
        return marked_as(result, marks, record)
    for each in out:
        if isinstance(each, Marked):
            each.written(marks, partly=where is not True)
            if record.ratios is not None:
                each.tell(record.ratios.meet(each._held, each.marks).tokens)
        elif each is not None:
            Marked(each, marks, record).taken_out("out=")
    return out[0] if len(out) == 1 else out


def unmarked(record: Record, ufunc: np.ufunc, inputs: tuple[Any, ...]) -> Marks:
    """No marks, once plain operands were noted."""
    for each in inputs if ufunc.__name__ not in COMPARISONS else ():
        if not isinstance(each, Marked):
            record.meet(each)
    return Marks()


def watch(record: Record, z: Any, slope: Callable[[Any], Any]) -> None:
    """Watch for the slope of an activation at `z`, under the number of the layer that it belongs to."""
    if isinstance(z, Marked) and z.dtype.kind == "f":
        layers = [c.source for c in z.coordinates if c.source.startswith("units ")]
        for layer in layers[:1]:
            record.drive(layer.removeprefix("units "), z)
            record.watch(layer.removeprefix("units "), np.asarray(slope(z._held)), z._held)


def written_at(record: Record, ufunc: np.ufunc, inputs: tuple[Any, ...]) -> None:
    """`ufunc.at(a, indices, values)`: some elements of `a` change in place."""
    target, key, *values = inputs
    if not isinstance(target, Marked):
        Marked(0, met([marks_of(v, record) for v in values], record.units), record).taken_out("ufunc.at")
        ufunc.at(*opened(inputs))
        return
    before = target[key]
    target[key] = ufunc(before, *values) if values else ufunc(before)


def elementwise(record: Record, ufunc: np.ufunc, inputs: Sequence[Any]) -> Marks:
    """Marks of a universal function's result. The sign of a weight, or whether it is above a number, is its sign."""
    compares = ufunc.__name__ in COMPARISONS
    parts = [
        marks_of(each, record) if isinstance(each, Marked) or not compares else Marks() for each in inputs
    ]
    if ufunc is np.copysign:
        parts[1] = signs_of(parts[1], record)
    marks = times(record, parts) if ufunc in (np.multiply, np.divide) else record.met(parts)
    alone = sum(isinstance(each, Marked) for each in inputs) == 1
    return (
        signs_of(marks, record) if alone and (ufunc.__name__ in SIGNS or takes_sign(ufunc, inputs)) else marks
    )


def times(record: Record, parts: Sequence[Marks]) -> Marks:
    """Marks of a product element by element, which is no further term of a sum, whatever else was summed before."""
    same = "times", *parts
    if same in record.known:
        return record.known[same]
    tokens = frozenset().union(*(marks.tokens for marks in parts))
    bare = [marks._replace(tokens=frozenset(t for t in marks.tokens if ":" not in t)) for marks in parts]
    found = record.met(bare)
    record.known[same] = found._replace(tokens=found.tokens | tokens)
    return record.known[same]


def takes_sign(ufunc: np.ufunc, inputs: Sequence[Any]) -> bool:
    """Whether an `and` of bits leaves nothing but the bit of the sign."""
    if ufunc is not np.bitwise_and:
        return False
    bits = 8 * max(each.itemsize for each in inputs if isinstance(each, Marked)) - 1
    masks = [each for each in inputs if not isinstance(each, Marked) and np.ndim(each) == 0]
    return any(int(mask) in (1 << bits, -(1 << bits)) for mask in masks)


def signs_of(marks: Marks, record: Record) -> Marks:
    """Marks of the signs of an array."""
    return marks._replace(coordinates=tuple(as_sign(each, record) for each in marks.coordinates))


def as_sign(each: Coordinate, record: Record) -> Coordinate:
    """A coordinate of a weight's sign in the place of that of the weight; others stay."""
    source = each.source
    if not weight_of(source) or source.startswith("sign "):
        return each
    record.units[f"sign {source}"] = record.units[source]
    return Coordinate(f"sign {source}", each.numbers, each.axes)


def marked_as(result: Any, marks: Marks, record: Record) -> Any:
    """Whatever numpy has returned, as marked arrays."""
    plain = type(result) is np.ndarray
    if not plain and isinstance(result, tuple | list):
        parts = [marked_as(part, marks, record) for part in result]
        return type(result)(parts) if type(result) in (tuple, list) else tuple(parts)
    if plain or isinstance(result, np.ndarray | np.generic | float | complex | int):
        if record.ratios is not None:
            marks = record.ratios.meet(np.asarray(result), marks)
        return Marked(result, fitting(marks, np.shape(result)), record)
    return result


def fitting(marks: Marks, shape: tuple[int, ...]) -> Marks:
    """Marks without coordinates that an array of this shape cannot have."""
    if all(each.numbers.ndim <= len(shape) for each in marks.coordinates):
        return marks
    kept = []
    for each in marks.coordinates:
        numbers = each.numbers
        extra = numbers.ndim - len(shape)
        if extra > 0 and numbers.shape[:extra] == (1,) * extra:
            numbers = numbers.reshape(numbers.shape[extra:])
        pairs = zip(numbers.shape[::-1], shape[::-1], strict=False)
        if numbers.ndim <= len(shape) and all(n in (1, m) for n, m in pairs):
            kept.append(coordinate(each.source, numbers))
    return Marks(marks.tokens, tuple(kept))


def through_function(
    record: Record, function: Callable[..., Any], given: tuple[Any, ...], options: Mapping[str, Any]
) -> Any:
    """The result of a function of numpy's, with marks."""
    name = getattr(function, "__name__", "")
    options = dict(options)
    out = options.pop("out", None)
    if name in TOLD:
        told = function(*opened(given), **opened(options))
        if name in ("allclose", "array_equal", "array_equiv"):
            record.decide(bool(told), *within((given, options)))
        return told
    if name in VALUES:
        return overwritten(record, function, given, options)
    result = function(*opened(given), **opened(options))
    if name in FRESH:
        made: Any = Marked(result, Marks(), record)
    elif name in MOVES or name in CHOICES:
        made = moved(record, function, given, options, result, first_only=name in CHOICES)
    else:
        made = marked_as(result, marks_in(record, name, given, options), record)
    if out is None:
        return made
    if isinstance(out, Marked):
        out[...] = made
    else:
        np.copyto(out, opened(made))
        made.taken_out("out=")
    return out


def marks_in(record: Record, name: str, given: tuple[Any, ...], options: Mapping[str, Any]) -> Marks:
    """Marks of what a function returns, which is no mere arrangement of what it is given."""
    if name in ("dot", "inner", "outer", "vdot", "tensordot", "einsum", "matmul", "multi_dot", "vecdot"):
        return of_named_product(record, name, given, options)
    if name == "trace":
        return whole_of([marks_of(given[0], record)], record.units)
    if name in REDUCTIONS or name in RUNNING:
        running = name in RUNNING
        at = RUNNING[name] if running else REDUCTIONS[name]
        axis = options.get("axis", given[at] if len(given) > at else (-1 if running else None))
        marks = along(record, given[0], axis, bool(options.get("keepdims")), running=running)
        others = [
            marks_of(each, record).tokens
            for each in (*given[1:], *options.values())
            if isinstance(each, Marked)
        ]
        return marks._replace(tokens=marks.tokens.union(*others))
    if name in ("full_like",):
        return marks_of(options.get("fill_value", given[1] if len(given) > 1 else 0), record)
    if name in ELEMENTWISE:
        parts = [*given, *(options[key] for key in options if key not in ("dtype", "decimals", "copy"))]
        return record.met([marks_of(each, record) for each in parts])
    several = [each.marks for each in within((given, options))]
    if name in ALL_OF_ALL:
        return whole_of(several, record.units)
    record.unknown.add(f"np.{name}")
    marks = whole_of(several, record.units)
    return marks._replace(tokens=marks.tokens | {UNTRACED})


VALUES = {  # functions that write into their first array, with the place of what they write and its name
    "copyto": (1, "src"),
    "fill_diagonal": (1, "val"),
    "putmask": (2, "values"),
    "place": (2, "vals"),
    "put": (2, "v"),
    "put_along_axis": (2, "values"),
}


def overwritten(record: Record, function: Callable[..., Any], given: Any, options: Mapping[str, Any]) -> None:
    """A function that writes into its first array: coordinates of what it writes are written by the same function."""
    target, position, name = given[0], *VALUES[function.__name__]
    values = given[position] if len(given) > position else options[name]
    others = [each for n, each in enumerate(given) if n not in (0, position)]
    others += [each for key, each in options.items() if key != name]
    marks = record.met([marks_of(values, record)])
    keys = list(within(others))
    plain, named = opened(given), {key: opened(each) for key, each in options.items()}
    function(*plain, **named)
    if not isinstance(target, Marked):
        if marks.tokens or keys:
            Marked(0, met([marks, *(each.marks for each in keys)], record.units), record).taken_out(
                f"np.{function.__name__}"
            )
        return

    def write(numbers: Any, what: Any) -> None:
        rest = [what if n == position else each for n, each in enumerate(plain)][1:]
        function(numbers, *rest, **{**named, **({name: what} if name in named else {})})

    shape = np.shape(opened(values))
    target.tell(marks.tokens.union(*(each.tokens for each in keys)))
    target.put(write, [(each.source, whole(each, shape)) for each in marks.coordinates])
