"""How marks move with elements: by the function that moves the elements, their coordinates move likewise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from plausible.plausibility.marked import Marked, opened, within
from plausible.plausibility.marks import Marks, only, whole
from plausible.plausibility.record import Record


def moved(
    record: Record, function: Callable[..., Any], given: Any, options: Any, result: Any, first_only: bool
) -> Any:
    """What a function has moved to other places, with coordinates that moved likewise."""
    data = given[:1] if first_only else given
    sources: dict[str, int] = {}
    for each in within((data, {} if first_only else options)):
        for source in {c.source for c in each.coordinates}:
            most = sum(c.source == source for c in each.coordinates)
            sources[source] = max(sources.get(source, 0), most)
    tokens = frozenset().union(*(each.tokens for each in within((given, options))))
    tokens |= frozenset().union(*(record.meet(each).tokens for each in plain_in(data)))
    settings = {key: opened(value) for key, value in options.items() if key not in ("dtype", "casting")}
    found: list[tuple[str, Any]] = []
    for source, most in sources.items():
        for n in range(most):
            numbers = [of_source(each, source, n) for each in data]
            rest = [opened(each) for each in given[len(data) :]]
            found.append((source, function(*numbers, *rest, **settings)))
    extra = chosen_along(function, given, np.shape(result)) if first_only else []

    def placed(value: Any, path: tuple[int, ...]) -> Any:
        if isinstance(value, tuple | list):
            return [placed(part, (*path, n)) for n, part in enumerate(value)]
        pairs = [(source, at(numbers, path)) for source, numbers in found]
        marks = Marks(tokens, only([*pairs, *extra]))
        single = list(within(data))
        if not path and len(single) == 1 and value.size and np.shares_memory(value, single[0]._held):
            rest = [opened(each) for each in given[1:]]
            return Marked(value, marks, record, (single[0], lambda held: function(held, *rest, **settings)))
        return Marked(value, marks, record)

    made = placed(result, ())
    return type(result)(made) if isinstance(result, tuple | list) else made


def at(tree: Any, path: tuple[int, ...]) -> Any:
    """A branch of nested lists."""
    for n in path:
        tree = tree[n]
    return tree


def plain_in(tree: Any) -> Iterator[Any]:
    """The plain arrays in nested tuples and lists."""
    if isinstance(tree, tuple | list):
        for branch in tree:
            yield from plain_in(branch)
    elif isinstance(tree, np.ndarray):
        yield tree


def of_source(tree: Any, source: str, number: int) -> Any:
    """Nested lists of arrays as the coordinates of one source: 0 where an array has none of it."""
    if isinstance(tree, Marked):
        several = [c for c in tree.coordinates if c.source == source]
        if not several:
            return np.zeros(tree.shape, np.int64)
        return whole(several[min(number, len(several) - 1)], tree.shape)
    if isinstance(tree, tuple | list) and any(True for _ in (*within(tree), *plain_in(tree))):
        return type(tree)(of_source(branch, source, number) for branch in tree)
    return np.zeros(tree.shape, np.int64) if isinstance(tree, np.ndarray) else tree


def chosen_along(function: Callable[..., Any], given: Any, shape: tuple[int, ...]) -> list[tuple[str, Any]]:
    """What the marked indices of `take` and `take_along_axis` say of the elements that they choose."""
    index = given[1] if len(given) > 1 else None
    if not isinstance(index, Marked):
        return []
    if function.__name__ == "take_along_axis" or np.shape(index) == shape:
        return [(c.source, np.broadcast_to(whole(c, index.shape), shape)) for c in index.coordinates]
    spread = index.shape + (1,) * (len(shape) - index.ndim)
    fits = shape[: index.ndim] == index.shape
    pairs = [(c.source, whole(c, index.shape).reshape(spread)) for c in index.coordinates] if fits else []
    return [(source, np.broadcast_to(numbers, shape)) for source, numbers in pairs]
