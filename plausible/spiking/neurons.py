"""Models of neurons as equations with units, to be put into a `Group`."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from plausible.spiking.circuit import Group, Texts


@dataclass(frozen=True)
class Neuron:
    """The equations of a neuron. `source` is a key of `references.bib`; the rest is as in `Group`."""

    source: str
    equations: str
    threshold: str
    reset: str
    refractory: str = ""
    method: str = "euler"
    constants: Texts = ()

    def group(self, name: str, size: int, extra: str = "", **options: Texts) -> Group:
        """A group of `size` such neurons, with `extra` equations; `options` are those of `Group`."""
        return Group(
            name,
            size,
            f"{self.equations}\n{extra}",
            self.threshold,
            self.reset,
            self.refractory,
            self.method,
            **options,
        )


def lif(
    tau: float = 20.0,
    rest: float = -70.0,
    threshold: float = -54.0,
    reset: float = -60.0,
    tau_syn: float = 5.0,
) -> Neuron:
    """A leaky integrate-and-fire neuron with a decaying synaptic current: τ v' = rest - v + I,  τ_s I' = -I.

    Times in ms, potentials in mV; I is in mV, and a spike that arrives adds its weight to it. The solution is exact.
    """
    return Neuron(
        "song2000",
        "dv/dt = (rest - v + current)/tau : volt\ndcurrent/dt = -current/tau_syn : volt",
        "v > v_threshold", "v = v_reset", method="exact",
        constants=(("tau", f"{tau!r}*ms"), ("tau_syn", f"{tau_syn!r}*ms"), ("rest", f"{rest!r}*mV"),
                   ("v_threshold", f"{threshold!r}*mV"), ("v_reset", f"{reset!r}*mV")),
    )  # fmt: skip


def conductance_lif(adaptive: bool = False) -> Neuron:
    """The neuron of [song2000]: τ v' = rest - v + g_ex (0 - v) + g_in (-70 mV - v), conductances decay with 5 ms.

    τ is 20 ms, rest -70, threshold -54, reset -60 mV; g is in units of the leak. `adaptive` adds θ to the threshold,
    which grows by `theta_plus` at every spike and decays with `tau_theta`.
    """
    theta = "\ndtheta/dt = -theta/tau_theta : volt" if adaptive else ""
    return Neuron(
        "song2000",
        "dv/dt = (-70*mV - v + g_ex*(0*mV - v) + g_in*(-70*mV - v))/(20*ms) : volt\n"
        f"dg_ex/dt = -g_ex/(5*ms) : 1\ndg_in/dt = -g_in/(5*ms) : 1{theta}",
        f"v > -54*mV{' + theta' if adaptive else ''}",
        f"v = -60*mV{'; theta += theta_plus' if adaptive else ''}",
        constants=(("theta_plus", "0.05*mV"), ("tau_theta", "1e7*ms")) if adaptive else (),
    )


IZHIKEVICH = MappingProxyType({"regular": (0.02, 8.0), "fast": (0.1, 2.0)})  # a per ms, d


def izhikevich(kind: str = "regular") -> Neuron:
    """Izhikevich's neuron [izhikevich2003]: v' = 0.04 v² + 5 v + 140 - u + I,  u' = a (0.2 v - u), per ms.

    v and u in mV, I in mV per ms; at 30 mV v becomes -65 mV and u grows by d. `kind`: "regular" spiking (excitatory),
    a = 0.02, d = 8, or "fast" spiking (inhibitory), a = 0.1, d = 2.
    """
    a, d = IZHIKEVICH[kind]
    return Neuron(
        "izhikevich2003",
        "dv/dt = (0.04*v**2/mV + 5*v + 140*mV - u)/ms + current : volt\n"
        f"du/dt = {a!r}*(0.2*v - u)/ms : volt\ncurrent : volt/second",
        "v >= 30*mV",
        f"v = -65*mV; u += {d!r}*mV",
    )


def two_compartments() -> Neuron:
    """A soma and a dendrite that drives it [urbanczik2014], without units but for time, C = 1.

        u' = -g_L u + g_D (v_w - u) + g_E (E_E - u) + g_I (E_I - u),    v_w' = -g_L v_w + Σ_i w_i s_i

    per ms with g_L 0.1, g_D 2, E_E 14/3, E_I -1/3; s_i decays with 3 ms. The soma spikes with the rate
    φ(u) = 0.15 / (1 + ½ exp(5 (1 - u))) per ms, not within 3 ms, and is not reset. Alone the dendrite would say v*,
    the `prediction` g_D v_w / (g_L + g_D), and spike with the rate φ(v*), `predicted`; `slope` is (ln φ)' there.
    """
    return Neuron(
        "urbanczik2014",
        "du/dt = (-0.1*u + 2*(v_w - u) + g_e*(14/3.0 - u) + g_i*(-1/3.0 - u))/ms : 1\n"
        "dv_w/dt = (-0.1*v_w + current)/ms : 1\ndcurrent/dt = -current/(3*ms) : 1\n"
        "g_e : 1\ng_i : 1\nseed : integer\nprediction = 2/2.1*v_w : 1\n"
        "phi = 0.15/(1 + 0.5*exp(5*(1 - u))) : 1\n"
        "predicted = 0.15/(1 + 0.5*exp(5*(1 - prediction))) : 1\n"
        "slope = 5/(1 + 2*exp(-5*(1 - prediction))) : 1",
        "chance(seed, timestep(t, dt), i) < phi*dt/ms",
        "",
        "3*ms",
    )


def dendritic_inputs(name: str, size: int, threshold: str) -> Group:
    """Neurons whose spikes raise currents s and potentials `psp` at a dendrite of `two_compartments`.

        s' = -s / 3 ms + spikes,    psp' = -g_L psp + s  per ms

    With weights that stand still, v_w is Σ_i w_i psp_i.

    Deviations: the potential of a spike has the area τ_L τ_s = 30 (τ in ms), where the paper's has the area 1; weights
    are a thirtieth of the paper's for it, and the rate of `dendritic_prediction` a 900th.
    """
    return Group(name, size, "ds/dt = -s/(3*ms) : 1\ndpsp/dt = (-0.1*psp + s)/ms : 1", threshold, "s += 1")
