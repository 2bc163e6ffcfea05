"""What somebody would write by hand in numpy for this one network, and its matrix products alone."""

from __future__ import annotations

import numpy as np
from scipy.linalg.blas import sgemm

from benchmarks.setting import RATE, Floats, Setting, minibatches
from plausible.networks.products import times


class Loop:
    """Backprop and gradient descent, generic over layers, with the weights changed in place by one gemm each."""

    def __init__(self, setting: Setting) -> None:
        x, labels = setting.data()
        self.x, self.y = x, np.eye(setting.sizes[-1], dtype=np.float32)[labels]
        self.chosen = minibatches(setting, len(x))
        params = setting.weights()
        depth = len(setting.sizes) - 1
        self.layers = [(params[f"W{layer}"], params[f"b{layer}"]) for layer in range(1, depth + 1)]

    def steps(self, n: int) -> None:
        """`n` weight changes."""
        layers, last = self.layers, len(self.layers) - 1
        for _ in range(n):
            chosen = next(self.chosen)
            h, y = [self.x.take(chosen, axis=0)], self.y.take(chosen, axis=0)
            for layer, (w, b) in enumerate(layers):
                z = times(h[-1], w)
                z += b
                h.append(np.tanh(z, out=z) if layer < last else softmax(z))
            delta = h.pop()
            delta -= y
            always, rate = np.ones(len(y), np.float32), -RATE / len(y)
            for layer in range(last, -1, -1):
                w, b = layers[layer]
                error = delta
                if layer:  # before the weights change
                    slope = h[layer] * h[layer]
                    np.subtract(1, slope, out=slope)
                    delta = times(error, w.T)
                    delta *= slope
                b += rate * (always @ error)
                sgemm(rate, error.T, h[layer].T, 1.0, w.T, 0, 1, 1)  # w += rate * h.T @ error, in place

    def weights(self) -> dict[str, Floats]:
        """The weights now."""
        named = {f"W{n}": w for n, (w, _) in enumerate(self.layers, 1)}
        return named | {f"b{n}": b for n, (_, b) in enumerate(self.layers, 1)}


def softmax(z: Floats) -> Floats:
    """In place, row by row."""
    z -= np.maximum.reduce(z, axis=1, keepdims=True)
    np.exp(z, out=z)
    z /= np.add.reduce(z, axis=1, keepdims=True)
    return z


class Products:
    """The matrix products of a step and nothing else: what no implementation on this BLAS can avoid."""

    def __init__(self, setting: Setting) -> None:
        rng = np.random.default_rng(0)
        params, batch = setting.weights(), setting.batch
        self.layers = [params[f"W{layer}"] for layer in range(1, len(setting.sizes))]
        self.h = [rng.random((batch, n), dtype=np.float32) for n in setting.sizes]

    def steps(self, n: int) -> None:
        """The products of `n` steps; an activity stands for the error of its layer too."""
        for _ in range(n):
            for layer, w in enumerate(self.layers):
                times(self.h[layer], w)
            for layer in range(len(self.layers) - 1, 0, -1):
                times(self.h[layer + 1], self.layers[layer].T)
            for layer, w in enumerate(self.layers):
                sgemm(-1e-12, self.h[layer + 1].T, self.h[layer].T, 1.0, w.T, 0, 1, 1)
