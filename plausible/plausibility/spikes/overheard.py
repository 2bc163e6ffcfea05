"""The simulations that a spiking rule runs while it learns: which circuit, from which values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from plausible.errors import BadInput
from plausible.plausibility.spikes.model import Model
from plausible.plausibility.spikes.often import Often
from plausible.spiking import compiled, live
from plausible.spiking.circuit import Circuit
from plausible.spiking.simulate import Values


class Run(NamedTuple):
    """A simulation that was run."""

    circuit: Circuit
    steps: int
    start: Values
    ended: dict[str, NDArray[Any]]


RUNS: list[Run] = []  # those of the audit that is going on
STARTS: list[Values] = []  # where simulations were to start that did not run


asking = False  # whether only starts are asked for


class Asked(BaseException):
    """Raised in the place of a simulation where only its start is asked for; no rule catches it by mistake."""


class Overheard(Often):
    """A simulation in this process that notes what it is given."""

    def run(self, steps: int, start: Values, wanted: Sequence[str]) -> dict[str, NDArray[Any]]:
        """See `plausible.spiking.simulate.Simulation.run`."""
        before = dict(start)
        if asking:
            STARTS.append(before)
            raise Asked
        ended = super().run(steps, start, wanted)
        RUNS.append(Run(self.circuit, steps, before, ended))
        return ended


@contextmanager
def overheard() -> Iterator[list[Run]]:
    """A context in which circuits are simulated in this process, and the runs of them noted.

    Where `plausible.spiking.choice` finds no compiler it takes a simulation that needs none, which is this one. A
    circuit that was simulated in this process before is not chosen anew; of such nothing is noted.
    """
    before = compiled.compiler, live.Live
    RUNS.clear()
    try:
        compiled.compiler, live.Live = (lambda: None), Overheard  # type: ignore[misc, assignment]
        yield RUNS
    finally:
        compiled.compiler, live.Live = before  # type: ignore[misc]


def start_of(step: Callable[[], Any]) -> Values:
    """Where the first simulation of a step starts, which is not run; nothing if it runs none."""
    global asking
    asking = True
    STARTS.clear()
    try:
        step()
    except Asked:
        pass
    finally:
        asking = False
    return STARTS[0] if STARTS else {}


def of_rule(runs: Sequence[Run], name: str) -> Model:
    """The model that a rule has simulated. Raises `BadInput` if it was none that can be read."""
    if not runs:
        raise BadInput(f"rule {name!r} ran no simulation of a circuit while it learned")
    return Model(name, runs[0].circuit, runs[0].start)


def outside(runs: Sequence[Run], model: Model, changes: Mapping[str, NDArray[Any]]) -> list[str]:
    """The weights of synapses that a rule changes by something else than what its simulations changed.

    One circuit is read, so that another one is something else, too.

    Args:
        runs: of one step of learning.
        model: of them.
        changes: what the rule proposes, by weight; those of arrays of the size of a learned variable are asked about.
    """
    found = [] if all(run.circuit == runs[0].circuit for run in runs) else ["another circuit"]
    for name, change in changes.items():
        pairs = [(runs[0].start.get(str(each)), runs[-1].ended.get(str(each))) for each in model.learned]
        known = [
            np.ravel(end) - np.ravel(start) for start, end in pairs if start is not None and end is not None
        ]
        alike = [each for each in known if each.size == change.size]
        if alike and not any(np.allclose(change.ravel(), each, rtol=1e-5, atol=1e-7) for each in alike):
            found.append(name)
    return found
