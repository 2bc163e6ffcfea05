"""The verdict on derivatives: whether what layers learn is multiplied by slopes of activations, in whole or in part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from plausible.plausibility.clocks import far_on
from plausible.plausibility.gains import ITSELF, NEAR, Gains, gains, passed_on
from plausible.plausibility.gains_alone import curves_alone
from plausible.plausibility.gains_driven import Curves, curves
from plausible.plausibility.gains_in_part import Part, parts
from plausible.plausibility.intervention import MOVES, layer_of
from plausible.plausibility.provenance import depth_of
from plausible.plausibility.record import SIMILAR
from plausible.plausibility.subject import TEACHERS, Cell, Subject, listed, union
from plausible.plausibility.teaching import with_target
from plausible.plausibility.world import World


def exact_derivatives(it: Subject) -> Cell:
    """Do changes use slopes of activations, of their own layer or of those above?"""
    if not it.hidden and not it.made.failure:
        return Cell("not applicable", evidence="no hidden layer learns")
    own, above = slopes_in(it.hidden)
    said = f"slopes of layers {listed(own | above)}" if own | above else "no slope"
    moving = {
        layer: max((size for name, size in moved.by.items() if name[:1] in ("W", "R")), default=0.0)
        for layer, moved in it.slopes.items()
    }
    words = ", ".join(f"layer {layer}: {size:.2g}" for layer, size in moving.items())
    words = f"changes move with other slopes by ({words})" if words else ""
    value = max(moving.values(), default=None)
    moving_with = union(
        each.tokens for each in it.made.sent if each.side[0] == "W" and each.side.endswith(":pre")
    )
    if own | above and {f"slope {layer}" for layer in own | above} <= moving_with:
        return Cell(
            "partly", value, f"{said}, in the motion of neurons, not in what synapses read", said, words
        )
    if above or (it.sequential and own):
        return Cell("present", value, f"{said}, those above a layer too" if above else said, said, words)
    if own:
        return Cell("partly", value, f"{said}: a layer uses its own alone", said, words)
    if beside := {each for each in it.of_feedback if each.startswith("slope ")}:
        return Cell("partly", value, f"{listed(beside)} in changes of feedback alone", said, words)
    if any(size > MOVES for size in moving.values()):
        return Cell("present", value, words, said, words)
    for several in (it.gains, it.gains_among):
        if min((each.apart for each in several), default=np.inf) < NEAR:
            return by_gains(it.world, several, said)
    if it.made.failure or it.hidden_in_untraced:
        return Cell("untraceable", value, it.made.failure or "numbers were taken out of arrays", said, words)
    if min((each.apart for each in it.small_gains), default=np.inf) < NEAR:
        return by_gains(it.world, it.small_gains, said)
    other, by_own = it.in_its_own
    if other is not None and min((each.apart for each in by_own), default=np.inf) < NEAR:
        return by_gains(other, by_own, f"{said}; with its own default's activation")
    for at, several in (
        (it.world, [*it.gains, *it.small_gains]),
        (it.world, it.gains_among),
        (other, by_own),
    ):
        if at is not None and (some := parts(several)):
            return by_parts(at, several, some, said)
    if found := by_other_classes(it, said) or by_count(it, said):
        return found
    if min((each.of_slopes for each in (*it.gains, *it.small_gains)), default=np.inf) < SIMILAR:
        bent = listed({str(e.layer) for e in (*it.gains, *it.small_gains) if e.of_slopes < SIMILAR})
        return Cell(
            "partly", value, f"what layers {bent} are told grows with slopes of their activation", said, words
        )
    for way in (by_drives, by_products, by_late):
        if found := by_near(it, said) or way(it, said, words):
            return found
    if told := untold(it):
        return Cell("untraceable", value, f"cannot tell: {told}", said, words)
    return Cell("removed", value, "no change uses a slope, by name or by value", said, words)


def by_other_classes(it: Subject, said: str) -> Cell | None:
    """The verdict by gains at examples of classes that were not shown; None where these are no slopes."""
    for at in of_other_classes(it):
        several = it.attempted("gains", partial(gains, at), [])
        if min((each.apart for each in several), default=np.inf) < NEAR:
            return by_gains(at, several, f"{said}; of examples of another class")
        if some := parts(several):
            return by_parts(at, several, some, said)
    return None


def by_count(it: Subject, said: str) -> Cell | None:
    """The verdict at counts of presentations that the state may come to, as where slopes fade in; else None."""
    for at in it.attempted("clock", partial(far_on, it.world), []):
        several: list[Gains] = it.attempted("gains", partial(gains, at), [])
        words = f"{said}; at a later count of presentations"
        if min((each.apart for each in several), default=np.inf) < NEAR:
            return by_gains(at, several, words)
        if some := parts(several):
            return by_parts(at, several, some, words)
        driven = it.attempted("drives", partial(curves, at, several), [])
        if found := by_curves(
            [*driven, *it.attempted("drives", partial(curves_alone, at, driven), [])], words, ""
        ):
            return found
    return None


def of_other_classes(it: Subject) -> list[World]:
    """Its world with targets exchanged for those of classes that were not shown, where any target is in a change."""
    shown = it.world.shown[0]
    if not union(it.hidden.values()) & TEACHERS:
        return []
    turned, seen = list[World](), np.abs(shown.y).reshape(-1, shown.y.shape[-1]).any(axis=0)
    for by in range(1, shown.y.shape[-1]):
        other = with_target(shown, np.roll(shown.y, by, axis=-1))
        now = np.abs(other.y).reshape(-1, other.y.shape[-1]).any(axis=0)
        if (now & ~seen).any():
            turned.append(it.world._replace(shown=(other, *it.world.shown[1:])))
            seen = seen | now
    return turned


def untold(it: Subject) -> str:
    """Why it cannot be told whether layers are told something times slopes, where none was found; "" where it can."""
    if layers := listed(map(str, {*it.untold, *it.unspoken})):
        return f"what layers {layers} are told is multiplied by no factor that can be measured"
    if layers := listed(map(str, mixed_in(it))):
        return f"how far units of layers {layers} follow what they are told moves with what others do"
    if union(it.hidden.values()) & TEACHERS and (layers := listed(rough_in(it))):
        return f"layers {layers} are told it times numbers that are no smooth function of their drive"
    if told_late(it) and (found := it.learned_late) and (found.untold or not found.gains):
        return "layers are told of targets of presentations before, when slopes were others"
    return ""


def told_late(it: Subject) -> bool:
    """Whether layers are told of targets of presentations before."""
    apart = [layer for layer in range(1, depth_of(it.world)) if not it.carries(layer)]
    return bool(apart) and bool(it.made.carried & TEACHERS) and it.taught_late > 1


def by_late(it: Subject, said: str, words: str) -> Cell | None:
    """The verdict on what is told of presentations before, times slopes of then; None where it is not."""
    if not told_late(it):
        return None
    found = it.learned_late
    near = min((each.apart for each in found.gains), default=np.inf) < NEAR
    share = max((max(each.are_slopes, each.vanish, each.grow) for each in found.curves), default=0.0)
    if near or share or parts(found.gains):
        told = "what layers are told of presentations before is multiplied by slopes of then"
        return Cell("partly", None, told, said, words)
    return None


def mixed_in(it: Subject) -> set[int]:
    """The layers whose units' gains move with what other units do, however these are driven."""
    several = [each for each in (*it.gains, *it.small_gains) if each.by not in ITSELF]
    return {each.layer for each in several} - {each.layer for each in it.curves}


