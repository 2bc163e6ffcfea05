"""Simulations in which every spike is given, so that nothing but synapses moves: the window of a rule, and swaps.

A neuron spikes when a table says so, whatever its potential. What then changes a weight, and what does not, is told by
shifting a spike, by exchanging the weights of other synapses, and by withholding a message.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from plausible.core import Array
from plausible.plausibility.spikes.equations import Variable
from plausible.plausibility.spikes.joined import connected
from plausible.plausibility.spikes.model import Model
from plausible.plausibility.spikes.often import Often
from plausible.spiking.circuit import Circuit, Group, Projection, Table
from plausible.spiking.slots import moving

SPAN = 60.0  # ms, between which spikes are shifted
BEFORE = 40.0  # ms by which the first of two spikes comes before the second
START = 110.0  # ms at which the spikes of a window are centred
LENGTH = 300.0  # ms of a simulation
DELAYS = 49  # at least, of a window: 2.5 ms apart
LEAST, REST = (
    30.0,
    3.0,
)  # ms: the shortest slot that a window has room in, and what spikes leave of it at both ends
RATE = 20.0  # Hz of random spikes
FLAT = 1000.0  # ms, a time constant from which on nothing fades in a window
ROUNDED = 1e-11  # of a weight; changes that are no larger are those of rounding, and count as none
WITHHELD = "withheld"  # the group of a message that is 0
NEAR = (2.0, 40.0)  # ms, the delays that time constants are fitted to


class Window(NamedTuple):
    """How far a pair of spikes changes a weight: `change` by `delay`, ms, the spike after less that before.

    `alone` is the change by one spike of the neuron after, `twice` that by two, `BEFORE` ms apart; the delay is that of
    the second. `own` says whether it matters at all that the neuron after spikes. The neurons of other groups spike at
    random if it is `driven`, else not at all.
    """

    delay: Array
    alone: Array
    twice: Array
    own: bool
    driven: bool

    @property
    def silent(self) -> bool:
        """Whether nothing changes at any delay, so that the window tells nothing of timing."""
        return not (self.alone.any() or self.twice.any())

    @property
    def spread(self) -> float:
        """How far the change moves where a spike is shifted, relative to its largest size; 0 where nothing changes."""
        spreads = [
            np.ptp(each) / size for each in (self.alone, self.twice) if (size := np.abs(each).max()) > 0
        ]
        return float(max(spreads, default=0.0))


@dataclass(frozen=True, eq=False)
class Held:
    """A model whose spikes are given.

    Args:
        model: with its equations.
        seed: of random spikes.
    """

    model: Model
    seed: int = 0

    @cached_property
    def steps(self) -> int:
        """Of a simulation."""
        return round(LENGTH / self.model.circuit.dt)

    @cached_property
    def sizes(self) -> dict[str, int]:
        """Of groups that spike, by name."""
        circuit = self.model.circuit
        spiking = {
            each.name: each.size for each in circuit.groups if each.threshold or each.name in self.joined
        }
        return spiking | {each.name: each.size for each in circuit.spikes}

    @cached_property
    def joined(self) -> set[str]:
        """Groups that have synapses."""
        return {end for part in self.model.circuit.projections for end in (part.source, part.target)}

    @cached_property
    def circuit(self) -> Circuit:
        """The circuit with spikes from tables, in double precision, and without records."""
        circuit = self.model.circuit
        of_spikes = tuple(Group(each.name, each.size, "", silent(each.name)) for each in circuit.spikes)
        groups = tuple(given(each) if each.name in self.sizes else each for each in circuit.groups)
        tables = tuple(Table(table(name), self.steps, size) for name, size in self.sizes.items())
        return replace(
            circuit, groups=(*groups, *of_spikes), recorders=(), spikes=(), tables=(*circuit.tables, *tables),
            precision="float64",
        )  # fmt: skip

    @cached_property
    def live(self) -> Often:
        """Its simulation, by numpy."""
        return Often(self.circuit)

    def ended(self, trains: Mapping[str, Array], **changed: Any) -> dict[str, Array]:
        """The learned weights after a simulation with given spikes: by group (steps, neurons), 1 at a spike."""
        return self.at_end(trains, [str(each) for each in self.model.learned], **changed)

    def at_end(self, trains: Mapping[str, Array], wanted: list[str], **changed: Any) -> dict[str, Array]:
        """Variables after all steps of it."""
        return self.through((self.steps,), trains, wanted, **changed)[0]

    def through(
        self, ends: Sequence[int], trains: Mapping[str, Array], wanted: list[str], **changed: Any
    ) -> list[dict[str, Array]]:
        """Variables after each of several numbers of steps of it."""
        silent_trains = {name: np.zeros((self.steps, size)) for name, size in self.sizes.items()}
        spikes = {table(name): each for name, each in {**silent_trains, **trains}.items()}
        known = {
            name: 0.0 if name.endswith(".delay") else each
            for name, each in self.model.start.items()
            if not name.endswith(".lastspike")  # of refractoriness, which given spikes have not
        }
        return self.live.through(ends, {**known, **spikes, **changed}, wanted)

    def synapses(self, name: str) -> int:
        """The number of synapses of a projection."""
        part = self.model.equations.projections[name]
        return len(pairs(part, self.sizes[part.source], self.sizes[part.target])[0])

    @cached_property
    def rest(self) -> dict[str, Array]:
        """The learned weights after a simulation without spikes."""
        return self.ended({})

    def changes(self, trains: Mapping[str, Array], **changed: Any) -> dict[str, Array]:
        """How far spikes change each learned weight: less what happens without any.

        Nothing is said of a learned weight that `changed` has another value for.
        """
        with_spikes = self.ended(trains, **changed)
        without = self.rest if self.asleep(changed) else self.ended({}, **changed)
        return {
            str(each): unrounded(with_spikes[str(each)] - without[str(each)], self.level(each))
            for each in self.model.learned
        }

    def asleep(self, changed: Iterable[str]) -> bool:
        """Whether nothing but themselves depends on these variables of synapses while no neuron spikes."""
        equations = self.model.equations
        weights = {Variable(*name.split(".", 1)) for name in changed}
        reading = [
            each for each in equations.statements if weights & each.reads and each.target not in weights
        ]
        return all(each.owner in equations.projections for each in weights) and all(
            each.when in ("arriving", "own") for each in reading
        )

    def window(self, weight: Variable) -> Window:
        """The change of a weight by the delay of a pair of spikes, of synapses that are all as strong at the start.

        Where neurons compete one of them alone spikes, before or after its inputs: what those that lose leave as it is
        says nothing of when spikes came. Where a pair of spikes by itself changes nothing, or the neuron's own spike
        does not matter, as to synapses that learn from errors, the neurons of all other groups spike at random, always
        the same, and one neuron is asked, since its synapses share what reaches it.
        """
        alone = self.paired(weight, self.competes(weight), {})
        part = self.model.equations.projections[weight.owner]
        others = {name: each for name, each in self.random.items() if name not in (part.source, part.target)}
        return alone if alone.own or not others else self.paired(weight, True, others)

    def paired(self, weight: Variable, one: bool, others: Mapping[str, Array]) -> Window:
        """The window of a weight, of the synapses of one neuron or of all, while others spike as they are told."""
        part = self.model.equations.projections[weight.owner]
        level = self.level(weight)
        start = {str(weight): level}

        def ended(trains: Mapping[str, Array]) -> Array:
            return self.at_end({**others, **trains}, [str(weight)], **start)[str(weight)]

        without, matters = ended({}), False
        found: list[list[Array]] = []

        def change(trains: Mapping[str, Array]) -> Array:
            return unrounded(ended(trains) - without, level)

        for before, after in self.times(part, one):
            i, j = pairs(part, len(before), len(after))
            shown = ~np.isnan(before[i]) & ~np.isnan(after[j])
            arrive, own = self.train(part.source, before), self.train(part.target, after)
            twice = own + self.train(part.target, after - BEFORE)
            both = own, twice
            if part.source == part.target:
                both = own + arrive, twice + arrive
            changes = [change({part.source: arrive, part.target: each}) for each in both]
            matters = matters or not np.array_equal(changes[0], changes[1])
            if not (matters or found):
                matters = not np.array_equal(changes[0], change({part.source: arrive}))
            found.append([(after[j] - before[i])[shown], *(each[shown] for each in changes)])
        delay, alone, more = (np.concatenate(each) for each in zip(*found, strict=True))
        order = np.argsort(delay, kind="stable")
        return Window(delay[order], alone[order], more[order], matters, bool(others))

    def level(self, weight: Variable) -> float:
        """The root of the mean square of a weight at the start."""
        there = np.asarray(self.model.start.get(str(weight), 0.0), float)
        return float(np.sqrt(np.mean(there**2)))

    def competes(self, weight: Variable) -> bool:
        """Whether a change reads what other neurons of the layer do, or a message; or both neurons are of one layer."""
        model, equations = self.model, self.model.equations
        before, after = model.ends(weight)
        lateral = {
            name for name, each in equations.projections.items() if {each.source, each.target} == {after}
        }
        told = {each.place for read in model.read_by(weight) for each in equations.changing(read)}
        return before == after or bool(lateral & told or model.told(weight) or model.relayed(weight))

    def times(self, part: Projection, one: bool) -> list[tuple[Array, Array]]:
        """When the neurons before and after synapses spike, ms, NaN for never, by simulation: delays are many."""
        n, m, dt = self.sizes[part.source], self.sizes[part.target], self.model.circuit.dt
        centre, span = self.centre
        if part.connect == "i == j":
            several: list[tuple[Array, Array]] = [(np.zeros(n), np.linspace(-span, span, m))]
        elif one:
            only = np.where(np.arange(m) == 0, 0.0, np.nan)
            before = np.linspace(span, -span, max(DELAYS, n))
            rounds = -(-DELAYS // n)
            rows = [before[(np.arange(n) * rounds + each) % len(before)] for each in range(rounds)]
            several = [(self.others(part, row), only) for row in rows]
        else:
            middles = (np.arange(n) + 0.5) / n - 0.5, np.arange(m) - (m - 1) / 2
            several = [(2 * span / m * middles[0], 2 * span / m * middles[1])]
        return [tuple(np.round((centre + each) / dt) * dt for each in both) for both in several]  # type: ignore[misc]

    @staticmethod
    def others(part: Projection, times: Array) -> Array:
        """Times of neurons before synapses, without that of the one after them where both are of one group."""
        return np.where((np.arange(len(times)) == 0) & (part.source == part.target), np.nan, times)

    @cached_property
    def centre(self) -> tuple[float, float]:
        """What spikes of a window are centred at, ms, and how far from it they may be: within one slot.

        A slot is the longest time after which something is done regularly, unless no window has room in it.
        """
        dt = self.model.circuit.dt
        slots = [each.every * dt for each in self.model.circuit.regular if each.every * dt >= LEAST]
        slot = max(slots, default=LENGTH)
        begins = START // slot * slot
        if begins <= START - SPAN and begins + slot > START + SPAN:
            return START, SPAN
        return begins + slot / 2, min(SPAN, slot / 2 - REST)

    def train(self, group: str, times: Array) -> Array:
        """Spikes at one time each, ms, NaN for none, as (steps, neurons)."""
        spikes = np.zeros((self.steps, self.sizes[group]))
        there = np.flatnonzero(~np.isnan(times))
        spikes[np.round(times[there] / self.model.circuit.dt).astype(int), there] = 1
        return spikes

    @cached_property
    def random(self) -> dict[str, Array]:
        """Random spikes of all groups."""
        rng = np.random.default_rng(self.seed)
        chance = RATE * self.model.circuit.dt / 1000
        return {name: (rng.random((self.steps, size)) < chance) * 1.0 for name, size in self.sizes.items()}

    @cached_property
    def base(self) -> dict[str, Array]:
        """What random spikes change."""
        return self.changes(self.random)

    def exchanged(self, other: Variable) -> dict[str, float]:
        """How far the changes of learned weights move where the weights of other synapses change places, as `moved`."""
        rng = np.random.default_rng(self.seed)
        part = self.model.equations.projections[other.owner]
        i, _ = pairs(part, self.sizes[part.source], self.sizes[part.target])
        kept, drawn = self.weights(rng, other, len(i)), self.weights(rng, other, len(i))
        before = self.changes(self.random, **{str(other): kept})
        after = self.changes(self.random, **{str(other): drawn})
        return {name: moved(before[name], after[name]) for name in before if name != str(other)}

    def weights(self, rng: np.random.Generator, other: Variable, size: int) -> Array:
        """Weights in another order; random ones where all are the same."""
        there = np.broadcast_to(np.asarray(self.model.start.get(str(other), 0.0), float).ravel(), size)
        return rng.permutation(there) if np.ptp(there) > 0 else rng.random(size)

    def withheld(self, message: Variable) -> dict[str, float]:
        """How far the changes of learned weights move where these synapses are told 0 in its place, as `moved`."""
        after = Held(withholding(self.model, message), self.seed).base
        return {name: moved(self.base[name], after[name]) for name in after}


def withholding(model: Model, message: Variable) -> Model:
    """A model whose learned synapses read a 0 that stays where they read a message."""
    owners = {weight.owner for weight in model.learned}
    zero = Group(WITHHELD, 1, f"{message.name} : {unit(model.equations.groups[message.owner], message.name)}")
    there = {str(message): f"{WITHHELD}.{message.name}"}
    parts = tuple(
        replace(part, links=tuple((name, there.get(linked, linked)) for name, linked in part.links))
        if part.name in owners
        else part
        for part in model.circuit.projections
    )
    circuit = replace(model.circuit, groups=(*model.circuit.groups, zero), projections=parts)
    return replace(model, circuit=circuit)


def unit(group: Group, name: str) -> str:
    """The unit of a variable of a group, as it is declared."""
    lines = (line.partition("#")[0].rpartition(":") for line in group.equations.splitlines())
    return next(unit.strip().partition(" ")[0] for head, _, unit in lines if moving(head) == name)


def table(group: str) -> str:
    """The name of the table of a group's spikes."""
    return f"spikes_of_{group}"


