"""Simulations by Brian2's runtime: nothing to compile, for small networks and for tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plausible.errors import unknown
from plausible.spiking.circuit import Circuit
from plausible.spiking.simulate import Values, fitting, no_variable

TARGETS = ("numpy", "cython")


class Live:
    """A `Simulation` in this process, which leaves Brian2's global state unchanged.

    Args:
        circuit: what to simulate.
        target: what Brian2 computes with: "numpy" compiles nothing, "cython" takes minutes at first.
        dt: a step in the place of the circuit's, in ms, to measure its error; counts of steps then mean other times.

    Raises:
        BadInput: for an unknown target, or an impossible step.
    """

    def __init__(self, circuit: Circuit, target: str = "numpy", dt: float | None = None) -> None:
        if target not in TARGETS:
            raise unknown("target", target, TARGETS)
        self.circuit = circuit if dt is None else replace(circuit, dt=dt)
        self.target = target

    @cached_property
    def made(self) -> Any:
        """The circuit's objects, at time 0."""
        from plausible.spiking.brian import make, session

        with session(self.target):
            made = make(self.circuit)
            made.network.store()
        return made

    def run(self, steps: int, start: Values, wanted: Sequence[str]) -> dict[str, NDArray[Any]]:
        """See `plausible.spiking.simulate.Simulation.run`."""
        return self.through((steps,), start, wanted)[0]

    def through(
        self, ends: Sequence[int], start: Values, wanted: Sequence[str]
    ) -> list[dict[str, NDArray[Any]]]:
        """The variables called `wanted` after each of several numbers of steps of one run, in their order."""
        from plausible.spiking.brian import MS, session

        made, found = self.made, []
        with session(self.target):
            made.network.restore()
            for name, value in start.items():
                self.put(name, value)
            for before, end in zip((0, *ends), ends, strict=False):
                made.network.run((end - before) * self.circuit.dt * MS)
                found.append({name: self.get(name) for name in wanted})
        return found

    def put(self, name: str, value: NDArray[Any] | float) -> None:
        """Let a variable start at a value."""
        if name in self.made.tables:
            table = self.made.tables[name].values
            table[:] = fitting(name, value, table.dtype, table.size).reshape(table.shape)
            return
        variable = self.find(name)
        array = fitting(name, value, variable.dtype, variable.size)
        variable.set_value(array if array.size > 1 else array[0])

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
