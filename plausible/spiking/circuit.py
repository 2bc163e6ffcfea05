"""A network of spiking neurons as data: equations with units, in Brian2's language, and how the parts are connected.

A circuit has no numbers that a run may want to change: weights, thresholds, delays, images and switches are set when
it runs. Everything that a circuit does hold decides what is compiled, so its digest names the compiled program.

Times of a circuit are counted in steps of `dt`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from plausible.errors import is_whole, require, require_number
from plausible.registry.encoding import canonical

Texts = tuple[tuple[str, str], ...]
"""Pairs of a name and a text in Brian2's language."""


@dataclass(frozen=True)
class Group:
    """Neurons that share equations.

    Args:
        name: as in `group.variable`.
        size: neurons.
        equations: differential equations, subexpressions and parameters, each with its unit.
        threshold: the condition of a spike; no spikes if there is none.
        reset: what a spike does to its neuron.
        refractory: how long after a spike `(unless refractory)` holds and no spike follows, as "5*ms".
        method: of integration; "euler" is that of Brian 1 for conductances, "exact" is for linear equations.
        events: conditions of events other than spikes, by name.
        links: variables that are read in another group of one neuron, as ("learn", "control.learn").
    """

    name: str
    size: int
    equations: str
    threshold: str = ""
    reset: str = ""
    refractory: str = ""
    method: str = "euler"
    events: Texts = ()
    links: Texts = ()

    def __post_init__(self) -> None:
        good = is_whole(self.size) and self.size > 0
        require(good, f"the size of group {self.name!r}", self.size, "a positive whole number of neurons")


@dataclass(frozen=True)
class Projection:
    """Synapses from one group to another, or to itself.

    Args:
        name: as in `projection.variable`.
        source: the group whose spikes come in.
        target: the group that they reach.
        equations: the variables of a synapse, each with its unit.
        on_pre: what an arriving spike does; several pathways have names, as (("pre", "..."), ("norm", "...")).
        on_post: what a spike of the target neuron does.
        connect: a condition on i and j; "" connects all with all, synapse i * size of target + j.
        events: the event that sets off a pathway, if it is not a spike.
        orders: the order of a pathway within a step, if it is not Brian2's: -1 before, 1 after.
        links: variables that are read in a group of one neuron, as ("learn", "control.learn").
        bounds: the range of a variable that equations move, as ("w", "0", "1").
    """

    name: str
    source: str
    target: str
    equations: str = ""
    on_pre: str | Texts = ""
    on_post: str | Texts = ""
    connect: str = ""
    events: Texts = ()
    orders: tuple[tuple[str, int], ...] = ()
    links: Texts = ()
    bounds: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Regular:
    """Code that runs every `every` steps, at the start of a step, in increasing `order`."""

    target: str
    code: str
    every: int
    order: int = 0


@dataclass(frozen=True)
class Recorder:
    """Variables of a group that are recorded every `every` steps, before `Regular` code, as `name.variable`."""

    name: str
    target: str
    variables: tuple[str, ...]
    every: int


@dataclass(frozen=True)
class Table:
    """Numbers by row and column that equations look up: name(row * ms, column), row by row if they run over time."""

    name: str
    rows: int
    columns: int


@dataclass(frozen=True)
class Spikes:
    """Neurons whose spikes are given: the step of each, as rows of (neuron, step); for tests and small networks."""

    name: str
    size: int
    neurons: tuple[int, ...]
    steps: tuple[int, ...]


@dataclass(frozen=True)
class Circuit:
    """A whole network.

    Args:
        dt: a step, in ms.
        groups, projections, regular, recorders, tables, spikes: its parts.
        constants: numbers with units that equations use, as ("tau", "20*ms").
        start: where variables start if a run does not say, as ("exc.v", "-65*mV").
        precision: "float32" or "float64", of every variable.
    """

    dt: float
    groups: tuple[Group, ...]
    projections: tuple[Projection, ...] = ()
    regular: tuple[Regular, ...] = ()
    recorders: tuple[Recorder, ...] = ()
    tables: tuple[Table, ...] = ()
    spikes: tuple[Spikes, ...] = ()
    constants: Texts = ()
    start: Texts = ()
    precision: str = "float64"

    def __post_init__(self) -> None:
        require_number("dt", self.dt, open_low=True)
        require(self.precision in ("float32", "float64"), "precision", self.precision, "float32 or float64")

    def digest(self) -> str:
        """The name of the program that is compiled from this circuit: another equation, another digest."""
        return hashlib.sha256(canonical(self).encode()).hexdigest()[:24]
