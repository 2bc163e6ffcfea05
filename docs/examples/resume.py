"""resume.py: a spiking rule of one's own, from its equations: a teacher's spikes potentiate, a neuron's own depress."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.random import Generator

from plausible.core import Array, Params, State, View
from plausible.rules.spiking.simulated import Simulated
from plausible.spiking.circuit import Group, Projection
from plausible.spiking.codes import Poisson
from plausible.spiking.slots import Slots

NEURON = """
dv/dt = (current - v)/(10*ms) : 1 (unless refractory)
dcurrent/dt = -current/(5*ms) : 1
target : 1
count : 1
"""
ARRIVING = "current_post += w"
DEPRESSED = "w = clip(w - learn*rate*x_pre, -2, 2)"  # at the neuron's own spike
TAUGHT = "w = clip(w + learn*rate*x_pre, -2, 2)"  # at the teacher's


@dataclass(frozen=True)
class ReSuMe(Simulated):
    """Δw = η (S_desired - S_own) x, where x is a trace of the spikes that arrive [ponulak2010]; one layer."""

    source = "ponulak2010"
    rate: float = 0.02

    def slots(self, n_in: int, n_out: int) -> Slots:
        """Brighter inputs spike more often; the neuron of the right class is taught to spike at every tenth step."""
        taught = "target > 0 and now % 10 == 9"
        out = Group(
            "out", n_out, NEURON, "v > 1", "v = 0; count += 1", "2*ms", "exact", events=(("desired", taught),)
        )
        plastic = Projection(
            "plastic", "inputs", "out", "w : 1", ARRIVING,
            on_post=(("post", DEPRESSED), ("taught", TAUGHT)), events=(("taught", "desired"),),
        )  # fmt: skip
        begin = (
            ("out", "v = 0; current = 0; count = 0; target = targets(example*ms, i)"),
            ("inputs", "x = 0"),
        )
        return Slots(
            Poisson(40, 0.3), n_in, 40, (out,), (plastic,), (("W1", "plastic.w"),), ("out.count",), begin, "rate : 1",
            targets=n_out, arriving="x += 1", traces="dx/dt = -x/(10*ms) : 1",
        )  # fmt: skip

    def weights(self, n_in: int, n_out: int, rng: Generator) -> Params:
        return {"W1": rng.uniform(0, 8 / n_in, (n_in, n_out))}

    def settings(self, params: View) -> Mapping[str, Any]:
        return {"control.rate": self.rate}

    def answer(self, params: View, state: State, records: Mapping[str, Any]) -> list[Array]:
        return [records["out.count"]]
