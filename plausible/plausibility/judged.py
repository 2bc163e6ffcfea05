"""The verdicts on one rule, criticism by criticism, with the evidence of the instruments.

Provenance and intervention are judged each for itself, and the cell holds what both say. The verdict is "removed" only
if nothing that untraced numbers could hide would change it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np

from plausible.plausibility import counting
from plausible.plausibility.begun import Begun
from plausible.plausibility.copies import copies
from plausible.plausibility.derivatives import exact_derivatives
from plausible.plausibility.drawn import tells
from plausible.plausibility.intervention import MOVES, PROBED, Transport, is_forward, layer_of
from plausible.plausibility.phases import separate_phases, unsent
from plausible.plausibility.provenance import is_head
from plausible.plausibility.responses import LIKE, Response
from plausible.plausibility.subject import Cell, Subject, Verdict, listed, union
from plausible.plausibility.taught import non_local_error, target_at_the_output, waits_later
from plausible.probes.cost import work_of


def weight_transport(it: Subject) -> Cell:
    """Is a weight used in both directions, or copied, but by the activity that is sent through it?"""
    traced, said = transport_traced(it)
    tested, words = transport_tested(it.transported)
    words = words or it.raised.get("transport", "")
    value = max((each.values for each in it.transported if each.values is not None), default=None)
    order: list[Verdict] = ["present", "partly", "untraceable"]
    if tested == "partly" and traced == "present":  # as signs may be taken in ways that marks do not know
        traced = "partly"
    if {traced, tested} <= {"removed", ""} and it.answered:
        return by_responses(it.answered, said, words)
    if {traced, tested} <= {"removed", ""} and it.mirrored:
        pairs = listed({f"{each.weight} is drawn to {each.to}" for each in it.mirrored})
        told = f"{pairs}, synapse by synapse, through which other layers are told: in time the two are alike"
        return Cell("partly", float(len(it.mirrored)), told, said, f"{words}; {told}" if words else told)
    if {traced, tested} <= {"removed", ""} and it.begun:
        return by_begin(it.begun, said, words)
    verdict = next((each for each in order if each in (traced, tested)), traced)
    if traced == "untraceable" and tested in ("present", "partly"):
        verdict = tested
    if verdict == "removed" and words.startswith("cannot tell") and (places := taken_out(it)):
        said = f"numbers of weights were taken out of arrays at {listed(places)}, and {words}"
        return Cell("untraceable", value, said, said, words)
    evidence = said if verdict == traced or not words else words
    return Cell(verdict, value, evidence, said, words)


def by_responses(found: list[Response], said: str, words: str) -> Cell:
    """The verdict on feedback that neither marks nor alterations betray, and that is like weights by what it does."""
    most, names = max(each.along for each in found), listed({each.weight for each in found})
    told = f"what layers are told comes down along {names}: {most:.2g} of it by squared cosines, more than by chance"
    words = f"{words}; {told}" if words else told
    return Cell("present" if most > LIKE else "partly", most, told, said, words)


def by_begin(found: list[Begun], said: str, words: str) -> Cell:
    """The verdict on what began as a function of forward weights, whatever function."""
    most, names = max(each.by for each in found), listed(each.weight for each in found)
    if all(each.sealed for each in found):
        told = f"cannot tell what begins as a function of {names}: it is made of no number that `init` draws"
        return Cell("untraceable", None, told, said, f"{words}; {told}" if words else told)
    told = f"what layers are told began as a function of {names}: with others at the start it moves by {most:.2g}"
    return Cell("partly", most, told, said, f"{words}; {told}" if words else told)


def taken_out(it: Subject) -> set[str]:
    """The places at which numbers of forward weights were taken out of arrays, by themselves or summed downwards."""
    weights = [name for name in it.world.params if name[:1] in ("W", "R")]
    hidden = {f"{name}{end}" for name in weights for end in (" itself", " size", ":post")}
    return {place for place, tokens in it.made.leaks.items() if tokens & hidden}


def transport_traced(it: Subject) -> tuple[Verdict, str]:
    """What the marks say of weight transport."""
    if it.made.failure:
        return "untraceable", f"marks cannot be followed ({it.made.failure})"
    tokens = it.of_forward
    weights = [name for name in it.world.params if name[:1] in ("W", "R")]
    used = tokens | {each.side for each in it.made.sent}
    if any(len({f"{w}:pre", f"{w}:post"} & used) == 1 for w in weights):
        used |= it.forward_sides
    both = {w for w in weights if {f"{w}:pre", f"{w}:post"} <= used and {f"{w}:pre", f"{w}:post"} & tokens}
    both |= {w for w in weights if changed_elsewhere(it, w, {f"{w} size"})}
    copied = {w for w in weights if f"{w} itself" in tokens}
    signs = {w for w in weights if {f"sign {w}:post", f"sign {w} itself"} & tokens}
    heads = {w for w in it.world.params if is_head(w) and {f"{w}:pre", f"{w}:post"} <= tokens}
    late = {w for w in weights if {f"{w} itself", f"{w}:post"} & it.of_feedback - {f"{w}:pre"}}
    if both or copied:
        way = "used in both directions" if both else "read as it stands"
        whose = (
            "other weights"
            if any(read_elsewhere(it, w) for w in both or copied)
            else "their own layers alone"
        )
        return "present", f"{listed(both or copied)} {way} by changes of {whose}"
    alike = [
        each for each in copies(it.world) if each.side in tokens and not it.remembers_its_own(each.weight)
    ]
    if alike:
        whole = [each for each in alike if each.whole]
        pairs = listed({f"{each.name} as {each.weight}" for each in whole or alike})
        return "present" if whole else "partly", f"feedback began {pairs}" + ", in part" * (not whole)
    if signs:
        return "partly", f"signs of {listed(signs)} alone are used in both directions"
    if heads:
        return (
            "partly",
            f"{listed(heads)} used in both directions within one layer, by changes of its weights",
        )
    if late:
        return "partly", f"feedback is drawn to {listed(late)} at a rate of its own: no copy at once"
    if drawn := drawn_to_feedback(it):
        return "partly", f"{listed(drawn)}: in time the two are alike"
    if it.hidden_in_untraced:
        return "untraceable", f"numbers come out of nowhere at {listed(it.made.untraced)}"
    if kept := it.made.kept & {*weights}:
        return (
            "untraceable",
            f"cannot tell: numbers of {listed(kept)} lie in the state, for presentations to come",
        )
    return "removed", "no weight is used but by the activity that is sent up through it"


def drawn_to_feedback(it: Subject) -> set[str]:
    """Forward weights whose changes read, synapse by synapse, a matrix that others are told through, or its signs."""
    changes, found = it.made.changes, set[str]()
    for name, tokens in changes.items():
        told = union(t for other, t in changes.items() if other != name and is_forward(other))
        through = {token.rpartition(":")[0].removeprefix("sign ") for token in told if ":" in token}
        drawn = {t.removeprefix("drawn to ") for t in tokens if t.startswith("drawn to ")} & through
        more = (each for each in drawn if not is_forward(each) and tells(it.world.params[each]))
        found |= {f"{name} is drawn to the feedback {each}" for each in more}
    return found


def read_elsewhere(it: Subject, weight: str) -> bool:
    """Whether a forward weight is read, but by activity that is sent up, by changes of another layer."""
    return changed_elsewhere(it, weight, {f"{weight}:post", f"{weight} itself", f"{weight} size"})


def changed_elsewhere(it: Subject, weight: str, by: set[str]) -> bool:
    """Whether any of some tokens is in changes of another layer than a forward weight's own."""
    own = weight, "b" + weight[1:]
    return any(
        by & tokens for name, tokens in it.made.changes.items() if is_forward(name) and name not in own
    )


