"""The engine of spiking rules on tasks: a circuit that is shown one example after another, each for a slot.

What a rule has to say is its neurons and synapses, which of them learn, what happens to them at the start of a slot,
and what is kept of each example. `Slots.circuit` makes one circuit of this, with lines of input
(`plausible.spiking.codes`), a group `control` of one neuron, whose variables all others may read by their names, and
counters of spikes. `present` runs it in chunks of as many examples as the tables hold, and carries weights, as values,
from one run to the next. Rates of learning, and whatever else a user may vary, are variables of `control`, set for each
run, so that a shape is compiled once.

`now` is the step of the slot, and `step` counts on from slot to slot, also from one run to the next. In a step
equations move, neurons spike, spikes arrive, and resets follow. Before the first step of a slot the records of the one
before are made, `begin` is executed, and the lines of input get their values.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from plausible.core import Array
from plausible.errors import require
from plausible.spiking.circuit import Circuit, Group, Projection, Recorder, Regular, Table, Texts
from plausible.spiking.codes import Code
from plausible.spiking.simulate import Simulation, SimulationError

ROWS = 1000  # examples that a program holds at a time
SPIKED = "spiked"  # the counter of each neuron's spikes in a run
CONTROL = """
    seed : integer        # of random spikes
    first : integer       # step at which this run begins
    example : integer     # row of the tables
    learn : 1             # 1 while weights change, else 0
"""
CODE = ("equations", "threshold", "reset", "on_pre", "on_post", "events")  # of neurons, and of synapses
BUSY = 0.9  # spikes per neuron and step, above which a network has run away
MANY = 100  # examples without a spike after which a network is silent
Part = TypeVar("Part", Group, Projection)


class Silent(SimulationError):
    """No neuron spiked."""


class Runaway(SimulationError):
    """Neurons spike all the time."""


@dataclass(frozen=True)
class Slots:
    """A circuit that is shown examples in slots.

    Args:
        code: of the inputs.
        n_in: numbers of an example.
        steps: of a slot, at least those of the code.
        groups: of neurons, besides the lines of input, which are called `inputs`.
        projections: of synapses.
        learned: by the name of a parameter the variable of synapses or neurons that learns, as ("W1", "plastic.w").
        records: variables of groups that are kept of each example, at the end of its slot, as "out.count".
        begin: what is done at the start of a slot, by group or projection, in this order.
        control: variables that all may read, each with its unit, as lines of equations.
        carried: variables that are handed on from one run to the next besides those that learn.
        targets: classes of which labels are told, 0 for none; `targets(example*ms, i)` is 1 for the right class i.
        constants: numbers with units, that equations use.
        dt: a step, ms.
        precision: of all variables.
        rows: examples that are held at a time.
        arriving: what else a spike of a line does to its neuron, such as setting a trace.
        traces: variables of the lines of input, each with its unit; their equations are linear.
        method: by which traces move, as in `Group`; exactly, unless another is named.
    """

    code: Code
    n_in: int
    steps: int
    groups: tuple[Group, ...]
    projections: tuple[Projection, ...]
    learned: Texts
    records: tuple[str, ...]
    begin: Texts = ()
    control: str = ""
    carried: tuple[str, ...] = ()
    targets: int = 0
    constants: Texts = ()
    dt: float = 1.0
    precision: str = "float64"
    rows: int = ROWS
    arriving: str = ""
    traces: str = ""
    method: str = "exact"

    def __post_init__(self) -> None:
        expected = f"at least {self.code.steps}, as the code has"
        require(self.steps >= self.code.steps, "the number of steps of a slot", self.steps, expected)

    @cached_property
    def inputs(self) -> Group:
        """The lines of input."""
        size = self.code.lines(self.n_in)
        return Group(
            "inputs",
            size,
            f"value : 1\n{self.traces}",
            self.code.threshold,
            self.arriving,
            method=self.method,
        )

    @cached_property
    def circuit(self) -> Circuit:
        """All of it: `control` moves to the next example first, then `begin`, then the inputs."""
        control = CONTROL + self.control
        order = (("control", "example += 1"), *self.begin, ("inputs", "value = examples(example*ms, i)"))
        timed = [(owner, at_step(code, self.steps)) for owner, code in order]
        groups = (linking(counted(each), control, timed, self.steps) for each in (self.inputs, *self.groups))
        targets = (Table("targets", self.rows, self.targets),) if self.targets else ()
        return Circuit(
            self.dt,
            (Group("control", 1, control), *groups),
            tuple(linking(each, control, timed, self.steps) for each in self.projections),
            tuple(Regular(owner, code, self.steps, place) for place, (owner, code) in enumerate(timed)),
            tuple(
                Recorder(f"kept_{owner}", owner, names, self.steps)
                for owner, names in owned(self.records).items()
            ),
            (Table("examples", self.rows, self.inputs.size), *targets),
            constants=self.constants,
            precision=self.precision,
        )

    @cached_property
    def spiking(self) -> dict[str, int]:
        """The sizes of groups that spike, by name."""
        return {group.name: group.size for group in self.circuit.groups if group.threshold}

    @cached_property
    def handed(self) -> tuple[str, ...]:
        """What a run hands on to the next besides what learns; last spikes, too, where neurons have refractoriness."""
        return (
            *self.carried,
            *(f"{group.name}.lastspike" for group in self.circuit.groups if group.refractory),
        )

    def reached(self, source: str) -> int:
        """The synapses that a spike of a neuron of this group reaches."""
        sizes = {group.name: group.size for group in self.circuit.groups}
        parts = [part for part in self.projections if part.source == source]
        return sum(fan_out(part.connect, sizes[part.target]) for part in parts)


def fan_out(connect: str, size: int) -> int:
    """The synapses of a neuron with a group of so many. Raises `BadInput` for another condition than those known."""
    known = {"": size, "i == j": 1, "i != j": size - 1}
    require(connect in known, "a condition of synapses", connect, "all with all, 'i == j' or 'i != j'")
    return known[connect]


def owned(names: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Variables by their owner: "out.v" is the v of "out"."""
    owners = dict.fromkeys(name.partition(".")[0] for name in names)
    return {o: tuple(name.partition(".")[2] for name in names if name.startswith(f"{o}.")) for o in owners}


