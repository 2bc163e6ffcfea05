"""Below the list of rules: STDP of Diehl and Cook's network by name, and where rules of single synapses live.

>>> from plausible.report.synapses import variants
>>> print(*variants()[:2], sep="\\n")
diehl-cook learns by one of 5 kinds of STDP, each a name for compare, check, audit and studies:
  diehl-cook[stdp=triplet]: at an arriving spike w - depression*post1, at an own one w + potentiation*x*post2
"""

from __future__ import annotations

from collections.abc import Mapping

from plausible.plausibility.subject import listed
from plausible.spiking.diehl_cook.network import VARIANTS

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


def variants() -> list[str]:
    """A line on what Diehl and Cook's network learns by, and one for each kind of STDP with its changes of a weight w.

    x is the trace of arriving spikes, post1 and post2 are those of the neuron's own.
    """
    names = "each a name for compare, check, audit and studies"
    head = f"diehl-cook learns by one of {len(VARIANTS)} kinds of STDP, {names}:"
    lines = []
    for name, changes in VARIANTS.items():
        moments = zip(("at an arriving spike", "at an own one"), changes, strict=True)
        said = [f"{moment} w {change.replace('_post', '')}" for moment, change in moments if change]
        lines.append(f"  diehl-cook[stdp={name}]: {', '.join(said)}")
    return [head, *lines]


def told() -> list[str]:
    """A line on what these rules are, and one for each with its studies."""
    head = "rules of single synapses serve no task; plausible audit NAME measures them, and a simulation may use them:"
    return [head, *(f"  {name}: {where(studies)}" for name, studies in LIVES.items())]


def where(studies: tuple[str, ...]) -> str:
    """Studies in words."""
    if not studies:
        return "in no study yet"
    return f"in the {'study' if len(studies) == 1 else 'studies'} {listed(studies)}"
