"""The verdicts on a spiking model: what its equations read, and what moves where spikes are given."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from plausible.errors import first_line
from plausible.plausibility.intervention import MOVES
from plausible.plausibility.spikes.apart import Still, beside_activity
from plausible.plausibility.spikes.begun import begun_alike, learned_alike
from plausible.plausibility.spikes.equations import Statement, Variable
from plausible.plausibility.spikes.held import Held, Window
from plausible.plausibility.spikes.joined import partners
from plausible.plausibility.spikes.made import Made
from plausible.plausibility.spikes.model import Model
from plausible.plausibility.spikes.phases import shown_in_time
from plausible.plausibility.spikes.sent import numbers_sent
from plausible.plausibility.spikes.signs import keeps_sign
from plausible.plausibility.spikes.slopes import slopes_of
from plausible.plausibility.spikes.worded import labels_words, names, window_words
from plausible.plausibility.subject import Cell, listed
from plausible.printing.words import count

Found = TypeVar("Found")
READ = (
    *("weight transport", "exact derivatives", "non-local error"),
    *("separate phases", "update locking", "signed synapses"),
)
KEPT = "what the state keeps as"  # begins what is said of a state that goes on counting
SILENT = "silent: nothing changes in the simulation, so that it tells nothing"


@dataclass(frozen=True, eq=False)
class Spiking:
    """A spiking model with all that was measured of it, each measured when it is asked for.

    Args:
        model: its circuit.
        labels: how far the changes of a rule move with the labels; NaN where it changes nothing, or no neuron spikes,
            and None of synapses by themselves, which have none.
        outside: weights that a rule changes by something else than its circuit, of which the equations say nothing.
        made: what a rule makes of learned weights before a simulation, of which they say nothing, either.
    """

    model: Model
    labels: float | None = None
    outside: tuple[str, ...] = ()
    made: Made = Made()

    def cell(self, criticism: str) -> Cell:
        """What was measured of a criticism; nothing that is read in equations is clean where a rule does more."""
        found = CELLS[criticism](self)
        if self.outside and criticism in READ and found.verdict == "removed":
            told = f"{listed(self.outside)} changes by more than its circuit does"
            return found._replace(verdict="untraceable", evidence=told)
        if self.made.more and criticism in READ and found.verdict == "removed":
            told = f"cannot tell what the rule makes beside its circuit: {listed(self.made.more)}"
            return found._replace(verdict="untraceable", evidence=told)
        kept = [each for each in self.made.more if each.startswith(KEPT)]
        if kept and criticism == "target at the output" and found.verdict == "removed":
            told = f"cannot tell what that turns later: {listed(kept)}"
            return found._replace(verdict="untraceable", evidence=told)
        return found

    @cached_property
    def held(self) -> Held:
        """Its simulation with given spikes."""
        return Held(self.model)

    @cached_property
    def still(self) -> Still:
        """The same without learning."""
        return Still(self.model)

    @cached_property
    def windows(self) -> tuple[Mapping[Variable, Window], str]:
        """By learned weight its window; or why there is none."""
        return self.attempted(lambda: {weight: self.held.window(weight) for weight in self.model.learned})

    @cached_property
    def exchanged(self) -> tuple[Mapping[Variable, float], str]:
        """By the weights of synapses that lead away, how far learned ones move where they change places, spikes held.

        Synapses lead away from others whose neurons they do not reach.
        """
        model = self.model
        away = {
            each: [str(weight) for weight in model.learned if model.ends(each)[1] not in model.ends(weight)]
            for each in model.weights
        }

        def measure() -> dict[Variable, float]:
            several = {each: learned for each, learned in away.items() if learned}
            found = {each: self.held.exchanged(each) for each in several}
            return {each: largest(found[each][name] for name in learned) for each, learned in several.items()}

        return self.attempted(measure)

    @cached_property
    def withheld(self) -> tuple[Mapping[Variable, float], str]:
        """By message, how far learned weights move where it is withheld."""
        return self.attempted(
            lambda: {each: largest(self.held.withheld(each).values()) for each in self.told}
        )

    @staticmethod
    def attempted(measure: Callable[[], Mapping[Variable, Found]]) -> tuple[Mapping[Variable, Found], str]:
        """A measurement, or the reason why a simulation failed."""
        try:
            return measure(), ""
        except Exception as error:  # whatever Brian2 raises of equations that it cannot simulate
            return {}, f"cannot tell: the simulation failed ({type(error).__name__}: {first_line(error)})"

    @cached_property
    def changes(self) -> list[Statement]:
        """What changes learned weights, directly or by variables of the same synapse."""
        return [each for weight in self.model.learned for each in self.model.changes(weight)]

    @cached_property
    def told(self) -> list[Variable]:
        """The messages that learned weights read."""
        return sorted({each for weight in self.model.learned for each in self.model.told(weight)})

    @cached_property
    def relayed(self) -> list[Variable]:
        """What neurons make together, and learned weights are told by variables of their own neurons."""
        return sorted({each for weight in self.model.learned for each in self.model.relayed(weight)})


def weight_transport(it: Spiking) -> Cell:
    """Does a learned weight depend on other weights but by the spikes that are sent through them?"""
    equations, backwards = it.model.equations, set[Variable]()
    for learned in it.model.learned:
        behind = equations.behind(frozenset([learned]))
        for each in equations.statements:
            used = {w for w in it.model.weights if w in each.reads and w.owner == each.place}
            if used and each.target in behind and each.target.owner != each.place and not goes_up(it, each):
                backwards |= {w for w in used if w.owner != learned.owner}
    moving, failed = it.exchanged
    moved = {each: size for each, size in moving.items() if size > MOVES}
    silent = [each for each, size in moving.items() if math.isnan(size)]
    said = (
        f"{names(backwards)} used in both directions"
        if backwards
        else "no weight is read but its own synapse's"
    )
    if failed:
        words = failed
    elif silent:
        words = f"with other weights at {names(silent)}: {SILENT}"
    elif moving:
        words = f"with other weights at {names(moving)}, all spikes held, changes move by {max(moving.values()):.2g}"
    else:
        words = "no synapses lead away whose weights could be exchanged"
    value = largest(moving.values()) if moving and not silent else None
    if backwards or moved:
        return Cell("present", value, said if backwards else words, said, words)
    if it.made.weights:
        return Cell("present", value, f"made before each simulation: {listed(it.made.weights)}", said, words)
    if same := listed(begun_alike(it.model)):
        return Cell("present", value, f"alike at the start: {same}", said, words)
    if not failed and (same := listed(learned_alike(it.held))):
        return Cell("present", value, f"all alike at the start, and learn alike: {same}", said, words)
    if failed or silent:
        return Cell("untraceable", None, words, said, words)
    return Cell("removed", value, said, said, words)


def goes_up(it: Spiking, statement: Statement) -> bool:
    """Whether a statement sends a weight's effect on with the spike, or sums it up in the neuron that it leads to."""
    source, target = it.model.ends(Variable(statement.place, ""))
    return statement.target.owner == target and (statement.when == "arriving" or source != target)


