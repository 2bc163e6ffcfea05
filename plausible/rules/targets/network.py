"""What rules of target propagation share: how targets become teaching signals, and how feedback learns to invert."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal, NamedTuple

from numpy.random import Generator

from plausible.arrays import beside
from plausible.core import Array, Outer, Params, Presentation, Update, View
from plausible.errors import require_number
from plausible.networks.inits import Init, Uniform
from plausible.networks.mlp import MLP, Pass, into
from plausible.networks.products import times
from plausible.rules.layered import Taught, Teaching


class Own(NamedTuple):
    """What becomes of a layer's own activity, by the layer's number, each computed when it is first asked for."""

    sent: Callable[[int], Array]  # h_l, and of the output its z_L, (batch, n_l): what feedback hears
    back: Callable[[int], Array]  # g_l of that, (batch, n_{l-1})


@dataclass(frozen=True)
class TargetRule(Taught):
    """A rule whose hidden layers learn to reach targets t_l that come down by feedback g_l, layer by layer.

        g_l(h) = f(h B_l + c_l),   δ_l = (h_l - t_l) ⊙ f'(z_l) / step,   l < L;   δ_L = error

    with t_l, h_l and z_l (batch, n_l), B_l (n_l, n_{l-1}), c_l (n_{l-1},), f the network's activation, and l from 2 to
    L in g_l, or to L - 1 where t_{L-1} does not come by feedback. Signals are divided by the `step` by which the first
    target is away from the activity, so that one learning rate serves all steps. `first` gives t_{L-1}, `below`
    t_{l-1} from t_l, `relearn` the changes of g_l.

    Args:
        step: by how much of the negative gradient the first target is away from the activity.
        noise: the standard deviation of the noise that feedback learns from.
        feedback: the distribution of B_l; c_l is 0 at first.
    """

    step: float = 0.1
    noise: float = 0.1
    feedback: Init = Uniform()

    def __post_init__(self) -> None:
        require_number("step", self.step, open_low=True)
        require_number("noise", self.noise, open_low=True)

    @abstractmethod
    def first(self, params: View, passed: Pass, error: Array, y: Array, own: Own) -> Array:
        """The target of the last hidden layer, (batch, n_{L-1})."""

    @abstractmethod
    def below(self, params: View, layer: int, target: Array, own: Own, h_below: Array) -> Array:
        """The target of layer `layer` - 1, (batch, n_{l-1}), from the target above and the activity there."""

    @abstractmethod
    def relearn(self, params: View, layer: int, passed: Pass, own: Own, rng: Generator) -> dict[str, Update]:
        """The changes of B_l and c_l, for a sum over examples."""

    @property
    def highest(self) -> int:
        """The highest layer that sends feedback."""
        return self.network.depth

    @property
    def leak(self) -> float:
        """How much B_l shrinks beside what it learns."""
        return 0.0

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        params = self.network.start(n_in, n_out, rng)
        drawn = self.network.feedback(self.feedback, params, rng)
        for layer in range(2, self.highest + 1):
            params[f"B{layer}"] = drawn[f"B{layer}"]
            if self.network.bias:
                params[f"c{layer}"] = 0 * params[f"b{layer - 1}"]
        return params, None

    def sent(self, params: View, layer: int, passed: Pass) -> Array:
        """What feedback hears of layer l, (batch, n_l): h_l, and of the output its z_L."""
        if layer < self.network.depth:
            return passed.activities[layer]
        return self.up(params, layer, passed.activities[layer - 1])

    def down(self, params: View, layer: int, h: Array) -> Array:
        """g_l(h), (batch, n_{l-1})."""
        z = times(h, params[f"B{layer}"])
        if self.network.bias:
            z += params[f"c{layer}"]
        return self.network.activation.value(z)

    def own(self, params: View, passed: Pass) -> Own:
        """What layers do of themselves."""
        sent = cache(lambda layer: self.sent(params, layer, passed))
        return Own(sent, cache(lambda layer: self.down(params, layer, sent(layer))))

    def up(self, params: View, layer: int, h: Array) -> Array:
        """What feedback hears of layer l, (batch, n_l), for an activity of the layer below: of the output, its z_L."""
        return climb(self.network, params, layer, layer, h)

    def shaken(self, h: Array, rng: Generator) -> Array:
        """Noise of the shape of `h`."""
        return shake(h, self.noise, rng)

    def change(self, layer: int, pre: Array, post: Array, scale: float) -> dict[str, Update]:
        """scale · preᵀ post for B_l and scale · 1ᵀ post for c_l, from (rows, n_l) and (rows, n_{l-1})."""
        biases: dict[str, Update] = {f"c{layer}": Outer(None, post, scale)} if self.network.bias else {}
        return {**biases, f"B{layer}": Outer(pre, post, scale)}

    def aims(self, params: View, passed: Pass, error: Array, y: Array, own: Own) -> list[Array]:
        """t_1 ... t_{L-1}, each (batch, n_l)."""
        h, found = passed.activities, list[Array]()
        for layer in range(self.network.depth - 1, 0, -1):
            top = layer == self.network.depth - 1
            target = (
                self.first(params, passed, error, y, own)
                if top
                else self.below(params, layer + 1, found[0], own, h[layer])
            )
            found.insert(0, target)
        return found

    def teaching(
        self, params: View, passed: Pass, error: Array, shown: Presentation, rng: Generator
    ) -> Teaching:
        own = self.own(params, passed)
        pairs = enumerate(self.aims(params, passed, error, shown.y, own), 1)
        signals = [(passed.activities[n] - target) * passed.slope(n) / self.step for n, target in pairs]
        scale, changes = self.network.output.scale(shown.y), dict[str, Update]()
        for layer in range(2, self.highest + 1):
            found = self.relearn(params, layer, passed, own, rng)
            changes |= damped({name: scale * each for name, each in found.items()}, params, self.leak)
        return Teaching([*signals, error], changes)


def shake(h: Array, size: float, rng: Generator) -> Array:
    """Normal noise of standard deviation `size`, of the shape, the dtype and the order of memory of `h`."""
    order: Literal["C", "F"] = "F" if h.flags.f_contiguous else "C"
    return beside(rng.normal(0, size, h.shape).astype(h.dtype, order), h)


def climb(network: MLP, params: View, low: int, high: int, h: Array) -> Array:
    """The activity of layer `high`, (batch, n), that follows from `h` of layer `low` - 1; of the output, its z_L.

    >>> import numpy as np
    >>> from plausible.networks.mlp import MLP
    >>> from plausible.rules.targets.network import climb
    >>> climb(MLP((2,), bias=False), {"W1": np.eye(2), "W2": 2 * np.eye(2)}, 2, 2, np.ones((1, 2)))
    array([[2., 2.]])
    """
    for layer in range(low, high + 1):
        h = into(network, params, layer, h)
        if layer < network.depth:
            h = network.activation.value(h)
    return h


def damped(changes: Mapping[str, Update], params: View, damping: float) -> dict[str, Update]:
    """Changes less `damping` times the weights; biases are not damped."""
    if not damping:
        return {**changes}
    found: dict[str, Update] = {**changes}
    for name, update in changes.items():
        if name[0] not in "bc":
            change = update.dense() if isinstance(update, Outer) else update.copy()
            change -= damping * params[name]
            found[name] = change
    return found