def silent(group: str) -> str:
    """The condition of a spike that a table gives."""
    return f"{table(group)}(timestep(t, dt)*ms, i) > 0"


def given(group: Group) -> Group:
    """A group whose spikes are given: no potential sets one off, and no refractoriness holds one back."""
    return replace(
        group, threshold=silent(group.name), refractory="",
        equations=group.equations.replace("(unless refractory)", ""),
    )  # fmt: skip


def pairs(part: Projection, n: int, m: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The neurons before and after each synapse, in the order of synapses."""
    there = connected(part.connect, n, m)
    i, j = np.nonzero(np.ones((n, m), bool) if there is None else there)
    return i, j


def unrounded(change: Array, level: float) -> Array:
    """A change of weights of this size without what is rounding alone."""
    return np.where(np.abs(change) > ROUNDED * level, change, 0.0)


def moved(before: Array, after: Array) -> float:
    """How far a change moved, relative to the larger of its two norms; NaN where neither changes anything."""
    size = max(float(np.linalg.norm(before)), float(np.linalg.norm(after)))
    return float(np.linalg.norm(before - after)) / size if size else math.nan


def constant_of(delay: Array, change: Array) -> float | None:
    """The time constant of an exponential through changes on one side of 0, ms; None where it is no exponential."""
    near = (np.abs(delay) >= NEAR[0]) & (np.abs(delay) <= NEAR[1]) & (change != 0)
    if near.sum() < 4 or np.ptp(np.sign(change[near])) > 0:
        return None
    logs, times = np.log(np.abs(change[near])), np.abs(delay[near])
    slope, level = np.polyfit(times, logs, 1)
    fits = np.abs(logs - (slope * times + level)).max() < 0.05 * max(float(np.ptp(logs)), 0.05)
    return float(-1 / slope) if slope < -1 / FLAT and fits else None
