"""A rule with all that the instruments measured of it, each measured when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, partial
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np

from plausible.plausibility import (
    clocks,
    counting,
    delayed,
    gains,
    gains_driven,
    intervention,
    memories,
    neighbours,
    ratios,
    teaching,
    turned,
    turns,
)
from plausible.plausibility import gains_among as among
from plausible.plausibility.begun import Begun, begun
from plausible.plausibility.drawn import Drawn, drawn
from plausible.plausibility.gains import Gains
from plausible.plausibility.gains_alone import curves_alone
from plausible.plausibility.intervention import STILL, Moved, Transport, is_forward, layer_of, lowest
from plausible.plausibility.late import followed_later
from plausible.plausibility.marks import TEACHERS as TEACHERS
from plausible.plausibility.marks import UNTRACED
from plausible.plausibility.onwards import LONG
from plausible.plausibility.provenance import Provenance, depth_of, provenance
from plausible.plausibility.responses import Response, responses
from plausible.plausibility.unrun import unwatched
from plausible.plausibility.world import World
from plausible.probes.cost import MULTIPLY_ADDS, work_of
from plausible.registry.failure import failure

SETTLES = 10  # products for each layer and presentation: who sends more lets neurons settle
Verdict: TypeAlias = Literal["present", "removed", "partly", "untraceable", "not applicable"]


class Cell(NamedTuple):
    """What was measured of one criticism."""

    verdict: Verdict
    value: float | None = None
    evidence: str = ""  # in words
    provenance: str = ""  # what the first instrument says by itself
    intervention: str = ""  # what the second says by itself


class Subject:
    """A rule with all that the instruments measured of it.

    Args:
        make: makes its world of a seed.
        own: makes one with the activation of its own default; None if that is the one of the audit.
    """

    def __init__(self, make: Callable[[int], World], own: Callable[[], World | None] = lambda: None) -> None:
        self.own = own
        self.world = make(0)
        self.raised: dict[str, str] = {}  # by intervention, what the rule raised under it
        self.made = Provenance(failure="its work is that of a simulation, which marks do not pass through")
        if not self.spiking:
            self.made = provenance(make)
            self.world = make(0)

    @cached_property
    def spiking(self) -> bool:
        """Whether its work is that of a simulation, whose arrays cannot be followed."""
        return MULTIPLY_ADDS not in work_of(self.world.rule)

    @cached_property
    def sequential(self) -> bool:
        """Whether it is shown sequences."""
        return self.world.shown[0].x.ndim == 3

    @cached_property
    def hidden(self) -> dict[str, frozenset[str]]:
        """The tokens of the changes of forward weights and biases below the read-out."""
        top = depth_of(self.world)
        return {
            name: tokens
            for name, tokens in self.made.changes.items()
            if is_forward(name) and (layer_of(name) < top or name[0] == "R")
        }

    @cached_property
    def of_forward(self) -> frozenset[str]:
        """The tokens of the changes of forward weights and biases."""
        return union(tokens for name, tokens in self.made.changes.items() if is_forward(name))

    @cached_property
    def of_feedback(self) -> frozenset[str]:
        """The tokens of the changes of all other weights."""
        return union(tokens for name, tokens in self.made.changes.items() if not is_forward(name))

    @cached_property
    def hidden_in_untraced(self) -> frozenset[str]:
        """What untraced numbers may hold: anything, as numbers that come back as they were taken out are recognised."""
        return frozenset({"anything"} if UNTRACED in self.of_forward | self.of_feedback else ())

    @cached_property
    def forward_sides(self) -> frozenset[str]:
        """The sides of weights through which activity is sent on the way to the answer."""
        return frozenset(counting.sides_of_answer(self.world))

    @cached_property
    def transported(self) -> list[Transport]:
        """How far the changes of other weights moved where one weight was altered and no activity moved."""
        found = self.attempted("transport", lambda: intervention.transport(self.world, self.made.sent), [])
        if not self.remembers:
            return found
        late = self.attempted(
            "transport", lambda: intervention.transport(self.world.later, self.made.sent), []
        )
        return intervention.joined(found, late)

    @cached_property
    def answered(self) -> list[Response]:
        """The weights along which signals of layers answer to the error above, whatever numbers these come down by."""
        worlds = [self.world] if self.sequential else self.worlds  # a window goes on with the same sequences
        several = [self.attempted("responses", partial(responses, world), []) for world in worlds]
        return [each for found in several for each in found]

    @cached_property
    def mirrored(self) -> list[Drawn]:
        """The forward weights that are drawn, synapse by synapse, to what other layers are told through."""
        several = [self.attempted("mirrors", partial(drawn, world), []) for world in self.worlds]
        return sorted({each for found in several for each in found})

    @cached_property
    def begun(self) -> list[Begun]:
        """The forward weights that what other layers are told through began as a function of."""
        return list(self.attempted("start", lambda: begun(self.world), []))

    def remembers_its_own(self, name: str) -> bool:
        """Whether copies of a forward weight in the state are read by the changes of that weight alone, if by any."""
        return bool(self.attempted("copies", lambda: memories.of_its_own(self.world, name), False))

    @cached_property
    def restless(self) -> float:
        """How far changes differ where nothing is altered, as then no intervention can tell anything."""
        return self.attempted("control", lambda: intervention.restless(self.world), 0.0)

    @cached_property
    def kept_in_itself(self) -> float:
        """How far changes move with what was presented in between, which no state tells of."""
        return self.attempted("memory beside the state", lambda: intervention.kept_in_itself(self.world), 0.0)

    @cached_property
    def remembers(self) -> bool:
        """Whether it matters to what it does at a presentation what was presented before."""
        return self.attempted("memory", lambda: intervention.remembers(self.world), False)

    @cached_property
    def turned_by_clock(self) -> clocks.Turned:
        """How changes by the same example turn with a count of presentations that the state holds."""
        with unwatched():
            return self.attempted("clock", lambda: clocks.turned_by_clock(self.world), clocks.Turned())

    @cached_property
    def turned_by_draw(self) -> float:
        """The cosine of changes by one example with two sets of random numbers."""
        with unwatched():
            return self.attempted("draws", lambda: turns.turned_by_draw(self.world), 1.0)

    @cached_property
    def turned_by_place(self) -> float:
        """The cosine of changes by examples in another order, or that are called the first of a stream or not."""
        return self.attempted("order", lambda: turns.turned_by_place(self.world), 1.0)

    def try_later(self) -> None:
        """Follow it at late presentations and with other draws, too, so that code runs which waits for these."""
        self.made = self.attempted("late", lambda: followed_later(self.world, self.made), self.made)

    @property
    def worlds(self) -> list[World]:
        """At its first presentation and, if it remembers, at its second."""
        return [self.world, self.world.later] if self.remembers else [self.world]

    @cached_property
    def slopes(self) -> Mapping[int, Moved]:
        """By hidden layer, how far changes move with the slope of its activation."""
        several = [self.attempted("slopes", partial(intervention.slopes, world), {}) for world in self.worlds]
        return {
            layer: Moved(
                {name: max(one[layer].by.get(name, 0.0) for one in several if one) for name in moved.by}
            )
            for layer, moved in several[0].items()
        }

    @cached_property
    def gains(self) -> list[Gains]:
        """The gains of hidden units, by all ways in which they can be measured."""
        return self.attempted("gains", lambda: gains.gains(self.world), [])

    @cached_property
    def gains_among(self) -> list[Gains]:
        """The gains of hidden units at examples that are shown together, at each presentation that is looked at."""
        found: list[Gains] = []
        for number, world in enumerate(self.worlds):
            sent = [each for each in self.made.sent if each.presentation == number]
            found += self.attempted("gains", partial(among.gains_among, world, sent), [])
        return found

    @cached_property
    def gains_near(self) -> list[Gains]:
        """The gains of hidden units at examples that are near one another, where those of several are known."""
        found: list[Gains] = self.attempted(
            "gains", lambda: among.gains_among(among.near(self.world), []), []
        )
        known = {each.layer for each in self.gains_among}
        return [each for each in found if each.layer in known]

    @cached_property
    def unspoken(self) -> list[int]:
        """The layers that examples teach together and not one by one, where no gain can be measured of several."""
        known = {each.layer for each in self.gains_among}
        found: list[int] = self.attempted("gains", lambda: among.unspoken(self.world), [])
        return [layer for layer in found if layer not in known]

    @cached_property
    def in_its_own(self) -> tuple[World | None, list[Gains]]:
        """The rule with the activation of its own default, and the gains of its hidden units there."""
        world: World | None = self.attempted("its own activation", self.own, None)
        if world is None:
            return None, []
        return world, self.attempted("its own activation", lambda: gains.gains(world), [])

    @cached_property
    def untold(self) -> list[int]:
        """The layers of which no gain can be measured, though their changes move.

        Of a layer whose activity is moved, and learned from by others, the neurons themselves make what is measured.
        """
        found: list[int] = self.attempted("gains", lambda: gains.untold(self.world, self.gains), [])
        return [layer for layer in found if not self.carries(layer)]

    @cached_property
    def small_gains(self) -> list[Gains]:
        """The gains of such layers by small alterations, of which what bends a signal makes little."""
        if not (self.untold or self.steady):
            return []
        found: list[Gains] = self.attempted(
            "gains", lambda: gains.gains(self.world, gains.SMALL, gains.BENT), []
        )
        return [each for each in found if each.layer in self.untold or (each.layer, each.by) in self.steady]

    @cached_property
    def steady(self) -> set[tuple[int, str]]:
        """Layers that carry the target, and the ways by which their changes move and no neuron does.

        None of a rule whose layers send again and again, as neurons that settle do: these move.
        """
        if len(self.made.sent) > SETTLES * depth_of(self.world) * len(self.world.shown):
            return set()
        known = {each.layer for each in self.gains if each.by not in gains.ITSELF}
        layers = [
            layer for layer in range(1, depth_of(self.world)) if layer not in known and self.carries(layer)
        ]
        found = {
            n: self.attempted("gains", partial(gains_driven.steady, self.world, n), set()) for n in layers
        }
        return {(layer, by) for layer, several in found.items() for by in several}

    @cached_property
    def curves(self) -> list[gains_driven.Curves]:
        """The gains of single units over their drives, by the ways in which gains could be measured."""
        by_small = partial(gains_driven.curves, self.world, self.small_gains, gains.SMALL, gains.BENT)
        found = self.attempted("drives", lambda: gains_driven.curves(self.world, self.gains), [])
        found = [*found, *self.attempted("drives", by_small, [])]
        return [*found, *self.attempted("drives", lambda: curves_alone(self.world, found), [])]

    @cached_property
    def multiplied(self) -> ratios.Multiplied:
        """What teaching signals are multiplied by on their way, by value."""
        world = self.world if self.remembers else self.world._replace(shown=self.world.shown[:1])
        found: ratios.Multiplied = self.attempted(
            "products", lambda: ratios.multiplied(world), ratios.Multiplied()
        )
        return found

    def carries(self, layer: int) -> bool:
        """Whether the activity of a layer depends on the target, and is what other layers learn from.

        What is computed and not read, or sent down alone, does not count. What is sent up through weights does wherever
        a change comes of it, as when layers settle together.
        """
        reads = union(t for n, t in self.made.changes.items() if layer_of(n) > layer or n == f"R{layer}")
        return f"on {layer}" in reads or f"up {layer}" in union(self.made.changes.values())

    @cached_property
    def locked(self) -> float | None:
        """How far the lowest change moves with the weights above it, at any presentation."""
        several = [
            self.attempted("locking", partial(intervention.locking, world), None) for world in self.worlds
        ]
        moving = [lowest(each.by) for each in several if each is not None]
        return max((each for each in moving if each is not None), default=None)

    @cached_property
    def taught(self) -> tuple[teaching.Told, ...]:
        """What layers are taught by one example; () where no weight changes, or a rule cannot be tested."""
        return self.attempted("teaching", lambda: teaching.teaching(self.world), ())

    @cached_property
    def taught_among(self) -> tuple[teaching.Told, ...]:
        """What layers are taught by one example of a batch whose others are held."""
        return self.attempted("teaching", lambda: teaching.teaching(self.world, among=True), ())

    @cached_property
    def taught_together(self) -> int | None:
        """The rank of a batch whose targets are exchanged; None where no weight changes, or it cannot be tested."""
        return self.attempted("batch", lambda: teaching.by_batch(self.world), None)

    @cached_property
    def taught_late(self) -> int:
        """The most ways in which hidden layers follow targets of earlier presentations, however long ago."""
        carried = self.made.failure or self.made.carried & TEACHERS
        delays = range(1, LONG if carried else 2)
        return max(self.attempted("late teaching", partial(teaching.kept, self.world, n), 0) for n in delays)

    @cached_property
    def neighboured(self) -> neighbours.Neighbours | None:
        """How far changes depend on neighbours; None where that cannot be tested."""
        strongly = bool(self.by_single_units)
        return self.attempted(
            "neighbours", lambda: neighbours.neighbours(self.world, strongly=strongly), None
        )

    @property
    def by_single_units(self) -> set[str]:
        """The places at which numbers of single hidden units decided something, or were taken out to do so."""
        taken = {
            place for place, told in self.made.leaks.items() if any(each[:7] == "one of " for each in told)
        }
        return taken | self.made.by_units

    @cached_property
    def unturned(self) -> set[str]:
        """Those of such places where nothing that was altered turned a decision, or can have shown that it did."""
        if not self.by_single_units:
            return set()
        found: set[str] = self.attempted(
            "decisions", lambda: turned.unturned(self.world), set(self.made.by_units)
        )
        told = self.neighboured is not None and {*self.neighboured.units} == {*range(1, depth_of(self.world))}
        return found | (self.by_single_units - self.made.by_units) if told else self.by_single_units

    @cached_property
    def learned_late(self) -> delayed.Later:
        """What is learned at presentations after the one that told it."""
        return self.attempted("later", lambda: delayed.later(self.world), delayed.Later([], [], {0}))

    @cached_property
    def in_windows(self) -> float | None:
        """How far changes differ where a sequence is shown step by step; None without sequences."""
        return self.attempted("windows", lambda: intervention.in_windows(self.world), None)

    @cached_property
    def kept_outside(self) -> float:
        """How far changes by a sequence move with another sequence that is shown in between."""
        return self.attempted("windows in turns", lambda: intervention.kept_outside(self.world), 0.0)

    def attempted(self, name: str, measure: Callable[[], Any], otherwise: Any) -> Any:
        """A measurement; `otherwise`, with the reason in `raised`, where a rule raises under what no task would do.

        A simulation is not measured: each of its steps takes seconds.
        """
        if self.spiking:
            return otherwise
        if name != "control" and self.restless > STILL:
            self.raised[name] = (
                f"cannot tell: twice the same, changes differ by {self.restless:.2g} of their size"
            )
            return otherwise
        try:
            with np.errstate(all="ignore"):
                return measure()
        except Exception as error:  # whatever a rule raises where its world was changed
            self.raised[name] = failure(error).reason
            return otherwise


def union(several: Iterable[frozenset[str]]) -> frozenset[str]:
    """The tokens that are in any of several sets."""
    return frozenset().union(*several)


def listed(words: Iterable[str]) -> str:
    """Words in a row."""
    return ", ".join(sorted(words))
