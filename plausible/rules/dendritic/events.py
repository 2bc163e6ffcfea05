"""Networks whose units send events and bursts: rates from 0 to 1."""

from __future__ import annotations

from dataclasses import dataclass

from numpy.random import Generator

from plausible.core import Array
from plausible.errors import plain_fields, require, require_number
from plausible.networks.activations import Activation, activation, logistic
from plausible.networks.inits import Glorot, Init
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
    activation: Activation | None = logistic  # type: ignore[assignment]  # so that no recipe's is offered to it
    output: Output = output("logistic-squared")

    def __post_init__(self) -> None:
        super().__post_init__()
        name = self.activation.name  # type: ignore[union-attr]  # None is refused by now
        require(name == "logistic", "activation", name, "logistic, as rates of events are from 0 to 1")


def probability(u: Array) -> Array:
    """The probability that an event becomes a burst, 1 / (1 + e^-u), at the apical potentials `u`, (batch, n_l)."""
    return activation("logistic").value(u)


@dataclass(frozen=True)
class WideGlorot(Init):
    """`gain` times normal weights of Glorot's variance, 2 / (fan_in + fan_out) [greedy2022].

    The slope of a logistic unit is ¼ at most: at the gain 3.6 signals keep their size all the same.
    """

    gain: float = 3.6

    def __post_init__(self) -> None:
        plain_fields(self)
        require_number("the gain of Glorot's distribution", self.gain)

    def draw(self, rng: Generator, fan_in: int, fan_out: int) -> Array:
        return self.gain * Glorot("normal").draw(rng, fan_in, fan_out)
