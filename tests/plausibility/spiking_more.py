# ruff: noqa: E501
"""Further spiking networks that cheat, and honest ones that look alike: slopes, numbers and partners in other words."""

from __future__ import annotations

import numpy as np

from plausible.spiking.circuit import Group, Projection, Regular
from tests.plausibility.spiking import HID, UP, planted

TANH = f"{HID}\nr = tanh(v) : 1"
ESCAPE = "rand() < 1/(1 + exp(-v))"
D, C, P = "exact derivatives", "continuous values", "one-to-one units"


def partner(connect: str, size: int = 5, code: str = "v_post += 1") -> dict[str, object]:
    """A group that hidden neurons lead to by a condition."""
    return {
        "groups": (Group("partner", size, HID, "v > 1"),),
        "more": (Projection("pair", "hid", "partner", "", code, connect=connect),),
    }


CHEATS = {
    # slopes that are made elsewhere than in an equation
    "a slope by a reset": planted(D, "partly", hid=f"{TANH}\ns : 1", reset="s = 1 - tanh(v)**2; v = 0; y += 1", post="w += eta*x*s_post"),
    "a slope by a clock": planted(D, "partly", hid=f"{TANH}\ns : 1", regular=(Regular("hid", "s = 1 - tanh(v)**2", 1),), post="w += eta*x*s_post"),
    "a slope by a clock of synapses": planted(D, "partly", hid=TANH, up=f"{UP}\nz : 1", regular=(Regular("up", "z = 1 - r_post**2", 1),), post="w += eta*x*z"),
    "a slope by an arriving spike": planted(D, "partly", hid=f"{TANH}\ns : 1", pre="s_post = 1 - r_post*r_post; v_post += w; x += 1", post="w += eta*x*s_post"),
    "a slope bit by bit": planted(D, "partly", hid=f"{TANH}\ns : 1", regular=(Regular("hid", "s += 0.1*(1 - r**2 - s)", 1),), post="w += eta*x*s_post"),
    "a slope that is gathered": planted(D, "partly", hid=f"{TANH}\nds/dt = (1 - r**2)/ms : 1", reset="v = 0; y += 1; s = 0", post="w += eta*x*s_post"),
    "a slope by two lines of a reset": planted(D, "partly", hid=f"{TANH}\ns : 1", reset="s = 1; s -= r**2; v = 0; y += 1", post="w += eta*x*s_post"),
    "half a slope by a reset, half by a clock": planted(D, "partly", hid=f"{TANH}\ns : 1", reset="s *= 1 + r; v = 0; y += 1", regular=(Regular("hid", "s = 1 - r", 1),), post="w += eta*x*s_post"),
    "a slope by an outgoing spike": planted(D, "partly", hid=f"{TANH}\ns : 1", out_pre="v_post += w; s_pre = 1 - r_pre**2", post="w += eta*x*s_post"),
    "a slope in a trace of the synapse": planted(D, "partly", hid=TANH, up=f"{UP}\nz : 1", pre="v_post += w; x += 1; z += 1 - r_post**2", post="w += eta*z; z = 0"),
    # slopes that are a product or a sum of variables
    "two variables that follow the factors of a slope": planted(D, "partly", hid=f"{TANH}\nda/dt = (1 - tanh(v) - a)/ms : 1\ndb/dt = (1 + tanh(v) - b)/ms : 1", post="w += eta*x*a_post*b_post"),
    "two variables of a reset": planted(D, "partly", hid=f"{TANH}\na : 1\nb : 1", reset="a = 1 - r; b = 1 + r; v = 0; y += 1", post="w += eta*x*a_post*b_post"),
    "a rate and what it lacks": planted(D, "partly", threshold="rand() < r", hid=f"{HID}\nr = 1/(1 + exp(-v)) : 1\ndm/dt = (r - m)/ms : 1\ndk/dt = (1 - r - k)/ms : 1", post="w += eta*x*m_post*k_post"),
    "factors apart": planted(D, "partly", hid=TANH, post="w += eta*(1 - r_post)*v_post*x*(1 + r_post)"),
    "terms apart": planted(D, "partly", hid=TANH, post="w += eta*x + eta*v_post - eta*x*r_post**2"),
    "two statements": planted(D, "partly", hid=TANH, post="w += eta*x; w -= eta*x*r_post**2"),
    "a factor in the synapse": planted(D, "partly", hid=TANH, up=f"{UP}\nz : 1", post="z = 1 - r_post; w += eta*x*z*(1 + r_post)"),
    "below the line": planted(D, "partly", hid=TANH, post="w += eta*x/cosh(v_post)/cosh(v_post)"),
    # functions that are written elsewhere, and other ways to write a slope
    "the slope of what a neuron follows": planted(D, "partly", hid=f"{HID}\ndr/dt = (tanh(v) - r)/ms : 1", post="w += eta*x*(1 - tanh(v_post)**2)"),
    "the slope of what a reset makes": planted(D, "partly", hid=f"{HID}\nr : 1", reset="r = tanh(v); v = 0; y += 1", post="w += eta*x*(1 - tanh(v_post)**2)"),
    "the slope of what is sent": planted(D, "partly", out_pre="v_post += w*tanh(v_pre)", post="w += eta*x*(1 - tanh(v_post)**2)"),
    "a rate on the left": planted(D, "partly", threshold="1/(1 + exp(-v)) > rand()", post="w += eta*x*exp(-v_post)/(1 + exp(-v_post))**2"),
    "a rate beside chance": planted(D, "partly", threshold="1/(1 + exp(-v)) - rand() > 0", post="w += eta*x*exp(-v_post)/(1 + exp(-v_post))**2"),
    "a rate in millivolt": planted(D, "partly", threshold="rand() < 1/(1 + exp(-(v + 50)/2))", post="w += eta*x*exp(-(v_post + 50)/2)/(1 + exp(-(v_post + 50)/2))**2"),
    "a difference quotient": planted(D, "partly", hid=TANH, post="w += eta*x*(tanh(v_post + 0.05) - tanh(v_post - 0.05))"),
    "a difference quotient to one side": planted(D, "partly", hid=TANH, post="w += eta*x*(tanh(v_post + 0.05) - tanh(v_post))"),
    "a slope of two numbers": planted(D, "partly", hid=f"{HID}\nr = clip(v, 0, 1) : 1", post="w += eta*x*int(v_post > 0 and v_post < 1)"),
    "a slope with a number of the neuron": planted(D, "partly", hid=f"{HID}\nth : 1\nr = tanh(v - th) : 1", post="w += eta*x*(1 - tanh(v_post - th_post))*(1 + tanh(v_post - th_post))"),
    "a slope and noise": planted(D, "partly", hid=TANH, post="w += eta*x*(1 - tanh(v_post + 0.01*randn())**2)"),
    "a slope that decides by chance": planted(D, "partly", hid=TANH, post="w += eta*x*int(rand() < 1 - r_post**2)"),
    "a slope that makes an event likely": planted(
        D, "partly", hid=TANH, hid_events=(("steep", "rand() < 1 - r**2"),), post=(("post", "w += eta*x"),), up_events=(("post", "steep"),)
    ),
    "a slope that another neuron makes": planted(
        D, "partly", hid=TANH, groups=(Group("helper", 5, "u : 1\nf = 1 - tanh(u)**2 : 1"),), post="w += eta*x*error_post",
        more=(Projection("asks", "hid", "helper", "", "u_post = v_pre", connect="i == j"), Projection("tells", "helper", "hid", "", "error_post = f_pre", connect="i == j")),
    ),
    "a slope in the motion of a weight": planted(
        D, "partly", hid=TANH, up="dw/dt = eta*x*(1 - r_post**2)/ms : 1 (clock-driven)\ndx/dt = -x/tau : 1 (clock-driven)", post=""
    ),
    "a slope that is set by a clock in a weight": planted(D, "partly", hid=TANH, regular=(Regular("up", "w += eta*(1 - tanh(v_post)**2)", 10),)),
    "the slope of what is positive": planted(D, "partly", hid=f"{HID}\nr = clip(v, 0, inf) : 1", post="w += eta*x*int(v_post > 0)"),
    "a square's slope where it is the rate": planted(D, "untraceable", threshold="rand() < v**2", post="w += eta*x*v_post"),
    "an exponential's slope where it is the rate": planted(D, "untraceable", threshold="rand() < exp(v - 3)", post="w += eta*x*exp(v_post - 3)"),
    "the slope of a logarithm beside an error": planted(D, "partly", threshold=ESCAPE, post="w += eta*x*(y_post - 1/(1 + exp(-v_post)))*(1 - 1/(1 + exp(-v_post)))"),
    # numbers that are sent
    "a clock sends values": planted(C, "present", regular=(Regular("over", "v_post += w*v_pre", 1),)),
    "a clock sends errors down": planted(C, "present", regular=(Regular("over", "error_pre += w*v_post", 1),)),
    "spikes carry values": planted(C, "present", out_pre="v_post += w*v_pre"),
    "spikes carry what a reset kept": planted(C, "present", hid=f"{HID}\na : 1", reset="a = v; v = 0; y += 1", out_pre="v_post += w*a_pre"),
    "spikes carry values in a name of their own": planted(C, "present", out_pre="a = 2*v_pre; v_post += w*a"),
    "values within a layer": planted(C, "present", more=(Projection("lateral", "hid", "hid", "", "v_post -= 0.1*v_pre", connect="i != j"),)),
    "values in steps": planted(C, "present", out_pre="v_post += w*int(8*v_pre)"),
    "values by several thresholds": planted(C, "present", out_pre="v_post += w*(int(v_pre > 0.2) + int(v_pre > 0.4) + int(v_pre > 0.6))"),
    "a neuron's own spike sends values back": planted(C, "present", out_post="error_pre += v_post"),
    "a value that a synapse keeps": planted(C, "present", more=(Projection("keeps", "hid", "out", "w : 1\nk : 1", "k = v_pre; v_post += w*k"),)),
    "a value that a clock gives a synapse": planted(
        C, "present", more=(Projection("keeps", "hid", "out", "w : 1\nk : 1", "v_post += w*k"),), regular=(Regular("keeps", "k = v_pre", 1),)
    ),
    "a value by a name of the synapse": planted(C, "present", more=(Projection("named", "hid", "out", "w : 1\nk = w*v_pre : 1", "v_post += k"),)),
    "a value that all share": planted(
        C, "present", hid=f"dv/dt = (mean - v)/tau : 1\nmean : 1 (linked)\n{HID.partition(chr(10))[2]}", hid_links=(("mean", "total.all"),),
        groups=(Group("total", 1, "all : 1"),), more=(Projection("sums", "hid", "total", "", "all_post += v_pre"),),
    ),
    "counts by a clock": planted(C, "untraceable", regular=(Regular("over", "v_post += w*y_pre", 1),)),
    # partners
    "partners, and more is asked": planted(P, "present", **partner("i == j and i >= 0")),
    "partners from the other end": planted(P, "present", **partner("i + j == 4")),
    "partners next door": planted(P, "present", **partner("j == (i + 1) % 5")),
    "partners for some": planted(P, "present", **partner("i == j and i < 3")),
    "two partners each": planted(P, "present", **partner("j % 5 == i", 10)),
    "partners by code": planted(P, "present", **partner("", code="v_post += int(i == j)")),
    "partners by chance that is none": planted(P, "present", **partner("i == j and rand() < 1.5")),
    "partners further up in a layer": planted(P, "present", more=(Projection("pair", "hid", "hid", "", "v_post += 0.1", connect="j == i + 2 and i < 2"),)),
    "partners that learn nothing": planted(P, "present", groups=(Group("partner", 5, HID, "v > 1"),), more=(Projection("pair", "hid", "partner", "w : 1", "v_post += w; w += 0", connect="i == j"),)),
    "partners by a number of the synapse": planted(
        P, "present", groups=(Group("partner", 5, HID, "v > 1"),), more=(Projection("pair", "hid", "partner", "k : 1", "k = int(i == j); v_post += k"),)
    ),
    "partners by weights": planted(P, "present", start={"pair.w": np.eye(5).ravel()}, groups=(Group("partner", 5, HID, "v > 1"),), more=(Projection("pair", "hid", "partner", "w : 1", "v_post += w"),)),
    "partners by weights that learn nothing": planted(P, "present", start={"pair.w": np.eye(5).ravel()}, groups=(Group("partner", 5, HID, "v > 1"),), more=(Projection("pair", "hid", "partner", "w : 1", "v_post += w; w += 0"),)),
    "partners that cannot be told": planted(P, "untraceable", **partner("i == j + 0*poisson(1)")),
}  # fmt: skip

