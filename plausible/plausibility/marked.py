"""Arrays that carry their marks through whatever a rule computes with them.

Like an array on a GPU such an array is none of numpy's: numpy hands every operation on it over, so that nothing takes
its numbers out unseen. What does take them out, as `float(a)` and `np.asarray(a)` do, is noted by its `Record`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from plausible.core import Array
from plausible.plausibility.marks import LEAVES, Coordinate, Marks, Memory, coordinate, met, only, whole
from plausible.plausibility.record import Record

VALUES = ("shape", "dtype", "ndim", "size", "itemsize", "nbytes", "strides", "flags")
FUNCTIONS = (  # methods that are numpy's function of the same name
    *("sum", "mean", "max", "min", "std", "var", "prod", "all", "any", "argmax", "argmin", "ptp", "cumsum"),
    *("cumprod", "argsort", "searchsorted", "dot", "reshape", "ravel", "transpose", "swapaxes", "squeeze"),
    *("repeat", "take", "trace", "diagonal", "round", "nonzero", "choose"),
)
OTHERWISE: dict[str, Callable[..., Any]] = {  # methods whose arguments are others than the function's
    "clip": lambda a, min=None, max=None, **options: np.clip(a, min, max, **options),
    "compress": lambda a, condition, *given, **options: np.compress(condition, a, *given, **options),
}


class Marked(NDArrayOperatorsMixin):
    """An array with marks.

    A view knows the array that it is a view of, and how, so that what is written into one is known of the other.
    """

    __array_priority__ = 1000

    def __init__(
        self,
        held: Any,
        marks: Marks,
        record: Record,
        parent: tuple[Marked, Callable[[Any], Any]] | None = None,
    ) -> None:
        self._held = np.asarray(held)
        self.record = record
        self.coordinates = marks.coordinates
        self.parent = parent
        self.memory: Memory = parent[0].memory if parent else Memory(marks.tokens)

    @property
    def tokens(self) -> frozenset[str]:
        """What the memory that it lies in depends on."""
        return self.memory.tokens

    @property
    def marks(self) -> Marks:
        """What it was made of."""
        return Marks(self.memory.tokens, self.coordinates)

    def tell(self, tokens: Iterable[str]) -> None:
        """Add tokens to those of the memory that it lies in."""
        self.memory.tokens = self.memory.tokens.union(tokens)

    # --- writing ---------------------------------------------------------------------------------

    def written(self, marks: Marks, partly: bool) -> None:
        """Take note that this array was overwritten by one of such `marks`, in some elements only if `partly`."""
        if self.parent is None and not partly:
            self.memory.tokens = frozenset()
        self.tell(marks.tokens)
        self.coordinates = self.joined(marks.coordinates) if partly else marks.coordinates
        if self.parent is not None:
            origin, view = self.parent
            origin.absorb(view, self.coordinates)

    def joined(self, coordinates: tuple[Coordinate, ...]) -> tuple[Coordinate, ...]:
        """Its coordinates, and such others."""
        there = {(each.source, each.numbers.shape) for each in self.coordinates}
        return self.coordinates + tuple(c for c in coordinates if (c.source, c.numbers.shape) not in there)

    def absorb(self, view: Callable[[Any], Any], coordinates: tuple[Coordinate, ...]) -> None:
        """Take the coordinates of a view on this array that was written into."""
        fresh = {each.source: each for each in coordinates}
        new = []
        for source, each in fresh.items():
            old = next((c for c in self.coordinates if c.source == source), None)
            numbers = np.zeros(self.shape, np.int64) if old is None else whole(old, self.shape).copy()
            part = view(numbers)
            part[...] = whole(each, part.shape)
            new.append((source, numbers))
        kept = [each for each in self.coordinates if each.source not in fresh]
        self.coordinates = (*kept, *only(new))
        if self.parent is not None:
            origin, outer = self.parent
            origin.absorb(outer, self.coordinates)

    def __setitem__(self, key: Any, value: Any) -> None:
        marks, inner = self.record_of(value), opened(key)
        self._held[inner] = opened(value)
        self.tell(marks.tokens.union(*(tokens_by_choice(k) for k in self.keys_in(key))))

        def write(numbers: Any, what: Any) -> None:
            shape = np.shape(numbers[inner])
            offset = max(what.ndim - len(shape), 0)  # numpy drops leading axes of one element
            numbers[inner] = np.broadcast_to(what.reshape(what.shape[offset:]), shape)

        self.put(write, [(each.source, each.numbers) for each in marks.coordinates])

    def put(self, write: Callable[[Any, Any], None], pairs: Iterable[tuple[str, Any]]) -> None:
        """Take coordinates that are written into this array, by what writes numbers into it."""
        new = []
        for source, what in pairs:
            old = next((c for c in self.coordinates if c.source == source), None)
            numbers = np.zeros(self.shape, np.int64) if old is None else whole(old, self.shape).copy()
            write(numbers, what)
            new.append((source, numbers))
        names = {source for source, _ in new}
        kept = [each for each in self.coordinates if each.source not in names]
        self.coordinates = (*kept, *only(new))
        if self.parent is not None and self.coordinates:
            origin, view = self.parent
            origin.absorb(view, self.coordinates)

    def record_of(self, value: Any) -> Marks:
        """The marks of a value, plain or marked."""
        return marks_of(value, self.record)

    # --- reading ---------------------------------------------------------------------------------

    def __getitem__(self, key: Any) -> Marked:
        inner = opened(key)
        held = self._held[inner]
        keys = self.keys_in(key)
        pairs = [
            (each.source, np.atleast_1d(whole(each, self.shape)[inner]).reshape(np.shape(held)))
            for each in self.coordinates
        ]
        tokens = self.tokens.union(*(tokens_by_choice(k) for k in keys))
        pairs += chosen_by(key, np.shape(held))
        marks = Marks(tokens, only(pairs))
        if not keys and isinstance(held, np.ndarray) and np.shares_memory(held, self._held):
            return Marked(held, marks, self.record, (self, lambda numbers: numbers[inner]))
        return Marked(held, marks, self.record)

    def keys_in(self, key: Any) -> list[Marked]:
        """The marked arrays of an index; plain numbers in it may have been computed from what is marked."""
        keys = list(within(key))
        for each in key if isinstance(key, tuple) else (key,):
            plain = np.array(each) if isinstance(each, list) and not any(True for _ in within(each)) else each
            if isinstance(plain, int | np.integer | np.ndarray) and not isinstance(plain, bool):
                found = self.record.meet(plain)
                keys += [Marked(0, found, self.record)] if found.tokens else []
        return keys

    def __len__(self) -> int:
        return len(self._held)

    def __iter__(self) -> Iterator[Marked]:
        return (self[n] for n in range(len(self._held)))

    def taken_out(self, how: str) -> Any:
        """The plain numbers, noted as taken out."""
        self.record.leak(how, self)
        return self._held

    def __array__(self, dtype: Any = None, copy: Any = None) -> Array:
        held = self.taken_out("an array of numpy's")
        return np.array(held, dtype=dtype)

    def __bool__(self) -> bool:
        if self.dtype.kind not in "fc" or not self._held:  # that a number is not 0 says nothing of it
            self.record.decide(bool(self._held), self)
        return bool(self._held)

    def __int__(self) -> int:
        return int(self.taken_out("int()"))

    def __index__(self) -> int:
        return int(self.taken_out("an index"))

    def __float__(self) -> float:
        return float(self.taken_out("float()"))

    def __complex__(self) -> complex:
        return complex(self.taken_out("complex()"))

    def __repr__(self) -> str:
        return repr(self.taken_out("repr()"))

    def __format__(self, spec: str) -> str:
        return format(self._held if self.ndim else self._held.item(), spec)

    def __reduce__(self) -> Any:
        return np.array, (self.taken_out("a pickle"),)

    def __deepcopy__(self, memo: Any) -> Marked:
        return self.copy()

    # --- the rest of what arrays answer ------------------------------------------------------------

    def __array_namespace__(self) -> Any:
        from plausible.plausibility.through import Library

        return Library(self.record)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        from plausible.plausibility.through import through_ufunc

        return through_ufunc(self.record, ufunc, method, inputs, options)

    def __array_function__(self, function: Callable[..., Any], types: Any, given: Any, options: Any) -> Any:
        from plausible.plausibility.through import through_function

        return through_function(self.record, function, given, options)

    def view_by(self, change: Callable[[Any], Any]) -> Marked:
        """The same elements in another arrangement, in the same memory where numpy keeps them there."""
        held = change(self._held)
        pairs = [(each.source, change(whole(each, self.shape))) for each in self.coordinates]
        shared = np.shares_memory(held, self._held)
        marks = Marks(self.tokens, only(pairs))
        return Marked(held, marks, self.record, (self, change) if shared else None)

    @property
    def T(self) -> Marked:
        """Its axes in reverse."""
        key = "T", self.ndim, self.coordinates
        if key not in self.record.known:
            padded = [(c, (1,) * (self.ndim - c.numbers.ndim) + c.numbers.shape) for c in self.coordinates]
            turned = tuple(coordinate(c.source, c.numbers.reshape(shape).T) for c, shape in padded)
            self.record.known[key] = Marks(coordinates=turned)
        marks = self.record.known[key]._replace(tokens=self.tokens)
        return Marked(self._held.T, marks, self.record, (self, lambda numbers: numbers.T))

    @property
    def real(self) -> Marked:
        """Its real part."""
        held = self._held.real
        return Marked(held, self.marks, self.record, (self, lambda numbers: numbers))

    @property
    def imag(self) -> Marked:
        """Its imaginary part."""
        return Marked(self._held.imag, self.marks, self.record)

    @property
    def flat(self) -> Iterator[Marked]:
        """Its elements, one by one."""
        return iter(self.reshape(-1))

    def copy(self, order: Any = "C") -> Marked:
        """The same in memory of its own."""
        return Marked(self._held.copy(order), self.marks, self.record)

    __copy__ = copy

    def astype(self, dtype: Any, **options: Any) -> Marked:
        """The same in another precision."""
        held = self._held.astype(dtype, **options)
        return self if held is self._held else Marked(held, self.marks, self.record)

    def view(self, *given: Any, **options: Any) -> Any:
        """A view; of another class the plain numbers, noted as taken out."""
        kinds = (*given, *options.values())
        if any(isinstance(each, type) and issubclass(each, np.ndarray) for each in kinds):
            return self.taken_out("view()")
        if kinds:  # the same bits as numbers of another kind, of the same size
            return Marked(self._held.view(*given, **options), self.marks, self.record, (self, lambda n: n))
        return self.view_by(lambda numbers: numbers.view())

    def reshape(self, *shape: Any, order: Any = "C") -> Marked:
        """The same elements in another shape."""
        wanted = shape[0] if len(shape) == 1 else shape
        wanted = tuple(map(int, wanted)) if isinstance(wanted, tuple | list) else int(wanted)
        return self.view_by(lambda numbers: numbers.reshape(wanted, order=order))

    def flatten(self, order: Any = "C") -> Marked:
        """Its elements in a row, copied."""
        return self.reshape(-1, order=order).copy()

    def transpose(self, *axes: Any) -> Marked:
        """Its axes in another order."""
        return self.view_by(lambda numbers: numbers.transpose(*axes))

    def item(self, *key: Any) -> Marked:
        """One element."""
        return self.reshape(-1)[key[0] if len(key) == 1 else (key or 0)]

    def tolist(self) -> Any:
        """Nested lists of its elements, which go on carrying their marks."""
        return [each.tolist() for each in self] if self.ndim else self

    def tobytes(self, order: Any = "C") -> bytes:
        """Its numbers as bytes, noted as taken out."""
        return bytes(self.taken_out("tobytes()").tobytes(order))

    def fill(self, value: Any) -> None:
        """Put one number everywhere."""
        self[...] = value

    def conj(self) -> Marked:
        """Its complex conjugate."""
        return self._called(np.conjugate)

    conjugate = conj

    def _called(self, function: Any, **options: Any) -> Any:
        """What a function of numpy's makes of it."""
        return function(self, **options)

    def sort(self, axis: int = -1, **options: Any) -> None:
        """Sort in place."""
        self[...] = self._called(np.sort, axis=axis)

    def __getattr__(self, name: str) -> Any:
        if name in VALUES:
            return getattr(self._held, name)
        if name not in (*FUNCTIONS, *OTHERWISE):
            raise AttributeError(f"the audit cannot follow the method {name!r} of an array")
        function = OTHERWISE.get(name) or getattr(np, name)
        return lambda *given, **options: function(self, *given, **options)


