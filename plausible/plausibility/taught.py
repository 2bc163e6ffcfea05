"""The verdicts on what teaches hidden layers: how it gets there, how much it tells them, and whether it is local."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from plausible.plausibility.intervention import MOVES, dense, is_forward, layer_of, null_space
from plausible.plausibility.marks import ACROSS, names_in
from plausible.plausibility.neighbours import DECIDED
from plausible.plausibility.provenance import depth_of, units_of
from plausible.plausibility.provenance import sides as sides_of
from plausible.plausibility.subject import TEACHERS, Cell, Subject, Verdict, listed, union
from plausible.plausibility.teaching import Told
from plausible.plausibility.world import World
from plausible.printing.words import count


def non_local_error(it: Subject) -> Cell:
    """Does the teaching signal of a hidden layer come as activity that the layer sends on, or by a path of its own?

    And does a change depend on other examples of the batch, or on a sum over units that no synapse makes?
    """
    if not it.hidden and not it.made.failure:
        return Cell("not applicable", evidence="no hidden layer learns")
    cell, traced, (tested, words) = error(it), shared(it), neighbourly(it)
    told = "; ".join([*traced, *([words] if words else [])])
    if cell.verdict == "removed" and (traced or tested):
        cell = cell._replace(verdict="partly", evidence=f"{cell.evidence}, but {'; '.join(traced) or words}")
    elif tested and not traced:
        cell = cell._replace(evidence=f"{cell.evidence}; {words}")
    return cell._replace(provenance="; ".join(traced), intervention=words if told else "")


def error(it: Subject) -> Cell:
    """The way by which the teaching signal comes."""
    if it.made.failure:
        return Cell("untraceable", evidence=it.made.failure)
    teaching = union(it.hidden.values()) & TEACHERS
    if not teaching:
        if it.hidden_in_untraced:
            return Cell("untraceable", evidence="the target was taken out of arrays")
        return by_its_own_way(it) or Cell("removed", 0.0, "nothing teaches hidden layers")
    rank = rank_of(it.taught)
    if (teaching == {"reward"} and rank == 0) or rank == 1:
        return Cell(
            "partly", 1.0, f"hidden layers are told one number{', the reward' * (teaching == {'reward'})}"
        )
    apart = [layer for layer in range(1, depth_of(it.world)) if not it.carries(layer)]
    if apart:
        layers = f"{'layer' if len(apart) == 1 else 'layers'} {listed(map(str, apart))}"
        return Cell("present", float(len(apart)), f"the error of {layers} comes by a way of its own")
    return Cell("removed", 0.0, "what teaches a layer is part of the activity that it sends on")


def by_its_own_way(it: Subject) -> Cell | None:
    """The verdict where layers learn from others above them, though not from a target, by no activity of their own.

    As from the error of a reconstruction that comes down, or from how sure the answer is.
    """
    apart = [layer for layer in range(1, depth_of(it.world)) if not it.carries(layer)]
    from_above = {layer: read for layer in apart if (read := heard(it, layer))}
    if not from_above:
        return None
    names = listed(map(str, from_above))
    layers = f"layer {names} learns" if len(from_above) == 1 else f"layers {names} learn"
    through = listed(union(map(frozenset, from_above.values())))
    return Cell(
        "present",
        float(len(from_above)),
        f"{layers} from what comes through {through}, by a way of its own",
    )


def heard(it: Subject, layer: int) -> set[str]:
    """The weights of layers above, and those that lead down from them, that a layer learns from and is not moved by.

    What comes through them to the activity that it sends on is no message of its own; nor is what a weight is like, as
    its norm, by which nothing of other neurons' activity comes.
    """
    units = units_of(it.world)
    higher = {f"units {n}" for n in range(layer + 1, depth_of(it.world) + 1)}
    above = {
        name
        for name, array in it.world.params.items()
        if (
            layer < layer_of(name) < 10**6
            if is_forward(name)
            else higher & {units[s] for s in sides_of(name, array)}
        )
    }
    learned = union(tokens for name, tokens in it.hidden.items() if layer_of(name) == layer)
    learned = with_later(it, learned)
    sent = union(each.tokens for each in it.made.sent if each.side == f"W{layer + 1}:pre")
    through = {each for each in learned if each.endswith(":pre" if is_forward(each) else (":pre", ":post"))}
    return above & (names_in(through) - names_in(sent))


def with_later(it: Subject, learned: frozenset[str], lowest: int | None = None) -> frozenset[str]:
    """What changes are made of, and what weights beside the forward ones learn from that are read there, and so on.

    With `lowest`, only those that join units of this layer, or of those below.
    """
    units, near = units_of(it.world), {f"units {n}" for n in range((lowest or 0) + 1)}
    left = {n: tokens for n, tokens in it.made.changes.items() if not is_forward(n)}
    if lowest is not None:
        left = {n: t for n, t in left.items() if near.issuperset(ends_of(it.world, n, units))}
    while read := names_in(learned) & left.keys():
        learned |= union(left.pop(name) for name in read)
    return learned


def ends_of(world: World, name: str, units: Mapping[str, str]) -> set[str]:
    """The units that a weight joins."""
    return {units.get(side, "") for side in sides_of(name, world.params[name])}


def waits_later(it: Subject, lowest: int) -> set[str]:
    """The weights above from which weights of the lowest layer's own learn that its changes read later on."""
    learned = union(tokens for name, tokens in it.hidden.items() if layer_of(name) == lowest)
    above = {n for n in it.world.params if n[0] in "WR" and lowest < layer_of(n) < 10**6}
    return names_in(t for t in with_later(it, learned, lowest) - learned if t.endswith(":pre")) & above


