"""Rules of first spikes have inputs that spike once, and a threshold that stands for so much of them."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from plausible.errors import require_number, require_whole
from plausible.rules.spiking.simulated import Simulated, require_numbers
from plausible.spiking.codes import Code, code


@dataclass(frozen=True)
class Coded(Simulated, ABC):
    """What rules of first spikes have in common. θ is `theta` times what all lines would add up to at first."""

    theta: float = 0.3
    coding: Literal["contrast", "latency", "rank-order"] = "contrast"
    steps: int = 50

    def __post_init__(self) -> None:
        require_number("theta", self.theta, open_low=True)
        require_whole("steps", self.steps)
        require_numbers(self, "gap", "minus", "adapt", "plus", "rate", "anti_plus", "anti_minus")

    @property
    def code(self) -> Code:
        """Of the inputs."""
        return code(self.coding, steps=self.steps)

    def controls(self, lines: int, mean: float, *names: str) -> Mapping[str, float]:
        """The values of these fields for the variables of `control`, and θ, for so many lines of a mean weight."""
        named = {f"control.{name}": float(getattr(self, name)) for name in names}
        return {**named, "control.theta": self.theta * mean * lines}