def within(tree: Any) -> Iterator[Marked]:
    """The marked arrays in nested tuples, lists and mappings."""
    if isinstance(tree, Marked):
        yield tree
    elif type(tree) not in LEAVES:
        branches = tree.values() if isinstance(tree, Mapping) else tree
        for branch in branches if isinstance(tree, Mapping | tuple | list) else ():
            yield from within(branch)


def opened(tree: Any) -> Any:
    """The same with plain arrays in place of marked ones."""
    kind = type(tree)
    if kind is Marked:
        return tree._held
    if kind in LEAVES:
        return tree
    if kind is tuple and LEAVES.issuperset({*map(type, tree)} - {Marked}):
        return tuple([each._held if type(each) is Marked else each for each in tree])
    if isinstance(tree, Mapping):
        return {name: opened(branch) for name, branch in tree.items()}
    if isinstance(tree, tuple | list) and any(True for _ in within(tree)):
        parts = [opened(branch) for branch in tree]
        return type(tree)(parts) if type(tree) in (tuple, list) else type(tree)(*parts)
    return tree


def tokens_by_choice(key: Marked) -> frozenset[str]:
    """What a choice of elements depends on; of a mask without "over ...", as rest is no message to a synapse."""
    if key.dtype != bool:
        return key.tokens
    return frozenset(token for token in key.tokens if not token.startswith("over "))


