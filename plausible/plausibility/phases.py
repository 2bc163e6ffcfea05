"""The verdict on separate phases: how often activity is sent up for each example, and when the target comes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from plausible.core import Array
from plausible.plausibility import counting
from plausible.plausibility.clocks import SAME, TURNED
from plausible.plausibility.intervention import STILL, layer_of
from plausible.plausibility.marks import names_in
from plausible.plausibility.provenance import followed
from plausible.plausibility.record import Sent
from plausible.plausibility.subject import TEACHERS, Cell, Subject, listed, union
from plausible.plausibility.unrun import unwatched
from plausible.printing.words import count

SLACK = 1e-9  # of an activity


def separate_phases(it: Subject) -> Cell:
    """How often is an input shown, and is there first an answer without the target, then another with it?

    Where numbers are drawn one by one, by which Python may decide, it is asked with others, too.
    """
    if it.made.failure:
        return Cell("untraceable", evidence=it.made.failure)
    first = phases_of(it, it.made.sent)
    if first.verdict != "removed":
        return first
    others = [phases_of(it, sent) for sent in it.made.sent_by_chance]
    order = ("present", "partly", "untraceable")
    worst = min(
        (each for each in others if each.verdict in order), key=lambda e: order.index(e.verdict), default=None
    )
    return first if worst is None else worst._replace(evidence=f"by a number that is drawn, {worst.evidence}")


def phases_of(it: Subject, sent: Sequence[Sent]) -> Cell:
    """The verdict by what was sent, and by what turns a change about."""
    taught = bool(it.of_forward & TEACHERS)
    told = [bool(each.tokens & TEACHERS) for each in sent if each.presentation == 0]
    waits = taught and bool(told) and not told[0]
    often = max(counting.passes(it.world, sent, number) for number in range(len(it.world.shown)))
    passes = int(np.ceil(often - SLACK))  # a constant input is of one row alone
    if passes <= 1 and not waits:
        once = "one pass, with the target from its beginning" if taught else "one pass, and no target"
        return unseen(it, sent) or by_activity(it, sent) or by_turns(it) or Cell("removed", 1.0, once)
    why = [f"{count(passes, 'different input')} for each example"] if passes > 1 else []
    why += ["activity without the target first, then what the target makes of it"] if waits else []
    if passes <= 1 and it.made.one_moment:
        return Cell("partly", 2.0, f"{why[0]}; synapses read the second alone")
    return Cell("present", float(max(passes, 1 + waits)), "; ".join(why))


def unseen(it: Subject, sent: Sequence[Sent]) -> Cell | None:
    """The verdict where it is not known what is sent; None where it is."""
    if loose := unsent(it, ":pre"):
        return Cell(
            "untraceable", 1.0, f"sums along {listed(loose)} are no products: what is sent is unknown"
        )
    if it.hidden_in_untraced:
        return Cell("untraceable", 1.0, f"numbers come out of nowhere at {listed(it.made.untraced)}")
    return None


def by_activity(it: Subject, sent: Sequence[Sent]) -> Cell | None:
    """The verdict where a hidden layer has several activities for an example, or noise is sent up; None otherwise."""
    if (again := max(sent_again(it, sent, number) for number in range(len(it.world.shown)))) > 1:
        words = count(round(again), "different activity", "different activities")
        return Cell("present", again, f"{words} of a hidden layer for each example")
    if lagging(it) > 1:
        return Cell(
            "untraceable", 1.0, "cannot tell: activity is sent up through what weights were before, too"
        )
    if it.made.disturbed:
        layers = listed(it.made.disturbed)
        return Cell(
            "present", 2.0, f"neurons of layers {layers} answer to their drive, and to that with noise"
        )
    if again_by := heard_twice(it):
        layers, through = listed(again_by), listed(set().union(*again_by.values()))
        words = f"cannot tell: neurons of layers {layers} answer to a drive, and to one with what comes by {through}"
        return Cell("untraceable", 1.0, words)
    if noisy := noise_sent(sent):
        return Cell("present", 2.0, f"noise is sent up through {listed(noisy)} besides activity")
    return None


def lagging(it: Subject) -> float:
    """How many different activities of a layer are sent up at a second presentation, to which weights have moved."""
    if it.attempted("state", it.world.step, None) is None or it.world.step().state is None:
        return 0.0
    with unwatched():
        sent: Sequence[Sent] = it.attempted("growth", lambda: followed(it.world, drift=0.05).record.sent, ())
    return sent_again(it, sent, 1)


def heard_twice(it: Subject) -> dict[str, set[str]]:
    """By layer that answers to a second drive, the weights or the state in it besides, which changes read."""
    read = names_in(union(it.hidden.values())) & {*it.world.params, "state"}
    return {layer: more for layer, tokens in it.made.twice.items() if (more := names_in(tokens) & read)}


def by_turns(it: Subject) -> Cell | None:
    """The verdict on learning that turns about with draws, with the order of examples or by a count; else None."""
    if (found := phases_by_clock(it)) is not None:
        return found
    if it.turned_by_place <= TURNED:
        return Cell(
            "present", 2.0, f"in another order a change turns to a cosine of {it.turned_by_place:.2g}"
        )
    if np.isnan(it.turned_by_draw):
        return Cell(
            "untraceable", 1.0, "cannot tell: an order is drawn that matters to nothing which was tried"
        )
    if it.turned_by_draw <= TURNED:
        words = f"what is drawn turns a change to a cosine of {it.turned_by_draw:.2g}"
        return Cell("untraceable", 1.0, f"cannot tell: {words}")
    return None


def phases_by_clock(it: Subject) -> Cell | None:
    """The verdict on learning that turns with a count of presentations; None where it does not."""
    if it.restless > STILL:
        return Cell(
            "untraceable",
            1.0,
            f"cannot tell: twice the same, changes differ by {it.restless:.2g} of their size",
        )
    turned = it.turned_by_clock
    if "clock" in it.raised:
        return Cell(
            "untraceable", 1.0, f"cannot tell what a count of presentations does: {it.raised['clock']}"
        )
    if turned.sealed:
        return Cell("untraceable", 1.0, f"cannot tell what {listed(turned.sealed)} in its state counts")
    least = min(turned.back, turned.ahead)
    if least >= SAME:
        return None
    words = f"by the count of presentations in its state a change turns to a cosine of {least:.2g}"
    if turned.back <= TURNED or (turned.ahead <= TURNED and turned.returns):
        return Cell("present", 2.0, f"{words}: it learns one way, then the other")
    return Cell("untraceable", 1.0, f"cannot tell: {words}")


def sent_again(it: Subject, sent: Sequence[Sent], presentation: int) -> float:
    """How many different activities of a layer are sent up for each example, all made from below alone.

    What is sent through other numbers than the weight's own makes another activity above; parts of them, as the
    excitatory and the inhibitory ones, make one together. Activity that settles is made of weights above it or of the
    target, too, and is no second pass; at a later presentation it may be made of what the state has kept. A constant
    input is one; of noise, see `noise_sent`.
    """
    found: dict[str, dict[int, tuple[float, list[Array]]]] = {}
    above = {name: {n for n in it.world.params if layer_of(n) >= layer_of(name)} for name in it.world.params}
    for each in sent:
        name = each.side.removesuffix(":pre")
        if (
            each.presentation == presentation
            and each.side.endswith(":pre")
            and name[0] == "W"
            and (not each.probe or constant(each.rows))
        ):
            made_of = {token.removeprefix("sign ").partition(":")[0] for token in each.tokens}
            whole = each.rows.shape[-1] == len(it.world.params[name])
            kept = set() if presentation else {"state"}
            if whole and layer_of(name) < 10**6 and not made_of & (TEACHERS | above[name] | kept):
                rows = np.reshape(each.rows, (-1, each.rows.shape[-1])).round(12)
                found.setdefault(name, {}).setdefault(each.version, (each.share, []))[1].append(rows)
    examples = int(np.prod(it.world.shown[presentation].x.shape[:-1]))
    several = [activities(versions) / examples for versions in found.values()]
    return float(np.ceil(max(several, default=0.0) - SLACK))


def noise_sent(sent: Sequence[Sent]) -> set[str]:
    """The weights through which noise is sent up besides activity, as where weights are mirrored.

    An identity matrix, or parts of one, is no noise: neurons are perturbed by it one at a time.
    """
    up = [each for each in sent if each.side[0] == "W" and each.side.endswith(":pre")]
    shown = {each.side for each in up if not each.probe}
    noisy = {
        each.side
        for each in up
        if each.probe and not constant(each.rows) and np.count_nonzero(each.rows[0]) > 1
    }
    return {side.removesuffix(":pre") for side in shown & noisy}


def constant(rows: Array) -> bool:
    """Whether the same input is sent to all synapses of a layer, for all examples."""
    return bool((rows == rows.flat[0]).all())


def activities(versions: Mapping[int, tuple[float, list[Array]]]) -> float:
    """How many rows activity makes above that is sent through versions of a weight, each with its share of synapses.

    Parts that are together the weight, which is sent through as well, make no other activity.
    """
    distinct = [(share, len(np.unique(np.concatenate(rows), axis=0))) for share, rows in versions.values()]
    parts = [(share, rows) for share, rows in distinct if share < 1]
    together = sum(share for share, _ in parts)
    again = 0 in versions and abs(together - round(together)) < SLACK
    return sum(rows for share, rows in distinct if share == 1) + (
        0 if again else sum(share * rows for share, rows in parts)
    )


def unsent(it: Subject, side: str) -> set[str]:
    """The sides of weights that changes depend on by sums that are no products, as in loops over synapses."""
    return {each for each in it.made.loose & it.of_forward if each.endswith(side) and each[0] in "WRBPQ"}
