"""How marks pass through products and sums: elements meet, and a sum runs along axes."""

from __future__ import annotations

import itertools
import string
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from plausible.plausibility.marked import Marked, marks_of, opened
from plausible.plausibility.marks import (
    ACROSS,
    BATCH,
    EARLY,
    LATE,
    TEACHERS,
    Marks,
    axes_of,
    coordinate,
    met,
    only,
    summed,
    weight_of,
    whole,
)
from plausible.plausibility.record import Record, Sent, numbers_of

LETTERS = string.ascii_letters
CAPITALS_FIRST = string.ascii_uppercase + string.ascii_lowercase  # as numpy numbers the axes of `einsum`


def letters_of_matmul(inputs: Sequence[Any]) -> tuple[list[str], str]:
    """The axes of both factors of `a @ b` and of the product, as in `einsum`."""
    a, b = (np.ndim(opened(each)) for each in inputs[:2])
    outer = LETTERS[: max(a, b, 2) - 2]
    left = "Z" if a == 1 else outer[len(outer) - (a - 2) :] + "YZ"
    right = "Z" if b == 1 else outer[len(outer) - (b - 2) :] + "ZX"
    return [left, right], outer + ("Y" if a > 1 else "") + ("X" if b > 1 else "")


def letters_of_signature(
    ufunc: np.ufunc, inputs: Sequence[Any], options: Mapping[str, Any]
) -> tuple[list[str], str]:
    """The axes of the factors and of the product of a universal function with a signature, such as (m,n),(n)->(m).

    Raises:
        ValueError: if what is given has fewer axes than its signature.
    """
    before, after = str(ufunc.signature).replace("?", "").replace(" ", "").split("->")
    named = [part.split(",") if part else [] for part in before[1:-1].split("),(")]
    result = after[1:-1].split(",") if after != "()" else []
    letter = dict(zip(dict.fromkeys(n for part in named for n in part), LETTERS[::-1], strict=False))
    axis, keep = options.get("axis"), bool(options.get("keepdims"))
    at = options.get("axes") or [*([axis if axis is not None else -1] for _ in named)]
    if options.get("axes") is None and (axis is None or len(named[0]) != 1):
        at = [range(-len(part), 0) for part in (*named, result)]
    at = [tuple(np.atleast_1d(np.asarray(each, int))) for each in at]
    dims = [np.ndim(opened(each)) for each in inputs[: len(named)]]
    loops = max(n - len(part) for n, part in zip(dims, named, strict=True))
    outer = LETTERS[:loops]
    parts = [
        placed_letters(outer[loops - (n - len(part)) :], [letter[name] for name in part], where)
        for n, part, where in zip(dims, named, at, strict=False)
    ]
    if keep:  # an axis of one element, which is of no factor
        return parts, placed_letters(outer, [LETTERS[loops]], at[0])
    last = at[len(named)] if len(at) > len(named) else range(-len(result), 0)
    return parts, placed_letters(outer, [letter[name] for name in result], last)


def placed_letters(outer: str, core: Sequence[str], at: Iterable[int]) -> str:
    """The letters of an array's axes: those of `core` at some axes, the others in their order."""
    ndim, left = len(outer) + len(core), iter(outer)
    where = {n % ndim: name for n, name in zip(at, core, strict=True)}
    return "".join(where[n] if n in where else next(left) for n in range(ndim))


def letters_of_outer(inputs: Sequence[Any]) -> tuple[list[str], str]:
    """The axes of both factors of an outer product and of the product."""
    a, b = (np.ndim(opened(each)) for each in inputs[:2])
    left, right = LETTERS[:a], LETTERS[a : a + b]
    return [left, right], left + right


def letters_of_einsum(spec: str, operands: Sequence[Any]) -> tuple[list[str], str]:
    """The axes of the factors and of the result of `einsum`, one letter each."""
    before, arrow, after = spec.replace(" ", "").partition("->")
    parts = before.split(",")
    free = [letter for letter in LETTERS if letter not in spec]
    wide = max(
        (np.ndim(opened(o)) - len(p) + 3 for p, o in zip(parts, operands, strict=True) if "..." in p),
        default=0,
    )
    for n, (part, operand) in enumerate(zip(parts, operands, strict=True)):
        if "..." in part:
            several = np.ndim(opened(operand)) - len(part) + 3
            parts[n] = part.replace("...", "".join(free[wide - several : wide]))
    dots = "".join(free[:wide])
    counted = "".join(parts)
    implied = dots + "".join(
        sorted(letter for letter in set(counted) - set(dots) if counted.count(letter) == 1)
    )
    return parts, after.replace("...", dots) if arrow else implied


