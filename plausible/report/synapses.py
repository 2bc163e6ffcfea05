"""Where rules of single synapses live, which serve no task: in which studies, and under which name they are audited."""

from __future__ import annotations

from collections.abc import Mapping

from plausible.plausibility.subject import listed

LIVES: Mapping[str, tuple[str, ...]] = {
    "pair-stdp": ("song2000", "stdp_windows"),
    "nearest-pair-stdp": (),
    "single-pair-stdp": ("masquelier2008",),
    "triplet-stdp": ("stdp_windows",),
    "voltage-stdp": (),
    "inhibitory-stdp": (),
    "dopamine-stdp": ("izhikevich2007",),
    "modulated-stdp": (),
    "modulated-stdp-with-trace": ("florian2007",),
    "dendritic-prediction": ("urbanczik2014",),
}


def told() -> list[str]:
    """A line on what these rules are, and one for each with its studies."""
    head = "rules of single synapses serve no task; plausible audit NAME measures them, and a simulation may use them:"
    return [head, *(f"  {name}: {where(studies)}" for name, studies in LIVES.items())]


def where(studies: tuple[str, ...]) -> str:
    """Studies in words."""
    if not studies:
        return "in no study yet"
    return f"in the {'study' if len(studies) == 1 else 'studies'} {listed(studies)}"
