"""Which simulation a circuit of slots gets: short runs of small ones need no compiler, others are compiled once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import Any

from numpy.typing import NDArray

from plausible.spiking.circuit import Circuit
from plausible.spiking.simulate import Simulation, Values

FEW = 2000  # steps of a run below which compiling is not worth its time
SMALL = 500  # neurons, above which it always is
HELD = 32  # circuits whose simulations a process keeps


class Chosen:
    """A `Simulation` of a circuit: short runs of small circuits by Brian2's runtime, others by a compiled program.

    The choice depends on the circuit and the number of steps alone, so that the same commands have the same numbers.
    Where there is no C++ compiler all runs are live.
    """

    def __init__(self, circuit: Circuit) -> None:
        from plausible.spiking.compiled import compiler
        from plausible.spiking.live import Live

        self.circuit, self.live = circuit, Live(circuit)
        self.compiles = compiler() is not None
        self.small = sum(group.size for group in circuit.groups) <= SMALL

    @cached_property
    def compiled(self) -> Simulation:
        """The compiled program, which is built by its first run."""
        from plausible.spiking.quick import QuicklyCompiled

        return QuicklyCompiled(self.circuit)

    def run(self, steps: int, start: Values, wanted: Sequence[str]) -> dict[str, NDArray[Any]]:
        """See `plausible.spiking.simulate.Simulation.run`."""
        live = not self.compiles or (self.small and steps < FEW)
        return (self.live if live else self.compiled).run(steps, start, wanted)


def chosen(circuit: Circuit) -> Simulation:
    """The simulation of a circuit, one for all runs, seeds and phases of a process."""
    from plausible.spiking.live import Live

    return held(circuit, Live)


@lru_cache(HELD)
def held(circuit: Circuit, live: Any) -> Simulation:
    """A simulation; where Brian2's runtime is replaced, as by an audit, another one."""
    return Chosen(circuit)