HONEST = {
    "a rate by a reset": planted(D, "removed", hid=f"{TANH}\ns : 1", reset="s = tanh(v); v = 0; y += 1", post="w += eta*x*s_post"),
    "a potential by a clock": planted(D, "removed", hid=f"{TANH}\ns : 1", regular=(Regular("hid", "s = 1 - v**2", 1),), post="w += eta*x*s_post"),
    "a trace by a clock of synapses": planted(D, "removed", hid=TANH, up=f"{UP}\nz : 1", regular=(Regular("up", "z = 1 - y_post**2", 1),), post="w += eta*x*z"),
    "a rate by an arriving spike": planted(D, "removed", hid=f"{TANH}\ns : 1", pre="s_post = 1 - r_post; v_post += w; x += 1", post="w += eta*x*s_post"),
    "a mean bit by bit": planted(D, "removed", hid=f"{TANH}\ns : 1", regular=(Regular("hid", "s += 0.1*(r**2 - s)", 1),), post="w += eta*x*(r_post - s_post)"),
    "a rate that is gathered": planted(D, "removed", hid=f"{TANH}\nds/dt = r/ms : 1", post="w += eta*x*s_post"),
    "two lines of a reset": planted(D, "removed", hid=f"{TANH}\ns : 1", reset="s = 1; s -= r; v = 0; y += 1", post="w += eta*x*s_post"),
    "a reset before the slope": planted(D, "removed", hid=f"{TANH}\ns : 1", reset="v = 0; s = 1 - tanh(v)**2; y += 1", post="w += eta*x*s_post"),
    "two variables that follow other factors": planted(D, "removed", hid=f"{TANH}\nda/dt = (1 - tanh(v) - a)/ms : 1\ndb/dt = (2 + tanh(v) - b)/ms : 1", post="w += eta*x*a_post*b_post"),
    "factors of another function": planted(D, "removed", hid=f"{HID}\nr = arctan(v) : 1", post="w += eta*(1 - r_post)*v_post*x*(1 + r_post)"),
    "terms of another function": planted(D, "removed", hid=TANH, post="w += eta*x - eta*x*v_post**2"),
    "a slope of another neuron's kind": planted(D, "removed", hid=f"{HID}\nr = v/(1 + v**2) : 1", post="w += eta*x*(1 - tanh(v_post)**2)"),
    "a rate that decides by chance": planted(D, "removed", hid=TANH, post="w += eta*x*int(rand() < r_post)"),
    "a rate that makes an event likely": planted(
        D, "removed", hid=TANH, hid_events=(("likely", "rand() < r"),), post=(("post", "w += eta*x"),), up_events=(("post", "likely"),)
    ),
    "a rate that another neuron makes": planted(
        D, "removed", hid=TANH, groups=(Group("helper", 5, "u : 1\nf = tanh(u) : 1"),), post="w += eta*x*error_post",
        more=(Projection("asks", "hid", "helper", "", "u_post = v_pre", connect="i == j"), Projection("tells", "helper", "hid", "", "error_post = f_pre", connect="i == j")),
    ),
    "two numbers": planted(D, "removed", hid=TANH, post="w += eta*x*int(v_post > 0 and v_post < 1)"),
    "a threshold that follows the square of a rate": planted(D, "removed", hid=f"{TANH}\ndth/dt = (r**2 - th)/tau : 1", post="w += eta*x*r_post*(r_post - th_post)"),
    "potentials above thresholds": planted(D, "removed", hid=f"{HID}\ndm/dt = (v - m)/tau : 1", post="w += eta*x*clip(v_post - 0.5, 0, inf)*clip(m_post, 0, inf)"),
    "a potential of a quadratic neuron": planted(
        D, "removed", hid="dv/dt = (0.04*v**2 + 5*v + 140 - u)/ms : 1\ndu/dt = 0.02*(0.2*v - u)/ms : 1\nerror : 1\ndy/dt = -y/tau : 1", threshold="v > 30",
        reset="v = -65; u += 8; y += 1", post="w += eta*x*v_post",
    ),
    "a potential of an exponential neuron": planted(
        D, "removed", hid="dv/dt = (-v + exp((v - 1)/0.2))/tau : 1\nerror : 1\ndy/dt = -y/tau : 1", post="w += eta*x*v_post"
    ),
    "a gate that opens by the potential": planted(D, "removed", hid=f"{HID}\ndm/dt = ((1 - m)*0.1*v - m*exp(-v))/ms : 1", post="w += eta*x*m_post"),
    "spikes less their rate": planted(D, "removed", threshold=ESCAPE, post="w += eta*x*(y_post - 1/(1 + exp(-v_post)))"),
    "an exponential": planted(D, "removed", hid=f"{HID}\nr = exp(v) : 1", post="w += eta*x*r_post"),
    "an exponential's rate": planted(D, "untraceable", threshold="rand() < exp(v - 3)", post="w += eta*x*exp(v_post - 3)"),
    "a potential beside a square": planted(D, "removed", hid=f"{HID}\nr = v**2 : 1", post="w += eta*x*v_post"),
    "a filtered potential beside a square": planted(D, "removed", hid=f"{HID}\nr = v**2 : 1\ndm/dt = (v - m)/tau : 1", post="w += eta*x*m_post"),
    "a potential above a threshold beside a square": planted(D, "removed", hid=f"{HID}\nr = (v - 1)**2/2 : 1", post="w += eta*x*(v_post - 1)"),
    "a product of potential and trace beside a square": planted(D, "removed", hid=f"{HID}\nq = v*v/2 : 1", post="w += eta*x*v_post*y_post"),
    "what a rate lacks": planted(D, "untraceable", threshold=ESCAPE, post="w += eta*x*(1 - 1/(1 + exp(-v_post)))"),
    "a share of the own weights": planted(D, "removed", hid=f"{HID}\nsum_w : 1", pre="v_post += w; x += 1; sum_w_post += w", post="w *= 1 + eta*(1/(sum_w_post + 1e-9) - 1)"),
    "spikes that fade in a neuron": planted(C, "removed", out_pre="v_post += w*y_pre"),
    "resources in synapses": planted(
        C, "removed", more=(Projection("tires", "hid", "out", "w : 1\ndq/dt = (1 - q)/tau : 1 (event-driven)", "v_post += w*q; q *= 0.8"),)
    ),
    "what is left to a potential of its own": planted(C, "removed", out_pre="v_post += w*(2 - v_post)"),
    "resources of synapses": planted(C, "removed", hid=f"{HID}\ndq/dt = (1 - q)/tau : 1", reset="v = 0; y += 1; q *= 0.8", out_pre="v_post += w*q_pre"),
    "a current that fades": planted(C, "removed", more=(Projection("slow", "hid", "out", "w : 1\nerror_post = w*y_pre : 1 (summed)"),)),
    "a sign of a spike": planted(C, "removed", more=(Projection("lateral", "hid", "hid", "", "error_post += int(v_pre > v_post)", connect="i != j"),)),
    "a value of its own": planted(C, "removed", more=(Projection("own", "hid", "hid", "", "error_post += v_pre", connect="i == j"),)),
    "a value that is learned from": planted(C, "removed", up=f"{UP}\nz : 1", post="w += eta*x*v_post", regular=(Regular("up", "z = v_post", 10),)),
    "all but its own": planted(P, "removed", **partner("i != j")),
    "the nearest": planted(P, "removed", **partner("abs(i - j) <= 1")),
    "weights of all sizes": planted(P, "removed", start={"pair.w": np.linspace(0.1, 1, 25)}, groups=(Group("partner", 5, HID, "v > 1"),), more=(Projection("pair", "hid", "partner", "w : 1", "v_post += w"),)),
    "by chance": planted(P, "removed", **partner("rand() < 0.5")),
    "a ring": planted(P, "removed", more=(Projection("ring", "hid", "hid", "", "v_post += 0.1", connect="j == (i + 1) % 5"),)),
    "two share one": planted(P, "removed", **partner("j == i//2", 3)),
    "itself": planted(P, "removed", more=(Projection("self", "hid", "hid", "", "v_post += 0.1", connect="i == j"),)),
    "one for all": planted(P, "removed", **partner("", 1)),
}  # fmt: skip
