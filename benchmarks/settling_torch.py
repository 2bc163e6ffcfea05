"""Predictive coding in PyTorch the way public implementations write it: energies, and `.backward()` at every step."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import torch
from torch import nn

from benchmarks.setting import RATE, Floats, Setting, minibatches
from benchmarks.settling import PACE, STEPS


class TorchSettling:
    """Linear layers whose inputs are states.

    `lean` does what public codes leave undone: no gradient of the weights while states settle, and the prediction of
    the first layer, which stays the same meanwhile, computed once.
    """

    def __init__(self, setting: Setting, lean: bool) -> None:
        x, labels = setting.data()
        self.x, self.lean = torch.from_numpy(x), lean
        self.y = torch.nn.functional.one_hot(torch.from_numpy(labels), setting.sizes[-1]).float()
        self.chosen: Iterator[torch.Tensor] = map(torch.from_numpy, minibatches(setting, len(x)))
        self.linear = [nn.Linear(n, m) for n, m in pairwise(setting.sizes)]
        first = setting.weights()
        with torch.no_grad():
            for number, layer in enumerate(self.linear, 1):
                layer.weight.copy_(torch.from_numpy(first[f"W{number}"].T))
                layer.bias.copy_(torch.from_numpy(first[f"b{number}"]))
        self.parameters = [p for layer in self.linear for p in layer.parameters()]
        self.optimiser = torch.optim.SGD(self.parameters, lr=RATE)

    def energy(
        self, states: list[torch.Tensor], x: torch.Tensor, y: torch.Tensor, first: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Half the squared errors of all predictions; `first` is the first one, if it is known already."""
        predictions = [self.linear[0](x) if first is None else first]
        predictions += [layer(torch.tanh(s)) for layer, s in zip(self.linear[1:], states, strict=True)]
        return sum(0.5 * (s - p).square().sum() for s, p in zip([*states, y], predictions, strict=True))  # type: ignore[return-value]

    def ask(self, whether: bool) -> None:
        """Whether weights are to have gradients."""
        if self.lean:
            for p in self.parameters:
                p.requires_grad_(whether)

    def steps(self, n: int) -> None:
        """`n` weight changes."""
        for _ in range(n):
            chosen = next(self.chosen)
            x, y = self.x[chosen], self.y[chosen]
            states = []
            with torch.no_grad():
                z = first = self.linear[0](x)
                for layer in self.linear[1:]:
                    states.append(z.clone().requires_grad_(True))
                    z = layer(torch.tanh(z))
            settling = torch.optim.SGD(states, lr=PACE)
            self.ask(False)
            for _ in range(STEPS):
                settling.zero_grad(set_to_none=True)
                self.energy(states, x, y, first if self.lean else None).backward()
                settling.step()
            self.ask(True)
            self.optimiser.zero_grad(set_to_none=True)
            (self.energy([s.detach() for s in states], x, y) / len(x)).backward()
            self.optimiser.step()

    def weights(self) -> dict[str, Floats]:
        """The weights now, (n_in, n_out) as in the suite."""
        found = {f"W{n}": layer.weight.detach().numpy().T for n, layer in enumerate(self.linear, 1)}
        return found | {f"b{n}": layer.bias.detach().numpy() for n, layer in enumerate(self.linear, 1)}
