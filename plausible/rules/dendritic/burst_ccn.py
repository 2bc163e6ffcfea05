"""BurstCCN: what bursts say in one dendrite, events of the same neurons take away again, but for the error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Outer, Params, Presentation, Update, View
from plausible.errors import require
from plausible.networks.inits import Gaussian, Init
from plausible.networks.mlp import Pass
from plausible.networks.products import times
from plausible.rules.dendritic.events import EventNetwork, probability
from plausible.rules.layered import Taught, Teaching
from plausible.search import Range

USUAL = 0.5  # the share of events that are bursts at an apical potential of 0


@dataclass(frozen=True)
class BurstCCN(Taught):
    """Bursting cortico-cortical network (BurstCCN) [greedy2022]: one phase, and feedback that is silent without error.

        b_L = P (h_L - ∂loss/∂z_L),      a_l = b_{l+1} B_{l+1} - h_{l+1} C_{l+1},      b_l = σ(4 a_l ⊙ (1 - h_l)) ⊙ h_l
        ΔW_l ∝ h_{l-1}ᵀ (b_l - P h_l),   ΔC_l ∝ h_lᵀ a_{l-1} if `cancels`,   ΔB_l ∝ -h_lᵀ a_{l-1} if `aligns`

    with event rates h_l, burst rates b_l, apical potentials a_l (batch, n_l), of bursts by B_l and of events by C_l,
    both (n_l, n_{l-1}), and P = ½. Where C = P B apical potentials are 0 without a teacher, exactly, and nothing is
    learned; C gets there by `cancels`, as `predicting` starts it there. `aligns` lets B learn to cancel what C sends,
    which aligns B with W where C is P Wᵀ. As errors vanish b_l - P h_l is P times feedback alignment's signal, and
    backprop's where B = Wᵀ; the distance falls as the square of the error, since σ is odd about ½. C_l is "BC" with its
    number in `params`; rates of B and C are `Grouped`'s.

    Deviations: the output's own loss stands for the squared error; the paper's layers of interneurons are C.
    """

    source: ClassVar[str] = "greedy2022"
    answers: ClassVar[tuple[str, ...]] = ("weight transport", "separate phases")
    search: ClassVar[Mapping[str, Range]] = {"feedback": Range(0.05, 2.0, form="gaussian({})")}

    network: EventNetwork = EventNetwork()
    feedback: Init = Gaussian(0.5)
    predicting: bool = True
    cancels: bool = True
    aligns: bool = False

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        for name in ("predicting", "cancels", "aligns"):
            require(getattr(self, name) in (True, False), name, getattr(self, name), "True or False")
        params = self.network.start(n_in, n_out, rng)
        params |= self.network.feedback(self.feedback, params, rng)
        for layer in range(2, self.network.depth + 1):
            units, below = params[f"B{layer}"].shape
            drawn = self.network.draw(self.feedback, rng, (units, below))
            params[f"BC{layer}"] = USUAL * params[f"B{layer}"] if self.predicting else drawn
        return params, None

    def teaching(
        self, params: View, passed: Pass, error: Array, shown: Presentation, rng: Generator
    ) -> Teaching:
        h, further, scale = passed.activities, dict[str, Update](), self.network.output.scale(shown.y)
        bursts, signals, sizes = USUAL * (h[-1] - error), [USUAL * error], [0.0]
        for layer in range(self.network.depth - 1, 0, -1):
            above, names = h[layer + 1], (f"B{layer + 1}", f"BC{layer + 1}")
            apical = times(bursts, params[names[0]])
            apical -= times(above, params[names[1]])
            if self.cancels:
                further[names[1]] = Outer(above, apical, scale)
            if self.aligns:
                further[names[0]] = Outer(above, apical, -scale)
            bursts = probability(4 * apical * (1 - h[layer])) * h[layer]
            signals.insert(0, USUAL * h[layer] - bursts)
            sizes.append(float(abs(apical).mean()))
        return Teaching(signals, further, {"apical potential": float(np.mean(sizes[1:] or sizes))})
