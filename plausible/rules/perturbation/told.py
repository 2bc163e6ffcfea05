"""The one number that a perturbed network is told of its answer: a reward, or a loss."""

from __future__ import annotations

from typing import Any, Literal

from plausible.core import Array, Presentation
from plausible.errors import require

Told = Literal["loss", "reward"]
ANSWERS = ("weight transport", "exact derivatives", "target at the output (all but one number)")


def check_told(told: object) -> None:
    """Raise `BadInput` unless `told` is one of the numbers that a rule can be told."""
    require(told in ("loss", "reward"), "told", told, "loss or reward")


def scalar(network: Any, shown: Presentation, answer: Array, told: Told) -> Array:
    """One number an example, (batch,), the higher the better: minus the network's loss, or the reward.

    Over a sequence it is the sum. The label is read for a loss alone, to compute that number; for a reward nothing is
    asked but `shown.reward`.
    """
    value = shown.reward(answer) if told == "reward" else -network.output.loss(answer, shown.y)
    if value.ndim == 1:
        return value
    if told == "loss" and shown.mask is not None:
        value = value * shown.mask
    total: Array = value.sum(axis=0)
    return total
