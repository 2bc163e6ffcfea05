"""A strict stand-in for the arrays of another library: it computes by numpy and refuses what a GPU's library would.

Like CuPy's arrays it answers operators, methods and calls of numpy's functions; results of one number stay arrays. It
raises `Refused` where an array would become one of numpy's without being asked to, and where an array of numpy's is an
operand, an index or an output. It also raises it for what CuPy does not answer: methods of universal functions, such as
`np.add.reduce`, and their `where`. Numbers, Python's and numpy's, are taken.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import numpy as np

from plausible.core import Array

ADVICE = (
    "write beside(drawn, like) of plausible.arrays for what was drawn or made on the host, or np.zeros_like"
)
VALUES = ("shape", "dtype", "ndim", "size", "itemsize", "nbytes", "strides")
METHODS = (
    *(
        "all",
        "any",
        "argmax",
        "argmin",
        "argsort",
        "astype",
        "clip",
        "conj",
        "copy",
        "cumsum",
        "dot",
        "max",
        "mean",
    ),
    *(
        "min",
        "nonzero",
        "prod",
        "ravel",
        "repeat",
        "reshape",
        "squeeze",
        "std",
        "sum",
        "swapaxes",
        "take",
        "trace",
    ),
    *("transpose", "var", "view"),
)


class Refused(TypeError):
    """What another library would refuse, or a conversion that it would pay for in silence."""


class Foreign(np.lib.mixins.NDArrayOperatorsMixin):
    """An array that stands for one in the memory of a device."""

    __array_priority__ = 100

    def __init__(self, held: Array) -> None:
        self._held = held

    def __array__(self, dtype: Any = None, copy: Any = None) -> NoReturn:
        raise Refused(
            "an array of another library would become one of numpy's in silence: avoid np.asarray of it"
        )

    def __array_namespace__(self) -> type[Library]:
        return Library

    def get(self) -> Array:
        """A copy on the host."""
        return self._held.copy()

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        if method != "__call__":
            raise Refused(
                f"np.{ufunc.__name__}.{method} is answered by numpy alone: use the function or the method"
            )
        if options.get("where", True) is not True:
            raise Refused(f"np.{ufunc.__name__}(where=...) is answered by numpy alone: use np.where")
        out = options.get("out", ())
        result = ufunc(*opened(inputs), **opened(options))
        return out[0] if len(out) == 1 else out if out else closed(result)

    def __array_function__(self, function: Callable[..., Any], types: Any, given: Any, options: Any) -> Any:
        out = options.get("out")
        result = function(*opened(given), **opened(options))
        return closed(result) if out is None else out

    def __getitem__(self, key: Any) -> Foreign:
        return closed(self._held[opened(key)])

    def __setitem__(self, key: Any, value: Any) -> None:
        self._held[opened(key)] = opened(value)

    def __len__(self) -> int:
        return len(self._held)

    def __iter__(self) -> Any:
        return map(closed, self._held)

    def __bool__(self) -> bool:
        return bool(self._held)

    def __int__(self) -> int:
        return int(self._held)

    def __index__(self) -> int:
        return operator.index(self._held)

    def __float__(self) -> float:
        return float(self._held)

    def __complex__(self) -> complex:
        return complex(self._held)

    def __repr__(self) -> str:
        return f"Foreign({self._held!r})"

    def __deepcopy__(self, memo: Any) -> Foreign:
        return Foreign(self._held.copy("K"))

    def item(self) -> Any:
        """The one number in it."""
        return self._held.item()

    @property
    def T(self) -> Foreign:
        """Its axes in reverse."""
        return closed(self._held.T)

    @property
    def real(self) -> Foreign:
        """Its real part, in the same memory."""
        return closed(self._held.real)

    @property
    def imag(self) -> Foreign:
        """Its imaginary part."""
        return closed(self._held.imag)

    @property
    def flags(self) -> Flags:
        """How it lies in memory."""
        return Flags(self._held)

    def __getattr__(self, name: str) -> Any:
        if name in VALUES:
            return getattr(self._held, name)
        if name not in METHODS:
            raise AttributeError(
                f"an array of another library may have no {name!r}: expected one of {METHODS}"
            )
        method = getattr(self._held, name)
        return lambda *given, **options: closed(method(*opened(given), **opened(options)))


class Flags:
    """The flags of an array that has none to protect it."""

    def __init__(self, held: Array) -> None:
        self.c_contiguous, self.f_contiguous = held.flags.c_contiguous, held.flags.f_contiguous

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in ("c_contiguous", "f_contiguous"):
            raise Refused(f"the flag {name!r} of an array of another library cannot be set")
        super().__setattr__(name, value)


class Library:
    """What stands for the library that makes such arrays."""

    @staticmethod
    def asarray(array: Any) -> Foreign:
        """A copy of an array of the host's."""
        return array if isinstance(array, Foreign) else Foreign(np.array(array))


def opened(tree: Any) -> Any:
    """What numpy computes with. Raises `TypeError` for an array of the host's, which has more than one number."""
    if isinstance(tree, Foreign):
        return tree._held
    if isinstance(tree, np.ndarray) and tree.ndim > 0:
        raise Refused(f"an array of numpy's, of shape {tree.shape}, meets one of another library: {ADVICE}")
    if isinstance(tree, Mapping):
        return {name: opened(branch) for name, branch in tree.items()}
    if isinstance(tree, tuple | list):
        return type(tree)(map(opened, tree))
    return tree


def closed(result: Any) -> Any:
    """What numpy computed, as arrays of the other library: numbers, too, which stay on the device."""
    if isinstance(result, np.ndarray | np.generic):
        return Foreign(np.asarray(result))
    if isinstance(result, tuple | list):
        return type(result)(map(closed, result))
    return result
