"""Target propagation: feedback inverts each layer, and carries down the activity that the layer above aims at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from numpy.random import Generator

from plausible.core import Array, Update, View
from plausible.errors import require
from plausible.networks.mlp import Pass
from plausible.networks.products import times
from plausible.rules.targets.network import Own, TargetRule
from plausible.search import Range

ANSWERS = ("weight transport", "exact derivatives (downstream)", "non-local error")


@dataclass(frozen=True)
class DifferenceTargetPropagation(TargetRule):
    """Difference target propagation [lee2015]: feedback carries down a change of activity, whatever it inverts badly.

        t_{L-1} = h_{L-1} - step · error W_Lᵀ,   t_{l-1} = h_{l-1} + g_l(t_l) - g_l(h_l)
        q = h_{l-1} + ξ,   r = g_l(f(q W_l + b_l)),   (ΔB_l, Δc_l) = -∂/∂(B_l, c_l) ½ |r - q|²

    with t_l and h_l (batch, n_l), error (batch, n_L), noise ξ of standard deviation `noise`, and g_l and the signals as
    in `TargetRule`. With `top` "output" the first target is t_L = z_L - step · error, and comes down by g_L, too, as in
    [meulemans2020]: then no weight is transported. `first` and `below` compute t, `relearn` the changes of g.

    Deviations: forward weights and feedback learn from the same presentations, where the released code shows each
    epoch once to either. Signals are divided by `step`. Sums over units stand for the means of the released code.
    """

    source: ClassVar[str] = "lee2015"
    answers: ClassVar[tuple[str, ...]] = ("exact derivatives (downstream)",)
    search: ClassVar[Mapping[str, Range]] = {"step": Range(0.01, 1.0), "noise": Range(0.01, 1.0)}

    tops: ClassVar[tuple[str, ...]] = ("penultimate", "output")

    top: Literal["penultimate", "output"] = "penultimate"

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.top in self.tops, "top", self.top, " or ".join(self.tops))

    @property
    def highest(self) -> int:
        return self.network.depth - (self.top == "penultimate")

    def first(self, params: View, passed: Pass, error: Array, y: Array, own: Own) -> Array:
        depth, h = self.network.depth, passed.activities[-2]
        if self.top == "penultimate":
            return h - self.step * times(error, params[f"W{depth}"].T)
        target = own.sent(depth) - self.step * error
        return self.below(params, depth, target, own, h)

    def below(self, params: View, layer: int, target: Array, own: Own, h_below: Array) -> Array:
        return h_below + (self.down(params, layer, target) - own.back(layer))

    def relearn(self, params: View, layer: int, passed: Pass, own: Own, rng: Generator) -> dict[str, Update]:
        below = passed.activities[layer - 1]
        shaken = below + self.shaken(below, rng)
        above = self.up(params, layer, shaken)
        again = self.down(params, layer, above)
        return self.change(layer, above, (again - shaken) * self.network.activation.slope(again), -1.0)


@dataclass(frozen=True)
class TargetPropagation(DifferenceTargetPropagation):
    """Target propagation [bengio2014]: the target of a layer is what feedback makes of the target above it.

        t_{L-1} = h_{L-1} - step · error W_Lᵀ,   t_{l-1} = g_l(t_l)

    with t_l and h_l (batch, n_l), and g_l, its learning and `top` as in `DifferenceTargetPropagation`. Where g_l is the
    inverse of layer l, a layer that reaches its target makes the next one reach its own. Where it is not, t_l - h_l
    holds the error of the inverse, and does not vanish with that of the output. `below` computes t.

    Deviations: those of `DifferenceTargetPropagation`; the form is that which [lee2015] compares with.
    """

    source: ClassVar[str] = "bengio2014"

    step: float = 1.0

    def below(self, params: View, layer: int, target: Array, own: Own, h_below: Array) -> Array:
        return self.down(params, layer, target)


@dataclass(frozen=True)
class SimplifiedDifferenceTargetPropagation(DifferenceTargetPropagation):
    """Simplified difference target propagation [bartunov2018]: the first target is the label, and no loss has a slope.

        t_L = h_L + step · (y - h_L),   t_{l-1} = h_{l-1} + g_l(t_l) - g_l(h_l),   l = L ... 2

    with h_L the answer and y the targets, both (batch, n_L), and g_l and its learning as in
    `DifferenceTargetPropagation`, here for the output layer, too: g_L hears the answer. At `step` 1, t_L is y. No
    weight is transported. `first`, `sent` and `up` compute what is new.

    Deviations: those of `DifferenceTargetPropagation`; with a `step` below 1 the target is on the way to the label.
    """

    source: ClassVar[str] = "bartunov2018"
    answers: ClassVar[tuple[str, ...]] = ANSWERS
    search: ClassVar[Mapping[str, Range]] = {"noise": Range(0.01, 1.0)}

    tops: ClassVar[tuple[str, ...]] = ("output",)

    step: float = 1.0
    top: Literal["output"] = "output"

    def up(self, params: View, layer: int, h: Array) -> Array:
        z = super().up(params, layer, h)
        return self.network.output.value(z) if layer == self.network.depth else z

    def sent(self, params: View, layer: int, passed: Pass) -> Array:
        return passed.activities[layer]

    def first(self, params: View, passed: Pass, error: Array, y: Array, own: Own) -> Array:
        h, answer = passed.activities[-2:]
        return self.below(params, self.network.depth, answer + self.step * (y - answer), own, h)


@dataclass(frozen=True)
class FixedWeightDifferenceTargetPropagation(DifferenceTargetPropagation):
    """Difference target propagation through fixed random weights [shibuya2023].

        t_L = z_L - step · error,   t_{l-1} = h_{l-1} + g_l(t_l) - g_l(h_l)

    with t_l, h_l (batch, n_l), g_l and `top` as in `DifferenceTargetPropagation`, but B_l and c_l stay as they were
    drawn. The difference alone lets a layer learn: where t_l = h_l, so is t_{l-1} = h_{l-1}, for any B. `relearn` is
    empty.

    Deviations: `noise` is not used. The paper's batch normalisation of the last layer is left out.
    """

    source: ClassVar[str] = "shibuya2023"
    answers: ClassVar[tuple[str, ...]] = ANSWERS
    search: ClassVar[Mapping[str, Range]] = {"step": Range(0.01, 1.0)}

    top: Literal["penultimate", "output"] = "output"

    def relearn(self, params: View, layer: int, passed: Pass, own: Own, rng: Generator) -> dict[str, Update]:
        return {}
