"""Predictive coding: hidden activity settles until every layer's error explains the error above it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Literal

from numpy.random import Generator

from plausible.core import Array, Outer, Params, Presentation, Step, View
from plausible.errors import require, require_number
from plausible.functions import Init, Uniform
from plausible.networks import MLP, times
from plausible.predictive_network import PredictiveNetwork
from plausible.search import Range
from plausible.settle import Relaxation, by_single_steps, require_plain, settle

LOCAL = ("non-local error", "update locking")


@dataclass(frozen=True)
class PredictiveCoding:
    """Predictive coding [whittington2017]: errors live in neurons, and weights learn where activity has settled.

        ẋ_l = -∂F/∂x_l   for `settling`,   then   ΔW_l ∝ h_{l-1}ᵀ d_l

    with the energy F, states x_l, activities h_l and errors d_l, (batch, n_l), of `PredictiveNetwork`, in the `form`
    "pre" or "post" activation, and the `variance` Σ of the output: as it grows, what is learned becomes the gradient,
    with a distance that falls as 1/Σ. Weights change at equilibrium if `settling` has a tolerance, and at a fixed step
    if it has none. The answer is the forward pass, which is the equilibrium without a target.

    Deviations: the target enters through the output's own loss; with a linear output that is the paper's clamped layer.
    """

    source: ClassVar[str] = "whittington2017"
    answers: ClassVar[tuple[str, ...]] = LOCAL
    search: ClassVar[Mapping[str, Range]] = {"variance": Range(1.0, 100.0)}

    network: MLP = MLP()
    settling: Relaxation = Relaxation(20, 0.1)
    form: Literal["pre", "post"] = "pre"
    variance: float = 1.0

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        PredictiveNetwork(self.network, self.form, self.variance)  # which says what is wrong with them
        return self.network.start(n_in, n_out, rng), None

    def update(self, params: View, state: None, shown: Presentation, rng: Generator) -> Step:
        net = PredictiveNetwork(self.network, self.form, self.variance)
        settled, pre, signals = net.settle(params, shown.x, shown.y, self.settling)
        loss = partial(self.network.loss, params, shown.x, shown.y)
        return Step(net.changes(pre, signals, shown.y), seen=settled.seen(), loss=loss)

    def respond(self, params: View, state: None, x: Array, rng: Generator) -> list[Array]:
        return self.network.forward(params, x).activities[1:]


@dataclass(frozen=True)
class IncrementalPredictiveCoding:
    """Incremental predictive coding [salvatori2024]: weights change at every step of settling, and not only after it.

        for `settling.steps`:   x_l ← x_l - rate ∂F/∂x_l,   W_l ← W_l + `plasticity` ΔW_l,   ΔW_l ∝ h_{l-1}ᵀ d_l

    with F, x_l, h_l and d_l, (batch, n_l), of `PredictiveNetwork`. States and weights move at once, "parallel", from
    the same states, weights and errors, as published; in the `order` "sequential" weights change after the states, from
    errors that are computed anew. In parallel, an error reaches the weights of one more layer at each step: with fewer
    steps than layers the lowest layers do not learn. The rule works on copies of the weights and proposes
    (W after - W before) / `plasticity`, so that `SGD(plasticity)` applies just what the paper does; other optimisers
    take the sum of the changes as a direction. The answer is the forward pass.

    `settling` has steps and a rate, and nothing else that could end or bend it. The last residual is of the state and
    the weights from which the last step was taken.

    Deviations: only that; the last state is dropped where a new minibatch is shown, as in the paper.
    """

    source: ClassVar[str] = "salvatori2024"
    answers: ClassVar[tuple[str, ...]] = (*LOCAL, "separate phases")
    search: ClassVar[Mapping[str, Range]] = {"variance": Range(1.0, 100.0)}

    network: MLP = MLP()
    settling: Relaxation = Relaxation(20, 0.1)
    form: Literal["pre", "post"] = "pre"
    variance: float = 1.0
    plasticity: float = 1e-3
    order: Literal["parallel", "sequential"] = "parallel"

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        PredictiveNetwork(self.network, self.form, self.variance)
        require_number("plasticity", self.plasticity, open_low=True)
        require(self.order in ("parallel", "sequential"), "order", self.order, "parallel or sequential")
        require_plain("settling", self.settling)
        return self.network.start(n_in, n_out, rng), None

    def update(self, params: View, state: None, shown: Presentation, rng: Generator) -> Step:
        net = PredictiveNetwork(self.network, self.form, self.variance)
        now: dict[str, Any] = {name: array.copy() for name, array in params.items()}
        states, _ = net.start(params, shown.x)
        once, residuals = Relaxation(1, self.settling.rate), []
        for _ in range(self.settling.steps):
            given, h = (net.sum_into(now, 1, shown.x), shown.y), net.outgoing(states)
            errors, signals = net.errors(now, states, h, *given)
            push = net.pushes(now, h, errors, signals)
            settled = settle(lambda *_, push=push: push, states, given, once)
            states = settled.state
            residuals.append(settled.residual)
            if self.order == "sequential":
                h = net.outgoing(states)
                _, signals = net.errors(now, states, h, *given)
            for name, update in net.changes([shown.x, *h], signals, shown.y).items():
                now[name] += self.plasticity * (update.dense() if isinstance(update, Outer) else update)
        updates = {name: (now[name] - array) / self.plasticity for name, array in params.items()}
        return Step(updates, seen=by_single_steps(settled, residuals, given).seen())

    def respond(self, params: View, state: None, x: Array, rng: Generator) -> list[Array]:
        return self.network.forward(params, x).activities[1:]


@dataclass(frozen=True)
class FixedPredictionCoding:
    """Predictive coding with fixed predictions [millidge2022]: errors settle to backprop's own.

        ė_l = -e_l + (e_{l+1} W_{l+1}ᵀ) ⊙ f'(z_l),   e_L = ∂loss/∂z_L,   ΔW_l ∝ -h_{l-1}ᵀ e_l

    with e_l (batch, n_l), predictions and slopes frozen at the forward pass, h_l = f(z_l). At the rate 1 the errors are
    backprop's, exactly, after L - 1 steps, and wrong before; at a smaller rate they come near geometrically.

    Deviations: the state that settles is the error, with the sign of backprop's, not the activity, from which it
    differs by a constant; both conventions of predictive coding give these errors.
    """

    source: ClassVar[str] = "millidge2022"
    answers: ClassVar[tuple[str, ...]] = LOCAL

    network: MLP = MLP()
    settling: Relaxation = Relaxation(20, 0.5)

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        return self.network.start(n_in, n_out, rng), None

    def update(self, params: View, state: None, shown: Presentation, rng: Generator) -> Step:
        passed = self.network.forward(params, shown.x)
        last, depth = self.network.output.error(passed.activities[-1], shown.y), self.network.depth
        slopes = [passed.slope(layer) for layer in range(1, depth)]

        def force(errors: Any, given: Any) -> list[Array]:
            above = [*errors[1:], given[0]]
            back = [times(e, params[f"W{layer}"].T) for layer, e in enumerate(above, 2)] if errors else []
            return [part * slope - e for part, slope, e in zip(back, given[1:], errors, strict=True)]

        settled = settle(force, [0 * slope for slope in slopes], [last, *slopes], self.settling)
        updates = self.network.updates(passed, [*settled.state, last], shown.y)
        return Step(updates, seen=settled.seen(), loss=partial(self.network.loss, params, shown.x, shown.y))

    def respond(self, params: View, state: None, x: Array, rng: Generator) -> list[Array]:
        return self.network.forward(params, x).activities[1:]


@dataclass(frozen=True)
class ZeroDivergenceLearning:
    """Zero-divergence inference learning (Z-IL) [song2020]: predictive coding that is backprop, by its timing.

        at t = 0 ... L - 1:   ΔW_{L-t} ∝ h_{L-t-1}ᵀ e_{L-t},   then   x_l ← x_l + `rate` (-∂F/∂x_l)

    with F, x_l, h_l and e_l, (batch, n_l), of `PredictiveNetwork` in the "pre" form, from the forward pass on. Each
    layer learns at the one moment at which the error first reaches it. At the rate 1 the changes are the negative
    gradient, exactly; at others layer l's error carries the factor rate^(L-l). It needs a clock, and one layer's timing
    differs from another's.

    Deviations: the target enters through the output's own loss; a linear output is the paper's.
    """

    source: ClassVar[str] = "song2020"
    answers: ClassVar[tuple[str, ...]] = ("non-local error",)

    network: MLP = MLP()
    rate: float = 1.0

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        Relaxation(1, self.rate)  # which says what is wrong with it
        return self.network.start(n_in, n_out, rng), None

    def update(self, params: View, state: None, shown: Presentation, rng: Generator) -> Step:
        net = PredictiveNetwork(self.network)
        force = net.force(params)
        states, first = net.start(params, shown.x)
        h = net.outgoing(states)
        pre, (signals, _) = [shown.x, *h], net.errors(params, states, h, first, shown.y)
        chosen, seen = {self.network.depth: (pre[-1], signals[-1])}, {}
        for layer in range(self.network.depth - 1, 0, -1):
            once, given = Relaxation(1, self.rate), (first, shown.y)
            settled = settle(force, states, given, once)
            states, h = settled.state, net.outgoing(settled.state)
            seen = {**settled.seen(), "settling steps": float(self.network.depth - 1)}
            chosen[layer] = [shown.x, *h][layer - 1], net.errors(params, states, h, *given)[0][layer - 1]
        pre, signals = ([chosen[layer][k] for layer in range(1, self.network.depth + 1)] for k in (0, 1))
        loss = partial(self.network.loss, params, shown.x, shown.y)
        return Step(net.changes(pre, signals, shown.y), seen=seen, loss=loss)

    def respond(self, params: View, state: None, x: Array, rng: Generator) -> list[Array]:
        return self.network.forward(params, x).activities[1:]


@dataclass(frozen=True)
class RelaxedPredictiveCoding:
    """Relaxed predictive coding [millidge2020]: errors come down by synapses of their own, and without slopes.

        ẋ_l = -e_l + (d_{l+1} B_{l+1}) ⊙ (f'(x_l), if `slopes`, else 1)
        W_l ← (1 - λ) W_l + η ΔW_l,   ΔW_l ∝ h_{l-1}ᵀ d_l
        B_l ← (1 - λ) B_l + η ΔB_l,   ΔB_l ∝ d_lᵀ h_{l-1},   if `learned`

    with B_l (n_l, n_{l-1}), λ the `decay` a step, and x_l, h_l, e_l, d_l, (batch, n_l), of `PredictiveNetwork`. Both
    synapses of a connection see the same two neurons, so that W_l - B_lᵀ shrinks by 1 - λ a step; random and not
    `learned`, B stays as it was drawn. With B = Wᵀ, slopes and λ = 0 it is predictive coding.

    Without slopes it is fragile: units that saturate go on being pushed, residual and weights feed each other, and of
    three seeds on digits one is lost within five epochs; with `slopes`, none is.

    Deviations: decay, which the paper does not have, and without which the gap between W and B stays as it was drawn.
    """

    source: ClassVar[str] = "millidge2020"
    answers: ClassVar[tuple[str, ...]] = (*LOCAL, "weight transport", "derivatives")
    search: ClassVar[Mapping[str, Range]] = {"decay": Range(1e-5, 1e-2)}

    network: MLP = MLP()
    settling: Relaxation = Relaxation(20, 0.1)
    form: Literal["pre", "post"] = "pre"
    variance: float = 1.0
    feedback: Init = Uniform()
    learned: bool = True
    decay: float = 3e-4
    slopes: bool = False

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        PredictiveNetwork(self.network, self.form, self.variance)
        require_number("decay", self.decay, 0, 1)
        for name in ("learned", "slopes"):
            require(getattr(self, name) in (True, False), name, getattr(self, name), "True or False")
        params = self.network.start(n_in, n_out, rng)
        return params | self.network.feedback(self.feedback, params, rng), None

    def update(self, params: View, state: None, shown: Presentation, rng: Generator) -> Step:
        net = PredictiveNetwork(self.network, self.form, self.variance)
        settled, pre, signals = net.settle(params, shown.x, shown.y, self.settling, params, self.slopes)
        updates = net.changes(pre, signals, shown.y)
        scale = self.variance * self.network.output.scale(shown.y)
        for layer in range(2, self.network.depth + 1) if self.learned else ():
            updates[f"B{layer}"] = Outer(signals[layer - 1], pre[layer - 1], scale)
        keep = {name: 1 - self.decay for name in updates if name[0] in "WB" and self.learned}
        return Step(updates, seen=settled.seen(), keep=keep)

    def respond(self, params: View, state: None, x: Array, rng: Generator) -> list[Array]:
        return self.network.forward(params, x).activities[1:]
