"""Which simulation a circuit gets: compiled, or live where there is no C++ compiler."""

from __future__ import annotations

from plausible.spiking.circuit import Circuit
from plausible.spiking.simulate import Simulation


def simulation(circuit: Circuit) -> Simulation:
    """A compiled simulation of a circuit; without a C++ compiler a live one, the same but slow."""
    from plausible.spiking.compiled import Compiled, compiler
    from plausible.spiking.live import Live

    return Compiled(circuit) if compiler() else Live(circuit)
