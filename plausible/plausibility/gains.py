"""Slopes by what they do: how far each neuron's change answers to a teaching signal, whatever way that was computed.

Where the change of W_l is made of a signal that comes in through weights M, δ_i = g_i Σ_j e_j M_ji, an alteration of M
that is the same for all units of the layer moves each unit's change by its gain g_i. Gains that are proportional to the
slopes of the layer's activation are slopes, in whatever products, tables or loops they are hidden. A signal that
settles through neurons answers to small alterations by slopes, too, as physics has it: it is told from a factor of the
rule by doubling the alteration, as a factor doubles what moves exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from plausible.core import Array, Presentation
from plausible.networks.activations import Activation
from plausible.plausibility.intervention import dense
from plausible.plausibility.neighbours import louder
from plausible.plausibility.provenance import depth_of, sides, units_of
from plausible.plausibility.record import SIMILAR
from plausible.plausibility.teaching import one_example, with_target
from plausible.plausibility.world import SEED, World

EXACT = 1e-6  # of what moves: twice the alteration moves a factor twice as far, but for this
NEAR = 0.1  # of the spread of slopes: gains that are nearer are a table or a sketch of them
SMALL = 1e-4  # of what is altered: what bends a signal is straight by so little
BENT = 0.01  # of what moves by so little: twice as much moves it twice as far, but for this
WIDTH = 1e-5  # of a difference quotient
LOUDNESS = (1.2, 1.5)  # what weights into units are multiplied by
LINEAR = (
    1e-6  # of what changes are: a unit's change that is further from a line is no multiple of its activity
)
ITSELF = (  # gains of what is no more than a slope, or an activity times a slope: of a layer, and of what is read of it
    *("signal", "activity"),
    *("reading", "reading of activity"),
)
DRAWS = 20  # of directions that are free, of which the most even one is taken


class Gains(NamedTuple):
    """Of one hidden layer the gains of its units by one way, and the slopes of its activation, (examples, units)."""

    layer: int
    by: str  # the weight that was altered, or "y" or "reward"
    gains: Array
    slopes: Array

    @property
    def apart(self) -> float:
        """How far gains are from proportional to slopes, in spreads of the slopes."""
        return min(apart_by_example(self.gains, self.slopes), apart_by_unit(self.gains, self.slopes))

    @property
    def of_slopes(self) -> float:
        """How far gains are from a + b s, b > 0, or from a power of s, s the slopes, in spreads of what is fitted."""
        return max(bent(g, s) for g, s in zip(self.gains, self.slopes, strict=True))

    @property
    def is_slope(self) -> bool:
        """Whether gains are slopes but for factors of an example, or of a unit."""
        return self.apart < SIMILAR


def bent(gains: Array, slopes: Array) -> float:
    """How far the gains of one example are from a function of slopes that grows: a line or a power, in its spread."""
    if not np.isfinite(gains).all():
        return np.inf
    pairs = [(slopes, gains)]
    if (gains > 0).all() and (slopes > 0).all():
        pairs.append((np.log(slopes), np.log(gains)))
    found = [np.inf]
    for s, g in pairs:
        size = np.ptp(s)
        rise = float((s - s.mean()) @ (g - g.mean()) / max(float((s - s.mean()) @ (s - s.mean())), 1e-300))
        if size > EXACT * max(float(np.abs(s).max()), 1e-300) and rise * size > EXACT * float(
            np.abs(g).max()
        ):
            found.append(float(np.abs(g - g.mean() - rise * (s - s.mean())).max() / (rise * size)))
    return min(found)


def apart_by_example(gains: Array, slopes: Array) -> float:
    """How far gains are from slopes but for a factor of each example, relative to the spread of the slopes."""
    if not np.isfinite(gains).all():  # of units that are silent nothing can be told
        return np.inf
    several = []
    for g, s in zip(gains, slopes, strict=True):
        g = g / (np.abs(g).max() or 1.0)  # as squares of what is tiny are 0
        factor = float(g @ s / max(float(s @ s), 1e-300))
        if np.ptp(s) == 0 or abs(float(g @ s)) <= EXACT * float(np.linalg.norm(g) * np.linalg.norm(s)):
            return np.inf  # at right angles to slopes, or nothing: no factor makes slopes of them
        several.append(float(np.abs(g / factor - s).max() / np.ptp(s)))
    return max(several)


def apart_by_unit(gains: Array, slopes: Array) -> float:
    """The same but for factors of each example and of each unit, as of feedback that is the unit's own."""
    used = ((gains != 0) & np.isfinite(gains)).all(axis=0)
    if len(gains) < 3 or used.sum() < 3 or (slopes <= 0).any():
        return np.inf
    made = gains[:, used]
    if (np.sign(made) != np.sign(made[:1]) * np.sign(made[:, :1]) * np.sign(made[0, 0])).any():
        return np.inf
    wanted = centred(np.log(slopes[:, used]))
    if np.ptp(wanted) <= EXACT:  # a slope that is a factor of the example and one of the unit tells nothing
        return np.inf
    return float(np.abs(centred(np.log(np.abs(made))) - wanted).max() / np.ptp(wanted))


