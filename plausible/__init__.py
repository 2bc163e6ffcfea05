"""Biologically plausible learning compared with backpropagation.

The vocabulary is in `plausible.core`, the trainer in `plausible.train`; everything else is named by what it holds.
"""

from plausible.core import Optimiser, Outer, Presentation, Rule, Step, Tick, randomness
from plausible.errors import BadInput
from plausible.networks import MLP
from plausible.train import train

__all__ = [
    "MLP",
    "BadInput",
    "Optimiser",
    "Outer",
    "Presentation",
    "Rule",
    "Step",
    "Tick",
    "randomness",
    "train",
]
