"""Optimisers, the only code that changes a weight, and schedules, the course of a learning rate over steps.

>>> import plausible as pl
>>> pl.optimise.RMSprop(rate=0.01).rate
0.01
"""

from typing import TYPE_CHECKING

from plausible import reached

WHERE = {  # public names, each with its module; they are imported when they are first asked for
    "Adam": "plausible.optimise.adam",
    "BoldDriver": "plausible.optimise.bold_driver",
    "DeltaBarDelta": "plausible.optimise.delta_bar_delta",
    "HeldSigns": "plausible.optimise.held_signs",
    "Quickprop": "plausible.optimise.quickprop",
    "Relative": "plausible.optimise.relative",
    "RMSprop": "plausible.optimise.rmsprop",
    "Rprop": "plausible.optimise.rprop",
    "Cosine": "plausible.optimise.schedules",
    "Levels": "plausible.optimise.schedules",
    "Steps": "plausible.optimise.schedules",
    "SGD": "plausible.optimise.sgd",
    "Staged": "plausible.optimise.staged",
    "Clipped": "plausible.optimise.wrappers",
    "Decay": "plausible.optimise.wrappers",
    "Grouped": "plausible.optimise.wrappers",
    "Manhattan": "plausible.optimise.wrappers",
}
__all__ = [*WHERE]

if TYPE_CHECKING:
    from plausible.optimise.adam import Adam as Adam
    from plausible.optimise.bold_driver import BoldDriver as BoldDriver
    from plausible.optimise.delta_bar_delta import DeltaBarDelta as DeltaBarDelta
    from plausible.optimise.held_signs import HeldSigns as HeldSigns
    from plausible.optimise.quickprop import Quickprop as Quickprop
    from plausible.optimise.relative import Relative as Relative
    from plausible.optimise.rmsprop import RMSprop as RMSprop
    from plausible.optimise.rprop import Rprop as Rprop
    from plausible.optimise.schedules import Cosine as Cosine
    from plausible.optimise.schedules import Levels as Levels
    from plausible.optimise.schedules import Steps as Steps
    from plausible.optimise.sgd import SGD as SGD
    from plausible.optimise.staged import Staged as Staged
    from plausible.optimise.wrappers import Clipped as Clipped
    from plausible.optimise.wrappers import Decay as Decay
    from plausible.optimise.wrappers import Grouped as Grouped
    from plausible.optimise.wrappers import Manhattan as Manhattan
else:

    def __getattr__(name: str) -> object:
        """A public name."""
        return reached(__name__, WHERE, name)

    def __dir__() -> list[str]:
        """The public names."""
        return sorted(__all__)
