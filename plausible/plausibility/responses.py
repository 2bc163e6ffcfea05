"""Weight transport by what comes down: how a layer's signal answers to the error above it, however that was computed.

Small changes of the target move the signal of each layer. Where what moves layer l is what moves layer l + 1, times the
transpose of W_{l+1}, but for a gain of each unit, that weight came down, or numbers that are like it did: packed, in
whatever order, noisy, or in pieces. Feedback that was drawn by itself answers in directions of its own. Where a signal
is bent to its signs, no small change moves it: then targets are drawn, over which signs follow the signal on average.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import betaincc, gammaincc

from plausible.core import Array
from plausible.plausibility.copies import CERTAIN
from plausible.plausibility.gains import examples
from plausible.plausibility.intervention import dense
from plausible.plausibility.provenance import depth_of
from plausible.plausibility.teaching import with_target
from plausible.plausibility.world import SEED, World

SMALL = 1e-4  # of a target
FAR, DRAWS = 3.0, 60  # of targets, which are drawn where a signal is bent: it follows the error on average
ALONE = 1e-3  # of what moves: the part of a change that is no multiple of one activity below
SPREAD = 1e-3  # of the largest response: weaker directions of it are rounding, or the curvature of large ones
EXACT = 1e-12  # of a square of a cosine: nearer is rounding
LIKE = 0.9  # of what comes down lies along weights that are sent back, though noise is in it; along their signs 3/4


class Response(NamedTuple):
    """A weight, and how much of what comes down beside it lies along its numbers, from 0 to 1."""

    weight: str
    along: float


def responses(world: World) -> list[Response]:
    """The weights above the lowest along which signals of layers answer to the error above, more than chance would.

    Of one example, the first of which anything answers; of a sequence, of its first step.
    """
    for example in examples(world):
        one = world._replace(shown=(example,))
        if layers := moving(one):
            rows = np.eye(example.y.shape[-1]) * SMALL
            if layers == {depth_of(one)}:  # the read-out alone: what lies below is told mere signs
                rows = np.random.default_rng(SEED).normal(size=(DRAWS, len(rows))) * FAR
            moved = answers(one, rows)
            pairs = [
                (f"W{layer + 1}", moved[layer], moved[layer + 1]) for layer in moved if layer + 1 in moved
            ]
            found = [(name, along(below, above, world.params[name])) for name, below, above in pairs]
            return [Response(name, share) for name, share in found if share is not None]
    return []


def moving(world: World) -> set[int]:
    """The layers whose changes move with a small change of the target."""
    more = SMALL * np.arange(1.0, world.shown[0].y.shape[-1] + 1)
    before, after = told_of(world, [0 * more, more])
    return {
        n
        for n, name in enumerate(names_of(world), 1)
        if name in before and (before[name] != after[name]).any()
    }


def told_of(world: World, rows: Sequence[Array]) -> list[dict[str, Array]]:
    """The changes of weights with what is added to the target."""
    shown = world.shown[0]
    targets = [(shown.y + row).astype(shown.y.dtype) for row in rows]
    return [dense(world.step(shown=with_target(shown, y))) for y in targets]


def names_of(world: World) -> list[str]:
    """The weights of layers, from below."""
    return [f"W{layer}" for layer in range(1, depth_of(world) + 1)]


def answers(world: World, rows: Array) -> dict[int, Array]:
    """By layer how its signal moves with what is added to the target, (added, n_l), where it does.

    The change of W_l is an activity below times the signal: a layer of which it is no such product is left out.
    """
    base, *several = told_of(world, [0 * rows[0], *rows])
    found = {}
    for layer, name in enumerate(names_of(world), start=1):
        if name in base and base[name].ndim == 2:
            moved = np.stack([each[name] - base[name] for each in several])
            flat = np.moveaxis(moved, 1, 0).reshape(len(base[name]), -1)
            activity, sizes, _ = np.linalg.svd(flat, full_matrices=False)
            whole = len(sizes) == 1 or sizes[1] <= ALONE * sizes[0]
            if whole and sizes[0] > SMALL**2 * np.abs(base[name]).max():
                found[layer] = np.einsum("i,kij->kj", activity[:, 0], moved)
    return found


def along(below: Array, above: Array, weight: Array) -> float | None:
    """How much of what comes down lies along a weight, (n_l, n_{l+1}), as the mean of squared cosines over units.

    None where chance would bring about as much, by directions that are drawn for each unit, as even ones or as those of
    the other units are: few values, or synapses in few places, are alike more often.
    """
    if np.shape(weight) != (below.shape[1], above.shape[1]):
        return None
    left, sizes, right = np.linalg.svd(above, full_matrices=False)
    room = int((sizes > SPREAD * sizes[0]).sum())
    told, wanted = (left[:, :room].T @ below) / sizes[:room, None], right[:room] @ weight.T
    lengths = [np.linalg.norm(each, axis=0) for each in (told, wanted)]
    used = lengths[0] * lengths[1] > SPREAD * (lengths[0] * lengths[1]).max(initial=0.0)
    if room < 2 or not used.any():
        return None
    pairs = (told[:, used] / lengths[0][used]).T @ (wanted[:, used] / lengths[1][used])
    squares = np.clip(pairs**2, 0.0, 1 - EXACT)
    own, others = np.diag(squares), squares[~np.eye(len(squares), dtype=bool)]
    as_near = (
        np.array([(others >= each).mean() for each in own - EXACT]) if others.size else np.zeros(len(own))
    )
    rooms = np.full(len(own), float(room))
    if not np.all(weight):
        rooms = rooms_of(right[:room], weight)[used]
    by_chance = betaincc(0.5, np.maximum(rooms - 1, EXACT) / 2, own)
    surprise = -np.log(np.maximum(by_chance, as_near)).sum()
    return float(own.mean()) if gammaincc(len(own), surprise) < np.exp(-CERTAIN) else None


def rooms_of(ways: Array, weight: Array) -> Array:
    """In how many directions feedback to each unit might lie that has synapses where a weight, (n_l, n_{l+1}), has.

    `ways`, (ways, n_{l+1}), are those in which the error above moves.
    """
    rng = np.random.default_rng(SEED)
    drawn = rng.normal(size=(DRAWS, *weight.shape)) * (weight != 0)
    told, wanted = drawn @ ways.T, weight @ ways.T
    lengths = np.linalg.norm(told, axis=2) * np.linalg.norm(wanted, axis=1)
    cosines = np.einsum("dij,ij->di", told, wanted) / np.where(lengths > 0, lengths, 1.0)
    return np.asarray(1 / np.maximum(np.mean(cosines**2, axis=0), EXACT))
