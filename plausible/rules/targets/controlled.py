"""What rules of feedback control share: what a controller strives for, and how its feedback weights learn."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from functools import partial
from typing import Any

from numpy.random import Generator

from plausible.arrays import beside
from plausible.core import Array, Outer, Params, Presentation, State, Step, Update, View
from plausible.errors import require, require_number
from plausible.networks.inits import Init, Uniform
from plausible.networks.mlp import MLP, into
from plausible.networks.products import times
from plausible.rules.layered import Feedforward
from plausible.rules.targets.network import damped


@dataclass(frozen=True)
class Controlled(Feedforward):
    """A network whose output a controller u moves, through direct feedback to all layers; `controlled` is open.

        v_l = r_{l-1} W_l + b_l + u Q_l,   r_l = f(v_l),   r_0 = x,   Q_L = 1
        ΔW_l ∝ r_{l-1}ᵀ (r_l - f(r_{l-1} W_l + b_l)),   of the output ΔW_L ∝ r_{L-1}ᵀ u

    with v_l and r_l (batch, n_l), u (batch, n_L), W_l (n_{l-1}, n_l), b_l (n_l,), Q_l (n_L, n_l). Feedback learns by
    `relearned`. Weak changes are divided by the step, so that one learning rate serves all steps.

    Args:
        step: by how much of the negative gradient the target of weak control is away from the answer.
        leak: how fast the controller forgets.
        noise: the standard deviation of the noise that feedback learns from.
        damping: how much feedback shrinks beside what it learns.
        learned: whether feedback learns.
        feedback: the distribution of Q_l.
    """

    step: float = 0.1
    leak: float = 0.01
    noise: float = 0.1
    damping: float = 0.1
    learned: bool = True
    feedback: Init = Uniform()

    def __post_init__(self) -> None:
        for name in ("leak", "damping"):
            require_number(name, getattr(self, name))
        for name in ("step", "noise"):
            require_number(name, getattr(self, name), open_low=True)
        require(isinstance(self.learned, bool), "learned", self.learned, "True or False")

    @abstractmethod
    def controlled(self, params: View, rest: list[Array], shown: Presentation) -> Any:
        """v_1 ... v_L under control, u and internals, from z_1 ... z_L without it."""

    def amplification(self) -> float:
        """What changes are multiplied with."""
        return 1 / self.step

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        params = self.network.start(n_in, n_out, rng)
        return params | self.network.direct_feedback(self.feedback, n_out, rng), None

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        network, f = self.network, self.network.activation.value
        rest = resting(network, params, shown.x)
        v, u, internals = self.controlled(params, rest, shown)
        r = [shown.x, *map(f, v[:-1])]
        basal = [*rest[:1], *(into(network, params, n, below) for n, below in enumerate(r[1:-1], 2))]
        posts = [*(h - f(z) for h, z in zip(r[1:], basal, strict=False)), u]
        scale = network.output.scale(shown.y)
        updates = network.changes(r, posts, scale * self.amplification())
        if self.learned:
            updates |= relearned(self, params, rest, scale, rng)
        return Step(updates, internals=internals, loss=partial(network.loss, params, shown.x, shown.y))


def relearned(
    rule: Controlled, params: View, rest: list[Array], scale: float, rng: Generator
) -> dict[str, Update]:
    """The changes of Q_l by noise ξ in the hidden v_l, which moves the output's input from z_L to z̃_L.

        u = z_L - z̃_L,   p = |u|² / noise²,   ΔQ_l = (-uᵀ (ξ_l + u Q_l) / noise² - damping · Q_l) / (1 + p)

    `rest` is z_1 ... z_L. The controller answers by u in proportion, and apical dendrites receive the noise with u Q_l.
    With the Jacobian J (Σ n_l, n_L) of z_L by all hidden v_l, the same for all examples, Q comes to rest at
    (JᵀJ + damping)⁻¹ Jᵀ. Over 1 + p, with p the mean over examples, gradient descent at a rate below 1 gets there
    however large the weights grow.
    """
    network, noises, potential = rule.network, dict[str, Array](), rest[0]
    for layer in range(1, network.depth):
        drawn = rng.normal(0, rule.noise, potential.shape).astype(potential.dtype)
        noises[f"Q{layer}"] = beside(drawn, potential)
        h = network.activation.value(potential + noises[f"Q{layer}"])
        potential = into(network, params, layer + 1, h)
    u = rest[-1] - potential
    calm = 1 / (1 + (u * u).sum() * scale / rule.noise**2)
    by = -scale / rule.noise**2
    found = {name: Outer(u, (noise + times(u, params[name])) * calm, by) for name, noise in noises.items()}
    return damped(found, params, rule.damping * calm)


def resting(network: MLP, params: View, x: Array) -> list[Array]:
    """z_1 ... z_L of the forward pass, (batch, n_l)."""
    z = [into(network, params, 1, x)]
    for layer in range(2, network.depth + 1):
        z.append(into(network, params, layer, network.activation.value(z[-1])))
    return z


def wanted(network: MLP, y: Array, confidence: float) -> Array:
    """What an output can reach of targets `y`, (batch, n_out): a class at `confidence`, and values as they are.

    With a softmax the other classes share the rest, with logistic outputs each target is as far from 0 or 1.
    """
    if network.output.name == "linear":
        return y
    share = (1 - confidence) / (y.shape[1] - 1) if network.output.name == "softmax" else 1 - confidence
    return confidence * y + share * (1 - y)
