"""What Python decides by marked numbers: marks do not go through an `if`, and a number may hang on it all the same.

An intervention sees a decision that it turns. Where it turns none, a decision by what a criticism asks for leaves the
verdict open: "cannot tell". Not counted are the ends of the loops in `plausible.settling`, when states are at rest,
and the question whether numbers are finite where all are.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from plausible.plausibility.beside import beside_changes
from plausible.plausibility.intervention import is_forward, layer_of
from plausible.plausibility.marks import ACROSS, SUMMED, TEACHERS
from plausible.plausibility.provenance import depth_of
from plausible.plausibility.subject import Cell, Subject, listed, union
from plausible.plausibility.teaching import with_target
from plausible.plausibility.world import SEED, World


def unseen_weights(it: Subject) -> set[str]:
    """Weights downwards or as they stand, of those for which no direction was free."""
    return transported(it, {each.weight for each in it.transported if each.values is not None})


def transported(it: Subject, known: Container[str] = ()) -> set[str]:
    """Weights downwards or as they stand, but for those that are known."""
    names = [n for n in it.world.params if n[:1] in ("W", "R") and n not in known]
    return {f"{name}{end}" for name in names for end in (" itself", " size", ":post")}


def drawn(it: Subject, tokens: set[str], *, transport: bool) -> set[str]:
    """What criticisms ask for that comes into changes by numbers that are drawn: of all weights, or hidden ones."""
    asked = tokens | (transported(it) if transport else set())
    return {
        t for name, told in it.made.by_chance.items() if transport or name in it.hidden for t in told & asked
    }


def remembered(it: Subject) -> set[str]:
    """What weights beside the forward ones learn, and hidden ones read by them presentations later, and not at once."""
    at_once = found = {*union(it.hidden.values())}
    beside = {name: tokens for name, tokens in it.made.changes.items() if not is_forward(name)}
    for _ in beside:  # each may have learned of another
        read = {token.removeprefix("sign ").partition(":")[0].removesuffix(" itself") for token in found}
        found = at_once.union(*(tokens for name, tokens in beside.items() if name in read))
    return found - at_once - {ACROSS, SUMMED}  # a neuron's mean over examples is its own


def neighbours(it: Subject) -> set[str]:
    """Sums over hidden units or over examples, and comparisons among them."""
    return {f"over units {layer}" for layer in range(1, depth_of(it.world))} | {ACROSS, SUMMED}


def above(it: Subject) -> set[str]:
    """Forward weights above the lowest, in whatever way."""
    names = [n for n in it.world.params if n[:1] in ("W", "R") and 1 < layer_of(n) < 10**6]
    return {f"{name}{end}" for name in names for end in ("", ":pre", ":post", " itself")}


def slopes(it: Subject) -> set[str]:
    """Slopes of activations, by name."""
    return {f"slope {layer}" for layer in range(1, depth_of(it.world))}


ASKED: Mapping[str, tuple[str, Callable[[Subject], set[str]]]] = {
    "weight transport": ("weights", unseen_weights),
    "exact derivatives": ("slopes", slopes),
    "non-local error": ("several units or examples", neighbours),
    "update locking": ("weights above", above),
    "target at the output": ("targets", lambda it: {*TEACHERS}),
}


LATE = ("non-local error", "update locking")  # what a target says that comes by weights a presentation later


def undecided(criticism: str, found: Cell, it: Subject) -> Cell:
    """What was found; "untraceable" in the place of "removed" where Python decides by what the criticism asks for."""
    if found.verdict == "removed" and criticism in ASKED:
        none = set[str]()
        if names := it.attempted("decay", partial(altered, it.world), none):
            words = f"cannot tell: how far {listed(names)} decays, or where it is held, is made of more than its number"
            return Cell("untraceable", found.value, words, words, found.intervention)
    taken = {} if it.hidden_in_untraced else it.made.taken  # what comes back is judged where it does
    open_to = it.made.decided or it.by_single_units or taken or it.made.by_chance or remembered(it)
    if found.verdict != "removed" or criticism not in ASKED or not open_to:
        return found
    name, asked = ASKED[criticism]
    tokens = asked(it)
    if by_chance := drawn(it, tokens, transport=name == "weights"):
        words = f"cannot tell: by a number that is drawn, or later, Python decides whether {listed(by_chance)} is in it"
        return Cell("untraceable", found.value, words, words, found.intervention)
    taught = {*TEACHERS} if criticism in LATE else set[str]()
    if late := remembered(it) & (tokens | taught):
        words = f"cannot tell: by weights that are read a presentation later, {listed(late)} may be in it"
        return Cell("untraceable", found.value, words, words, found.intervention)
    places = {place for told in (it.made.decided, taken) for place in told if told[place] & tokens}
    if criticism == "non-local error":
        places |= it.unturned
    if not places:
        return found
    words = (
        f"cannot tell: it is decided by {name} at {listed(places)}, and nothing that was altered turned that"
    )
    return Cell("untraceable", found.value, words, words, found.intervention)


def hanging(criticism: str, tokens: frozenset[str], moves: frozenset[str], it: Subject) -> str:
    """What a criticism asks for of what a value is made of, on which changes of some weights hang; "" for nothing.

    A weight that its own change hangs on is not sent back, nor is one waited for that no lower change hangs on.
    """
    names = [n for n in it.world.params if n[:1] in ("W", "R")]
    if criticism == "weight transport":
        others = [n for n in names if moves - {n, f"b{n[1:]}"}]
        as_it_stands = {n for n in others if f"{n}:pre" not in tokens}
        asked = {t for t in transported(it) if t.partition(":")[0].partition(" ")[0] in others} | as_it_stands
    elif criticism == "update locking":
        lowest = min((layer_of(n) for n in moves if n in names), default=0)
        asked = {t for t in above(it) if lowest < layer_of(t.partition(":")[0].partition(" ")[0])}
    else:
        asked = ASKED[criticism][1](it) - {SUMMED} if criticism in ASKED else set()
    return listed(asked & tokens)


def altered(world: World) -> set[str]:
    """The weights whose decay or bounds are others with other weights, targets or inputs."""
    base = beside_changes(world.step())
    if not base:
        return set()
    rng, shown = np.random.default_rng(SEED), world.shown[0]
    params = {name: (a * rng.uniform(0.5, 1.5, a.shape)).astype(a.dtype) for name, a in world.params.items()}
    turned = [shown._replace(x=(0.7 * shown.x[..., ::-1, :]).astype(shown.x.dtype))]
    turned += [with_target(shown, np.roll(shown.y, n, axis=-1)) for n in range(1, shown.y.shape[-1])]
    steps = [world.step(params), *(world.step(shown=each) for each in turned)]
    return {
        n for n, numbers in base.items() if any(differ(numbers, beside_changes(s).get(n, ())) for s in steps)
    }


def differ(one: Sequence[Any], other: Sequence[Any]) -> bool:
    """Whether decay and bounds of a weight are not the same twice."""
    return len(one) != len(other) or any(np.any(a != b) for a, b in zip(one, other, strict=True))
