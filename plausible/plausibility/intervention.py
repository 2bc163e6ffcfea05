"""The second instrument, intervention: what the weight changes of a rule depend on, tested by its contract alone.

One thing in the world is altered, and the change of each weight is compared with what it was before. The rule's code
is not followed, so that a dependence through untraceable numbers is measured as well. A dependence that moves no number
is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import is_dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from plausible.core import Array, Outer, Params, Presentation, Step
from plausible.networks.activations import Activation
from plausible.plausibility.provenance import NUMBERED, depth_of, is_head, lengths_of
from plausible.plausibility.record import Sent
from plausible.plausibility.world import SEED, World, graded

MOVES = 1e-7  # relative to a change's size: a change that moves by more depends on what was altered
PROBED = 0.01  # what is learned of weights from noise in one step moves changes by less
STILL = 1e-10  # one that moves by less does not; rounding is about 1e-15


class Transport(NamedTuple):
    """How far the changes of other weights moved where one weight was altered such that no activity moved.

    `values` is how far the changes of forward weights moved, relative to their size. It is None where that cannot be
    decided, as the activities that were sent up through the weight leave no direction free. `signs` is the same for an
    alteration that leaves all signs of the weight as they are, per size of that alteration. `copied` is how far the
    changes of feedback weights moved. `probed` is `values` where what was sent that is of no example, such as the
    columns of an identity matrix, is no activity: None where nothing such was sent.
    """

    weight: str
    values: float | None = None
    signs: float | None = None
    copied: float | None = None
    probed: float | None = None


class Moved(NamedTuple):
    """How far the change of each weight moved, relative to its size, by weight."""

    by: Mapping[str, float]

    def below(self, layer: int) -> float:
        """The most that a change below a layer moved."""
        return max((size for name, size in self.by.items() if layer_of(name) < layer), default=0.0)


def layer_of(name: str) -> int:
    """The layer that a weight's name gives; a large number where it gives none."""
    found = NUMBERED.fullmatch(name)
    return int(found[2]) if found else 10**6


def dense(step: Step) -> dict[str, Array]:
    """The changes of a step as arrays."""
    return {
        name: np.asarray(update.dense() if isinstance(update, Outer) else update)
        for name, update in step.updates.items()
    }


def moved(before: Mapping[str, Array], after: Mapping[str, Array]) -> Moved:
    """How far changes moved, each relative to the larger of its two norms."""
    sizes = {}
    for name in before.keys() & after.keys():
        size = max(float(np.linalg.norm(before[name])), float(np.linalg.norm(after[name])))
        sizes[name] = float(np.linalg.norm(after[name] - before[name])) / size if size > 0 else 0.0
    return Moved(sizes)


def transport(world: World, sent: Iterable[Sent] = ()) -> list[Transport]:
    """For each forward weight above the first, how far the changes of others depend on it other than through activity.

    The weights that are altered are W_l, l > 1, recurrent ones R_l, and those of heads beside layers. D is added to
    them, with h D = 0 for each activity h that was sent up through them, as the marks tell, or else for those that the
    layers answer with.
    """
    sent, base = list(sent), dense(world.step())
    of_examples = shown_to(world, [each for each in sent if not each.probe])
    probed = {each.side for each in sent if each.probe and each.presentation <= len(world.before)}
    found = []
    disturbed = {each.side for each in sent if each.disturbed}
    for name, rows in shown_to(world, sent).items():
        if layer_of(name) > 1 or name[0] != "W":
            if f"{name}:pre" in disturbed:  # activity that its own numbers do not move, others do
                found.append(Transport(name))
                continue
            one = tested(world, base, name, rows)
            if f"{name}:pre" in probed and name in of_examples and not by_a_number(world, name):
                one = one._replace(probed=tested(world, base, name, of_examples[name]).values)
            found.append(one)
    return found


def by_a_number(world: World, name: str) -> bool:
    """Whether another weight multiplies the changes below it by a number for each example, and turns none.

    So it is where noise is sent up through weights, and the error that it makes comes back as one number: the size of
    each neuron's own noise is all that its synapses read.
    """
    weights, rng = world.params[name], np.random.default_rng(SEED)
    params = {**world.params, name: (weights + rng.normal(size=weights.shape)).astype(weights.dtype)}
    before, after = dense(world.step()), dense(world.step(params))
    layers, found = [world.shown[0].x, *world.respond()], list[bool]()
    for layer in range(1, layer_of(name)):
        if f"W{layer}" in before.keys() & after.keys():
            a, b = (told_in(each[f"W{layer}"], layers[layer - 1]) for each in (before, after))
            found.append(a is not None and b is not None and alike(a, b))
    return bool(found) and all(found)