def of_product(record: Record, operands: Sequence[Any], letters: Sequence[str], out: str) -> Marks:
    """Marks of a product: the factors' elements meet, and a sum runs along the axes that are not in the result."""
    gone = "".join(dict.fromkeys(letter for part in letters for letter in part if letter not in out))
    several = [
        used_as_synapses(marks_of(operand, record), axes, gone)
        for operand, axes in zip(operands, letters, strict=True)
    ]
    shapes = tuple(np.shape(opened(operand)) for operand in operands)
    joined = [bool(set(axes) & set(gone) and set(axes) & set(out)) for axes in letters]
    fixed = any(join and not isinstance(o, Marked) for o, join in zip(operands, joined, strict=True))
    for each, join in zip(operands, joined, strict=True):
        if (
            join
            and isinstance(each, np.ndarray)
            and (key := numbers_of(each)) is not None
            and is_random(each)
        ):
            record.constants[key] = each.size
    tokens = frozenset().union(*(marks.tokens for marks in several))
    alike = not out and len({marks.tokens for marks in several}) == 1  # of one weight
    if alike and all(is_size(record, m, opened(o)) for m, o in zip(several, operands, strict=True)):
        return sized(several[0])
    sent_on = note(record, operands, letters, gone)
    of_moment = moment(several, operands, letters, gone)
    record.moments.update(of_moment)
    told = sent_on | of_moment
    said = record.said(tokens, several)
    key = (
        "product",
        tuple(marks.coordinates for marks in several),
        shapes,
        (*letters,),
        out,
        fixed,
        said,
    )
    if key not in record.known:
        bare = [Marks(said, marks.coordinates) for marks in several]
        record.known[key] = product(record, bare, shapes, letters, (out, gone), fixed)
    found = record.known[key]
    return Marks(tokens | found.tokens | told, found.coordinates)


def is_random(array: Any) -> bool:
    """Whether a matrix has nearly as many different numbers as elements, unlike masks, blocks and identities."""
    return bool(array.ndim == 2 and min(array.shape) > 1 and len(np.unique(array)) > array.size / 2)


def moment(several: Sequence[Marks], operands: Sequence[Any], letters: Sequence[str], gone: str) -> set[str]:
    """Of a sum over examples, whether each factor depends on the target; of no other product anything.

    Where a factor is nothing, as an error before there is one, nothing is read of the other.
    """
    over = [
        any(
            c.source == BATCH and {axes[n] for n in axes_of(c, len(axes))} & set(gone)
            for c in marks.coordinates
        )
        for marks, axes in zip(several, letters, strict=True)
    ]
    if sum(over) < 2 or not all(opened(each).any() for each in operands):
        return set()
    factors = [o.tokens for o, is_over in zip(operands, over, strict=True) if is_over]
    return {EARLY if any(t - {"x"} and not t & TEACHERS for t in factors) else LATE}


def used_as_synapses(marks: Marks, axes: str, gone: str) -> Marks:
    """Marks of a factor; of weights that activity goes up through, without what they were disturbed by of their own.

    A grid of few bits spans the largest weight, so that each depends on all; what goes up through it is activity still.
    """
    summed_over: dict[str, set[str]] = {"pre": set(), "post": set()}
    there: set[str] = set()
    disturbed = any(":post" in token or token.endswith(" size") for token in marks.tokens)
    for each in marks.coordinates if disturbed else ():
        weight, _, side = each.source.rpartition(":")
        if {axes[n] for n in axes_of(each, len(axes))} & set(gone) and side in summed_over:
            summed_over[side].add(weight)
        elif side == "post":
            there.add(weight)
    upwards = (summed_over["pre"] & there) - summed_over["post"]
    own = {token for weight in upwards for token in (f"{weight}:post", f"{weight} size")}
    return marks._replace(tokens=marks.tokens - own) if own else marks


def product(
    record: Record, several: Sequence[Marks], shapes: Sequence[Any], letters: Sequence[str],
    result: tuple[str, str], fixed: bool,
) -> Marks:  # fmt: skip
    """Marks of a product of arrays of such marks and shapes; `result`: the axes that it has, those summed over."""
    out, gone = result
    space, parts = out + gone, []
    for marks, shape, axes in zip(several, shapes, letters, strict=True):
        own = "".join(dict.fromkeys(axes))
        coordinates = []
        for each in marks.coordinates:
            numbers = whole(each, shape)
            if own != axes:
                numbers = np.einsum(f"{axes}->{own}", numbers)
            order = sorted(range(len(own)), key=lambda n: space.index(own[n]))
            lengths = [numbers.shape[own.index(letter)] if letter in own else 1 for letter in space]
            coordinates.append((each.source, numbers.transpose(order).reshape(lengths)))
        parts.append(Marks(marks.tokens, only(coordinates)))
    marks, left = summed(
        met(parts, record.units), len(space), set(range(len(out), len(space))), record.units, fixed
    )
    kept = []
    for each in left:
        numbers = each.numbers.reshape((1,) * (len(space) - each.numbers.ndim) + each.numbers.shape)
        kept.append(coordinate(each.source, numbers.reshape(numbers.shape[: len(out)])))
    return Marks(marks.tokens, tuple(kept))


