"""The same training in PyTorch, as its documentation writes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import torch
from torch import nn

from benchmarks.setting import ADAM_RATE, MOMENTUM, RATE, Floats, Setting, minibatches

OPTIMISERS: dict[str, Callable[[Any], torch.optim.Optimizer]] = {
    "torch": lambda params: torch.optim.SGD(params, lr=RATE),
    "torch fused": lambda params: torch.optim.SGD(params, lr=RATE, fused=True),
    "torch momentum": lambda params: torch.optim.SGD(params, lr=RATE, momentum=MOMENTUM),
    "torch adam": lambda params: torch.optim.Adam(params, lr=ADAM_RATE),
    "torch adam fused": lambda params: torch.optim.Adam(params, lr=ADAM_RATE, fused=True),
}


class Torch:
    """nn.Sequential of Linear and Tanh, CrossEntropyLoss, an optimiser of torch.optim with its defaults."""

    def __init__(self, setting: Setting, name: str) -> None:
        x, labels = setting.data()
        self.x, self.labels = torch.from_numpy(x), torch.from_numpy(labels)
        self.chosen: Iterator[torch.Tensor] = map(torch.from_numpy, minibatches(setting, len(x)))
        layers: list[nn.Module] = []
        for n, m in pairwise(setting.sizes):
            layers += [nn.Linear(n, m), nn.Tanh()]
        self.model = nn.Sequential(*layers[:-1])
        self.linear = [layer for layer in layers if isinstance(layer, nn.Linear)]
        first = setting.weights()
        with torch.no_grad():
            for number, layer in enumerate(self.linear, 1):
                layer.weight.copy_(torch.from_numpy(first[f"W{number}"].T))
                layer.bias.copy_(torch.from_numpy(first[f"b{number}"]))
        self.loss = nn.CrossEntropyLoss()
        self.optimiser = OPTIMISERS[name](self.model.parameters())

    def steps(self, n: int) -> None:
        """`n` weight changes."""
        model, loss_of, optimiser = self.model, self.loss, self.optimiser
        for _ in range(n):
            chosen = next(self.chosen)
            x, labels = self.x[chosen], self.labels[chosen]
            optimiser.zero_grad(set_to_none=True)
            loss = loss_of(model(x), labels)
            loss.backward()
            optimiser.step()

    def weights(self) -> dict[str, Floats]:
        """The weights now, (n_in, n_out) as in the suite."""
        found = {f"W{n}": layer.weight.detach().numpy().T for n, layer in enumerate(self.linear, 1)}
        return found | {f"b{n}": layer.bias.detach().numpy() for n, layer in enumerate(self.linear, 1)}


class TorchRNN:
    """nn.RNN with batches first, a Linear read-out of the last step, CrossEntropyLoss and SGD."""

    def __init__(self, setting: Setting) -> None:
        x, labels = setting.data()
        self.x, self.labels = torch.from_numpy(x), torch.from_numpy(labels)
        self.chosen: Iterator[torch.Tensor] = map(torch.from_numpy, minibatches(setting, len(x)))
        n_in, n, n_out = setting.sizes
        self.rnn, self.readout = nn.RNN(n_in, n, batch_first=True), nn.Linear(n, n_out)
        self.named = {
            "W1": self.rnn.weight_ih_l0,
            "R1": self.rnn.weight_hh_l0,
            "b1": self.rnn.bias_ih_l0,
            "W2": self.readout.weight,
            "b2": self.readout.bias,
        }
        first = setting.weights()
        with torch.no_grad():
            self.rnn.bias_hh_l0.zero_()
            for name, tensor in self.named.items():
                tensor.copy_(torch.from_numpy(first[name].T))
        self.rnn.bias_hh_l0.requires_grad_(False)  # one bias a unit, as in ours
        self.loss = nn.CrossEntropyLoss()
        self.optimiser = torch.optim.SGD(self.named.values(), lr=RATE)

    def steps(self, n: int) -> None:
        """`n` weight changes."""
        for _ in range(n):
            chosen = next(self.chosen)
            x, labels = self.x[chosen], self.labels[chosen]
            self.optimiser.zero_grad(set_to_none=True)
            activity, _ = self.rnn(x)
            loss = self.loss(self.readout(activity[:, -1]), labels)
            loss.backward()
            self.optimiser.step()

    def weights(self) -> dict[str, Floats]:
        """The weights now, (n_in, n_out) as in the suite."""
        return {name: tensor.detach().numpy().T for name, tensor in self.named.items()}
