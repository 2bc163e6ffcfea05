"""What weight changes follow of the target: the rank of the teaching signal, and its bits, layer by layer.

The input, the state and all random draws are held, and the target of one example is exchanged. What moves is what a
layer is taught: in so many directions (its rank), and so many bits of it tell a neuron which class was right.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from plausible.core import Array, Presentation
from plausible.plausibility.intervention import STILL, dense, layer_of
from plausible.plausibility.provenance import depth_of
from plausible.plausibility.world import World, graded

RANKED = 1e-5  # of the largest singular value: smaller ones are the curvature of large changes
ORDERS = ([0, 1, 2], [1, 0, 2], [0, 2, 1], [2, 0, 1], [0, 0, 1], [2, 2, 2])  # of the targets of a batch
ALIKE = 1e-9  # of the size of a change: values that differ by less are one value


class Told(NamedTuple):
    """What one layer's weights are taught of the target, by one example whose input is held.

    `small` is the rank of what follows small changes of the target, `whole` that of what follows other classes. With
    classes equally likely, `bits` is the mutual information of the class and of what a neuron's synapses do, averaged
    over the neurons of the layer; `together` is that of the class and of what the whole layer does; `most` is the
    entropy of the class. All three are finite, as there are finitely many classes. `values` is the largest number of
    different things that one neuron's synapses do over the classes.
    """

    weight: str
    small: int
    whole: int
    bits: float
    together: float
    most: float
    values: int

    @property
    def rank(self) -> int:
        """In how many directions the change follows the target."""
        return max(self.small, self.whole)


def teaching(world: World, *, among: bool = False) -> tuple[Told, ...]:
    """What the hidden layers that learn are taught, from below; of a net without, what the lowest weights are.

    It is measured with the first example of the first presentation by which a weight changes; () where none does.

    Args:
        world: with the rule.
        among: whether the example is shown in its batch, whose other examples keep their inputs and their targets,
            instead of by itself. By itself an example has no activity in a network that standardises over a batch.
    """
    whole = world.shown[0]
    numbers = range(whole.x.shape[-2])
    places = ((whole, n) if among else (one_example(whole, n), 0) for n in numbers)
    return next((taught for shown, n in places if (taught := taught_by(world, shown, n))), ())


def taught_by(world: World, shown: Presentation, number: int) -> tuple[Told, ...]:
    """What layers are taught by one example, by its number in a presentation, whichever class it is of."""
    own = np.arange(shown.y.shape[-2])[:, None] == number
    classes = np.eye(shown.y.shape[-1])
    far = [with_target(shown, np.where(own, each, shown.y).astype(shown.y.dtype)) for each in classes]
    steps = [dense(world.step(shown=each)) for each in far]
    names = learning(world, *steps)
    if not names:
        return ()
    near = [shown, *(with_target(shown, shown.y + 1e-4 * own * each) for each in classes[1:] - classes[:-1])]
    whole = of_names(steps, names)
    try:
        small = changes(world, names, near)
    except Exception:  # of a rule that takes classes alone
        small = {name: each[:1].repeat(2, axis=0) for name, each in whole.items()}
    return tuple(told(name, small[name], whole[name]) for name in names)


def learning(world: World, *several: dict[str, Array]) -> list[str]:
    """The forward weights of hidden layers that change in any of some steps, from below; else the lowest that does.

    Some learn where an answer was right, or a class was shown, and nowhere else.
    """
    changed = {name for step in several for name in step if name[0] == "W" and step[name].any()}
    moving = sorted(changed, key=layer_of)
    return [name for name in moving if layer_of(name) < depth_of(world)] or moving[:1]


def changes(world: World, names: list[str], several: Iterable[Presentation]) -> dict[str, Array]:
    """Of each weight its changes at several presentations, (presentations, n_in, n)."""
    return of_names([dense(world.step(shown=shown)) for shown in several], names)


def of_names(steps: list[dict[str, Array]], names: list[str]) -> dict[str, Array]:
    """Of each weight its changes in several steps, (steps, n_in, n)."""
    return {name: np.stack([step[name] for step in steps]) for name in names}


def told(name: str, small: Array, whole: Array) -> Told:
    """What a weight's changes, (presentations, n_in, n), say of small changes of the target, and of whole classes."""
    size = float(np.abs(whole).max())
    neurons = [kinds(whole[..., n], size) for n in range(whole.shape[-1])]
    return Told(
        name, rank(small), rank(whole), float(np.mean([*map(entropy, neurons)])),
        entropy(kinds(whole, size)), float(np.log2(len(whole))), max(len(np.unique(each)) for each in neurons),
    )  # fmt: skip


def kinds(several: Array, size: float) -> Array:
    """The number of the first of several changes that each is the same as, but for a share of their `size`."""
    flat = several.reshape(len(several), -1)
    apart = np.abs(flat[:, None] - flat[None]).max(axis=2)
    return np.argmax(apart <= ALIKE * size, axis=1)


def entropy(labels: Array) -> float:
    """The entropy of labels that are equally likely, in bits."""
    share = np.unique(labels, return_counts=True)[1] / len(labels)
    return float(-(share * np.log2(share)).sum()) + 0.0


def rank(several: Array) -> int:
    """In how many directions changes differ from the first of them."""
    flat = several.reshape(len(several), -1)
    size, spread = np.abs(flat).max(), np.linalg.svd(flat[1:] - flat[0], compute_uv=False)
    if size == 0 or spread[0] < STILL * size:
        return 0
    return int((spread > RANKED * spread[0]).sum())


def by_batch(world: World) -> int | None:
    """The rank of the lowest change over the targets of a batch, as these are exchanged for others of the batch.

    None where no weight changes.
    """
    shown = world.shown[0]
    base = dense(world.step())
    lowest = min((name for name in base if name[0] == "W" and base[name].any()), key=layer_of, default="")
    turned = [with_target(shown, np.ascontiguousarray(shown.y[..., order, :])) for order in ORDERS]
    return rank(changes(world, [lowest], turned)[lowest]) if lowest else None


def kept(world: World, delay: int = 1) -> int:
    """The rank of hidden changes over the targets of so many presentations before: of labels that are kept."""
    first, several = world.shown[0], [world.shown[n % 2]._replace(first=False) for n in range(1, delay + 1)]
    later = world._replace(shown=(several[-1],), before=(first, *several[:-1]))
    targets = [first.y[..., order, :] for order in ORDERS]
    targets += [np.roll(first.y, n, axis=-1) for n in range(1, first.y.shape[-1])]
    turned = [later._replace(before=(with_target(first, y.copy()), *later.before[1:])) for y in targets]
    steps = [dense(each.step()) for each in turned]
    names = {name for step in steps for name in learning(world, step)}
    return max((rank(np.stack([step[name] for step in steps])) for name in names), default=0)


def one_example(shown: Presentation, number: int) -> Presentation:
    """A presentation of one of its examples alone."""
    rows = slice(number, number + 1)
    x, y = shown.x[..., rows, :], shown.y[..., rows, :]
    mask = None if shown.mask is None else shown.mask[..., rows]
    return Presentation(x, y, graded(y, mask), mask, shown.first)


def with_target(shown: Presentation, y: Array) -> Presentation:
    """A presentation with another target."""
    return shown._replace(y=y, reward=graded(y, shown.mask))