def note(record: Record, operands: Sequence[Any], letters: Sequence[str], gone: str) -> set[str]:
    """Note what is sent through which side of which weight; returned, what layers send up of the target."""
    told = set[str]()
    for weight, axes in zip(operands, letters, strict=True):
        for each in marks_of(weight, record).coordinates if isinstance(weight, Marked) else ():
            along_axes = (
                {axes[n] for n in axes_of(each, weight.ndim)} & set(gone) if weight_of(each.source) else ()
            )
            for letter in along_axes:
                for other, theirs in zip(operands, letters, strict=True):
                    if other is not weight and letter in theirs and np.ndim(opened(other)) > 0:
                        rows = np.moveaxis(np.asarray(opened(other)), theirs.index(letter), -1)
                        rows = rows.reshape(-1, rows.shape[-1]).copy()
                        tokens = other.tokens if isinstance(other, Marked) else frozenset()
                        own = is_own(record, weight_of(each.source), opened(weight))
                        probe = probes(other, len(rows))
                        numbers = (
                            (0, 1.0)
                            if own or record.presentation > 1  # settling would ask thousands of times
                            else versioned(record, weight_of(each.source), opened(weight))
                        )
                        record.sent.append(
                            Sent(each.source, rows, tokens, record.presentation, probe, not own, *numbers)
                        )
                        layer = record.units.get(each.source, "").removeprefix("units ")
                        if each.source[0] in "WR" and each.source.endswith(":pre") and tokens & TEACHERS:
                            told.add(f"up {layer}")
    return told


def is_own(record: Record, name: str, held: Any) -> bool:
    """Whether the numbers of a factor are those of a weight, in whatever arrangement."""
    array = record.weights.get(name.removeprefix("sign "))
    if array is None or np.may_share_memory(held, array):
        return True
    if held.shape in (array.shape, array.T.shape):
        return bool(np.array_equal(held, array if held.shape == array.shape else array.T))
    return bool(np.isin(held, array).all())


def versioned(record: Record, name: str, held: Any) -> tuple[int, float]:
    """What tells the numbers of a weight that are not its own from others, whatever their scale.

    Also which share of the synapses they are, where they are some of its own, and no other is there.
    """
    array = record.weights[name.removeprefix("sign ")]
    told = held.T if held.shape != array.shape and held.T.shape == array.shape else held
    if told.shape != array.shape or not np.any(told):
        return hash(told.tobytes()), 1.0
    at = int(np.abs(told).argmax())
    if np.allclose(told / told.flat[at] * array.flat[at], array, rtol=1e-9, atol=0):
        return 0, 1.0
    piece = bool((told[told != 0] == array[told != 0]).all())
    share = np.count_nonzero(told) / np.count_nonzero(array) if piece else 1.0
    return hash((told / told.flat[at]).round(9).tobytes()), share


def probes(sent: Any, rows: int) -> bool:
    """Whether rows that are sent through a weight are of no example: not one for each, and not of a single one."""
    of_examples = [c for c in sent.coordinates if c.source == BATCH] if isinstance(sent, Marked) else []
    return not any(each.axes for each in of_examples) and (rows > 1 or not of_examples)


# --- sums along axes ------------------------------------------------------------------------------------


def along(record: Record, given: Any, axis: Any, keepdims: bool, *, running: bool = False) -> Marks:
    """Marks of a reduction of an array along axes; if `running`, of what keeps the axis, as a running sum does."""
    marks, ndim = marks_of(given, record), np.ndim(opened(given))
    if isinstance(axis, Marked):
        axis = int(axis._held)
    several = range(ndim) if axis is None else (axis if isinstance(axis, tuple | list) else (axis,))
    axes = {int(each) % ndim for each in several} if ndim else set()
    if axes and len(axes) == ndim and not running and is_size(record, marks, opened(given)):
        return sized(marks)
    key = "along", marks, ndim, frozenset(axes), keepdims, running
    if key not in record.known:
        record.known[key] = reduced(record, marks, ndim, axes, keepdims, running)
    return record.known[key]


