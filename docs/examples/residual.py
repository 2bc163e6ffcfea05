"""residual.py: a network of one's own, with skip connections and layer normalisation, and two rules that learn it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Outer, Params, Presentation, State, Step, Update, View
from plausible.errors import require_whole
from plausible.networks.activations import Activation, tanh
from plausible.networks.inits import Init, Uniform
from plausible.networks.network import check_kinds, check_outputs, texts
from plausible.networks.outputs import Output, output

SMALLEST = 1e-5  # added to a variance, so that nothing is divided by 0


class Block(NamedTuple):
    """What a block did, in a batch of examples."""

    normal: Array  # n_l, what it read, (batch, width)
    deviation: Array  # s_l, by which that was divided, (batch, 1)
    added: Array  # a_l, what it adds, (batch, width)


@dataclass(frozen=True)
class Residual:
    """Blocks that each add something to what they read [he2016], and read it normalised [ba2016].

        h_1 = x W_1 + b_1,   n_l = (h_{l-1} - mean) / s_l,   a_l = f((n_l ⊙ G_l) W_l + b_l),   h_l = h_{l-1} + a_l

    with mean and s_l over the units of one example, h_l and a_l (batch, width), gains G_l (width,) that start from 1,
    and the answer g(h_L W_{L+1} + b_{L+1}); l runs from 2 to L = blocks + 1.
    """

    width: int = 32
    blocks: int = 2
    activation: Activation = tanh
    output: Output = output("softmax")
    dtype: str = "float32"
    init: Init = Uniform()

    sequential: ClassVar[bool] = False  # it is shown single examples
    reference: ClassVar[str] = f"{__file__}:ResidualBackprop"  # whose changes are its gradient

    def __post_init__(self) -> None:
        for name in ("width", "blocks"):
            require_whole(name, getattr(self, name))
        check_kinds(self, activation=Activation, output=Output, init=Init)

    @property
    def inner(self) -> tuple[str, ...]:
        return tuple(f"W{layer}" for layer in range(1, self.blocks + 2))

    def settings(self) -> dict[str, str]:
        return texts(self)

    def shapes(self, n_in: int, n_out: int) -> dict[str, tuple[int, ...]]:
        n, blocks = self.width, range(2, self.blocks + 2)
        matrices = [(n_in, n), *((n, n) for _ in blocks), (n, n_out)]
        shapes: dict[str, tuple[int, ...]] = {f"W{layer}": shape for layer, shape in enumerate(matrices, 1)}
        shapes |= {f"b{layer}": shape[1:] for layer, shape in enumerate(matrices, 1)}
        return shapes | {f"G{layer}": (n,) for layer in blocks}

    def start(self, n_in: int, n_out: int, rng: Generator) -> Params:
        check_outputs(self, n_out)
        params: Params = {}
        for name, shape in self.shapes(n_in, n_out).items():
            drawn = self.init.draw(rng, *shape) if len(shape) == 2 else np.full(shape, float(name[0] == "G"))
            params[name] = drawn.astype(self.dtype)
        return params

    def forward(self, params: View, x: Array) -> tuple[list[Array], list[Block]]:
        """h_1 ... h_L, each (batch, width), and what the blocks did."""
        streams, blocks = [x @ params["W1"] + params["b1"]], []
        for layer in range(2, self.blocks + 2):
            apart = streams[-1] - streams[-1].mean(axis=1, keepdims=True)
            deviation = np.sqrt((apart * apart).mean(axis=1, keepdims=True) + SMALLEST)
            normal = apart / deviation
            z = (normal * params[f"G{layer}"]) @ params[f"W{layer}"] + params[f"b{layer}"]
            blocks.append(Block(normal, deviation, self.activation.value(z)))
            streams.append(streams[-1] + blocks[-1].added)
        return streams, blocks

    def read(self, params: View, h: Array) -> Array:
        """The answer, (batch, n_out), to h_L."""
        last = self.blocks + 2
        return self.output.value(h @ params[f"W{last}"] + params[f"b{last}"])

    def respond(self, params: View, x: Array) -> list[Array]:
        streams, _ = self.forward(params, x)
        return [*streams, self.read(params, streams[-1])]


@dataclass(frozen=True)
class ResidualBackprop:
    """The gradient of the loss in a `Residual` network, by hand.

        e_L = error W_{L+1}ᵀ,   δ_l = e_l ⊙ f'(z_l),   r_l = (δ_l W_lᵀ) ⊙ G_l,
        e_{l-1} = e_l + (r_l - mean(r_l) - n_l mean(r_l ⊙ n_l)) / s_l
        ΔW_l ∝ -(n_l ⊙ G_l)ᵀ δ_l,   ΔG_l ∝ -Σ (δ_l W_lᵀ) ⊙ n_l

    with e_l, (batch, width), the derivative of each example's loss by h_l, and means over the units of an example.
    """

    network: Residual = Residual()

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        return self.network.start(n_in, n_out, rng), None

    def feedback(self, params: View) -> Mapping[int, Array]:
        """What errors travel back along: the transposes of W_2 ... W_{L+1}."""
        return {layer: params[f"W{layer}"].T for layer in range(2, self.network.blocks + 3)}

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        network, back = self.network, self.feedback(params)
        streams, blocks = network.forward(params, shown.x)
        answer = network.read(params, streams[-1])
        error, scale = network.output.error(answer, shown.y), -network.output.scale(shown.y)
        last = network.blocks + 2
        updates: dict[str, Update] = {f"W{last}": Outer(streams[-1], error, scale)}
        updates[f"b{last}"] = Outer(None, error, scale)
        e = error @ back[last]
        for layer, block in reversed([*enumerate(blocks, 2)]):
            delta = e * network.activation.slope(block.added)
            gain, reaching = params[f"G{layer}"], delta @ back[layer]
            updates[f"W{layer}"] = Outer(block.normal * gain, delta, scale)
            updates[f"b{layer}"] = Outer(None, delta, scale)
            updates[f"G{layer}"] = scale * (reaching * block.normal).sum(axis=0)
            e = e + unnormalised(reaching * gain, block)
        updates |= {"W1": Outer(shown.x, e, scale), "b1": Outer(None, e, scale)}
        return Step(updates, state, loss=partial(network.output.total, answer, shown.y))

    def respond(self, params: View, state: State, x: Array, rng: Generator) -> list[Array]:
        return self.network.respond(params, x)


@dataclass(frozen=True)
class ResidualFeedback(ResidualBackprop):
    """The same with fixed random B_l in the place of W_lᵀ: feedback alignment [lillicrap2016] past the skips."""

    feedback_init: Init = Uniform()

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        params = self.network.start(n_in, n_out, rng)
        shapes = {layer: params[f"W{layer}"].T.shape for layer in range(2, self.network.blocks + 3)}
        drawn = {f"B{layer}": self.feedback_init.draw(rng, *shape) for layer, shape in shapes.items()}
        return params | {name: b.astype(self.network.dtype) for name, b in drawn.items()}, None

    def feedback(self, params: View) -> Mapping[int, Array]:
        return {layer: params[f"B{layer}"] for layer in range(2, self.network.blocks + 3)}


def unnormalised(r: Array, block: Block) -> Array:
    """The derivative by what a block read, (batch, width), of a loss whose derivative by n_l is r."""
    along = (r * block.normal).mean(axis=1, keepdims=True)
    return (r - r.mean(axis=1, keepdims=True) - block.normal * along) / block.deviation