def told_in(change: Array, sent: Array) -> Array | None:
    """What neurons were told of each example, (batch, n_l), by the change of weights and what was sent; else None."""
    if sent.ndim != 2 or change.ndim != 2 or sent.shape[1] != len(change):
        return None
    back = np.linalg.pinv(sent.T)
    told = back @ change
    missed = (
        float(np.linalg.norm(change - sent.T @ told)),
        float(np.linalg.norm(back @ sent.T - np.eye(len(sent)))),
    )
    return told if missed[0] <= MOVES * float(np.linalg.norm(change)) and missed[1] <= MOVES else None


def alike(a: Array, b: Array) -> bool:
    """Whether each row of one matrix is a multiple of the same row of another."""
    sizes = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return bool((np.abs((a * b).sum(axis=1)) >= (1 - MOVES) * sizes).all())


def tested(world: World, base: Mapping[str, Array], name: str, rows: Array) -> Transport:
    """How far the changes of others move where one weight is altered and no activity is."""
    weights, rng = world.params[name], np.random.default_rng(SEED)
    free = null_space(rows)
    if free.shape[1] == 0 or not weights.any():
        return Transport(name)
    direction = free @ rng.normal(size=(free.shape[1], weights.shape[1]))
    direction *= np.linalg.norm(weights) / np.linalg.norm(direction)
    gentle = min(0.9 * float(np.min(np.abs(weights) / np.maximum(np.abs(direction), 1e-300))), 1.0)
    found = []
    for size in (1.0, gentle) if gentle > 0 else (1.0,):
        params = {**world.params, name: (weights + size * direction).astype(weights.dtype)}
        if moves_activity(world, params):
            return Transport(name)
        changes = moved(base, dense(world.step(params))).by
        others = {
            other: each / size for other, each in changes.items() if other not in (name, "b" + name[1:])
        }
        found.append(
            [max((others[n] for n in others if is_forward(n) is up), default=0.0) for up in (True, False)]
        )
    return Transport(name, found[0][0], found[1][0] if len(found) > 1 else None, found[0][1])


def lowest(by: Mapping[str, float]) -> float | None:
    """How far the change of the lowest weights moved, relative to its size."""
    names = [name for name in by if name[0] == "W"]
    return by[min(names, key=layer_of)] if names else None


def is_forward(name: str) -> bool:
    """Whether a weight is one that activity goes up through, or a bias, by its name."""
    return name[:1] in ("W", "R", "b")


def moves_activity(world: World, params: Params) -> bool:
    """Whether other weights change what the layers answer."""
    pairs = zip(world.respond(), world.respond(params), strict=True)
    return any(np.abs(a - b).max() > STILL * max(float(np.abs(a).max()), 1.0) for a, b in pairs)


def shown_to(world: World, sent: Iterable[Sent]) -> dict[str, Array]:
    """Of each forward weight all rows of activity that were sent up through it, until the presentation looked at.

    Where the rule cannot be followed, what the layers answer with is all that is known.
    """
    rows: dict[str, list[Array]] = {}
    for each in sent:
        if each.presentation <= len(world.before) and each.side.endswith(":pre"):
            rows.setdefault(each.side.removesuffix(":pre"), []).append(each.rows.real)
    found, layers = {}, [world.shown[0].x, *world.respond()]
    if world.before:
        layers += [world.before[0].x, *world._replace(before=(), shown=world.before).respond()]
    for name, array in world.params.items():
        if (name[0] in "WR" or (is_head(name) and name in rows)) and np.ndim(array) == 2:
            several = [a for a in rows.get(name, []) if a.shape[-1] == len(array)] + [
                a.reshape(-1, a.shape[-1]) for a in layers if a.shape[-1] == len(array)
            ]
            if several:
                found[name] = np.concatenate(several)
    return found


def null_space(rows: Array) -> Array:
    """Directions, (n, free), that are orthogonal to each row, (rows, n)."""
    _, sizes, directions = np.linalg.svd(rows.astype(np.float64), full_matrices=len(rows) < rows.shape[1])
    rank = int((sizes > 1e-12 * max(float(sizes.max(initial=0.0)), 1e-300)).sum())
    return np.asarray(directions[rank:].T)


