"""The network of predictive coding: each layer predicts the next, and neurons hold the errors of prediction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from plausible.core import Array, Update, View
from plausible.errors import require, require_number
from plausible.networks.mlp import MLP, into
from plausible.networks.products import arranged, times
from plausible.settling.relaxation import Relaxation
from plausible.settling.settle import Layers, Settled, settle, settle_signal


@dataclass(frozen=True)
class PredictiveNetwork:
    """The energy of predictive coding [whittington2017], its force on the hidden states, and its local changes.

        F = ½ Σ_{l<L} |x_l - μ_l|² + loss(μ_L, y) / Σ,      e_l = x_l - μ_l,   e_L = -∂loss/∂z_L / Σ
        "pre":    x_l is what goes into a unit,     h_l = f(x_l),   μ_l = z_l = h_{l-1} W_l + b_l,   d_l = e_l
        "post":   x_l is what comes out of it,      h_l = x_l,      μ_l = f(z_l),                    d_l = e_l ⊙ f'(z_l)
        -∂F/∂x_l = -e_l + (d_{l+1} W_{l+1}ᵀ) ⊙ ∂h_l/∂x_l,      -∂F/∂W_l = h_{l-1}ᵀ d_l

    with x_l, μ_l, e_l (batch, n_l), l = 1 ... L - 1, h_0 the input, Σ the `variance` of the output, and d_L = e_L.
    With a linear output and half the squared error, e_L = (y - μ_L) / Σ is a clamped layer's error; with other outputs
    the loss takes the place of that term. Settling starts from the forward pass, where all e_l but the last are 0.
    """

    network: MLP
    form: Literal["pre", "post"] = "pre"
    variance: float = 1.0

    def __post_init__(self) -> None:
        require(self.form in ("pre", "post"), "form", self.form, "pre or post")
        require_number("variance", self.variance, open_low=True)

    def start(self, params: View, x: Array) -> tuple[list[Array], Array]:
        """The hidden states of the forward pass, and z_1, which stays while they settle."""
        first = into(self.network, params, 1, x)
        return self.forward(params, first), first

    def forward(self, params: View, first: Array) -> list[Array]:
        """The hidden states of the forward pass that z_1, `first`, begins."""
        states, z = [], first
        for layer in range(1, self.network.depth):
            h = self.network.activation.value(z)
            states.append(z if self.form == "pre" else h)
            if layer < self.network.depth - 1:
                z = into(self.network, params, layer + 1, h)
        return states

    def given(self, first: Array, y: Array) -> tuple[Array, Array]:
        """What stays while states settle: z_1, and the target, in the order of memory that products have."""
        return first, y.astype(y.dtype, order="F" if first.flags.f_contiguous else "C", copy=False)

    def outgoing(self, states: Layers) -> list[Array]:
        """h_1 ... h_{L-1}."""
        return list(states) if self.form == "post" else [self.network.activation.value(x) for x in states]

    def error(self, x: Array, z: Array, out: Array | None = None) -> Array:
        """e_l of a hidden layer, from x_l and z_l."""
        return np.subtract(x, z if self.form == "pre" else self.network.activation.value(z), out=out)

    def last_error(self, z: Array, y: Array) -> Array:
        """e_L, from z_L and the target."""
        last = self.network.output.error(self.network.output.value(z), y)
        last *= -1 / self.variance
        return last

    def errors(
        self, params: View, states: Layers, h: Layers, first: Array, y: Array
    ) -> tuple[list[Array], list[Array]]:
        """e_1 ... e_L and d_1 ... d_L for states x_1 ... x_{L-1} with h_1 ... h_{L-1}, z_1, and the target."""
        sums = [first, *(into(self.network, params, layer, below) for layer, below in enumerate(h, 2))]
        hidden, f = [self.error(x, z) for x, z in zip(states, sums, strict=False)], self.network.activation
        last = self.last_error(sums[-1], y)
        if self.form == "pre":
            return [*hidden, last], [*hidden, last]
        slopes = [f.slope(f.value(z)) for z in sums[:-1]]  # not of x - e, which is f(z) but for rounding
        return [*hidden, last], [*(e * slope for e, slope in zip(hidden, slopes, strict=True)), last]

    def force(
        self, params: View, feedback: Mapping[str, Array] | None = None, slopes: bool = True, steps: int = 1
    ) -> Force:
        """-∂F/∂x_l, with feedback[B_{l+1}] in the place of W_{l+1}ᵀ, if given, and 1 in that of slopes without.

        `steps` is how often it will be asked for: over many steps it pays to copy weights into a faster order.
        """
        back = self.transposes(params) if feedback is None else feedback
        above = [
            Above(arranged(params[weights], steps), params[biases] if biases else None, back[f"B{layer}"])
            for layer, (weights, biases, _) in enumerate(self.network.layers[1:], 2)
        ]
        return Force(self, above, slopes)

    def pushed(self, params: View, states: Layers, h: Layers, means: Layers, y: Array) -> list[Array]:
        """What `force` gives in the "pre" form, to the last bit, all at once: from x_l, h_l and μ_l, l < L."""
        if not states:
            return []
        weights, biases, _ = self.network.layers[-1]
        last = times(h[-1], params[weights], np.empty_like(h[-1], shape=y.shape))
        if biases:
            last += params[biases]
        errors = [*(x - mean for x, mean in zip(states, means, strict=True)), self.last_error(last, y)]
        found = list[Array]()
        for n, (x, out, mean) in enumerate(zip(states, h, means, strict=True)):
            part = times(errors[n + 1], params[f"W{n + 2}"].T)
            part *= self.network.activation.slope(out)
            found.append(part - errors[n] if n else part + mean - x)
        return found

    def pushes(self, params: View, h: Layers, errors: Layers, signals: Layers) -> list[Array]:
        """-∂F/∂x_l of all hidden layers at once, from h_1 ... h_{L-1}, e_1 ... e_L and d_1 ... d_L as they are."""
        back = [times(d, params[f"W{layer}"].T) for layer, d in enumerate(signals[1:], 2)]
        if self.form == "pre":
            back = [part * self.network.activation.slope(out) for part, out in zip(back, h, strict=True)]
        return [part - e for part, e in zip(back, errors, strict=False)]

    def energy(self, params: View, states: Layers, given: Layers) -> Array:
        """F of each example, (batch,)."""
        first, y = given
        h = self.outgoing(states)
        errors, _ = self.errors(params, states, h, first, y)
        z = into(self.network, params, self.network.depth, h[-1]) if h else first
        energy: Array = self.network.output.loss(self.network.output.value(z), y) / self.variance
        for e in errors[:-1]:
            energy += 0.5 * (e * e).sum(axis=1)
        return energy

    def transposes(self, params: View) -> dict[str, Array]:
        """The forward weights' transposes, as feedback."""
        return {f"B{layer}": params[f"W{layer}"].T for layer in range(2, self.network.depth + 1)}

    def settle(
        self, params: View, x: Array, y: Array, how: Relaxation,
        feedback: Mapping[str, Array] | None = None, slopes: bool = True,
    ) -> tuple[Settled, list[Array], list[Array]]:  # fmt: skip
        """Let the hidden states settle. Returns them, h_0 ... h_{L-1}, and the signals d_1 ... d_L."""
        states, first = self.start(params, x)
        descends = feedback is None and slopes  # only then is the force the energy's
        energy = (lambda now, given: self.energy(params, now, given)) if descends else None
        force, given = self.force(params, feedback, slopes, how.steps), self.given(first, y)
        if how.tolerance == 0:
            settled = settle(force, states, given, how, energy=energy)
        else:
            signal = self.signal(params, states, first, y, feedback, slopes)
            settled = settle_signal(force, states, given, how, signal, energy=energy)
        h = self.outgoing(settled.state)
        errors, signals = self.errors(params, settled.state, h, first, y)
        return settled, [x, *h], signals if slopes else errors

    def signal(
        self, params: View, states: Layers, first: Array, y: Array,
        feedback: Mapping[str, Array] | None = None, slopes: bool = True,
    ) -> float:  # fmt: skip
        """The size that e_1 will have at rest, or the lowest error that is not 0, as estimated from the forward pass.

        The estimate sends e_L down once: it is of first order in e_L, and leaves out that states then act on it.

        Returns:
            The largest |e_l| of an example, the mean over the batch; 0 where there is no error.
        """
        back, h, f = feedback or self.transposes(params), self.outgoing(states), self.network.activation
        z = into(self.network, params, self.network.depth, h[-1]) if h else first
        sent = self.last_error(z, y)
        size = float(abs(sent).max(axis=1).mean())
        for layer in range(self.network.depth - 1, 0, -1):
            sent = times(sent, back[f"B{layer + 1}"])
            slope = f.slope(h[layer - 1]) if slopes else 1.0
            error = sent * slope if self.form == "pre" else sent
            size = float(abs(error).max(axis=1).mean()) or size
            sent = sent * slope
        return size

    def changes(self, pre: Layers, signals: Layers, y: Array) -> dict[str, Update]:
        """Σ h_{l-1}ᵀ d_l for every layer, reduced over the examples, times Σ as in the author's program."""
        return self.network.changes(pre, signals, self.variance * self.network.output.scale(y))


