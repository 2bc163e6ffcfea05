"""Burstprop: a bit more or fewer bursts than usual is the error, and travels with events along other connections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from numpy.random import Generator

from plausible.core import Array, Outer, Params, Presentation, Update, View
from plausible.errors import require, require_number
from plausible.networks.inits import Gaussian, Init, Uniform
from plausible.networks.mlp import Pass
from plausible.networks.products import times
from plausible.rules.dendritic.events import EventNetwork, probability
from plausible.rules.layered import Taught, Teaching
from plausible.search import Range


@dataclass(frozen=True)
class Burstprop(Taught):
    """Burstprop [payeur2021] by rates: plasticity is how much a teacher changes bursts.

        b_L = P h_L,   b'_L = P (h_L - ∂loss/∂z_L);      u_l = (b_{l+1} B_{l+1}) ⊙ (1 - h_l) - r_l,   u'_l with b'_{l+1}
        b_l = σ(u_l) ⊙ h_l,   b'_l = σ(u'_l) ⊙ h_l,      ΔW_l ∝ h_{l-1}ᵀ (b'_l - b_l),   ΔB_l ∝ its transpose

    with event rates h_l, burst rates b_l without a teacher and b'_l with one, apical potentials u_l, u'_l (batch, n_l),
    B_l (n_l, n_{l-1}), P the `baseline` probability. With the squared error of a logistic output b'_L is the paper's
    P h_L (1 + (y - h_L)(1 - h_L)): at P = 1 what it teaches is backprop's. Below, σ must not saturate: lateral
    inhibition r_l = (σ(b_{l+1} B_{l+1}) ⊙ h_l) S_l, with S_l (n_l, n_l) learning by ΔS_l ∝ its bursts times u_l, brings
    u_l to 0. B learns unless not `learned`; B alone, as `feedback` draws it, is feedback alignment with a factor
    σ'(u_l), as errors vanish.

    Deviations: ΔS is divided by n_l, so that one rate serves all sizes; the paper gives S a rate of its own, 1e-3 of
    that of W, as `Grouped` may. `inhibited` says whether there is S at all.
    """

    source: ClassVar[str] = "payeur2021"
    answers: ClassVar[tuple[str, ...]] = ("weight transport",)
    search: ClassVar[Mapping[str, Range]] = {"baseline": Range(0.1, 1.0)}

    network: EventNetwork = EventNetwork()
    baseline: float = 0.2
    feedback: Init = Gaussian(1.0)
    learned: bool = True
    inhibited: bool = True

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, None]:
        require_number("baseline", self.baseline, 0, 1, open_low=True)
        for name in ("learned", "inhibited"):
            require(getattr(self, name) in (True, False), name, getattr(self, name), "True or False")
        params = self.network.start(n_in, n_out, rng)
        params |= self.network.feedback(self.feedback, params, rng)
        for layer, units in enumerate(self.network.hidden if self.inhibited else (), 1):
            params[f"S{layer}"] = self.network.draw(Uniform(0.01), rng, (units, units))
        return params, None

    def teaching(
        self, params: View, passed: Pass, error: Array, shown: Presentation, rng: Generator
    ) -> Teaching:
        h, further, scale = passed.activities, dict[str, Update](), self.network.output.scale(shown.y)
        bursts, taught = self.baseline * h[-1], self.baseline * (h[-1] - error)
        signals = [bursts - taught]
        for layer in range(self.network.depth - 1, 0, -1):
            if self.learned:
                further[f"B{layer + 1}"] = Outer(signals[0], h[layer], -scale)
            room, back = 1 - h[layer], params[f"B{layer + 1}"]
            apical = [times(each, back) for each in (bursts, taught)]
            first = probability(apical[0]) * h[layer] if self.inhibited else None
            for each in apical:
                each *= room
            if first is not None:
                inhibition = times(first, params[f"S{layer}"])
                for each in apical:
                    each -= inhibition
                further[f"S{layer}"] = Outer(first, apical[0], scale / first.shape[1])
            bursts, taught = (probability(each) * h[layer] for each in apical)
            signals.insert(0, bursts - taught)
        return Teaching(signals, further)