def exact_derivatives(it: Spiking) -> Cell:
    """Is anything that a change reads the slope of a function of its neuron?"""
    several = [each for weight in it.model.learned if (each := slopes_of(it.model, weight)) is not None]
    found = [words for each in several for words in each.found.slopes]
    if found:
        return Cell("partly", float(len(found)), f"{listed(found)}: of its own neuron alone", listed(found))
    either = dict.fromkeys(words for each in several for words in each.found.either)
    if either:
        return Cell("untraceable", None, f"cannot tell: {listed(either)}, and may be read as what it is")
    if untold := dict.fromkeys(words for each in several for words in each.untold):
        return Cell("untraceable", None, f"cannot tell {listed(untold)}")
    return Cell("removed", 0.0, "no expression in a change is the slope of a function of its neuron")


def non_local_error(it: Spiking) -> Cell:
    """Does a change read more than variables of the two neurons that a synapse joins?"""
    if it.told:
        return Cell(
            "partly", float(len(it.told)), f"all synapses are told {names(it.told)}, one number for all"
        )
    apart = {each for weight in it.model.learned for each in beside_activity(it.still, weight)}
    if apart:
        said = f"{names(apart)} comes through synapses, and moves no spike of its neuron"
        return Cell("present", float(len(apart)), said, said)
    if it.relayed:
        said = f"{names(it.relayed)}, one number that neurons make together, is in what a synapse reads of its own"
        return Cell("partly", float(len(it.relayed)), said, said)
    if tables := {each for weight in it.model.learned for each in it.model.tables(weight)}:
        return Cell(
            "untraceable",
            None,
            f"cannot tell who made {listed(sorted(tables))}, which changes are looked up in",
        )
    own = {each for weight in it.model.learned for each in own_sums(it, weight)}
    read = {each for weight in it.model.learned for each in it.model.read_by(weight)} - set(it.told)
    ends = {end for weight in it.model.learned for end in it.model.ends(weight)}
    local = names(each for each in read if each.owner in ends)
    said = f"changes read {local or 'traces of spikes'} alone, of the two neurons that are joined"
    said += f"; {names(own)} is a sum over the neuron's own synapses" if own else ""
    return Cell("removed", 0.0, said, said)


