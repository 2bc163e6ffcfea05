"""Perceptrons of blocks: layers with normalisation, dropout and skip connections around their weights."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.random import Generator

from plausible.arrays import beside
from plausible.core import Array, Outer, Params, Update, View
from plausible.errors import is_whole, plain_fields, require, require_number
from plausible.networks.activations import Activation, relu
from plausible.networks.inits import Init, Uniform, Zero
from plausible.networks.mlp import MLP
from plausible.networks.network import check_kinds, check_outputs, texts
from plausible.networks.normalised import Divisive, Standard, Statistics, applied, moved, standardised
from plausible.networks.outputs import Output, output
from plausible.networks.products import times
from plausible.networks.words import take_words

Running: TypeAlias = tuple[Statistics, ...] | None
NORMS = {"none": 0, "batch": 0, "layer": 1}  # with the axis along which a layer is standardised


class Block(NamedTuple):
    """What a forward pass leaves behind in a hidden layer."""

    below: Array  # s_{l-1}, (batch, n_{l-1}): what the layer was given
    standard: Standard | None  # norm(z_l), where the layer is normalised
    fired: Array  # f(a_l), (batch, n_l)
    h: Array  # f(a_l), and s_{l-1} where it is skipped to, (batch, n_l)
    kept: Array | None  # what dropout multiplies with, (batch, n_l): 0, or 1 / (1 - dropout)
    sent: Array  # s_l, (batch, n_l)


class Trace(NamedTuple):
    """What a forward pass leaves behind."""

    blocks: list[Block]  # hidden layers, from below
    below: Array  # s_{L-1}, (batch, n_{L-1})
    answer: Array  # (batch, n_out)

    @property
    def activities(self) -> list[Array]:
        """h_1 ... h_{L-1}, and the answer."""
        return [*(block.h for block in self.blocks), self.answer]


@dataclass(frozen=True)
class Blocks:
    """A multilayer perceptron whose hidden layers are blocks, s_0 = x, and whose answer is g(s_{L-1} W_L + b_L):

        z_l = s_{l-1} W_l,   a_l = g_l ⊙ norm(z_l) + b_l,   h_l = f(a_l) + skip s_{l-1},   s_l = drop(divide(h_l))

    with z_l, a_l, h_l, s_l (batch, n_l), W_l (n_{l-1}, n_l), gains g_l and biases b_l (n_l,). Without normalisation,
    dropout and skips it computes what an `MLP` does, to the last bit. Gains are called "g1", ...; they start from 1.

    Args:
        hidden, activation, output, dtype, init, bias, bias_init: as of an `MLP`.
        norm: "batch", over the examples of a presentation [ioffe2015], and by running statistics, which are a rule's
            state, for answers; "layer", over the units of a layer [ba2016]; or "none", without gains.
        divisive: how a layer's activity is normalised before it is sent on; None leaves it as it is.
        dropout: the share of units of each hidden layer that is silent in a presentation [srivastava2014]; others
            send 1 / (1 - dropout) times their activity. Answers silence none.
        skip: whether a layer that is as wide as the one below it adds what it was given [he2016].

    Raises:
        BadInput: for settings that make no network.

    >>> import numpy as np
    >>> from plausible.networks.blocks import Blocks
    >>> network, rng = Blocks((64, 32), norm="batch", dropout=0.1), np.random.default_rng(0)
    >>> params, running = network.start(784, 10, rng), network.rest()
    >>> trace, running = network.forward(params, np.ones((5, 784), "float32"), running, rng)
    >>> [h.shape for h in trace.activities], running[0][0].shape
    ([(5, 64), (5, 32), (5, 10)], (1, 64))
    """

    sequential: ClassVar[bool] = False
    reference: ClassVar[str] = "blocks-backprop"

    hidden: tuple[int, ...] = (128, 128)
    activation: Activation = relu
    output: Output = output("softmax")
    dtype: str = "float32"
    init: Init = Uniform()
    bias: bool = True
    bias_init: Init = Zero()
    norm: Literal["none", "batch", "layer"] = "batch"
    divisive: Divisive | None = None
    dropout: float = 0.0
    skip: bool = False

    if TYPE_CHECKING:  # fields hold no words, which `__post_init__` replaces

        def __init__(
            self,
            hidden: tuple[int, ...] = ...,
            activation: Activation | str = ...,
            output: Output | str = ...,
            dtype: str = ...,
            init: Init | str = ...,
            bias: bool = ...,
            bias_init: Init | str = ...,
            norm: Literal["none", "batch", "layer"] = ...,
            divisive: Divisive | None = ...,
            dropout: float = ...,
            skip: bool = ...,
        ) -> None: ...

    def __post_init__(self) -> None:
        plain_fields(self)
        take_words(self, activation=Activation, output=Output, init=Init, bias_init=Init)
        good = isinstance(self.hidden, tuple) and all(is_whole(n) and n > 0 for n in self.hidden)
        require(good, "hidden", self.hidden, "a tuple of positive whole numbers, one per hidden layer")
        check_kinds(self, activation=Activation, output=Output, init=Init, bias_init=Init)
        require(self.norm in NORMS, "norm", self.norm, " or ".join(NORMS))
        require_number("dropout", self.dropout, 0, 1 - 1e-6)
        known = self.divisive is None or isinstance(self.divisive, Divisive)
        require(known, "divisive", self.divisive, "None, or a Divisive, such as Divisive(groups=16)")
        if self.divisive is not None:
            for units in self.hidden:
                self.divisive.check(units)

    @classmethod
    def of(cls, network: MLP | Blocks) -> Blocks:
        """`network` itself if it is one of blocks, else blocks that compute what it does."""
        if isinstance(network, Blocks):
            return network
        parts = (network.activation, network.output, network.dtype, network.init, network.bias)
        return cls(network.hidden, *parts, network.bias_init, norm="none")

    @cached_property
    def depth(self) -> int:
        """Layers of weights."""
        return len(self.hidden) + 1

    @cached_property
    def inner(self) -> tuple[str, ...]:
        """The names of the weights below the read-out."""
        return tuple(f"W{layer}" for layer in range(1, self.depth))

    def settings(self) -> dict[str, str]:
        """Its fields, as texts by name."""
        return texts(self)

    def shapes(self, n_in: int, n_out: int) -> dict[str, tuple[int, ...]]:
        """The shapes of W_1 ... W_L, of b_1 ... b_L, and of the gains g_1 ... g_{L-1} of normalised layers, by name."""
        sizes = (n_in, *self.hidden, n_out)
        shapes: dict[str, tuple[int, ...]] = {
            f"W{layer}": pair for layer, pair in enumerate(pairwise(sizes), 1)
        }
        shapes |= {f"b{layer}": (n,) for layer, n in enumerate(sizes[1:] if self.bias else (), 1)}
        return shapes | {
            f"g{layer}": (n,) for layer, n in enumerate(self.hidden if self.norm != "none" else (), 1)
        }

    def start(self, n_in: int, n_out: int, rng: Generator) -> Params:
        """New weights, then biases, and gains of 1. Raises `BadInput` for a softmax of one output."""
        check_outputs(self, n_out)
        params: Params = {}
        for name, (*m, n) in self.shapes(n_in, n_out).items():
            if name[0] == "g":
                params[name] = np.ones(n, self.dtype)
            else:
                params[name] = (
                    self.draw(self.init, rng, (m[0], n)) if m else self.draw(self.bias_init, rng, (1, n))[0]
                )
        return params

    def draw(self, init: Init, rng: Generator, shape: tuple[int, int]) -> Array:
        """Weights of `shape` (fan_in, fan_out), in this network's dtype."""
        return init(rng, shape, np.dtype(self.dtype))

    def rest(self) -> Running:
        """Running statistics before anything was shown, mean 0 and variance 1; None where a network has none."""
        if self.norm != "batch":
            return None
        sizes = [(1, units) for units in self.hidden]
        return tuple((np.zeros(n, self.dtype), np.ones(n, self.dtype)) for n in sizes)

    # --- up --------------------------------------------------------------------------------------

    def forward(
        self, params: View, x: Array, running: Running, rng: Generator | None
    ) -> tuple[Trace, Running]:
        """Show `x`, (batch, n_in), while learning: by statistics of the batch, and with dropout drawn from `rng`.

        Returns what the layers did, and the running statistics thereafter; without `running` there are none.
        """
        blocks, after, sent = list[Block](), list[Statistics](), x
        for layer in range(1, self.depth):
            z, standard = times(sent, params[f"W{layer}"]), None
            if self.norm != "none":
                standard, mean, variance = standardised(z, NORMS[self.norm])
                if running is not None:
                    after.append(moved(running[layer - 1], mean, variance, len(x)))
                z = standard.value * params[f"g{layer}"]
            fired, h = self.activity(params, layer, z, sent)
            kept = None
            if self.dropout and rng is not None:
                drawn = (rng.random(h.shape) >= self.dropout) / (1 - self.dropout)
                kept = beside(drawn.astype(self.dtype), h)
            blocks.append(Block(sent, standard, fired, h, kept, self.passed_on(h, kept)))
            sent = blocks[-1].sent
        return Trace(blocks, sent, self.read(params, sent)), None if running is None else (*after,)

    def respond(self, params: View, x: Array, running: Running = None) -> list[Array]:
        """h_1 ... h_{L-1}, and the answer, each (batch, n_l), to `x`, (batch, n_in), with no unit silenced.

        Without running statistics, layers that need them are normalised by those of `x`.
        """
        found, sent = list[Array](), x
        for layer in range(1, self.depth):
            z = times(sent, params[f"W{layer}"])
            if self.norm != "none":
                known = None if running is None else running[layer - 1]
                value = standardised(z, NORMS[self.norm])[0].value if known is None else applied(known, z)
                z = value * params[f"g{layer}"]
            found.append(self.activity(params, layer, z, sent)[1])
            sent = self.passed_on(found[-1], None)
        return [*found, self.read(params, sent)]

    def activity(self, params: View, layer: int, a: Array, below: Array) -> tuple[Array, Array]:
        """f(a_l) and h_l, (batch, n_l), from a_l without its biases, which may be written into, and from s_{l-1}."""
        if self.bias:
            a += params[f"b{layer}"]
        fired = self.activation.value(a)
        return fired, fired + below if self.skips(fired, below) else fired

    def skips(self, h: Array, below: Array) -> bool:
        """Whether a layer adds what it was given."""
        return self.skip and h.shape == below.shape

    def passed_on(self, h: Array, kept: Array | None) -> Array:
        """s_l, (batch, n_l)."""
        sent = h if self.divisive is None else self.divisive.apply(h)
        return sent if kept is None else sent * kept

    def read(self, params: View, sent: Array) -> Array:
        """The answer, (batch, n_out)."""
        z = times(sent, params[f"W{self.depth}"])
        if self.bias:
            z += params[f"b{self.depth}"]
        return self.output.value(z)

    # --- down ------------------------------------------------------------------------------------

    def potentials(self, params: View, block: Block, layer: int, teaching: Array) -> tuple[Array, Array]:
        """The derivatives by a_l and by z_l of what has the derivative `teaching` by h_l; all (batch, n_l)."""
        by_a = teaching * self.activation.slope(block.fired)
        if block.standard is None:
            return by_a, by_a
        return by_a, block.standard.back(by_a * params[f"g{layer}"])

    def changes(self, block: Block, layer: int, by_a: Array, by_z: Array, scale: float) -> dict[str, Update]:
        """The changes of a hidden layer's biases, weights and gains, scale times derivatives summed over examples."""
        changes: dict[str, Update] = {f"b{layer}": Outer(None, by_a, scale)} if self.bias else {}
        changes[f"W{layer}"] = Outer(block.below, by_z, scale)
        if block.standard is not None:
            changes[f"g{layer}"] = Outer(None, by_a * block.standard.value, scale)
        return changes

    def read_out(self, trace: Trace, error: Array, scale: float) -> dict[str, Update]:
        """The changes of the output layer, from the derivative by z_L, `error`, (batch, n_out)."""
        changes: dict[str, Update] = {f"b{self.depth}": Outer(None, error, scale)} if self.bias else {}
        return changes | {f"W{self.depth}": Outer(trace.below, error, scale)}

    def before_sending(self, block: Block, by_sent: Array) -> Array:
        """The derivative by h_l, from that by s_l; both (batch, n_l)."""
        by_sent = by_sent if block.kept is None else by_sent * block.kept
        return by_sent if self.divisive is None else self.divisive.back(block.h, by_sent)

    def gradient(self, params: View, trace: Trace, error: Array, scale: float) -> dict[str, Update]:
        """Scale times the derivatives of what has the derivative `error`, (batch, n_out), by z_L: backpropagation."""
        changes = self.read_out(trace, error, scale)
        signal, above, carried = error, self.depth, None
        for layer in range(self.depth - 1, 0, -1):
            block = trace.blocks[layer - 1]
            by_sent = times(signal, params[f"W{above}"].T)
            by_sent = by_sent if carried is None else by_sent + carried
            teaching = self.before_sending(block, by_sent)
            by_a, signal = self.potentials(params, block, layer, teaching)
            changes |= self.changes(block, layer, by_a, signal, scale)
            above, carried = layer, teaching if self.skips(block.h, block.below) else None
        return changes
