"""Arrays that carry where they come from, and book the work that is spent on them.

A rule that keeps to operators, numpy functions and `.T` computes with these what it computes with plain arrays, so
that its changes can be asked what they were made of, and what they cost.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plausible.core import Array, Outer, Presentation, State, Update, View
from plausible.probes.ledger import Ledger


class Traced(np.ndarray):
    """An array with the names of its `sources` and the `ledger` that its work is booked on.

    >>> import numpy as np
    >>> from plausible.probes.traced import Traced
    >>> x, w = Traced(np.ones((5, 2)), ["x"]), Traced(np.ones((2, 3)), ["W1"])
    >>> sorted(np.tanh(x @ w).sources)
    ['W1', 'x']
    """

    sources: frozenset[str]
    ledger: Ledger | None

    def __new__(
        cls, array: NDArray[Any], sources: Iterable[str] = (), ledger: Ledger | None = None
    ) -> Traced:
        traced: Traced = np.asarray(array).view(cls)
        traced.sources, traced.ledger = frozenset(sources), ledger
        hold(traced, ledger)
        return traced

    def __array_finalize__(self, origin: Any) -> None:
        self.sources = getattr(origin, "sources", frozenset())
        self.ledger = getattr(origin, "ledger", None)
        hold(self, self.ledger)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        out = options.pop("out", ())
        given = [*arrays((inputs, options)), *arrays(out)]
        if out:
            options["out"] = plain(out)
        result = getattr(ufunc, method)(*plain(inputs), **plain(options))
        ledger = ledger_of(given)
        if ledger is not None:
            ledger.book_ufunc(ufunc, method, inputs, result)
        if out:
            for array in arrays(out):
                array.sources = union(given)
            return out[0] if len(out) == 1 else out
        return wrapped(result, given)

    def __array_function__(self, function: Any, types: Any, arguments: Any, options: Any) -> Any:
        given = list(arrays((arguments, options)))
        result = function(*plain(arguments), **plain(options))
        ledger = ledger_of(given)
        if ledger is not None:
            ledger.book_function(function, plain(arguments), plain(options), result)
        return wrapped(result, given)

    def __setitem__(self, key: Any, value: Any) -> None:
        given = [self, *arrays((key, value))]
        self.view(np.ndarray)[plain(key)] = plain(value)
        self.sources, self.ledger = union(given), ledger_of(given)

    def dot(self, other: Any, out: Any = None) -> Any:
        return np.dot(self, other)


def hold(array: Traced, ledger: Ledger | None) -> None:
    """Count the memory of an array that was made while a ledger is kept; single numbers are none."""
    if ledger is not None and array.ndim:
        ledger.memory.hold(array)


def arrays(tree: Any) -> Iterator[Traced]:
    """The traced arrays in nested tuples, lists and mappings."""
    if isinstance(tree, Traced):
        yield tree
    elif isinstance(tree, Mapping):
        for branch in tree.values():
            yield from arrays(branch)
    elif isinstance(tree, tuple | list):
        for branch in tree:
            yield from arrays(branch)


def plain(tree: Any) -> Any:
    """The same, with plain arrays in place of traced ones."""
    if isinstance(tree, Traced):
        return tree.view(np.ndarray)
    if isinstance(tree, Mapping):
        return {name: plain(branch) for name, branch in tree.items()}
    if isinstance(tree, tuple | list):
        return type(tree)(map(plain, tree)) if type(tree) in (tuple, list) else type(tree)(*map(plain, tree))
    return tree


def wrapped(result: Any, given: list[Traced]) -> Any:
    """`result` as traced arrays that come from all of `given`."""
    if isinstance(result, np.ndarray | np.generic):
        return Traced(np.asarray(result), union(given), ledger_of(given))
    if isinstance(result, tuple | list):
        return type(result)(wrapped(part, given) for part in result)
    return result


def union(given: list[Traced]) -> frozenset[str]:
    """All the sources of `given`."""
    return frozenset().union(*(array.sources for array in given))


def ledger_of(given: list[Traced]) -> Ledger | None:
    """The first ledger among `given`."""
    return next((array.ledger for array in given if array.ledger is not None), None)


def traced(tree: Any, name: str, ledger: Ledger | None = None) -> Any:
    """Nested tuples, lists and mappings of arrays, as traced arrays from one source; their memory is not counted."""
    if isinstance(tree, np.ndarray):
        if ledger is not None:
            ledger.memory.hold(tree, counts=False)
        return Traced(tree, (name,), ledger)
    if isinstance(tree, Mapping):
        return {key: traced(branch, name, ledger) for key, branch in tree.items()}
    if isinstance(tree, tuple | list):
        parts = [traced(branch, name, ledger) for branch in tree]
        return type(tree)(parts) if type(tree) in (tuple, list) else type(tree)(*parts)
    return tree


def traced_arguments(
    params: View, state: State, shown: Presentation, ledger: Ledger | None = None
) -> tuple[View, State, Presentation]:
    """What `Rule.update` is given, each weight traced under its own name, the rest as state, x, y, reward and mask."""
    x, y = traced(shown.x, "x", ledger), traced(shown.y, "y", ledger)

    def reward(answer: Array) -> Array:
        return Traced(shown.reward(plain(answer)), (*union(list(arrays(answer))), "reward"), ledger)

    return (
        {name: traced(array, name, ledger) for name, array in params.items()},
        traced(state, "state", ledger),
        shown._replace(x=x, y=y, reward=reward, mask=traced(shown.mask, "mask", ledger)),
    )


def sources(update: Update) -> frozenset[str]:
    """What a change was made of; empty if the arrays lost their trace on the way."""
    factors = [update.pre, update.post] if isinstance(update, Outer) else [update]
    return union(list(arrays(factors)))
