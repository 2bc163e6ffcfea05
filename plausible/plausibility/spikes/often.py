"""A simulation that is run often: its code is written once, and no run looks for garbage among all objects."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from numpy.typing import NDArray

from plausible.spiking.circuit import Circuit
from plausible.spiking.live import Live
from plausible.spiking.simulate import Values


class Often(Live):
    """A `Live` whose second run and all later ones take the code of the first: the same numbers, in less time.

    Brian2 writes, checks and compiles all code of a network anew at each run, which takes longer than short runs of
    small circuits do. By numpy, code reads variables, tables and delays from arrays of the network; what stands in it
    itself, such as the circuit's constants and the numbers of neurons, is the same in all runs.
    """

    written = False  # whether there is code

    def __init__(self, circuit: Circuit) -> None:
        super().__init__(circuit, "numpy")  # what Cython compiles holds constants' values itself

    def run(self, steps: int, start: Values, wanted: Sequence[str]) -> dict[str, NDArray[Any]]:
        """See `plausible.spiking.simulate.Simulation.run`."""
        with aside():
            ended = super().run(steps, start, wanted)
        if not self.written:
            for part in self.made.network.sorted_objects:
                if hasattr(part, "create_code_objects"):
                    part.create_code_objects = keep
            self.written = True
        return ended


def keep(namespace: Any) -> None:
    """What is done in the place of writing a part's code, once that has been written: nothing."""


@contextmanager
def aside() -> Iterator[None]:
    """A context in which a collection of garbage, as before each run of Brian2's, does not go through what is there."""
    if gc.get_freeze_count():  # the caller has done so
        yield
        return
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
