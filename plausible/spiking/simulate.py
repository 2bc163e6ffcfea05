"""What a simulation is: a function from the start values of variables to their end values.

A `Simulation` has no memory between two runs. Weights, thresholds and potentials are given to each run and returned by
it as values, so that runs can be repeated, interrupted, and made in many processes at a time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from plausible.spiking.circuit import Circuit

Values = Mapping[str, NDArray[Any] | float]

"""Arrays, or one number for all of them, by `object.variable`; a table goes by its name alone."""


class SimulationError(RuntimeError):
    """A simulation that could not be built or run; its message says why, and what to do."""


class Simulation(Protocol):
    """A circuit that can be run."""

    @property
    def circuit(self) -> Circuit:
        """The circuit that is simulated."""
        ...

    def run(self, steps: int, start: Values, wanted: Sequence[str]) -> dict[str, NDArray[Any]]:
        """Simulate `steps` steps from `start`, and return the variables called `wanted`.

        Times begin at 0 in every run. What `start` does not name starts as in the circuit. Variables of a recorder
        come as (records, neurons), all others as (neurons,) or (synapses,).

        Raises:
            SimulationError: for a name that the circuit does not have, values that do not fit, or a run that fails.
        """
        ...


def no_variable(name: str, known: Sequence[str]) -> SimulationError:
    """The error for a variable that the circuit does not have."""
    owner = name.partition(".")[0]
    near = [other for other in known if other.startswith(f"{owner}.")] or sorted(
        {k.partition(".")[0] for k in known}
    )
    return SimulationError(f"the circuit has no variable {name!r}: expected one of {', '.join(near)}")


def fitting(name: str, value: NDArray[Any] | float, dtype: Any, size: int | None) -> NDArray[Any]:
    """`value` as an array of `size` numbers of `dtype`. Raises `SimulationError` if it has another size, or NaN."""
    array = np.ascontiguousarray(value, dtype).ravel()
    if size is not None and array.size != size and array.size != 1:
        raise SimulationError(f"{name} is given {array.size} values: expected {size}")
    if not np.isfinite(array).all():
        raise SimulationError(
            f"{name} is given values that are not finite: the network has run away, or was given NaN"
        )
    return array