def rough_in(it: Subject) -> set[str]:
    """The layers of which no gain is known, and that are told something times what their drive does not tell."""
    several = (*it.gains, *it.small_gains, *it.gains_among)
    return {*it.multiplied.rough} - {str(each.layer) for each in several if each.by not in ITSELF}


def slopes_in(changes: Mapping[str, frozenset[str]]) -> tuple[set[str], set[str]]:
    """The layers whose slopes changes are made of: those of the layer's own, and those of others."""
    pairs = [
        (n, token.removeprefix("slope "))
        for n in changes
        for token in changes[n]
        if token.startswith("slope ")
    ]
    own = {layer for name, layer in pairs if layer == str(layer_of(name))}
    return own, {layer for name, layer in pairs if layer != str(layer_of(name))}


def by_near(it: Subject, said: str) -> Cell | None:
    """The verdict by examples that are near one another, whose quotients of differences are slopes; else None."""
    said = f"{said}; examples being near one another"
    if some := parts(it.gains_near):
        return by_parts(it.world, it.gains_near, some, said)
    if min((each.apart for each in it.gains_near), default=np.inf) < NEAR:
        return by_gains(it.world, it.gains_near, said)
    return None


def by_drives(it: Subject, said: str, words: str) -> Cell | None:
    """The verdict where single units are driven to both ends, and what they are told vanishes there; None where not."""
    return by_curves(it.curves, said, words)


