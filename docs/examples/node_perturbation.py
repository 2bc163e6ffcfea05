"""node_perturbation.py: a rule that hears one number an example, the reward, and is never shown the label."""

from dataclasses import dataclass

from numpy.random import Generator

from plausible.arrays import beside
from plausible.core import Array, Presentation, State, Step, View
from plausible.networks.mlp import Pass, into
from plausible.rules.layered import Feedforward


@dataclass(frozen=True)
class NodePerturbation(Feedforward):
    """Noise in every unit, and changes towards the noise that was rewarded: REINFORCE with normal units [williams1992].

        ΔW_l ∝ h_{l-1}ᵀ ((r - r_0) ξ_l) / σ²,   z_l = h_{l-1} W_l + b_l + ξ_l,   ξ_l ~ N(0, σ²)

    with z_l and ξ_l (batch, n_l), and r, r_0 (batch,) the rewards with the noise and without it. r_0 lowers the
    variance and leaves the expectation, the gradient of the expected reward, as it is.
    """

    sigma: float = 0.3

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        activities, noise = [shown.x], []
        for layer, (_, _, value) in enumerate(self.network.layers, 1):
            z = into(self.network, params, layer, activities[-1])
            noise.append(beside(self.sigma * rng.standard_normal(z.shape, z.dtype), z))  # on a GPU, if z is
            activities.append(value(z + noise[-1]))
        quiet = self.network.forward(params, shown.x).activities[-1]
        gain = (shown.reward(activities[-1]) - shown.reward(quiet))[:, None] / self.sigma**2
        signals: list[Array | None] = [
            -gain * xi for xi in noise
        ]  # `updates` goes down them, as down a gradient
        return Step(self.network.updates(Pass(activities, self.network.activation), signals, shown.y), state)
