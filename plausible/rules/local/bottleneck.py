"""The kernelised bottleneck: layers forget their input and keep the label, by three-factor Hebbian learning."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Params, View
from plausible.errors import require, require_number, require_whole
from plausible.networks.normalised import floored
from plausible.networks.products import times
from plausible.rules.local.loss import Lesson, LocalLoss
from plausible.rules.local.prediction import ACROSS
from plausible.rules.local.similarity import check_several
from plausible.search import Range

KERNELS = ("cosine", "gaussian", "linear")


def kernel_of(kind: str, width: float, u: Array) -> tuple[Array, Callable[[Array], Array]]:
    """K, (batch, batch), of the rows of `u`, (batch, n); and Σ_m M_nm ∂K_nm/∂u_n, (batch, n), for any M."""
    if kind == "gaussian":
        square = (u * u).sum(axis=1, keepdims=True)
        kernel = np.exp(-np.maximum(square + square.T - 2 * (u @ u.T), 0) / (2 * width**2))

        def apart(third: Array) -> Array:
            third = third * kernel
            return (times(third, u) - third.sum(axis=1, keepdims=True) * u) / width**2

        return kernel, apart
    if kind == "linear":
        return u @ u.T, lambda third: times(third, u)
    length = np.sqrt((u * u).sum(axis=1, keepdims=True))
    rows = u / np.maximum(length, np.finfo(u.dtype).tiny)

    def turned(third: Array) -> Array:
        signal = times(third, rows)
        signal = signal - rows * (signal * rows).sum(axis=1, keepdims=True)
        return signal / np.where(length > 0, length, 1).astype(u.dtype)

    return rows @ rows.T, turned


@dataclass(frozen=True)
class KernelisedBottleneck(LocalLoss):
    """pHSIC [pogodin2020]: activity shall depend on the label, and on nothing else, by kernels of pairs of examples.

        R_l = p(K, K) - balance · p(Y, K),   p(A, B) = mean over pairs of (A - mean A) B,   K_nm = k(u_n, u_m)
        ∂R_l/∂u_n = Σ_m M_nm ∂K_nm/∂u_n · 2 / batch²,   M = 2 (K - mean K) - balance (Y - mean Y)

    with u = h_l, (batch, n_l), k the "cosine" of two rows, a "gaussian" of their distance, exp(-|u_n - u_m|² / 2
    width²), or their "linear" product, and Y the cosines of labels without their mean. M is the third factor, a number
    for each pair of examples; the rest of a change is known to the two neurons. All is dimensionless. With `groups`, u
    has a number for each group of c neighbours instead, v^power less its mean over groups, v = (smoothing + Σ (h - mean
    h)²) / c; `plausible.networks.normalised.Divisive` is the normalisation that goes with it, in a network of blocks.
    `kernel_of` computes ∂K/∂u, `by_pairs` M and ∂R/∂u, `by_groups` ∂R/∂h.

    Deviations: none; plausible HSIC, without the centring of kernels by rows, is the only estimate.
    """

    source: ClassVar[str] = "pogodin2020"
    answers: ClassVar[tuple[str, ...]] = ("weight transport", *ACROSS[1:])
    several: ClassVar[str] = "hidden layers learn from pairs of examples"

    search: ClassVar[Mapping[str, Range]] = {"balance": Range(0.2, 20.0), "width": Range(0.5, 50.0)}

    kernel: Literal["cosine", "gaussian", "linear"] = "cosine"
    width: float = 5.0
    balance: float = 2.0
    groups: int = 0
    power: float = 0.5
    smoothing: float = 1.0

    def __post_init__(self) -> None:
        require(self.kernel in KERNELS, "kernel", self.kernel, " or ".join(KERNELS))
        require_number("width", self.width, open_low=True)
        require_whole("groups", self.groups, 0)
        for name in ("balance", "power", "smoothing"):
            require_number(name, getattr(self, name))
        for units in self.form.hidden if self.groups else ():
            fits = (
                units % self.groups == 0 and units > self.groups > 2
            )  # of two, cosines are 1 or -1 and stay so
            require(
                fits,
                "groups",
                self.groups,
                f"3 or more groups that {units} units fall into, of 2 or more each",
            )

    def heads(self, n_out: int, rng: Generator) -> Params:
        check_several(n_out)
        return {}

    def lesson(self, layer: int, params: View, h: Array, y: Array) -> Lesson:
        return Lesson(by_groups(self, h, y) if self.groups else by_pairs(self, h, y))


def by_groups(rule: KernelisedBottleneck, h: Array, y: Array) -> Array:
    """The derivative of R by `h`, (batch, n_l), through the groups, times the number of examples."""
    apart = h.reshape(len(h), rule.groups, -1)
    apart = apart - apart.mean(axis=2, keepdims=True)
    v = floored(((apart * apart).sum(axis=2) + rule.smoothing) / apart.shape[2])
    u = v**rule.power
    by_u = by_pairs(rule, u - u.mean(axis=1, keepdims=True), y)
    by_u = (
        (by_u - by_u.mean(axis=1, keepdims=True)) * (2 * rule.power / apart.shape[2]) * v ** (rule.power - 1)
    )
    return (by_u[:, :, None] * apart).reshape(h.shape)


def by_pairs(rule: KernelisedBottleneck, u: Array, y: Array) -> Array:
    """The derivative of R by `u`, (batch, n), times the number of examples."""
    labels, _ = kernel_of("cosine", rule.width, y - y.mean(axis=1, keepdims=True))
    kernel, through = kernel_of(rule.kernel, rule.width, u)
    third = 2 * (kernel - kernel.mean()) - rule.balance * (labels - labels.mean())
    return through(third * (2 / len(u)))
