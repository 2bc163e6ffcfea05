# ruff: noqa: E501
"""Spiking networks whose synapses hear of other neurons by a variable of their own, and honest ones that look alike."""

from __future__ import annotations

from typing import Any

import numpy as np

from plausible.spiking.circuit import Group, Projection, Regular, Table
from tests.plausibility.spiking import ERROR, HID, REWARDED, SHARED, down, planted

N, L = "non-local error", "update locking"
LEAK = HID.replace("-v/tau", "(1e-6*error - v)/tau")
MOVED = HID.replace("-v/tau", "(error - v)/tau")
LATERAL = (Projection("lateral", "hid", "hid", "", "error_post += 1"),)


def relay(size: int, threshold: str = "", onwards: str = "error_post += all_pre") -> dict[str, Any]:
    """Neurons that all hidden ones write into, and that all of these hear of."""
    return {
        "groups": (Group("total", size, "all : 1", threshold, "all = 0" if threshold else ""),),
        "more": (Projection("sums", "hid", "total", "", "all_post += 1"), Projection("gives", "in" if not threshold else "total", "hid", "", onwards)),
    }  # fmt: skip


def inhibited(size: int) -> dict[str, Any]:
    """Inhibitory neurons that hidden ones excite, and that inhibit these."""
    return {
        "groups": (Group("inh", size, "dv/dt = -v/tau : 1", "v > 1", "v = 0"),),
        "more": (Projection("exc", "hid", "inh", "", "v_post += 0.5"), Projection("back", "inh", "hid", "", "v_post -= 0.5")),
    }  # fmt: skip


def rewarded(hid: str, **parts: Any) -> dict[str, Any]:
    """Neurons that read a reward, with what is done regularly."""
    regular = (*REWARDED, *parts.pop("regular", ()))
    return {
        "hid": f"{hid}\nreward : 1 (linked)",
        "hid_links": (("reward", "shared.reward"),),
        "groups": SHARED,
        "regular": regular,
        **parts,
    }


def learns(code: str) -> tuple[Projection, ...]:
    """Synapses from the last neurons down to the hidden ones that learn at spikes of the last ones."""
    return (Projection("down", "out", "hid", "w : 1", f"error_post += w; {code}"),)


T = "weight transport"
SAME: dict[str, Any] = {"start": {"over.w": 0.2, "down.w": 0.2}, "out_post": "w += eta*y_pre", "post": ERROR}
BEGUN = np.random.default_rng(0).uniform(0, 1, 15)
TWICE: dict[str, Any] = {
    "groups": (Group("total", 2, "all : 1"),),
    "more": (Projection("sums", "hid", "total", "", "all_post += 1"), Projection("gives", "total", "hid", "", "error_post += all_pre")),
}  # fmt: skip
CHEATS = {
    "feedback that begins at the same number and learns alike": planted(T, "present", more=learns("w += eta*y_post"), **SAME),
    "feedback that begins at another number and learns alike": planted(T, "present", more=learns("w += eta*y_post"), **{**SAME, "start": {"over.w": 0.2, "down.w": 0.4}}),
    "feedback that learns twice as fast": planted(T, "present", more=learns("w += 2*eta*y_post"), **SAME),
    "feedback that learns to the contrary": planted(T, "present", more=learns("w -= eta*y_post"), **SAME),
    "feedback that fades alike": planted(T, "present", more=learns("w = 0.9*w + eta*y_post"), **{**SAME, "out_post": "w = 0.9*w + eta*y_pre"}),
    "feedback that begins as a transpose": planted(T, "present", more=down("error_post += w"), post=ERROR, start={"over.w": BEGUN, "down.w": BEGUN.reshape(5, 3).T.ravel()}),
    "an error that leaks into its neuron": planted(N, "present", hid=LEAK, more=down("error_post += w"), post=ERROR),
    "an error in a threshold": planted(N, "present", threshold="v + 1e-6*error > 1", more=down("error_post += w"), post=ERROR),
    "an error that is compared with what it never is": planted(N, "present", threshold="v > 1 and error < 1e9", more=down("error_post += w"), post=ERROR),
    "an error that is followed, and leaks": planted(
        N, "present", hid=f"{HID.replace('-v/tau', '(1e-6*u - v)/tau')}\ndu/dt = (error - u)/tau : 1", more=down("error_post += w"), post="w += eta*x*u_post"
    ),
    "an error that its neuron leaks into": planted(N, "present", hid=HID.replace("-error/tau", "(1e-6*v - error)/tau"), more=down("error_post += w"), post=ERROR),
    "an error that a reset leaks": planted(N, "present", reset="v = 1e-6*error; y += 1", more=down("error_post += w"), post=ERROR),
    "a sum over the layer that leaks": planted(N, "present", hid=LEAK, more=LATERAL, post=ERROR),
    "a sum over the layer by relays that leaks": planted(N, "present", hid=LEAK, post=ERROR, **relay(3, "all > 0", "error_post += 1")),
    "an error beside the same neurons' spikes": planted(N, "present", hid=LEAK, more=down("v_post += w; error_post += w"), post=ERROR),
    "errors off a table": planted(N, "untraceable", tables=(Table("errors", 100, 5),), regular=(Regular("hid", "error = errors(t, i)", 1),), post=ERROR),
    "errors off a table, by synapses": planted(N, "untraceable", tables=(Table("errors", 100, 5),), post="w += eta*x*errors(t, j)"),
    "errors off a table that are followed": planted(
        N, "untraceable", tables=(Table("errors", 100, 5),), hid=HID.replace("-error/tau", "(errors(t, i) - error)/tau"), post=ERROR
    ),
    "a sum over the layer by two relays": planted(N, "partly", hid=MOVED, post=ERROR, **TWICE),
    "a sum by two relays is waited for": planted(L, "partly", hid=MOVED, post=ERROR, **TWICE),
    "a reward that a clock copies": planted(N, "partly", post=ERROR, **rewarded(HID, regular=(Regular("hid", "error = reward", 1),))),
    "a reward that a reset copies": planted(N, "partly", post=ERROR, **rewarded(HID, reset="v = 0; y += 1; error = reward")),
    "a reward that is followed": planted(N, "partly", post=ERROR, **rewarded(HID.replace("-error/tau", "(reward - error)/tau"))),
    "a copied reward is waited for": planted(L, "partly", post=ERROR, **rewarded(HID, regular=(Regular("hid", "error = reward", 1),))),
}  # fmt: skip

