"""weight_perturbation.py: a rule for any network, of one's own too, as it only asks what the network answers."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from plausible.arrays import beside
from plausible.core import Array, Params, Presentation, State, Step, View
from plausible.networks.mlp import MLP
from plausible.networks.network import Network


@dataclass(frozen=True)
class WeightPerturbation:
    """Noise in every weight, and a change towards the noise that was rewarded: REINFORCE of weights [williams1992].

        ΔW ∝ mean(r(W + ξ) - r(W)) ξ / σ²,   ξ ~ N(0, σ²)

    with r (batch,) the rewards, and W and ξ all weights of the network, by name.
    """

    network: Network = MLP()
    sigma: float = 0.1

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        return self.network.start(n_in, n_out, rng), None

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        drawn = {name: beside(rng.standard_normal(w.shape, w.dtype), w) for name, w in params.items()}
        noise = {name: self.sigma * xi for name, xi in drawn.items()}
        noisy = {name: w + noise[name] for name, w in params.items()}
        answers = [self.network.respond(weights, shown.x)[-1] for weights in (noisy, params)]
        gained = np.mean(shown.reward(answers[0]) - shown.reward(answers[1])) / self.sigma**2
        return Step({name: gained * xi for name, xi in noise.items()}, state)

    def respond(self, params: View, state: State, x: Array, rng: Generator) -> list[Array]:
        return self.network.respond(params, x)