def slopes(world: World) -> dict[int, Moved]:
    """By hidden layer, how far changes move where the slope of its activation is altered and its activity is not."""
    network = world.network
    used = getattr(network, "activation", None)
    if not (isinstance(used, Activation) and is_dataclass(network) and not isinstance(network, type)):
        return {}
    base, found = dense(world.step()), {}
    for width, units in lengths_of(world).items():
        layer = int(units.removeprefix("units "))
        if 0 < layer < depth_of(world):
            told = replace(used, slope=other_slope(used, width))
            rule = replace(world.rule, network=replace(network, activation=told))
            found[layer] = moved(base, dense(world._replace(rule=rule).step()))
    return found


def other_slope(used: Activation, width: int) -> Callable[..., Array]:
    """The slope of an activation, altered in layers of one width alone."""

    def slope(h: Array, *given: Any, **options: Any) -> Array:
        found = used.slope(h, *given, **options)
        return found * (0.4 + 0.3 * np.arange(width) / width) if h.shape[-1] == width else found

    return slope


def remembers(world: World) -> bool:
    """Whether a rule does something else at a presentation for what was presented before, with the same weights.

    It may keep that in its state, or in itself: then a presentation of other weights and examples in between shows.
    """
    later, base = world.later, dense(world.step())
    if any(
        size > STILL
        for size in moved(dense(world.step(shown=later.shown[0])), dense(later.step())).by.values()
    ):
        return True
    world.step({name: 0.5 * array for name, array in world.params.items()}, shown=later.shown[0])
    return any(size > STILL for size in moved(base, dense(world.step())).by.values())


def restless(world: World) -> float:
    """How far the changes of the same presentation differ from one time to the next, with nothing altered.

    A rule that counts for itself, or draws by a generator of its own, differs; what it keeps of the last presentation
    alone is the same from the second time on.
    """
    world.step()
    return max(moved(dense(world.step()), dense(world.step())).by.values(), default=0.0)


def kept_in_itself(world: World) -> float:
    """How far changes move with what was presented in between, though the state is the same."""
    base = dense(world.step())
    world.step({name: 0.5 * array for name, array in world.params.items()}, shown=world.shown[-1])
    return max(moved(base, dense(world.step())).by.values(), default=0.0)


def joined(first: Iterable[Transport], later: Iterable[Transport]) -> list[Transport]:
    """The most that moved at either of two presentations, by weight."""
    others = {each.weight: each for each in later}
    found = []
    for one in first:
        pairs = zip(one[1:], others.get(one.weight, one)[1:], strict=True)
        most = [max((x for x in pair if x is not None), default=None) for pair in pairs]
        found.append(Transport(one.weight, *most))
    return found


def locking(world: World) -> Moved:
    """How far changes move where the weights and biases above layer 1 are altered.

    The change of a layer that waits for no other does not move. What came of presentations before stays as it was.
    """
    rng, params, state = np.random.default_rng(SEED), dict(world.params), world.reached(world.params)
    for name, array in world.params.items():
        if name[0] in "Wb" and 1 < layer_of(name) < 10**6:
            params[name] = rng.permuted(array + 0.1 * rng.normal(size=array.shape)).astype(array.dtype)
    return moved(dense(world.step(state=deepcopy(state))), dense(world.step(params, deepcopy(state))))


def in_windows(world: World) -> float | None:
    """How far changes differ where a sequence is shown step by step, with the state carried on; None without sequences.

    Where they do not differ, the state is all that the rule needs: it stores no past activity.
    """
    shown = world.shown[0]
    if shown.x.ndim != 3:
        return None
    whole = dense(world.step())
    sizes = [*moved(whole, step_by_step(world, [shown])).by.values()]
    return float(np.max(sizes)) if sizes else 0.0  # NaN where steps alone bring about no number


def kept_outside(world: World) -> float:
    """How far the changes of a sequence move where the steps of another come in between, with a state of their own.

    They do not, if all that is kept of past steps is in the state.
    """
    alone = step_by_step(world, world.shown[:1])
    return max(moved(alone, step_by_step(world, world.shown[:2])).by.values(), default=0.0)


def step_by_step(world: World, several: Sequence[Presentation]) -> dict[str, Array]:
    """The changes of the first of several sequences, whose steps are shown in turns, each with its own state."""
    states, total = [world.state for _ in several], dict[str, Array]()
    for t in range(len(several[0].x)):
        for number, shown in enumerate(several):
            x, y = shown.x[t : t + 1], shown.y[t : t + 1]
            mask = None if shown.mask is None else shown.mask[t : t + 1]
            one = Presentation(x, y, graded(y, mask), mask, t == 0)
            step = world.step(state=states[number], shown=one)
            states[number] = step.state
            for name, change in dense(step).items() if number == 0 else ():
                total[name] = total.get(name, 0) + change
    return total
