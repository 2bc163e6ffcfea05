# ruff: noqa: E501
"""Spiking networks that cheat in known ways, and honest ones that look alike: their circuits, and the right verdicts.

Inputs spike, `up` leads to neurons `hid`, and `over` from those to `out`. A planted network has other code in one place.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from plausible.plausibility.spikes.model import Model
from plausible.spiking.circuit import Circuit, Group, Projection, Regular, Spikes, Table

CONSTANTS = (("tau", "20*ms"), ("eta", "0.01"))
HID = "dv/dt = -v/tau : 1\nderror/dt = -error/tau : 1\ndy/dt = -y/tau : 1"
UP = "w : 1\ndx/dt = -x/tau : 1 (event-driven)"


class Planted(NamedTuple):
    """A planted network: the criticism that it is judged by, the right verdict, and its parts."""

    criticism: str
    right: str
    parts: dict[str, Any]

    def model(self) -> Model:
        """Its circuit, with values to start from."""
        parts = {
            "hid": HID, "threshold": "v > 1", "reset": "v = 0; y += 1", "up": UP, "pre": "v_post += w; x += 1",
            "post": "w += eta*x", "out_pre": "v_post += w", "out_post": "", "more": (), "regular": (), "groups": (),
            "links": (), "tables": (), "hid_links": (), "start": {}, "hid_events": (), "up_events": (), **self.parts,
        }  # fmt: skip
        hid = Group(
            "hid",
            5,
            parts["hid"],
            parts["threshold"],
            parts["reset"],
            links=parts["hid_links"],
            events=parts["hid_events"],
        )
        out = Group("out", 3, HID, "v > 1", "v = 0; y += 1")
        up = Projection(
            "up",
            "in",
            "hid",
            parts["up"],
            parts["pre"],
            parts["post"],
            links=parts["links"],
            events=parts["up_events"],
        )
        over = Projection("over", "hid", "out", "w : 1", parts["out_pre"], parts["out_post"])
        circuit = Circuit(
            1.0, (hid, out, *parts["groups"]), (up, over, *parts["more"]), parts["regular"],
            spikes=(Spikes("in", 4, (), ()),), constants=CONSTANTS, tables=parts["tables"],
        )  # fmt: skip
        down = {f"{each.name}.w": 0.3 for each in parts["more"] if each.name == "down"}
        return Model("planted", circuit, {"up.w": 0.5, **down, **parts["start"]})


def planted(criticism: str, right: str, **parts: Any) -> Planted:
    """A planted network."""
    return Planted(criticism, right, parts)


def down(code: str) -> tuple[Projection, ...]:
    """Synapses of their own from the last neurons down to the hidden ones."""
    return (Projection("down", "out", "hid", "w : 1", code),)


SHARED = (Group("shared", 1, "dreward/dt = -reward/tau : 1\nrate : 1"),)
LINKED = f"{UP}\nreward : 1 (linked)\nrate : 1 (linked)"
LINKS = (("reward", "shared.reward"), ("rate", "shared.rate"))
REWARDED = (Regular("shared", "reward += 1", 100),)
ERROR = "w += eta*x*error_post"
TOTAL = (Group("total", 1, "all : 1"),)
SUMS = Projection("sums", "hid", "total", "", "all_post += 1")
GIVES = Projection(
    "gives", "in", "hid", "all : 1 (linked)", "error_post = all", links=(("all", "total.all"),)
)

CHEATS = {
    "weights send errors back": planted(
        "weight transport", "present", out_post="error_pre += w", post=ERROR
    ),
    "weights move neurons from above": planted("weight transport", "present", out_post="v_pre += w"),
    "weights are summed where they come from": planted(
        "weight transport", "present", out_pre="v_post += w; error_pre += w", post=ERROR
    ),
    "an error that no spike tells of": planted("non-local error", "present", more=down("error_post += w"), post=ERROR),
    "a reward for all": planted(
        "non-local error", "partly", up=LINKED, links=LINKS, groups=SHARED, regular=REWARDED, post="w += eta*x*reward"
    ),
    "a reward, by a trace": planted(
        "update locking", "partly", up=f"{LINKED}\nz : 1", links=LINKS, groups=SHARED, regular=REWARDED,
        post="z += x*reward; w += eta*z",
    ),
    "a reward is one number": planted(
        "target at the output", "partly", up=LINKED, links=LINKS, groups=SHARED, regular=REWARDED,
        post="w += eta*x*reward",
    ),
    "a slope by name": planted(
        "exact derivatives", "partly", hid=f"{HID}\nr = tanh(v) : 1\ns = 1 - tanh(v)**2 : 1", post="w += eta*x*s_post"
    ),
    "a slope by formula": planted(
        "exact derivatives", "partly", hid=f"{HID}\nr = tanh(v) : 1", post="w += eta*x*(1 - tanh(v_post)**2)"
    ),
    "the slope of a rate": planted(
        "exact derivatives", "partly", threshold="rand() < 1/(1 + exp(-v))",
        post="w += eta*x*exp(-v_post)/(1 + exp(-v_post))**2",
    ),
    "a slope in two factors": planted(
        "exact derivatives", "partly", hid=f"{HID}\nr = tanh(v) : 1", post="w += eta*x*(1 - tanh(v_post))*(1 + tanh(v_post))"
    ),
    "a slope in two terms": planted(
        "exact derivatives", "partly", hid=f"{HID}\nr = tanh(v) : 1", post="w += eta*x - eta*x*r_post*r_post"
    ),
    "a slope in a name of its own": planted(
        "exact derivatives", "partly", hid=f"{HID}\nr = tanh(v) : 1", post="s = 1 - r_post; s *= 1 + r_post; w += eta*x*s"
    ),
    "a slope in a name of the synapse": planted(
        "exact derivatives", "partly", hid=f"{HID}\nr = tanh(v) : 1", up=f"{UP}\ns = 1 - tanh(v_post)**2 : 1", post="w += eta*x*s"
    ),
    "a slope without an ending": planted(
        "exact derivatives", "partly", hid=f"{HID}\nr = tanh(v) : 1", post="w += eta*x*(1 - tanh(v))*(1 + tanh(v))"
    ),
    "a slope that a variable follows": planted(
        "exact derivatives", "partly", hid=f"{HID}\nr = tanh(v) : 1\nds/dt = (1-tanh(v)**2-s)/(5*ms) : 1", post="w += eta*x*s_post"
    ),
    "a slope off a table": planted(
        "exact derivatives", "untraceable", tables=(Table("slope", 100, 1),), post="w += eta*x*slope(int(50*(v_post + 1))*ms, 0)"
    ),
    "a slope off a table, by a name": planted(
        "exact derivatives", "untraceable", tables=(Table("slope", 100, 1),), hid=f"{HID}\ns = slope(int(50*(v + 1))*ms, 0) : 1", post="w += eta*x*s_post"
    ),
    "a sum over the layer, by an error of the neuron": planted(
        "non-local error", "present", groups=TOTAL, more=(SUMS, GIVES), post=ERROR
    ),
    "a sum over the layer, by an error that moves the neuron": planted(
        "non-local error", "partly", hid=HID.replace("-v/tau", "(error-v)/tau"), groups=TOTAL, more=(SUMS, GIVES), post=ERROR
    ),
    "a sum over the layer is waited for": planted(
        "update locking", "partly", groups=TOTAL, more=(SUMS, GIVES), post=ERROR
    ),
    "no matter when": planted("insensitivity to timing", "present", pre="v_post += w; w -= eta", post="w += eta"),
    "an arriving spike that finds an error": planted(
        "insensitivity to timing", "partly", more=down("error_post += w"), pre="v_post += w; w += eta*error_post", post=""
    ),
    "a spike that finds an error": planted(
        "insensitivity to timing", "removed", more=down("error_post += w"), post=ERROR
    ),
    "an error that never comes": planted("insensitivity to timing", "untraceable", post=ERROR),
    "errors by weights of which none comes": planted(
        "weight transport", "untraceable", more=(Projection("down", "out", "hid", "w : 1", "v_post += w"),), post=ERROR
    ),
    "values without spikes": planted(
        "continuous values", "present", more=(Projection("graded", "out", "hid", "w : 1\nerror_post = w*v_pre : 1 (summed)"),),
    ),
    "all at once": planted("synchronised steps", "partly", regular=(Regular("up", "w = 0.99*w", 100),)),
    "any sign": planted("signed synapses", "present", post="w = clip(w + eta*x, -1, 1)"),
    "partners": planted(
        "one-to-one units", "present",
        groups=(Group("partner", 5, HID, "v > 1"),), more=(Projection("pair", "hid", "partner", "", "v_post += 1", connect="i == j"),),
    ),
}  # fmt: skip

HONEST = {
    "errors by weights of their own": planted(
        "weight transport", "removed", more=down("error_post += w"), post=ERROR
    ),
    "neurons above move those below": planted("weight transport", "removed", more=down("v_post += w")),
    "weights are summed where they lead to": planted(
        "weight transport", "removed", pre="v_post += w; x += 1; error_post += w", post=ERROR
    ),
    "a number off a table of times": planted(
        "exact derivatives", "removed", tables=(Table("course", 100, 1),), post="w += eta*x*course(t, 0)"
    ),
    "spikes from above": planted("non-local error", "removed", more=down("v_post += w")),
    "a rate for all": planted(
        "non-local error", "removed", up=LINKED, links=LINKS, groups=SHARED, regular=REWARDED, post="w += eta*x*rate"
    ),
    "a trace": planted("update locking", "removed", up=f"{UP}\nz : 1", post="z += x; w += eta*z"),
    "a rate is no target": planted(
        "target at the output", "removed", up=LINKED, links=LINKS, groups=SHARED, regular=REWARDED,
        post="w += eta*x*rate",
    ),
    "a potential": planted("exact derivatives", "removed", hid=f"{HID}\nr = tanh(v) : 1", post="w += eta*x*v_post"),
    "a square": planted("exact derivatives", "removed", hid=f"{HID}\nr = tanh(v) : 1", post="w += eta*x*(1 - v_post**2)"),
    "a rate": planted(
        "exact derivatives", "removed", threshold="rand() < 1/(1 + exp(-v))", post="w += eta*x*exp(-v_post**2)"
    ),
    "potentials in two factors": planted(
        "exact derivatives", "removed", hid=f"{HID}\nr = tanh(v) : 1", post="w += eta*x*(1 - v_post)*(1 + v_post)"
    ),
    "a rate in two terms": planted(
        "exact derivatives", "removed", hid=f"{HID}\nr = tanh(v) : 1", post="s = 1 + r_post; w += eta*x + eta*x*r_post*s"
    ),
    "a potential that a variable follows": planted(
        "exact derivatives", "removed", hid=f"{HID}\nr = tanh(v) : 1\nds/dt = (1-v**2-s)/(5*ms) : 1", post="w += eta*x*s_post"
    ),
    "a sum over the layer that is not read": planted(
        "update locking", "removed", groups=TOTAL, more=(SUMS,), post=ERROR
    ),
    "when it matters": planted("insensitivity to timing", "removed", pre="v_post += w; x += 1; w -= eta*y_post"),
    "spikes alone": planted("continuous values", "removed", more=down("error_post += w")),
    "one after the other": planted("synchronised steps", "removed", pre="v_post += w; x += 1; w = 0.99*w"),
    "one sign": planted("signed synapses", "removed", post="w = clip(w + eta*x, 0, 1)"),
    "all with all": planted(
        "one-to-one units", "removed",
        groups=(Group("partner", 5, HID, "v > 1"),), more=(Projection("pair", "hid", "partner", "", "v_post += 1"),),
    ),
}  # fmt: skip