HONEST = {
    "feedback that begins otherwise and learns alike": planted(T, "removed", more=learns("w += eta*y_post"), **{**SAME, "start": {"over.w": BEGUN, "down.w": BEGUN[::-1] ** 2}}),
    "feedback that learns something else": planted(T, "removed", more=learns("w += eta*v_post**2"), **SAME),
    "feedback that begins at the same number and stays": planted(T, "removed", more=down("error_post += w"), **SAME),
    "feedback of a trace at spikes of its own": planted(
        T, "removed", more=(Projection("down", "out", "hid", "w : 1", "error_post += w", "w += eta*y_pre"),), **SAME
    ),
    "what comes down moves the neuron": planted(N, "removed", hid=MOVED, more=down("error_post += w"), post=ERROR),
    "what comes down is in the threshold": planted(N, "removed", threshold="v + error > 1", more=down("error_post += w"), post=ERROR),
    "what comes down moves the neuron a little": planted(N, "removed", hid=HID.replace("-v/tau", "(0.05*error - v)/tau"), more=down("error_post += w"), post=ERROR),
    "a potential that is followed": planted(N, "removed", hid=f"{HID}\ndu/dt = (v - u)/tau : 1", more=down("v_post += w"), post="w += eta*x*u_post"),
    "a current off a table": planted(N, "removed", tables=(Table("drives", 100, 5),), hid=HID.replace("-v/tau", "(drives(t, i) - v)/tau"), post="w += eta*x*y_post"),
    "one inhibitory neuron": planted(N, "removed", post="w += eta*x*v_post", **inhibited(1)),
    "two inhibitory neurons": planted(N, "removed", post="w += eta*x*v_post", **inhibited(2)),
    "neurons of a layer excite each other": planted(N, "removed", hid=MOVED, more=LATERAL, post=ERROR),
    "inhibition is not waited for": planted(L, "removed", post="w += eta*x*v_post", **inhibited(1)),
    "a rhythm that moves neurons": planted(
        N, "removed", hid=f"{HID.replace('-v/tau', '(wave - v)/tau')}\nwave : 1 (linked)", hid_links=(("wave", "clock.wave"),),
        groups=(Group("clock", 1, "dwave/dt = cos(t/tau)/tau : 1"),), post="w += eta*x*v_post",
    ),
    "a drive that a clock sets": planted(N, "removed", post="w += eta*x*v_post", **rewarded(HID.replace("-v/tau", "(reward - v)/tau"))),
    "a reward that moves spikes alone": planted(N, "removed", post="w += eta*x*y_post", **rewarded(HID.replace("-v/tau", "(reward - v)/tau"))),
    "a threshold that follows spikes": planted(N, "removed", hid=f"{HID}\nth : 1", threshold="v > 1 + th", reset="v = 0; y += 1; th += 0.1", post="w += eta*x*(1 - th_post)"),
    "a mean of its own that a clock takes": planted(N, "removed", hid=f"{HID}\nm : 1", regular=(Regular("hid", "m = 0.9*m + 0.1*y", 10),), post="w += eta*x*(1 - m_post)"),
    "a reward that nothing reads": planted(N, "removed", groups=SHARED, regular=REWARDED, more=down("v_post += w")),
}  # fmt: skip