def centred(a: Array) -> Array:
    """A matrix without the means of its rows and columns."""
    return a - a.mean(axis=0) - a.mean(axis=1, keepdims=True) + a.mean()


def gains(world: World, size: float = 1.0, exact: float = EXACT) -> list[Gains]:
    """The gains of hidden layers by all ways in which they can be measured, from below.

    Args:
        world: that the rule learns in.
        size: of alterations, relative to what is altered.
        exact: of what moves, by how much twice the alteration may move it otherwise than twice as far.
    """
    found = []
    for layer in range(1, depth_of(world)):
        for by in ways(world, layer):
            rows = []
            for example in examples(world):
                if (row := measured(world, layer, by, example, size, exact)) is None:
                    break
                rows.append(row)
            else:
                made, active = (np.stack(each) for each in zip(*rows, strict=True))
                if (slopes := slopes_at(world, layer, active)) is not None:
                    found.append(Gains(layer, by, made, slopes))
    return found


def slopes_at(world: World, layer: int, active: Array) -> Array | None:
    """The slopes of a layer at each example, as its network names them, or by what biases do; None without either."""
    used: Any = getattr(world.network, "activation", None)
    if isinstance(used, Activation):
        return np.asarray(used.slope(active))
    name, rows = f"b{layer}", []
    if name not in world.params or np.shape(world.params[name]) != active.shape[1:]:
        return None
    for example in examples(world):
        ends = [
            world._replace(shown=(example,)).respond({**world.params, name: world.params[name] + step})
            for step in (WIDTH, -WIDTH)
        ]
        rows.append((ends[0][layer - 1] - ends[1][layer - 1]).reshape(-1) / (2 * WIDTH))
    return np.stack(rows)


def untold(world: World, several: list[Gains]) -> list[int]:
    """The layers of which no gain can be measured, as what moves their changes is no factor of them.

    A layer whose units learn in proportion to their activity, or whatever it is, multiply nothing by a slope; nor does
    one that learns a number times what no activity moves.
    """
    known = {each.layer for each in several if each.by not in ITSELF}
    one = world._replace(shown=(next(examples(world)),))
    return [
        layer for layer in range(1, depth_of(world))
        if layer not in known and follows(one, layer)
        and not of_one_number(world, layer) and not of_activity(one, layer)
    ]  # fmt: skip


def of_one_number(world: World, layer: int) -> bool:
    """Whether the change of a layer is a number times what no input moves, as of a reward and noise in weights."""
    several = [signal(world, layer, (None, shown)) for shown in examples(world)]
    made = [each.ravel() for each in several if each is not None and each.any()]
    if len(made) < 2:
        return False
    unit = [each / np.linalg.norm(each) for each in made]
    return all(1 - abs(float(unit[0] @ each)) < EXACT**2 for each in unit[1:])


