"""What tests of synapses share: one projection of a rule, between neurons called "before" and "after"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from plausible.spiking.circuit import Circuit, Group, Projection
from plausible.spiking.live import Live
from plausible.spiking.plasticity import Plasticity


def joined(rule: Plasticity, groups: Sequence[Group], synapse: Projection, **parts: Any) -> Live:
    """A circuit of these groups and this projection, in steps of 1 ms; `parts` are further ones of a `Circuit`."""
    return Live(Circuit(1.0, tuple(groups), (synapse,), constants=rule.constants, **parts))
