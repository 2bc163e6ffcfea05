"""Keys of what Brian2 remembers of code, found faster: most of the time in which a circuit is made goes into them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from operator import is_
from typing import Any

STATE = "_state_tuple"  # the attribute of what Brian2 knows by all others
PLAIN = (str, int, float, bool, type(None))


@contextmanager
def quick_keys() -> Iterator[None]:
    """A context in which Brian2 finds the same keys in a quarter of the time."""
    caching: Any = import_module("brian2.utils.caching")
    before = caching._hashable
    try:
        caching._hashable = Keys(before).of
        yield
    finally:
        caching._hashable = before


class NoCollector:
    """In the place of the module `gc`, where Brian2 asks for it."""

    @staticmethod
    def collect() -> int:
        """Nothing; 0 objects were found."""
        return 0


@contextmanager
def uncollected() -> Iterator[None]:
    """A context in which Brian2 collects no garbage before each run, which takes a tenth of a second.

    It does so in order to warn of objects that are in no network; these warnings are not shown here.
    """
    running: Any = import_module("brian2.core.network")
    before = running.gc
    try:
        running.gc = NoCollector
        yield
    finally:
        running.gc = before


class Keys:
    """Keys of objects. What has a state has the key that it had, as long as it has the very attributes that it had.

    Args:
        other: what makes a key of objects of other kinds.
    """

    def __init__(self, other: Callable[[Any], Any]) -> None:
        self.other = other
        self.kinds = dict[type, Callable[[Any], Any]]()
        self.known = dict[int, tuple[Any, list[Any], Any]]()

    def of(self, thing: Any) -> Any:
        """The key of an object."""
        kind = type(thing)
        if kind not in self.kinds:
            self.kinds[kind] = self.by_kind(kind)
        return self.kinds[kind](thing)

    def by_kind(self, kind: type) -> Callable[[Any], Any]:
        """What makes keys of objects of a kind."""
        if isinstance(getattr(kind, STATE, None), property):
            return self.of_state
        if issubclass(kind, Mapping):
            return lambda thing: frozenset([(self.of(key), self.of(value)) for key, value in thing.items()])
        if issubclass(kind, set):
            return lambda thing: frozenset([self.of(each) for each in thing])
        if issubclass(kind, tuple | list):
            return self.of_several
        return (lambda thing: thing) if kind in PLAIN else self.other

    def of_several(self, thing: Any) -> Any:
        """The key of a sequence."""
        return tuple([self.of(each) for each in thing])

    def of_state(self, thing: Any) -> Any:
        """The key of what has a state."""
        now = list(vars(thing).values())
        _, before, key = self.known.get(id(thing), (None, [], None))
        if len(before) != len(now) or not all(map(is_, before, now)):
            key = self.of_several(getattr(thing, STATE))
            self.known[id(thing)] = thing, now, key
        return key
