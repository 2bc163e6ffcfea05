"""What rules around another rule share: the one inside, what it says of itself, and answers by weights as it knows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from functools import cached_property
from typing import Any

from numpy.random import Generator

from plausible.core import Array, Rule, State, View
from plausible.networks.mlp import MLP
from plausible.networks.network import Network, reference_in


class Inside:
    """A rule around another one. Of itself it says what the rule inside says, and nothing where that says nothing."""

    network: Network
    rule: Rule

    @cached_property
    def inside(self) -> Any:
        """The rule inside, on the network that it learns here."""
        rule: Any = self.rule
        return replace(rule, network=self.network)

    @property
    def optimiser(self) -> str | None:
        """The optimiser that the rule inside names as its own."""
        return getattr(self.inside, "optimiser", None)

    @property
    def targets(self) -> str:
        """What it learns."""
        return self.inside.targets

    @property
    def inputs(self) -> tuple[float, float]:
        """The range of inputs."""
        return self.inside.inputs

    @property
    def presentation(self) -> int:
        """Examples of a presentation."""
        return self.inside.presentation

    @property
    def work(self) -> tuple[str, ...]:
        """What its work is counted in."""
        return self.inside.work


class Alike(Inside):
    """A rule around another one whose changes are held against the gradient of the rule inside."""

    @property
    def reference(self) -> str:
        """The rule whose changes are the gradient."""
        name: str = getattr(self.inside, "reference", reference_in(self.network))
        return name


class Around(Inside, ABC):
    """A rule around another one, on its network. `seen` is open: the weights that the rule inside knows."""

    network: MLP

    @abstractmethod
    def seen(self, params: View) -> View:
        """Weights as the rule inside knows them."""

    def respond(self, params: View, state: State, x: Array, rng: Generator) -> list[Array]:
        answer: list[Array] = self.inside.respond(self.seen(params), state, x, rng)
        return answer