def own_sums(it: Spiking, weight: Variable) -> set[Variable]:
    """What a change reads that the same synapses write into their neuron from their weights."""
    return {
        each
        for each in it.model.read_by(weight)
        for s in it.model.equations.changing(each)
        if s.place == weight.owner and weight in s.reads
    }


def separate_phases(it: Spiking) -> Cell:
    """Is there activity without a target, then with it, that a synapse has to tell apart?"""
    if it.labels is None:
        return Cell("not applicable", evidence="it is shown no labels")
    if math.isnan(it.labels):
        return Cell("untraceable", None, SILENT, "", SILENT)
    words = labels_words(it.labels)
    if it.labels > MOVES:
        return shown_in_time(it.model, it.labels, words)
    return Cell("removed", 1.0, "no phase has a target: synapses learn from what inputs cause", "", words)


def update_locking(it: Spiking) -> Cell:
    """Must a synapse wait for anything but the spikes of its two neurons?"""
    if it.told:
        words = withheld_words(it)
        return Cell("partly", 1.0, f"it waits for {names(it.told)}, and for no error from above", "", words)
    if it.relayed:
        said = f"it waits for {names(it.relayed)}, which neurons make together, and for no error from above"
        return Cell("partly", float(len(it.relayed)), said, said)
    said = "a synapse changes with the spikes of its neurons, and waits for nothing"
    return Cell("removed", 0.0, said, said)


def target_at_the_output(it: Spiking) -> Cell:
    """Does a change follow a target, or a message?"""
    if it.labels is not None and math.isnan(it.labels):
        return Cell("untraceable", None, SILENT, "", SILENT)
    if it.labels:
        words = labels_words(it.labels)
        return Cell("present", it.labels, words, "", words)
    if it.told:
        words = withheld_words(it)
        return Cell(
            "partly", float(len(it.told)), f"synapses are told one number, {names(it.told)}", "", words
        )
    words = "" if it.labels is None else labels_words(it.labels)
    return Cell(
        "removed", 0.0, "no equation of a synapse reads a target, or a reward", "no message is read", words
    )


def continuous_values(it: Spiking) -> Cell:
    """Do neurons send numbers, or spikes?"""
    numbers, ticks = numbers_sent(it.model)
    if numbers:
        return Cell("present", float(len(numbers)), f"values are sent: {listed(numbers)}")
    if ticks:
        return Cell("untraceable", None, f"cannot tell a count from a current: a clock sends {listed(ticks)}")
    return Cell("removed", 0.0, "synapses act at spikes alone")


def insensitivity_to_timing(it: Spiking) -> Cell:
    """Does a change depend on when its neurons spike?"""
    found, failed = it.windows
    if failed:
        return Cell("untraceable", None, failed, "", failed)
    spread = max(window.spread for window in found.values())
    words = "; ".join(f"{weight}: {window_words(window)}" for weight, window in found.items())
    if spread > MOVES and any(window.own for window in found.values()):
        return Cell("removed", spread, f"a shifted spike moves the change. {words}", "", words)
    if spread > MOVES:
        said = "the time of an arriving spike moves the change, the neuron's own spikes do not"
        return Cell("partly", spread, f"{said}. {words}", said, words)
    if any(window.silent for window in found.values()):
        return Cell("untraceable", None, f"{SILENT}. {words}", "", words)
    return Cell("present", spread, "no change moves where a spike is shifted", "", words)