def follows(world: World, layer: int) -> bool:
    """Whether the change of a layer moves with any of the ways that lead to it."""
    active, base = world.respond()[layer - 1], signal(world, layer, None)
    active = active.reshape(-1) if active.size == active.shape[-1] else active
    if base is None:
        return False
    for by in ways(world, layer):
        altered = None if by in ITSELF else alteration(world, layer, by, active)
        after = None if altered is None else signal(world, layer, altered[0](1.0))
        if after is not None and np.linalg.norm(after - base) > EXACT * np.linalg.norm(base):
            return True
    return False


def of_activity(world: World, layer: int) -> bool:
    """Whether the changes of units are linear in their activities, with all that they send on as it was."""
    several = []
    for units in (slice(0, None, 2), slice(1, None, 2)):
        for params in (world.params, *(louder(world, layer, units, size) for size in LOUDNESS)):
            change = None if params is None else signal(world, layer, (params, world.shown[0]))
            if params is None or change is None:
                return False
            several.append((world.respond(params)[layer - 1][0, units], change[:, units]))
        (h, c), (h1, c1), (h2, c2) = several[-3:]
        apart = (c2 - c) * (h1 - h) - (c1 - c) * (h2 - h)
        if (np.abs(apart) > LINEAR * np.abs(h1 - h) * max(float(np.abs(c).max()), 1e-300)).any():
            return False
    return True


def examples(world: World) -> Iterator[Presentation]:
    """Each example of the first presentation alone, of a sequence its first step."""
    shown = world.shown[0]
    for number in range(shown.x.shape[-2]):
        one = one_example(shown, number)
        if one.x.ndim == 3:
            mask = None if one.mask is None else one.mask[:1]
            one = with_target(one._replace(x=one.x[:1], mask=mask), one.y[:1])
        yield one


def ways(world: World, layer: int) -> list[str]:
    """The weights that join a layer to what is no layer below it, the target, and the reward."""
    units = units_of(world)
    joined = [
        name
        for name, array in world.params.items()
        if np.ndim(array) == 2 and name not in (f"W{layer}", f"R{layer}")
        and f"units {layer}" in [units.get(side, "") for side in sides(name, array)]
    ]  # fmt: skip
    return [*joined, "y", "reward", *ITSELF]


def measured(
    world: World, layer: int, by: str, shown: Presentation, scale: float = 1.0, exact: float = EXACT
) -> tuple[Array, Array] | None:
    """The gain of each unit, and its activity; None where nothing moves, or not by a factor."""
    world = world._replace(shown=(shown,))
    active = world.respond()[layer - 1].reshape(-1)
    if by in ITSELF:
        change = signal(world, layer + by.startswith("reading"), None)
        row = None if change is None else only_row(change.T if by.startswith("reading") else change)
        if row is None or row.size != active.size:
            return None
        return upright(row / active if by.endswith("activity") else row), active
    altered = alteration(world, layer, by, active)
    if altered is None or altered[1].size != active.size:
        return None
    step, even = altered
    base = signal(world, layer, None)
    once, twice = (None if base is None else signal(world, layer, step(size)) for size in (scale, 2 * scale))
    if base is None or once is None or twice is None or not once.shape == base.shape == twice.shape:
        return None
    moved, again = once - base, twice - base
    size = float(np.linalg.norm(moved))
    if (
        size <= EXACT * scale * float(np.linalg.norm(base))
        or np.linalg.norm(again - 2 * moved) > exact * size
    ):
        return None
    row = only_row(moved, max(EXACT, 1e-3 * exact))
    return None if row is None or row.size != even.size else (upright(row / even), active)


def only_row(change: Array, exact: float = EXACT) -> Array | None:
    """The row that each row of a change is a multiple of; None if there is none such."""
    _, sizes, rows = np.linalg.svd(change, full_matrices=False)
    return None if len(sizes) > 1 and sizes[1] > exact * sizes[0] else np.asarray(rows[0])


