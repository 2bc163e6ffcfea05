"""Arrays of another library than numpy, such as CuPy's on a GPU: all that the suite knows of them.

Rules and optimisers compute by operators, methods and numpy's functions, which such a library answers for arrays of its
own [NEP 13, NEP 18]. What dispatch leaves open is here: which library made an array, how an array that was drawn on the
host gets to it and back, and what protects a weight whose memory cannot be made read-only.
For all arrays, what holds off Python's garbage collection is here, too.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeGuard

import numpy as np


def is_array(value: object) -> TypeGuard[np.ndarray[Any, Any]]:
    """Whether `value` is an array, of numpy or of a library that answers numpy's functions for its own arrays."""
    return isinstance(value, np.ndarray) or is_foreign(value)


def is_foreign(value: object) -> bool:
    """Whether `value` is an array of another library than numpy."""
    return not isinstance(value, np.ndarray) and hasattr(type(value), "__array_function__")


def library(array: Any) -> Any:
    """The module whose `asarray` makes arrays like this one: the one that it names, or the package of its class."""
    named = getattr(array, "__array_namespace__", None)
    return named() if named is not None else sys.modules[type(array).__module__.partition(".")[0]]


def beside(array: Any, like: Any) -> Any:
    """An array of the host's in the memory in which `like` lies: itself where that is the host's, else a copy.

    For what only the host makes: draws of a numpy generator, counts and constants.
    """
    return library(like).asarray(array) if is_foreign(like) and isinstance(array, np.ndarray) else array


def on_host(array: Any) -> Any:
    """The same numbers as an array of numpy's: itself if it is one, else a copy."""
    if not is_foreign(array):
        return array
    return (
        array.get() if hasattr(array, "get") else np.asarray(array)
    )  # CuPy converts no array that it is not asked to


def protected(array: Any) -> Any:
    """A view on the same memory through which nothing can be written; a plain view where a library has no such flag."""
    view = array.view()
    if not is_foreign(array):
        view.flags.writeable = False
    return view


class Guard:
    """A copy of those weights that no flag protects, held to tell afterwards whether anything was written into them."""

    def __init__(self, weights: Any) -> None:
        self.before = {name: array.copy() for name, array in weights.items() if is_foreign(array)}

    def check(self, weights: Any) -> None:
        """Raise `ValueError`, as numpy does at once, if a weight is not what it was."""
        for name, before in self.before.items():
            if not bool((before == weights[name]).all()):
                raise ValueError(
                    f"weight {name!r} was written into, which is read-only: return updates instead"
                )


@contextmanager
def uncollected() -> Iterator[None]:
    """A context in which nothing is let go of but what nothing refers to any more."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()