def counted(group: Group) -> Group:
    """The same neurons, which count their spikes."""
    if not group.threshold:
        return group
    reset = "; ".join(filter(None, (group.reset, f"{SPIKED} += 1")))
    return replace(group, equations=f"{group.equations}\n{SPIKED} : integer", reset=reset)


def at_step(text: str, steps: int) -> str:
    """Code in which `now` and `step` are put in, for slots of so many steps."""
    text = re.sub(r"\bnow\b", f"(timestep(t, dt) % {steps})", text)
    return re.sub(r"\bstep\b", "(first + timestep(t, dt))", text)


def moving(text: str) -> str:
    """The variable on the left of a line of equations: that of "dx/dt = -x/tau" is x."""
    return re.sub(r"^d(\w+)/dt$", r"\1", text.partition("=")[0].strip())


def linking(part: Part, control: str, begin: list[tuple[str, str]], steps: int) -> Part:
    """Neurons or synapses with links to what they read of `control`, and with `now` and `step` put in."""
    changed: dict[str, Any] = {}
    for name in CODE:
        code = getattr(part, name, "")
        if isinstance(code, str) and code:
            changed[name] = at_step(code, steps)
        elif code:
            changed[name] = tuple((way, at_step(each, steps)) for way, each in code)
    shared = [line.partition("#")[0].partition(":") for line in control.splitlines()]
    units: dict[str, str] = {moving(name): unit.strip() for name, _, unit in shared if name.strip()}
    words = re.findall(r"\w+", f"{changed} {[code for owner, code in begin if owner == part.name]}")
    read: list[str] = [name for name in units if name in words]
    equations = "\n".join(
        [changed.get("equations", ""), *(f"{name} : {units[name]} (linked)" for name in read)]
    )
    links: Texts = tuple((name, f"control.{name}") for name in read)
    return replace(part, **{**changed, "equations": equations, "links": (*part.links, *links)})


