"""A file of a user's own with a network of sines, and a rule that computes its gradient exactly."""

from __future__ import annotations

TEXT = """
from dataclasses import dataclass
import numpy as np
from plausible.core import Outer, Step
from plausible.networks.network import texts
from plausible.networks.outputs import Output, output

HIDDEN, LAST = {hidden!r}, {last!r}


@dataclass(frozen=True)
class Mine:
    units: int = 4
    output: Output = output("softmax")
    dtype: str = "float32"
    sequential = False
    reference = f"{{__file__}}:Exact"
    inner = HIDDEN

    def shapes(self, n_in, n_out):
        sizes = (n_in, *[self.units] * len(HIDDEN), n_out)
        return dict(zip((*HIDDEN, LAST), zip(sizes, sizes[1:])))

    def start(self, n_in, n_out, rng):
        drawn = {{name: rng.normal(0, 0.5, shape) for name, shape in self.shapes(n_in, n_out).items()}}
        return {{name: weights.astype(self.dtype) for name, weights in drawn.items()}}

    def respond(self, params, x):
        activities = []
        for name in HIDDEN:
            x = np.sin(x @ params[name])
            activities.append(x)
        return [*activities, self.output.value(x @ params[LAST])]

    def settings(self):
        return texts(self)


@dataclass(frozen=True)
class Exact:
    network: Mine = Mine()

    def init(self, n_in, n_out, rng):
        return self.network.start(n_in, n_out, rng), None

    def update(self, params, state, shown, rng):
        *below, answer = [shown.x, *self.network.respond(params, shown.x)]
        error, scale = self.network.output.error(answer, shown.y), -self.network.output.scale(shown.y)
        changes = {{LAST: Outer(below[-1], error, scale)}}
        for x, name, above in reversed([*zip(below, HIDDEN, (*HIDDEN[1:], LAST))]):
            error = (error @ params[above].T) * np.cos(x @ params[name])
            changes[name] = Outer(x, error, scale)
        return Step(changes, state)

    def respond(self, params, state, x, rng):
        return self.network.respond(params, x)
"""


def own_network(*names: str) -> str:
    """The text of the file.

    Args:
        names: of the weights, from the input to the answer, one for each layer.
    """
    *hidden, last = names
    return TEXT.format(hidden=tuple(hidden), last=last)