def reduced(record: Record, marks: Marks, ndim: int, axes: set[int], keepdims: bool, running: bool) -> Marks:
    """Marks of a reduction of an array of such marks and as many axes."""
    after, left = summed(marks, ndim, axes, record.units)
    record.summed(after.tokens - marks.tokens)
    if running:
        across = (
            {ACROSS}
            if any(c.source == BATCH and axes_of(c, ndim) & axes for c in marks.coordinates)
            else set()
        )
        return Marks(after.tokens | across, tuple(left))
    if keepdims:
        return after
    kept = []
    for each in left:
        numbers = each.numbers.reshape((1,) * (ndim - each.numbers.ndim) + each.numbers.shape)
        kept.append((each.source, numbers.squeeze(tuple(axes)) if axes else numbers))
    return Marks(after.tokens, only(kept))


def is_size(record: Record, marks: Marks, held: Any) -> bool:
    """Whether numbers are those of one whole weight, their sizes or squares, of which a norm or a maximum is made.

    That is one number, which the changes of this weight itself may be multiplied by: no error comes down by it.
    """
    weights = {weight_of(each.source) for each in marks.coordinates}
    array = record.weights.get(next(iter(weights)), None) if len(weights) == 1 else None
    if array is None or not marks.tokens <= weights or held.size != array.size:
        return False
    arranged = array.ravel(), array.T.ravel()
    sizes = [size(each) for each in arranged for size in (np.asarray, np.abs, np.square)]
    return any(np.array_equal(held.ravel(), each) for each in sizes)


def sized(marks: Marks) -> Marks:
    """Marks of a norm or the like of the one weight that has such marks."""
    return Marks(marks.tokens | {f"{weight_of(marks.coordinates[0].source)} size"})


def spelt(given: Sequence[Any]) -> tuple[Any, ...]:
    """What `einsum` is given as arrays each with a list of whole numbers, as a text before the arrays."""
    lists = [*given[1::2], *(given[-1:] if len(given) % 2 else [])]
    several = [
        "".join("..." if each is Ellipsis else CAPITALS_FIRST[int(each)] for each in axes) for axes in lists
    ]
    count = len(given) // 2
    return (
        ",".join(several[:count]) + "".join(f"->{after}" for after in several[count:]),
        *given[::2][:count],
    )


def of_named_product(record: Record, name: str, given: tuple[Any, ...], options: Mapping[str, Any]) -> Marks:
    """Marks of what a function of products returns."""
    if name == "einsum":
        spec, *operands = given if isinstance(given[0], str) else spelt(given)
        letters, out = letters_of_einsum(spec, operands)
        if record.ratios is not None:
            alike = [each for each, its in zip(operands, letters, strict=True) if its == out]
            for two in itertools.combinations(alike, 2):
                record.ratios.factor(*two)
        return of_product(record, operands, letters, out)
    if name == "multi_dot":
        first, *rest = given[0]
        for each in rest[:-1]:
            first = first @ each
        return of_product(record, (first, rest[-1]), *letters_of_matmul((first, rest[-1])))
    if name == "matmul":
        return of_product(record, given[:2], *letters_of_matmul(given))
    if name == "vecdot":
        return of_product(record, given[:2], *letters_of_signature(np.vecdot, given, options))
    a, b = given[:2]
    n, m = np.ndim(opened(a)), np.ndim(opened(b))
    left, right = LETTERS[:n], LETTERS[n : n + m]
    if name == "outer":
        pair = [np.ravel(each) if isinstance(each, Marked) else each for each in (a, b)]
        return of_product(record, pair, ["a", "b"], "ab")
    if name == "vdot":
        pair = [np.ravel(each) if isinstance(each, Marked) else each for each in (a, b)]
        return of_product(record, pair, ["a", "a"], "")
    if n == 0 or m == 0:
        return met([marks_of(a, record), marks_of(b, record)], record.units)
    if name == "tensordot":
        axes = options.get("axes", given[2] if len(given) > 2 else 2)
        if isinstance(axes, int):
            axes = (range(n - axes, n), range(axes))
        pairs = [tuple(np.atleast_1d(np.asarray(each, int))) for each in axes]
        shared = {right[j % m]: left[i % n] for i, j in zip(*pairs, strict=True)}
        joined = "".join(shared.get(letter, letter) for letter in right)
        out = "".join(c for c in left + joined if c not in shared.values())
        return of_product(record, (a, b), [left, joined], out)
    last = m - 1 if name == "inner" or m == 1 else m - 2
    joined = right[:last] + left[-1] + right[last + 1 :]
    out = left[:-1] + right[:last] + right[last + 1 :]
    return of_product(record, (a, b), [left, joined], out)