class Presented(NamedTuple):
    """The outcome of showing examples."""

    records: dict[str, NDArray[Any]]  # (examples, neurons) each, by `group.variable`
    spikes: int  # of all neurons but the inputs'
    events: int  # synapses that spikes reached
    values: dict[str, Any]  # that the next presentation starts from


def present(
    simulation: Simulation,
    slots: Slots,
    values: Mapping[str, Any],
    x: Array,
    y: Array | None,
    seed: int,
    learn: bool,
) -> Presented:
    """Show the examples `x`, (examples, n_in), one after another, in as many runs as the tables need.

    One call with all examples and several calls with some leave the same values.

    Args:
        simulation: of the circuit of `slots`.
        slots: what is shown examples.
        values: by `object.variable`, those that learn among them, and "control.first", 0 if it is not there.
        x: numbers from 0 to 1.
        y: one-hot labels, (examples, n_out); None tells none, as 0.
        seed: of random spikes.
        learn: whether weights change.

    Raises:
        BadInput: for numbers that the code cannot take.
        Silent: if no neuron spiked at so many examples though weights should learn.
        Runaway: if neurons spike without end.
        SimulationError: if the simulation fails.
    """
    values = {"control.first": 0, **values, "control.seed": seed, "control.learn": float(learn)}
    records: dict[str, list[NDArray[Any]]] = {name: [] for name in slots.records}
    spiked = dict.fromkeys(slots.spiking, 0)
    for start in range(0, len(x), slots.rows):
        part = slice(start, start + slots.rows)
        ended = ran(simulation, slots, values, slots.code.table(x[part]), None if y is None else y[part])
        for name in slots.records:
            owner, _, variable = name.partition(".")
            # a record is made at the start of the next slot: the last slot is still in the variables
            records[name].append(np.concatenate([ended[f"kept_{owner}.{variable}"][1:], ended[name][None]]))
        for name in spiked:
            spiked[name] += int(ended[f"{name}.{SPIKED}"].sum(dtype=np.int64))
    judge(slots, spiked, len(x), learn)
    own = sum(number for name, number in spiked.items() if name != "inputs")
    events = sum(number * slots.reached(name) for name, number in spiked.items())
    return Presented({name: np.concatenate(parts) for name, parts in records.items()}, own, events, values)


def ran(
    simulation: Simulation, slots: Slots, values: dict[str, Any], table: Array, labels: Array | None
) -> dict[str, NDArray[Any]]:
    """What has ended after a run over the rows of a table of inputs, which changes `values`."""
    steps = len(table) * slots.steps
    start = {**values, "control.example": -1, "examples": filled(table, slots.rows)}
    if slots.targets:
        start["targets"] = filled(np.zeros((1, slots.targets)) if labels is None else labels, slots.rows)
    handed = (*(variable for _, variable in slots.learned), *slots.handed)
    kept = [f"kept_{name}" for name in slots.records]
    wanted = [*handed, *kept, *slots.records, *(f"{name}.{SPIKED}" for name in slots.spiking)]
    ended = simulation.run(steps, start, tuple(dict.fromkeys(wanted)))
    values |= {name: ended[name] for name in handed}
    values |= {name: ended[name] - steps * slots.dt / 1000 for name in handed if name.endswith(".lastspike")}
    values["control.first"] = int(values["control.first"]) + steps
    return ended


def filled(rows: Array, number: int) -> Array:
    """Rows, followed by as many of zeros as make `number`."""
    return np.concatenate([rows, np.zeros((number - len(rows), rows.shape[1]))])


def judge(slots: Slots, spiked: Mapping[str, int], examples: int, learn: bool) -> None:
    """Raise `Runaway` if neurons spike at nearly every step, `Silent` if none does though weights should learn."""
    own = {name: number for name, number in spiked.items() if name != "inputs"}
    for name, number in own.items():
        busy = number / (slots.spiking[name] * max(examples, 1) * slots.steps)
        if busy > BUSY:
            advice = f"expected less than {BUSY:.0%}; lower weights or inputs"
            raise Runaway(f"neurons of {name!r} spike at {busy:.0%} of all steps: {advice}")
    if learn and examples >= MANY and not any(own.values()):
        raise Silent(f"no neuron spiked (examples shown: {examples}): are weights or inputs too small?")
