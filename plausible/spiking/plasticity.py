"""Rules of synapses as equations: the variables of a synapse, and what spikes before and after it change.

Each is a `Plasticity`, to be put into a `Projection`; w is the weight, a number without a unit.

Papers are about continuous time, in which two spikes never coincide. In steps they do, and the change by a coincident
pair is part of a rule: over independent spikes it adds a drift of that change times dt, which is as large as
A₊ τ₊ - A₋ τ₋ where these two nearly balance. So each rule says what its paper, or its authors' program, does:

    pair_stdp "all", "nearest"   both changes, A₊ - A₋, which adds no drift; see there
    pair_stdp "once"             +A₊: [masquelier2008] counts t_post - t_pre = 0 with the positive delays
    triplet_stdp                 both changes: r₁ and o₁ have the spikes of the step, r₂ and o₂ do not yet [pfister2006]
    inhibitory_stdp              η (1 - 2 ρ₀ τ): a pair counts once, in a window with one value at 0 [vogels2011]
    dopamine_stdp                c + A₊ - A₋: traces have the spikes of the step, as in the program of [izhikevich2007]
    mstdp, mstdpet               ζ = A₊ - A₋: P₊(t) and P₋(t) have the spikes at t [florian2007]
    clopath                      an arriving spike sees ū₋ of its step; the target's spike acts through u alone
    dendritic_prediction         S(t) meets psp(t), to which a spike that arrives at t adds nothing yet [urbanczik2014]

The rules of a whole network are in its module, as those of `plausible.spiking.diehl_cook.network`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal, NamedTuple

from plausible.errors import unknown
from plausible.spiking.circuit import Projection, Texts

Pairing = Literal["all", "nearest", "once"]
# How a spike changes its trace: all-to-all pairs add to it, nearest ones set it. "once" is the reduced nearest
# neighbour of [masquelier2008]: a trace that has been used is 0.
LEAVES = MappingProxyType({"all": "{0} += 1", "nearest": "{0} = 1", "once": "{0} = 1"})


@dataclass(frozen=True)
class Plasticity:
    """The equations of a synapse that learns.

    In a step equations move first; then the target's spikes do `early`, arriving spikes do `on_pre`, and the target's
    do `on_post`.

    Args:
        source: a key of `references.bib`.
        equations: variables besides w, each with its unit; "(event-driven)" ones are computed at spikes only.
        on_pre: the changes by an arriving spike.
        on_post: the changes by a spike of the target, after those by spikes that arrive in its step.
        constants: numbers with units.
        reads: variables of another group of one neuron, such as dopamine, by the name under which they are read.
        early: the changes by a spike of the target, before those by spikes that arrive in its step.
        bounds: (low, high), the range of w while equations move it; () for no bounds.
    """

    source: str
    equations: str
    on_pre: str
    on_post: str
    constants: Texts
    reads: tuple[str, ...] = ()
    early: str = ""
    bounds: tuple[str, ...] = ()

    def projection(self, name: str, source: str, target: str, effect: str = "", **where: str) -> Projection:
        """Synapses with this rule. `effect` is what a spike does to the target; `where` says where `reads` are."""
        linked = "".join(f"\n{name} : 1 (linked)" for name in self.reads)
        return Projection(
            name, source, target, f"{'' if self.flows else 'w : 1'}\n{self.equations}{linked}",
            on_pre=(("pre", "; ".join(filter(None, [effect, self.on_pre]))),),
            on_post=tuple(part for part in (("early", self.early), ("post", self.on_post)) if part[1]),
            orders=(("early", -2),) if self.early else (),
            links=tuple((name, where[name]) for name in self.reads),
            bounds=(("w", *self.bounds),) if self.bounds and self.flows else (),
        )  # fmt: skip

    @property
    def flows(self) -> bool:
        """Whether equations move w, at every step and not at spikes alone."""
        return "dw/dt" in self.equations

    def bounded(self, low: str = "0", high: str = "1") -> Plasticity:
        """The same rule with hard bounds: w never leaves [low, high], neither at spikes nor between them.

        `low` and `high` are numbers, or variables of the synapses.
        """
        clip = f"; w = clip(w, {low}, {high})"
        early, pre, post = (
            f"{code}{clip}" if re.search(r"\bw\b [-+*/]?=", code) else code
            for code in (self.early, self.on_pre, self.on_post)
        )
        return replace(self, early=early, on_pre=pre, on_post=post, bounds=(low, high))


def traces(*pairs: tuple[str, str]) -> str:
    """Equations of traces that decay."""
    return "\n".join(f"d{name}/dt = -{name}/{tau} : 1 (event-driven)" for name, tau in pairs)


def pair_stdp(
    potentiation: float = 0.01, depression: float = 0.0105, tau_plus: float = 20.0, tau_minus: float = 20.0,
    pairing: Pairing = "all",
) -> Plasticity:  # fmt: skip
    """Pair-based STDP [song2000]: Δw = A₊ exp(-Δt/τ₊) for Δt = t_post - t_pre > 0, -A₋ exp(Δt/τ₋) for Δt < 0.

    x decays with τ₊ (ms) and is left by arriving spikes, y with τ₋ by the target's; at an arriving spike w loses A₋ y,
    at one of the target's it gains A₊ x. `pairing` says which pairs count; "once" is the rule of [masquelier2008], in
    which Δt = 0 is on the side of A₊.

    Deviations: at Δt = 0 both changes are made, A₊ - A₋. So weights under independent spikes drift by
    ν_pre ν_post (A₊ τ₊ - A₋ τ₋), as in continuous time, but for a share dt/2τ of it. [song2000] has Δt = 0 on the side
    of -A₋, as far as we know: in steps of 0.5 ms, and with its constants, the drift down is then half as large again.
    With +A₊ alone it would be half as large.
    """
    if pairing not in LEAVES:
        raise unknown("pairing of spikes", pairing, LEAVES)
    used = ("; y = 0", "; x = 0") if pairing == "once" else ("", "")
    arriving = f"{LEAVES[pairing].format('x')}; w -= a_minus*y{used[0]}"
    mark, own = LEAVES[pairing].format("y"), f"w += a_plus*x{used[1]}"
    own = f"{mark}; {own}" if pairing == "once" else own
    return Plasticity(
        "masquelier2008" if pairing == "once" else "song2000",
        traces(("x", "tau_plus"), ("y", "tau_minus")),
        arriving,
        own,
        (("a_plus", f"{potentiation!r}"), ("a_minus", f"{depression!r}"),
         ("tau_plus", f"{tau_plus!r}*ms"), ("tau_minus", f"{tau_minus!r}*ms")),
        early="" if pairing == "once" else mark,
    )  # fmt: skip


class Triplet(NamedTuple):
    """Parameters of triplet STDP; times in ms."""

    a2_plus: float
    a3_plus: float
    a2_minus: float
    a3_minus: float
    tau_x: float
    tau_y: float
    pairing: Pairing
    tau_plus: float = 16.8
    tau_minus: float = 33.7


# [pfister2006], its Tables 3 and 4. Those of visual cortex, all-to-all, full, were read in a public simulator but for
# τ_y; the others are from memory, and reproduce the paper's figures.
TRIPLETS = MappingProxyType(
    {
        "visual cortex, all, full": Triplet(5e-10, 6.2e-3, 7e-3, 2.3e-4, 101, 125, "all"),
        "visual cortex, all, minimal": Triplet(0, 6.5e-3, 7.1e-3, 0, 101, 114, "all"),
        "visual cortex, nearest, full": Triplet(8.8e-11, 5.3e-2, 6.6e-3, 3.1e-3, 714, 40, "nearest"),
        "visual cortex, nearest, minimal": Triplet(0, 5e-2, 8e-3, 0, 714, 40, "nearest"),
        "hippocampus, all, full": Triplet(6.1e-3, 6.7e-3, 1.6e-3, 1.4e-3, 946, 27, "all"),
        "hippocampus, all, minimal": Triplet(5.3e-3, 8e-3, 3.5e-3, 0, 946, 40, "all"),
        "hippocampus, nearest, full": Triplet(4.6e-3, 9.1e-3, 3e-3, 7.5e-9, 575, 47, "nearest"),
        "hippocampus, nearest, minimal": Triplet(4.6e-3, 9.1e-3, 3e-3, 0, 575, 48, "nearest"),
    }
)


def triplet_stdp(of: Triplet) -> Plasticity:
    """Triplet STDP [pfister2006].

        at an arriving spike:  w ← w - o₁ (A₂⁻ + A₃⁻ r₂),  then r₁, r₂ ← r + 1 (all-to-all) or 1 (nearest)
        at one of the target:  w ← w + r₁ (A₂⁺ + A₃⁺ o₂),  then o₁, o₂ likewise

    r₁ and r₂ decay with τ₊ and τ_x, o₁ and o₂ with τ₋ and τ_y. The slow traces are read as they were before a step's
    spikes, at t - ε; the fast ones at t, with the spikes of the step.
    """
    leave = LEAVES[of.pairing]
    return Plasticity(
        "pfister2006",
        traces(("r1", "tau_plus"), ("r2", "tau_x"), ("o1", "tau_minus"), ("o2", "tau_y")),
        f"w -= o1*(a2_minus + a3_minus*r2); {leave.format('r1')}; {leave.format('r2')}",
        f"w += r1*(a2_plus + a3_plus*o2); {leave.format('o2')}",
        tuple((name, worded(name, value)) for name, value in of._asdict().items() if name != "pairing"),
        early=leave.format("o1"),
    )


def worded(name: str, value: float) -> str:
    """A constant as text with its unit: ms for times."""
    return f"{value!r}*ms" if name.startswith("tau") else f"{value!r}"


def inhibitory_stdp(rate: float = 0.01, target: float = 5.0, tau: float = 20.0) -> Plasticity:
    """Inhibitory STDP [vogels2011]: at an arriving spike Δw = η (y - 2 ρ₀ τ), at one of the target's Δw = η x.

    x and y add up spikes and decay with τ (ms). w stands still where the target spikes at ρ₀ (Hz), and is never
    negative.
    """
    return Plasticity(
        "vogels2011",
        traces(("x", "tau"), ("y", "tau")),
        "x += 1; w = clip(w + eta*(y - 2*rho*tau), 0, inf)",
        "y += 1; w = clip(w + eta*x, 0, inf)",
        (("eta", f"{rate!r}"), ("rho", f"{target!r}*Hz"), ("tau", f"{tau!r}*ms")),
    )


def dopamine_stdp(
    potentiation: float = 0.1, depression: float = 0.15, tau: float = 20.0, tau_c: float = 1000.0
) -> Plasticity:
    """Dopamine-modulated STDP [izhikevich2007]: c' = -c/τ_c + STDP(Δt) δ(t - t_spike),  w' = c d, per second.

    c is the synapse's eligibility (τ_c in ms), d the concentration of dopamine, read as `dopamine`.

    Deviations: pairs add up, where a trace of the authors' program is set to its amplitude by each spike. w' is per
    second, where the program adds c d every 10 ms; amplitudes take up this factor of 100.
    """
    return Plasticity(
        "izhikevich2007",
        f"{traces(('x', 'tau'), ('y', 'tau'))}\ndc/dt = -c/tau_c : 1 (clock-driven)\n"
        "dw/dt = c*dopamine/second : 1 (clock-driven)",
        "x += 1; c -= a_minus*y",
        "c += a_plus*x",
        (("a_plus", f"{potentiation!r}"), ("a_minus", f"{depression!r}"), ("tau", f"{tau!r}*ms"),
         ("tau_c", f"{tau_c!r}*ms")),
        ("dopamine",),
        early="y += 1",
    )  # fmt: skip


def mstdp(
    rate: float = 1.0, potentiation: float = 1.0, depression: float = 1.0, tau: float = 20.0
) -> Plasticity:
    """Modulated STDP [florian2007]: w(t + dt) = w(t) + γ r(t + dt) ζ(t), with ζ(t) = P₊(t) f_post(t) + P₋(t) f_pre(t).

    f are 1 at a spike, else 0. P₊ adds A₊ at arriving spikes, P₋ takes A₋ at the target's, both decay with τ (ms) and
    have the spikes of their own step. ζ waits a step for the reward r, read as `reward`, which a spike can have earned
    only then.
    """
    return modulated(rate, potentiation, depression, tau, "dt")


def mstdpet(
    rate: float = 1.0,
    potentiation: float = 1.0,
    depression: float = 1.0,
    tau: float = 20.0,
    tau_z: float = 25.0,
) -> Plasticity:
    """Modulated STDP with an eligibility trace [florian2007]: τ_z z' = -z + ζ(t),  w' = γ r(t) z(t).

    ζ is that of `mstdp`, of which an isolated spike leaves z = ζ/τ_z (τ_z in ms), so that constant reward moves w as
    much as it does there, only later.

    Deviations: in a step z loses dt/τ_z of itself (Euler), where the paper's is multiplied by exp(-dt/τ_z).
    """
    return modulated(rate, potentiation, depression, tau, f"{tau_z!r}*ms")


def modulated(rate: float, potentiation: float, depression: float, tau: float, lasts: str) -> Plasticity:
    """Both rules of [florian2007]: an eligibility trace z that `lasts` one step, or longer."""
    return Plasticity(
        "florian2007",
        f"{traces(('p_plus', 'tau'), ('p_minus', 'tau'))}\ndz/dt = -z/({lasts}) : Hz (clock-driven)\n"
        "dw/dt = gamma*reward*z : 1 (clock-driven)",
        f"p_plus += a_plus; z += p_minus/({lasts})",
        f"z += p_plus/({lasts})",
        (
            ("a_plus", f"{potentiation!r}"),
            ("a_minus", f"{depression!r}"),
            ("gamma", f"{rate!r}"),
            ("tau", f"{tau!r}*ms"),
        ),
        ("reward",),
        early="p_minus -= a_minus",
    )


def clopath(
    depression: float = 14e-5, potentiation: float = 8e-5, theta_minus: float = -70.6, theta_plus: float = -45.3,
    tau_x: float = 15.0,
) -> Plasticity:  # fmt: skip
    """Voltage-based STDP [clopath2010].

        at an arriving spike:  w ← w - A_LTD [ū₋ - θ₋]₊          always:  w' = A_LTP x̄ [u - θ₊]₊ [ū₊ - θ₋]₊

    with potentials in mV, A_LTD per mV, A_LTP per mV², x̄ the low-pass filtered train of arriving spikes, per ms:
    τ_x x̄' = -x̄ + Σ δ(t - t_spike), so that one spike adds 1/τ_x (τ_x in ms) and ∫ x̄ dt = 1. The target has u as `v`,
    and its low-pass filtered values ū₋ and ū₊ as `v_minus` and `v_plus`.
    """
    return Plasticity(
        "clopath2010",
        "dx/dt = -x/tau_x : Hz (clock-driven)\n"
        "dw/dt = a_ltp*x*clip(v_post - theta_plus, 0*mV, inf*mV)*clip(v_plus_post - theta_minus, 0*mV, inf*mV)"
        "/mV**2 : 1 (clock-driven)",
        "x += 1/tau_x; w -= a_ltd*clip(v_minus_post - theta_minus, 0*mV, inf*mV)/mV",
        "",
        (("a_ltd", f"{depression!r}"), ("a_ltp", f"{potentiation!r}"), ("theta_minus", f"{theta_minus!r}*mV"),
         ("theta_plus", f"{theta_plus!r}*mV"), ("tau_x", f"{tau_x!r}*ms")),
    )  # fmt: skip


def dendritic_prediction(rate: float = 1e-3, tau: float = 100.0) -> Plasticity:
    """Dendritic prediction of somatic spiking [urbanczik2014], in units of time of a ms.

        τ Δ' = [S(t) - φ(v*)] h(v*) psp - Δ,    w' = η Δ

    S are the target's spikes, φ(v*) the rate that its dendrite predicts, h = (ln φ)'. Without the filter Δ, w climbs
    the logarithm of the probability of the target's spikes under the prediction, but for the factor (g_L + g_D) / g_D.
    The target is of `two_compartments`, the source of `dendritic_inputs`; an arriving spike adds w to `current`.
    """
    return Plasticity(
        "urbanczik2014",
        "ddelta/dt = -(predicted_post*slope_post*psp_pre + delta)/(tau*ms) : 1 (clock-driven)\n"
        "dw/dt = eta*delta/ms : 1 (clock-driven)",
        "",
        "delta += slope_post*psp_pre/tau",
        (("eta", f"{rate!r}"), ("tau", f"{tau!r}")),
    )
