"""What a run measures unless it names other probes."""

from __future__ import annotations

from plausible.probes.activity import Activity, Chance
from plausible.probes.alignment import Alignment
from plausible.probes.cost import Cost
from plausible.probes.internals import Internals
from plausible.probes.performance import Report, Scores
from plausible.probes.probe import Probe
from plausible.probes.speed import Speed

USUAL: tuple[Probe, ...] = (
    *(Scores("train"), Scores("validation")),
    *(Alignment(), Internals(), Chance(), Activity()),
    *(Scores("test", ("end",)), Report(), Cost(), Speed()),
)