def shared(it: Subject) -> list[str]:
    """What the marks say of neighbours: sums over hidden units without a synapse, and examples that meet."""
    tokens = union(it.hidden.values())
    summed = {f"units {layer}" for layer in range(1, depth_of(it.world)) if f"over units {layer}" in tokens}
    words = [f"a sum over {listed(summed)} is in it that no synapse makes"] if summed else []
    several = {n for n, both in lateral(it).items() if {f"{n}:pre", f"{n}:post"} <= tokens and both}
    words += [f"a sum along both sides of {listed(several)} is in it, which no neuron makes"] * bool(several)
    return words + ["examples of a batch meet before they are averaged"] * (ACROSS in tokens)


def lateral(it: Subject) -> dict[str, bool]:
    """Of each weight besides the forward ones, whether it joins units of one layer."""
    units = units_of(it.world)
    ends = {
        n: {units.get(s) for s in sides_of(n, a)} for n, a in it.world.params.items() if not is_forward(n)
    }
    return {name: len(both) == 1 for name, both in ends.items()}


def neighbourly(it: Subject) -> tuple[bool, str]:
    """Whether changes move with neighbours, by intervention, and how far, in words.

    Where states settle, units of one layer depend on each other through synapses: that alone says nothing.
    """
    found = it.neighboured
    if found is None:
        return False, it.raised.get("neighbours", "")
    own = found.by_synapse and not it.made.failure and ACROSS not in union(it.hidden.values())
    examples, labels = (0.0 if own else size for size in (found.examples, found.labels))
    parts, moves = [], examples > DECIDED or labels > DECIDED
    if own:
        parts.append(f"each synapse makes {found.examples:.2g} of its change of what two examples tell it")
    if examples > MOVES:
        parts.append(f"two examples change {found.examples:.2g} of it together, beyond what each does alone")
    if labels > MOVES:
        parts.append(f"what one example teaches moves by {found.labels:.2g} with another's target")
    if parts and not moves:
        parts.append("as little as what a batch shares that decides together when it is at rest")
    if not parts:
        parts.append("no change moves with other examples")
    units = max(found.units.values(), default=None)
    if units is not None and units > MOVES:
        parts.append(f"with units that do something else, others of their layer change by {units:.2g} of it")
    elif units is not None:
        parts.append("none moves with other units of its layer")
    beside = {n for n, size in found.units.items() if size > MOVES and (it.made.failure or not joined(it, n))}
    return moves or bool(beside), "; ".join(parts)


def units_of_side(units: Mapping[str, str], side: str) -> str:
    """The units that a side of a weight joins; "" where that is not known."""
    return units.get(side.removeprefix("sign "), "")


def joined(it: Subject, layer: int) -> bool:
    """Whether units of a layer depend on each other by synapses: those within it, or of layers that settle with it.

    A layer settles where what it sends is made of what it has sent.
    """
    name, sides = f"units {layer}", units_of(it.world)
    within = any([sides.get(s) for s in sides_of(n, a)] == [name] * 2 for n, a in it.world.params.items())
    sent = union(each.tokens for each in it.made.sent if units_of_side(sides, each.side) == name)
    settles = any(units_of_side(sides, side) == name for side in sent)
    return within or settles or it.carries(layer)


