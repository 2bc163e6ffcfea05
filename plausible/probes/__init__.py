"""Probes: what is measured while a rule learns. A probe reads, and never changes a trajectory.

>>> import plausible as pl
>>> pl.probes.Alignment().name
'alignment'
"""

from typing import TYPE_CHECKING

from plausible import reached

WHERE = {  # public names, each with its module; they are imported when they are first asked for
    "Activity": "plausible.probes.activity",
    "Chance": "plausible.probes.activity",
    "Alignment": "plausible.probes.alignment",
    "Cost": "plausible.probes.cost",
    "Criterion": "plausible.probes.criterion",
    "Within": "plausible.probes.criterion",
    "Internals": "plausible.probes.internals",
    "Descent": "plausible.probes.quality",
    "Spread": "plausible.probes.quality",
    "TargetAlignment": "plausible.probes.quality",
    "Report": "plausible.probes.performance",
    "Scores": "plausible.probes.performance",
    "Probe": "plausible.probes.probe",
    "Sight": "plausible.probes.probe",
    "Speed": "plausible.probes.speed",
    "USUAL": "plausible.probes.usual",
}
__all__ = [*WHERE]

if TYPE_CHECKING:
    from plausible.probes.activity import Activity as Activity
    from plausible.probes.activity import Chance as Chance
    from plausible.probes.alignment import Alignment as Alignment
    from plausible.probes.cost import Cost as Cost
    from plausible.probes.criterion import Criterion as Criterion
    from plausible.probes.criterion import Within as Within
    from plausible.probes.internals import Internals as Internals
    from plausible.probes.performance import Report as Report
    from plausible.probes.performance import Scores as Scores
    from plausible.probes.probe import Probe as Probe
    from plausible.probes.probe import Sight as Sight
    from plausible.probes.quality import Descent as Descent
    from plausible.probes.quality import Spread as Spread
    from plausible.probes.quality import TargetAlignment as TargetAlignment
    from plausible.probes.speed import Speed as Speed
    from plausible.probes.usual import USUAL as USUAL
else:

    def __getattr__(name: str) -> object:
        """A public name."""
        return reached(__name__, WHERE, name)

    def __dir__() -> list[str]:
        """The public names."""
        return sorted(__all__)