def transport_tested(several: list[Transport]) -> tuple[Verdict | Literal[""], str]:
    """What interventions say of weight transport."""
    known = [each for each in several if each.values is not None]
    beyond = [each for each in known if (each.values or 0) > MOVES]
    moving = [each for each in beyond if not is_head(each.weight)]
    if any(each.signs is None or each.signs > MOVES for each in moving):
        most = max(each.values or 0 for each in moving)
        names = listed(each.weight for each in moving)
        return "present", f"changes move by {most:.2g} of their size with {names}, though no activity does"
    if moving:
        return (
            "partly",
            f"changes move with the signs of {listed(e.weight for e in moving)}, not with their sizes",
        )
    probed = {e.weight: e.probed for e in several if e.probed is not None and e.probed > PROBED}
    if probed:
        words = (
            f"responses of {listed(probed)} to what is no activity serve as weights: changes move with them"
        )
        return "present", f"{words} by {max(probed.values()):.2g}"
    if beyond:
        return "partly", f"changes move with {listed(e.weight for e in beyond)}, of their own layer"
    copied = [each for each in known if (each.copied or 0) > MOVES]
    if copied:
        most = max(each.copied or 0 for each in copied)
        return (
            "partly",
            f"changes of feedback alone move, by {most:.2g}, with {listed(e.weight for e in copied)}",
        )
    if not known:
        return (
            "",
            "cannot tell: the states that weights were shown leave no direction free, or weights are used otherwise"
            if several
            else "",
        )
    if len(known) < len(several):
        return "", f"{listed(e.weight for e in known)} moves nothing; of the others it cannot tell"
    return "removed", f"no change moves with {listed(e.weight for e in known)} where no activity does"