def synchronised_steps(it: Spiking) -> Cell:
    """Do synapses change at spikes, or at the ticks of a clock?"""
    ticking = {str(each.target) for each in it.changes if each.when in ("event", "clock")}
    if ticking:
        return Cell(
            "partly",
            float(len(ticking)),
            f"spikes come at any time, but a clock sets {listed(ticking)} at once",
        )
    return Cell("removed", 0.0, "synapses change at the spikes of their neurons, or all the time")


def storage_in_time(it: Spiking) -> Cell:
    """What is kept of the past?"""
    per_synapse, per_neuron = state_of(it)
    said = f"the past is in {count(per_synapse + per_neuron, 'variable')} of fixed size that fade or are overwritten"
    return Cell("removed", 0.0, said)


def signed_synapses(it: Spiking) -> Cell:
    """Does a weight keep its sign?"""
    free = [weight for weight in it.model.learned if not keeps_sign(it.model, weight)]
    if free:
        return Cell("present", float(len(free)), f"nothing keeps {names(free)} from changing its sign")
    return Cell("removed", 0.0, f"{names(it.model.learned)} has bounds, and keeps its sign")


def one_to_one_units(it: Spiking) -> Cell:
    """Has each neuron of a group a partner of its own in another? Synapses that learn are no partnership."""
    joined, unknown = partners(it.model)
    if joined:
        return Cell("present", float(len(joined)), f"{listed(joined)} are joined one to one")
    if unknown:
        return Cell("untraceable", None, f"cannot tell whom {listed(unknown)} joins")
    if it.labels is None and not it.model.circuit.groups:
        return Cell("not applicable", evidence="synapses by themselves")
    return Cell("removed", 0.0, "no neuron has a partner of its own")


def extra_state(it: Spiking) -> Cell:
    """How many variables does a synapse keep beside its weight, and a neuron for its synapses?"""
    per_synapse, per_neuron = state_of(it)
    if per_synapse == per_neuron == 0:
        return Cell("removed", 0.0, "weights are all that is kept")
    said = f"{count(per_synapse, 'number')} per synapse beside its weight, {per_neuron} per neuron that synapses read"
    return Cell("present", float(per_synapse + per_neuron), said)


def state_of(it: Spiking) -> tuple[int, int]:
    """The variables that learning synapses keep beside weights, and those of their neurons that they read."""
    equations, owners = it.model.equations, {weight.owner for weight in it.model.learned}
    own = {
        (owner, name)
        for owner in owners
        for name, kind in equations.own[owner].items()
        if kind in ("motion", "number") and Variable(owner, name) not in it.model.weights
    }
    ends = {end for weight in it.model.learned for end in it.model.ends(weight)}
    read = {each for weight in it.model.learned for each in it.model.read_by(weight) if each.owner in ends}
    return len(own), len(read)


def withheld_words(it: Spiking) -> str:
    """What happens where each message is withheld, in words."""
    moving, failed = it.withheld
    parts = (
        f"{each} withheld: {SILENT if math.isnan(size) else f'changes move by {size:.2g}'}"
        for each, size in moving.items()
    )
    return failed or "; ".join(parts)


def largest(several: Iterable[float]) -> float:
    """The largest of numbers but for those that are NaN; NaN if all are."""
    return max((each for each in several if not math.isnan(each)), default=math.nan)


CELLS: Mapping[str, Callable[[Spiking], Cell]] = {
    "weight transport": weight_transport,
    "exact derivatives": exact_derivatives,
    "non-local error": non_local_error,
    "separate phases": separate_phases,
    "update locking": update_locking,
    "target at the output": target_at_the_output,
    "continuous values": continuous_values,
    "insensitivity to timing": insensitivity_to_timing,
    "synchronised steps": synchronised_steps,
    "storage in time": storage_in_time,
    "signed synapses": signed_synapses,
    "one-to-one units": one_to_one_units,
    "extra state": extra_state,
}