class Above(NamedTuple):
    """What connects a layer to the one above it."""

    weights: Array  # (n_l, n_{l+1})
    biases: Array | None  # (n_{l+1},)
    back: Array  # (n_{l+1}, n_l)


class Room(NamedTuple):
    """Arrays in which the force on a layer is computed. Layers of one size share `h` and `push`."""

    h: Array  # (batch, n_l): what goes out
    push: Array  # (batch, n_l)
    z: Array  # of the layer above, (batch, n_{l+1})
    biases: Array | None  # of the layer above, once for each example: added faster than one row to all


class Force:
    """The force of `PredictiveNetwork` on its states, (batch, n_l) each, layer by layer from below.

    Settling spends nearly all of its time here. So weights are looked up once, and a layer's few arrays are used while
    they are in the cache: its activity, the error above it, what of that error comes down. The force on a layer lies in
    memory that the force on the next may take, so that a layer has to move before the next force is asked for.
    """

    def __init__(self, net: PredictiveNetwork, above: list[Above], slopes: bool) -> None:
        self.net, self.above, self.slopes = net, above, slopes
        self.pre = net.form == "pre"
        self.rooms: list[Room] = []

    def room(self, states: Layers) -> list[Room]:
        """New arrays for states of these shapes."""
        shared: dict[int, tuple[Array, Array]] = {}
        rooms = []
        for x, above in zip(states, self.above, strict=True):
            if x.shape[1] not in shared:
                shared[x.shape[1]] = np.empty_like(x), np.empty_like(x)
            z = np.empty_like(x, shape=(len(x), above.weights.shape[1]))
            biases = None if above.biases is None else np.empty_like(z)
            if biases is not None:
                biases[...] = above.biases
            rooms.append(Room(*shared[x.shape[1]], z, biases))
        return rooms

    def __call__(self, states: Layers, given: Layers) -> Iterator[Array]:
        """-∂F/∂x_l for states x_1 ... x_{L-1}, given z_1 and the target; x_l may change once its own is there."""
        net, pre, (first, y) = self.net, self.pre, given
        if not self.rooms or self.rooms[0].h.shape != states[0].shape:
            self.rooms = self.room(states)
        activation, last = net.network.activation, len(states) - 1
        error = None
        for i, x in enumerate(states):
            (weights, _, back), (room, part, z, biases) = self.above[i], self.rooms[i]
            h = activation.value(x, out=room) if pre else x
            z = times(h, weights, z)
            if biases is not None:
                z += biases
            if i == last:
                signal = error_above = net.last_error(z, y)
            elif pre or not self.slopes:
                signal = error_above = net.error(states[i + 1], z, z)
            else:
                mean = activation.value(z, out=z)
                error_above = states[i + 1] - mean
                signal = activation.slope(mean, out=mean)
                signal *= error_above
            times(signal, back, part)
            if pre and self.slopes:
                part *= activation.slope(h, out=room)
            if error is None:
                part += first if pre else activation.value(first, out=room)
                part -= x
            else:
                part -= error
            yield part
            error = error_above
