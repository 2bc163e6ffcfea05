"""Networks whose units send events and bursts: rates from 0 to 1."""

from __future__ import annotations

from dataclasses import dataclass

from plausible.core import Array
from plausible.errors import require
from plausible.networks.activations import Activation, activation, logistic
from plausible.networks.mlp import MLP
from plausible.networks.outputs import Output, output


@dataclass(frozen=True)
class EventNetwork(MLP):
    """A perceptron of ensembles of neurons, whose activity is a rate of events, h_l = 1 / (1 + exp(-z_l)) [payeur2021].

    A share of events are bursts; 1 less the rate of events is how much room there is for more, and h_l (1 - h_l) the
    slope. So hidden units are logistic, and others are refused.

    Raises:
        BadInput: as `MLP` does, and for another activation than the logistic one.
    """

    hidden: tuple[int, ...] = (128, 96)
    activation: Activation | str = logistic  # type: ignore[assignment]  # as MLP has it; no recipe's is offered to it
    output: Output = output("logistic-squared")

    def __post_init__(self) -> None:
        super().__post_init__()
        name = self.activation.name  # type: ignore[union-attr]  # a word is an activation by now
        require(name == "logistic", "activation", name, "logistic, as rates of events are from 0 to 1")


def probability(u: Array) -> Array:
    """The probability that an event becomes a burst, 1 / (1 + e^-u), at the apical potentials `u`, (batch, n_l)."""
    return activation("logistic").value(u)