def marks_of(value: Any, record: Record) -> Marks:
    """The marks of an operand, plain or marked, or of a list of operands."""
    if isinstance(value, Marked):
        return value.marks
    inside = list(within(value))
    if inside:
        return met([each.marks for each in inside], record.units)
    return record.meet(value)


def chosen_by(key: Any, shape: tuple[int, ...]) -> list[tuple[str, Any]]:
    """What one marked array of whole numbers, used as an index, says of the elements that it chooses."""
    parts = key if isinstance(key, tuple) else (key,)
    arrays = [n for n, part in enumerate(parts) if isinstance(part, Marked) and part.dtype.kind in "iu"]
    if len(arrays) != 1 or any(part is Ellipsis or part is None for part in parts):
        return []
    (at,) = arrays
    index = parts[at]
    before = sum(isinstance(part, slice) for part in parts[:at])
    after = len(shape) - before - index.ndim
    pairs = []
    for each in index.coordinates:
        numbers = whole(each, index.shape).reshape((1,) * before + index.shape + (1,) * max(after, 0))
        pairs.append((each.source, np.broadcast_to(numbers, shape)))
    return pairs


def marked(held: Any, source: str, axes: Iterable[str], record: Record) -> Marked:
    """An array as it enters a rule: it depends on `source`, and each axis has a source, or "" for none."""
    held, pairs = np.array(held), []
    for axis, name in enumerate(axes):
        if name:
            numbers = np.arange(1, held.shape[axis] + 1, dtype=np.int64)
            pairs.append((name, numbers.reshape([-1 if n == axis else 1 for n in range(held.ndim)])))
    if record.silent:
        return Marked(held, Marks(), record)
    coordinates = tuple(coordinate(name, numbers) for name, numbers in pairs)
    marks = Marks(frozenset({source}), coordinates)
    record.remember(held, marks)
    return Marked(held, marks, record)