def target_at_the_output(it: Subject) -> Cell:
    """What is the rank of the teaching signal of hidden layers, and how many bits of the target is a neuron told?"""
    (taught, company), together = in_company(it), it.taught_together
    if together is None and (it.made.failure or it.raised):
        return Cell("untraceable", evidence=it.made.failure or listed(it.raised.values()))
    if together is None:
        return Cell("not applicable", evidence="no weight changes")
    rank = rank_of(taught)
    words = "; ".join([*map(said_of, taught), *([company] if company else [])])
    if it.neighboured is not None and it.neighboured.labels > DECIDED:
        words += f"; with another example's target they move by {it.neighboured.labels:.2g}"
    if rank == 0 and it.taught_late:
        verdict: Verdict = "partly" if it.taught_late == 1 else "present"
        late = f"changes follow targets of presentations before, in {count(it.taught_late, 'way')}"
        return Cell(verdict, float(it.taught_late), late, "", f"{words}; {late}")
    if rank == 0 and together:
        return Cell(
            "partly", 0.0, "changes follow the target through what examples of a batch share", "", words
        )
    if rank == 0:
        if it.made.failure or it.hidden_in_untraced:
            why = "no target moves a change, but not all numbers can be followed"
            return Cell("untraceable", 0.0, why, "", words)
        if through := by_way_of(it):
            said = f"the target teaches {listed(through)}, which changes of hidden layers read later"
            return Cell("partly", 0.0, said, said, words)
        if told := {name for name, tokens in it.hidden.items() if tokens & TEACHERS}:
            said = f"the target is in what {listed(told)} {'is' if len(told) == 1 else 'are'} made of"
            return Cell(
                "untraceable", 0.0, f"cannot tell: {said}, and none that was shown moved it", said, words
            )
        return Cell("removed", 0.0, "no change follows the target", "", words)
    bits = f"{max(each.bits for each in taught):.2g} of {taught[0].most:.2g} bits a neuron"
    who = "hidden layers are" if it.hidden or it.made.failure else f"{taught[0].weight} is"
    bits += f"; {company}" if company else ""
    if rank == 1:
        return Cell("partly", 1.0, f"{who} told one number, {bits}", "", words)
    if label_is_an_input(it):
        return Cell(
            "partly", float(rank), f"the label is an input, {bits}", "the label is sent up through W1", words
        )
    evidence = f"{who} told a target of {count(rank, 'dimension')}, {bits}"
    return Cell("present", float(rank), evidence, "", words)


def by_way_of(it: Subject) -> set[str]:
    """The weights that the target teaches and that changes of hidden layers read, which are told no target."""
    read = names_in(union(it.hidden.values()))
    return {
        name for name, told in it.made.changes.items() if name in read - it.hidden.keys() and told & TEACHERS
    }


def label_is_an_input(it: Subject) -> bool:
    """Whether the label is sent up through the lowest weights, and their changes read it there.

    A change of W1 is a sum of products with what was sent up. Where it is one of products with inputs alone, what else
    was sent up is thrown away, or is the input but in name.
    """
    weights = frozenset(it.world.params)
    sent = [each for each in it.made.sent if each.side == "W1:pre"]
    told = [each for each in sent if "y" in each.tokens and not each.tokens & weights]
    change = dense(it.world.step()).get("W1")
    if not told or change is None or not change.any():
        return False
    others = [each.rows for each in sent if "y" not in each.tokens and not each.probe]
    rows = [np.reshape(each, (-1, np.shape(each)[-1])) for each in (it.world.shown[0].x, *others)]
    fitting = [each for each in rows if each.shape[-1] == len(change)]
    free = null_space(np.concatenate([np.zeros((1, len(change))), *fitting]))
    return bool(np.linalg.norm(free.T @ change) > DECIDED * np.linalg.norm(change))


def in_company(it: Subject) -> tuple[tuple[Told, ...], str]:
    """What layers are taught by one example: by itself, or in its batch where that teaches more; then also why.

    A change that is a sum over examples has the same rank both ways. One that is not is taught by what a batch shares:
    by its network, where activity that is sent up is so, or by the rule's own way of telling a target.
    """
    alone = it.taught
    rank, teachers = rank_of(alone), union(it.made.changes.values()) & TEACHERS
    if it.taught_together is None or rank > 1 or (rank == 1 and teachers == {"reward"}):
        return alone, ""
    among = it.taught_among
    if rank_of(among) <= rank:
        return alone, ""
    up = [each for each in it.made.sent if each.side.endswith(":pre") and not each.tokens & TEACHERS]
    shared = any(ACROSS in each.tokens for each in up)
    why = "activity that is sent up is of the whole batch" if shared else "examples meet in what teaches"
    less = "they are told nothing" if rank == 0 else "they are told less"
    return among, f"so in a batch; of an example by itself {less}, as {why}"


def rank_of(taught: tuple[Told, ...]) -> int:
    """The most ways in which a layer follows the target."""
    return max((each.rank for each in taught), default=0)


def said_of(told: Told) -> str:
    """What one layer is taught, in words."""
    if told.rank == 0:
        return f"the changes of {told.weight} do not follow the target"
    values = f"{told.values} different values" if told.values > 1 else "one value"
    return (
        f"the changes of {told.weight} follow the target in {count(told.rank, 'way')}: over the classes a neuron is "
        f"told at most {values}, {told.bits:.2g} bits on average, and the layer {told.together:.2g} of "
        f"{told.most:.2g}"
    )
