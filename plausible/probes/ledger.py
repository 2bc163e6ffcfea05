"""What an update takes: books for matrix products, elementwise work, random numbers and memory."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from plausible.probes.operations import MOVES, PRODUCTS, largest


class Ledger:
    """Counts of what has been computed so far; `plausible.probes.cost` says what counts as what."""

    def __init__(self) -> None:
        self.multiply_adds = 0
        self.elementwise = 0
        self.random_numbers = 0
        self.memory = Memory()

    def book_ufunc(self, ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], result: Any) -> None:
        """Book a call of `ufunc` or of one of its methods, such as `np.add.reduce`, on plain `inputs`."""
        if ufunc.signature is not None:  # a product: matmul, vecdot, matvec, vecmat
            self.multiply_adds += int(largest(result) * np.shape(inputs[0])[-1])
        elif method in ("__call__", "outer"):
            self.elementwise += largest(result)
        else:  # reduce, accumulate, reduceat: an operation for every number that is read
            self.elementwise += largest(inputs)

    def book_function(self, function: Any, arguments: Any, options: Any, result: Any) -> None:
        """Book a call of a numpy function, such as `np.dot` or `np.mean`, on plain `arguments` and `options`."""
        if function in MOVES:
            return
        products = PRODUCTS[function](*arguments, **options) if function in PRODUCTS else 0
        self.multiply_adds += products
        self.elementwise += 0 if products else largest((result, *arguments, *options.values()))


class Memory:
    """The bytes that arrays occupy: those held now, and the most there were at any time.

    Memory counts once however many views there are on it, from when it is first held until nothing refers to it.
    """

    def __init__(self) -> None:
        self.now = self.most = 0
        self.known: dict[int, weakref.ref[Any]] = {}

    def hold(self, array: NDArray[Any], counts: bool = True) -> None:
        """Count what `array` occupies, unless it is counted already; or, if not `counts`, let it never count."""
        held = owner(array)
        place, size = id(held), held.nbytes * counts
        if place in self.known:
            return

        def gone(_: object) -> None:
            del self.known[place]
            self.now -= size

        self.known[place] = weakref.ref(held, gone)
        self.now += size
        self.most = max(self.most, self.now)


def owner(array: NDArray[Any]) -> NDArray[Any]:
    """The array whose memory `array` is a view of."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


class Drawing(Generator):
    """A generator that draws what `rng` would, and books how many numbers; `made` is called with each array of them."""

    def __init__(self, rng: Generator, ledger: Ledger, made: Callable[[NDArray[Any]], Any]) -> None:
        super().__init__(rng.bit_generator)
        self.ledger, self.made, self.inside = ledger, made, False


def drawing(name: str) -> Callable[..., Any]:
    """The method `name` of a generator, booked; what it draws by other methods is its own work."""
    draw = getattr(Generator, name)

    def booked(self: Drawing, *arguments: Any, **options: Any) -> Any:
        if self.inside:
            return draw(self, *arguments, **options)
        self.inside = True
        try:
            drawn = draw(self, *arguments, **options)
        finally:
            self.inside = False
        numbers = arguments[0] if drawn is None else drawn  # shuffle returns nothing
        self.ledger.random_numbers += int(np.size(numbers))
        return self.made(drawn) if isinstance(drawn, np.ndarray) else drawn

    return booked


for _name in dir(Generator):
    if not _name.startswith("_") and callable(getattr(Generator, _name)) and _name != "spawn":
        setattr(Drawing, _name, drawing(_name))