def by_curves(several: Sequence[Curves], said: str, words: str) -> Cell | None:
    """The verdict by what single units are told over their drives; None where that is nothing like a slope."""
    if share := max((each.are_slopes for each in several), default=0.0):
        layers = listed({str(each.layer) for each in several if each.are_slopes})
        told = f"driven one by one, {100 * share:.0f} % of the units of layers {layers} are told it times their slopes"
        return Cell("partly", share, told, said, words)
    if share := max((each.vanish for each in several), default=0.0):
        layers = listed({str(each.layer) for each in several if each.vanish})
        told = f"what {100 * share:.0f} % of units of layers {layers} are told vanishes at both ends, in saturation"
        return Cell("partly", share, told, said, words)
    if share := max((each.grow for each in several), default=0.0):
        layers = listed({str(each.layer) for each in several if each.grow})
        told = f"what {100 * share:.0f} % of units of layers {layers} are told grows with their slopes over all drives"
        return Cell("partly", share, told, said, words)
    return None


def by_products(it: Subject, said: str, words: str) -> Cell | None:
    """The verdict where a teaching signal becomes another times a slope, in however many products; None where not."""
    if not union(it.hidden.values()) & TEACHERS:
        return None
    own, above = slopes_in({name: it.multiplied.tokens.get(name, frozenset()) for name in it.hidden})
    if own | above:
        told = f"what is told is multiplied by slopes of layers {listed(own | above)}, in several steps"
        told += ", and passed on so" if above else ""
        return Cell("present" if above else "partly", float(len(own | above)), told, told, words)
    return None


def by_gains(world: World, several: list[Gains], said: str) -> Cell:
    """The verdict on a rule that no mark betrays, and whose signals are multiplied by slopes all the same."""
    near = min(each.apart for each in several)
    layers = listed({str(each.layer) for each in several if each.apart < NEAR})
    words = f"what layers {layers} are told is multiplied by slopes of their activation, to {near:.1g} of their spread"
    if near < SIMILAR and passed_on(world, several):
        return Cell("present", near, f"{words}, and passed on so", said, words)
    return Cell("partly", near, words, said, words)


def by_parts(world: World, several: list[Gains], some: list[Part], said: str) -> Cell:
    """The verdict on a rule whose signals are multiplied by slopes for some of its units, or for some examples."""
    share, layers = max(each.share for each in some), listed(str(each.layer) for each in some)
    words = (
        f"what layers {layers} are told is multiplied by slopes for {100 * share:.0f} % of units and examples"
    )
    within = {each.layer for each in some}
    if passed_on(world, [each for each in several if each.layer in within], whole=False):
        return Cell("present", share, f"{words}, and passed on so", said, words)
    return Cell("partly", share, words, said, words)