# --- locking ------------------------------------------------------------------------


def reads(tokens: frozenset[str], name: str) -> bool:
    """Whether a change was made of a weight, in whatever way."""
    return bool({name, f"{name}:pre", f"{name}:post", f"{name} itself"} & tokens)


def update_locking(it: Subject) -> Cell:
    """Must a layer wait for those above it, and for an error that comes back through them?"""
    if not it.hidden and not it.made.failure:
        return Cell("not applicable", evidence="no hidden layer learns")
    value, words = it.locked, ""
    if value is not None:
        words = f"with other weights above, the lowest change moves by {value:.2g} of its size"
    if it.made.failure:
        verdict: Verdict = "untraceable" if value is None or value <= MOVES else "present"
        return Cell(verdict, value, words or it.made.failure, it.made.failure, words)
    lowest = min(map(layer_of, it.hidden))
    tokens = union(each for name, each in it.hidden.items() if layer_of(name) == lowest)
    back = {token.partition(":")[0] for token in tokens if token.endswith(":post") or token[:1] in "BQP"}
    chain = {name for name in back if layer_of(name.removeprefix("sign ")) > 1 or name[:1] in "QRP"}
    chain = {name for name in chain if name[:1] != "P" or it.sequential} or chain
    said = f"the lowest change uses {listed(chain)}" if chain else "the lowest change uses nothing above it"
    above = {
        name for name in it.world.params if name[0] in "WR" and layer_of(name) > 1 and reads(tokens, name)
    }
    if value is None and not above and not chain and not it.hidden_in_untraced:
        return Cell("removed", value, said, said, it.raised.get("locking", ""))
    if (value <= MOVES if value is not None else not it.hidden_in_untraced) and above:
        said = f"the lowest change reads {listed(above)}"
        return Cell(
            "partly", value, f"{said}, though no alteration of them that was tried moves it", said, words
        )
    if value is not None and value <= MOVES:
        if later := waits_later(it, lowest):
            said = (
                f"the lowest layer learns later from what comes through {listed(later)}, for which that waits"
            )
            return Cell("partly", value, said, said, words)
        return Cell("removed", value, "the lowest layer waits for no other", said, words)
    if len(chain) <= 1 and it.hidden_in_untraced:
        nowhere = f"{said}, but numbers come out of nowhere at {listed(it.made.untraced)}"
        return Cell("untraceable", value, nowhere, said, words)
    if len(chain) > 1:
        return Cell("present", value, f"an error comes back through {listed(chain)}", said, words)
    return Cell("partly", value, "it waits for the answer, but for no error from layer to layer", said, words)


# --- time, values, units -------------------------------------------------------------------------------------


def continuous_values(it: Subject) -> Cell:
    """Do neurons send numbers, or spikes?"""
    if it.spiking:
        return Cell("removed", evidence=f"its work is counted in {listed(work_of(it.world.rule))}")
    rows = [each.rows for each in it.made.sent if each.side.endswith((":pre", ":post"))]
    kinds = max((len(np.unique(each)) for each in rows), default=0)
    return Cell("present", float(kinds), f"up to {kinds} different values were sent at a time")