def upright(gains: Array) -> Array:
    """Gains with the sign that most of them have, as a row of a matrix has any."""
    return np.asarray(gains * (np.sign(gains.sum()) or 1.0))


def passed_on(world: World, several: list[Gains], *, whole: bool = True) -> bool:
    """Whether a layer passes on what it is told as multiplied by its slopes.

    What moves the signal of a layer moves that of the layer below by the gains of both and the weights between them, if
    it does; by the weights and the lower gains alone, if it does not. Without `whole`, gains need not all be slopes.
    """
    world, units = world._replace(shown=(next(examples(world)),)), units_of(world)
    kept = [each for each in several if each.is_slope or not whole]
    upper = {each.layer: each for each in kept if each.by not in ITSELF}
    lower = {each.layer + 1: each for each in kept if each.by in world.params}
    for layer in upper.keys() & lower.keys():
        one, below = upper[layer], lower[layer]
        active = world.respond()[layer - 1].reshape(-1)
        altered, array = alteration(world, layer, one.by, active), world.params[below.by]
        base, ends = signal(world, layer - 1, None), [units.get(s, "") for s in sides(below.by, array)]
        if altered is None or base is None or f"units {layer}" not in ends:
            continue
        after = signal(world, layer - 1, altered[0](1.0))
        row = None if after is None else only_row(after - base)
        if row is None:
            continue
        down = array if ends[0] == f"units {layer}" else array.T
        expected = ((altered[1] * one.gains[0]) @ down) * below.gains[0]
        cosine = abs(float(row @ expected)) / max(
            float(np.linalg.norm(row) * np.linalg.norm(expected)), 1e-300
        )
        if cosine > 1 - SIMILAR**2:
            return True
    return False


Altered = tuple[dict[str, Any] | None, Presentation]


def alteration(
    world: World, layer: int, by: str, active: Array
) -> tuple[Callable[[float], Altered], Array] | None:
    """What alters the signal of a layer, by its size, and how much of it each of the layer's units is told.

    `active`, (n_l,) or (batch, n_l), is the activity that must not send anything else on.
    """
    shown, rng, n = world.shown[0], np.random.default_rng(SEED), active.shape[-1]
    if by == "y":
        more = rng.normal(size=shown.y.shape[-1])
        return lambda size: (None, with_target(shown, shown.y + size * more)), np.ones(n)
    even: Array = np.ones(n)
    if by == "reward":
        told = shown.reward
        return lambda size: (None, shown._replace(reward=lambda answer: told(answer) + size)), even
    array, units = world.params[by], units_of(world)
    axis = [units.get(side, "") for side in sides(by, array)].index(f"units {layer}")
    other = rng.normal(size=array.shape[1 - axis])
    if array.shape[axis] != n:
        return None
    if by[0] in "WR":  # what goes up through it must not move
        free = [beyond(rng.normal(size=(n,)), active) for _ in range(DRAWS)]
        even = free[int(np.argmax([np.abs(each).min() for each in free]))]
    rest = np.outer(even, other) if axis == 0 else np.outer(other, even)
    rest = rest * float(np.linalg.norm(array) or 1.0) / float(np.linalg.norm(rest))
    return lambda size: ({**world.params, by: (array + size * rest).astype(array.dtype)}, shown), even


def beyond(draw: Array, active: Array) -> Array:
    """A direction without its part along an activity, or along those of several examples."""
    if active.ndim > 1:
        return draw - active.T @ np.linalg.lstsq(active.T, draw, rcond=None)[0]
    return draw - active * float(draw @ active) / max(float(active @ active), 1e-300)


def signal(world: World, layer: int, altered: Altered | None) -> Array | None:
    """The change of the weights into a layer; None where it proposes none."""
    params, shown = altered or (None, world.shown[0])
    found = dense(world.step(params, shown=shown)).get(f"W{layer}")
    return found if found is not None and found.ndim == 2 else None
