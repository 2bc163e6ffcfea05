"""Simulations by Brian2's runtime: nothing to compile, for small networks and for tests."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plausible.spiking.circuit import Circuit
from plausible.spiking.simulate import SimulationError, Values, fitting, no_variable


class Live:
    """A `Simulation` in this process, with numpy's arithmetic."""

    def __init__(self, circuit: Circuit) -> None:
        self.circuit = circuit

    @cached_property
    def made(self) -> Any:
        """The circuit's objects, at time 0."""
        from plausible.spiking.brian import brian2, make, quiet

        brian2.prefs.codegen.target = "numpy"
        with quiet():
            made = make(self.circuit)
            made.network.store()
        return made

    def run(self, steps: int, start: Values, wanted: Sequence[str]) -> dict[str, NDArray[Any]]:
        """See `plausible.spiking.simulate.Simulation.run`."""
        from plausible.spiking.brian import brian2, quiet

        made = self.made
        brian2.defaultclock.dt = self.circuit.dt * brian2.ms
        made.network.restore()
        for name, value in start.items():
            self.put(name, value)
        with quiet():
            made.network.run(steps * self.circuit.dt * brian2.ms)
        return {name: self.get(name) for name in wanted}

    def put(self, name: str, value: NDArray[Any] | float) -> None:
        """Let a variable start at a value."""
        if name in self.made.tables:
            table = self.made.tables[name].values
            table[:] = fitting(name, value, table.dtype, table.size).reshape(table.shape)
            return
        variable = self.find(name)
        size = variable.size
        variable.set_value(
            fitting(name, value, variable.dtype, size)
            if np.size(value) > 1
            else np.asarray(value, variable.dtype)
        )

    def get(self, name: str) -> NDArray[Any]:
        """The value of a variable."""
        return np.array(self.find(name).get_value())

    def find(self, name: str) -> Any:
        """Brian2's variable of this name."""
        owner, _, variable = name.partition(".")
        objects = self.made.objects
        if variable == "delay" and owner in objects:
            return objects[owner].pre.variables[variable]
        known = [f"{o}.{v}" for o, thing in objects.items() for v in thing.variables]
        if owner not in objects or variable not in objects[owner].variables:
            raise no_variable(name, known)
        return objects[owner].variables[variable]


def error_of(error: Exception) -> SimulationError:
    """Brian2's complaint about a circuit, in one line."""
    lines = [line.strip() for line in str(error.__cause__ or error).splitlines() if line.strip()]
    return SimulationError(f"the circuit cannot be simulated: {lines[0] if lines else type(error).__name__}")