def insensitivity_to_timing(it: Subject) -> Cell:
    """Does it matter to a synapse when its neurons are active?"""
    if it.spiking:
        return Cell("untraceable", evidence=it.made.failure)
    if not it.sequential:
        return Cell("present", evidence="activity has no time")
    return Cell("partly", evidence="the order of steps matters, and there is no time within one")


def synchronised_steps(it: Subject) -> Cell:
    """How many products follow one another at the ticks of one clock?"""
    if it.made.failure:
        return Cell("untraceable", evidence=it.made.failure)
    number = len(it.made.sent) / len(it.world.shown)
    return Cell("present", number, f"{number:.0f} products one after the other, at the ticks of one clock")


def storage_in_time(it: Subject) -> Cell:
    """Is a sequence learned step by step as it is as a whole, with nothing kept but a state that does not grow?"""
    if not it.sequential:
        return Cell("not applicable", evidence="it is shown no sequences")
    apart = it.in_windows
    if apart is None:
        return Cell("untraceable", evidence="it cannot be shown a sequence step by step")
    words = f"shown step by step, changes differ by {apart:.2g} of their size"
    if not np.isfinite(apart):
        return Cell("untraceable", None, "shown step by step, it proposes no numbers", "", words)
    if apart > MOVES:
        return Cell("present", apart, "past steps have to be kept to learn from them", "", words)
    if it.kept_outside > MOVES:
        said = f"with another sequence in between changes move by {it.kept_outside:.2g}: its past is not in its state"
        return Cell("present", it.kept_outside, said, "", words)
    growth = counting.growth_of_state(it.world)
    if growth > 1:
        return Cell(
            "present",
            growth,
            f"its state grows {growth:.2g}-fold where a sequence is twice as long",
            "",
            words,
        )
    return Cell("removed", apart, "a state of fixed size is enough for it", "", words)


def signed_synapses(it: Subject) -> Cell:
    """Do neurons excite some neurons and inhibit others?"""
    mixed, crossed = counting.signs(it.world, learns=not it.spiking)
    if mixed == 0 and crossed == 0:
        return Cell(
            "removed", 0.0, "each neuron's synapses have one sign" + ", and keep it" * (not it.spiking)
        )
    flips = f"; {100 * crossed:.2g} % of synapses change their sign in {counting.STEPS} steps"
    return Cell("present", mixed, f"{100 * mixed:.3g} % of neurons have synapses of both signs{flips}")


def one_to_one_units(it: Subject) -> Cell:
    """Does a layer send down something other than the activity that it sends up?"""
    if it.made.failure:
        return Cell("untraceable", evidence=it.made.failure)
    apart = counting.partners(it.world, it.made.sent)
    if not apart and (loose := unsent(it, ":post")):
        return Cell(
            "untraceable", evidence=f"sums along {listed(loose)} are no products: what is sent is unknown"
        )
    if not apart and it.hidden_in_untraced:
        return Cell("untraceable", evidence=f"numbers come out of nowhere at {listed(it.made.untraced)}")
    if not apart:
        return Cell("removed", 0.0, "a layer sends down nothing, or what it sends up")
    return Cell(
        "present",
        float(len(apart)),
        f"layers {listed(apart)} send down what is not the activity they send up",
    )


def extra_state(it: Subject) -> Cell:
    """How many numbers are kept beside forward weights and activity?"""
    if it.spiking:
        return Cell("untraceable", evidence=it.made.failure)
    weights, state = counting.extra(it.world)
    if outside := max(it.kept_in_itself, it.restless):
        said = f"what is kept beside the state moves changes by {outside:.2g} of their size"
        if outside > MOVES:
            return Cell(
                "present" if it.kept_in_itself > MOVES else "untraceable", weights + state, said, "", said
            )
    if it.made.constants:
        said = f"matrices of {it.made.constants:,} numbers that are neither weights nor state"
        return Cell("present", weights + state, said, said)
    if weights == state == 0:
        return Cell("removed", 0.0, "weights are all that is kept")
    return Cell(
        "present",
        weights + state,
        f"per forward weight {weights:.2g} other weights and {state:.2g} numbers of state",
    )


CELLS: Mapping[str, Callable[[Subject], Cell]] = {
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
