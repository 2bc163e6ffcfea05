"""my_rule.py: the error comes back through the signs of the forward weights."""

from dataclasses import dataclass

import numpy as np

from plausible.rules.layered import Layered


@dataclass(frozen=True)
class Mine(Layered):
    """δ_l = (δ_{l+1} B) ⊙ f'(z_l), where B has the signs of W_{l+1}ᵀ and one magnitude, `scale` / √n_l."""

    scale: float = 0.5

    def signals(self, params, passed, error):
        signals = [error]
        for layer in range(self.network.depth - 1, 0, -1):
            forward = params[f"W{layer + 1}"]
            feedback = np.sign(forward.T) * (self.scale * len(forward) ** -0.5)
            error = (error @ feedback) * passed.slope(layer)
            signals.insert(0, error)
        return signals
